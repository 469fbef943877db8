"""Too many segments for the team: which to put together, and what each merge loses.

Model: what a partition tells is the share of the rank variance of the measures that lies between its
    segments. Merging two segments loses `n1 n2 / (n1 + n2) × (m1 − m2)²`, summed over the measures, `m`
    their mean ranks as fractions. The pair that loses least goes first, until the guideline is met (Ward's
    method).
    Segments whose tones ask for opposite actions are never put together, however alike they look: those to
    welcome or keep, and those to win back. Where tones say nothing (clusters, rules), any pair may be.
Assumes: every measure weighs the same; ranks, so that a few great amounts do not decide.
Source: Ward, "Hierarchical grouping to optimize an objective function", Journal of the American Statistical
    Association 58, 1963.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

from vitrail.plan.names import NO_ORDER
from vitrail.validation.cuts import Cut
from vitrail.validation.grading import Counts, Grades
from vitrail.validation.measures import Measure
from vitrail.validation.sums import Sums

_KEEP = ("champions", "loyal", "potential", "new", "promising")
_WIN_BACK = ("attention", "sleepy", "at_risk", "critical", "asleep", "dormant", "lost")
_ACTIONS = dict.fromkeys(_KEEP, "keep") | dict.fromkeys(_WIN_BACK, "win back")


@dataclass(frozen=True, slots=True)
class Merge:
    """Two groups of segments put together.

    Args:
        one, other: the segments of each group.
        lost: the share of all that the segmentation told which this merge loses.
        lost_in_all: with the merges before it.
        measure: the one that loses most; None where nothing is lost.
        left: segments after it.
    """

    one: tuple[str, ...]
    other: tuple[str, ...]
    lost: float
    lost_in_all: float
    measure: str | None
    left: int


@dataclass(frozen=True, slots=True)
class Crowding:
    """How many segments a segmentation has against how many a team can care for.

    Args:
        segments: those with members, people who never ordered apart.
        fewest, most: the guideline.
        merges: that bring the segments down to `most`, or as near as tones allow, in order; none where they
            are few enough.
    """

    segmentation: str
    segments: int
    fewest: int
    most: int
    merges: tuple[Merge, ...] = ()


@dataclass(slots=True)
class _Group:
    """Segments merged so far: by measure, how many have it and the sum of their ranks as fractions.

    `action` is what their tones ask for; empty where they say nothing.
    """

    segments: tuple[str, ...]
    sums: dict[str, tuple[int, float]]
    action: str


def propose_merges(
    cuts: Sequence[Cut],
    measures: Sequence[Measure],
    grades: Grades,
    sums: Sums,
    guideline: tuple[int, int],
) -> tuple[Crowding, ...]:
    """For each segmentation, how crowded it is, and of a partition the merges that would ease it."""
    ridits = {each.key: _rank(grades.everyone[each.key]) for each in measures}
    found = []
    for cut in cuts:
        held = [key for key in cut.segments if key != NO_ORDER and sums.sizes[cut.key, key]]
        merges: tuple[Merge, ...] = ()
        if cut.partition and len(held) > guideline[1]:
            merges = _merge([_group(cut, key, ridits, grades) for key in held], guideline[1])
        found.append(Crowding(cut.key, len(held), *guideline, merges))
    return tuple(found)


def _rank(counts: Counts) -> list[float]:
    """The mid-rank of each grade as a fraction, 0.5 on average."""
    whole, below, ranks = sum(counts) or 1, 0, []
    for count in counts:
        ranks.append((below + count / 2) / whole)
        below += count
    return ranks


def _group(cut: Cut, segment: str, ridits: Mapping[str, list[float]], grades: Grades) -> _Group:
    own = {}
    for measure, ranks in ridits.items():
        counts = grades.members[(cut.key, segment), measure]
        own[measure] = (sum(counts), sum(n * rank for n, rank in zip(counts, ranks, strict=True)))
    return _Group((segment,), own, _ACTIONS.get(cut.tones.get(segment, ""), ""))


def _merge(groups: list[_Group], most: int) -> tuple[Merge, ...]:
    told = sum(_told(groups).values())
    merges: list[Merge] = []
    lost_in_all = 0.0
    left = dict(enumerate(groups))
    ahead = [_price(left, i, j) for i, j in combinations(left, 2) if _agree(left[i], left[j])]
    heapify(ahead)
    while len(left) > most and ahead:
        _, i, j = heappop(ahead)
        if i not in left or j not in left:
            continue
        one, other = left.pop(i), left.pop(j)
        lost = _lost(one, other)
        share = sum(lost.values()) / told if told > 0 else 0.0
        lost_in_all += share
        worst = max(lost, key=lambda name: lost[name], default=None)
        measure = worst if worst is not None and lost[worst] > 0 else None
        joined = len(groups) + len(merges)
        left[joined] = _join(one, other)
        for k in left:
            if k != joined and _agree(left[k], left[joined]):
                heappush(ahead, _price(left, k, joined))
        merges.append(Merge(one.segments, other.segments, share, lost_in_all, measure, len(left)))
    return tuple(merges)


def _price(groups: Mapping[int, _Group], one: int, other: int) -> tuple[float, int, int]:
    """What a merge of two groups loses, and which they are; where two lose the same, the older goes first."""
    return sum(_lost(groups[one], groups[other]).values()), one, other


def _agree(one: _Group, other: _Group) -> bool:
    """Whether no two of their segments ask for opposite actions."""
    return one.action == other.action or not one.action or not other.action


def _lost(one: _Group, other: _Group) -> dict[str, float]:
    """By measure, the variance between two groups that a merge loses."""
    lost = {}
    for measure, (n, total) in one.sums.items():
        m, rest = other.sums[measure]
        lost[measure] = n * m / (n + m) * (total / n - rest / m) ** 2 if n and m else 0.0
    return lost


def _told(groups: Sequence[_Group]) -> dict[str, float]:
    """By measure, the variance between all groups."""
    told = {}
    for measure in groups[0].sums if groups else ():
        parts = [each.sums[measure] for each in groups if each.sums[measure][0]]
        n, total = sum(count for count, _ in parts), sum(part for _, part in parts)
        told[measure] = sum(count * (part / count - total / n) ** 2 for count, part in parts) if n else 0.0
    return told


def _join(one: _Group, other: _Group) -> _Group:
    sums = {
        name: (n + other.sums[name][0], total + other.sums[name][1]) for name, (n, total) in one.sums.items()
    }
    return _Group((*one.segments, *other.segments), sums, one.action or other.action)
