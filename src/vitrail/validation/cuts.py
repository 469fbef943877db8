"""What is judged: ways of cutting a table of customers, and what formed each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from vitrail.engine import column, expression
from vitrail.segments import Segmentation

APART = "\x1f"
"""Between the keys of the segments a customer is in, where segments overlap."""
_TONED = ("rfm", "lifecycle")


@dataclass(frozen=True, slots=True)
class Cut:
    """A segmentation as its judges see it.

    Args:
        key: its name, and its column in the table of customers: a key, or a list of keys.
        label: its name for people, by language.
        segments: the label of each segment by its key, in plan order.
        partition: whether each customer is in one segment at most.
        defining: the variables that formed it; None where that is not known.
        rest: the segments that take whoever is left.
        thresholds: the cut points of each variable, as the fit found them.
        tones: of each segment, where the method gives tones that ask for an action: RFM and the life cycle.
        stages: whether customers pass from segment to segment as time goes: the life cycle.
    """

    key: str
    label: Mapping[str, str]
    segments: Mapping[str, Mapping[str, str]]
    partition: bool
    defining: tuple[str, ...] | None
    rest: frozenset[str] = frozenset()
    thresholds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    tones: Mapping[str, str] = field(default_factory=dict)
    stages: bool = False

    @property
    def path(self) -> exp.Expr:
        """The customer's segments as one text: empty for none, keys apart by `APART` for several."""
        if self.partition:
            return expression("coalesce(cast($x as varchar), '')", x=column(self.key))
        return expression("coalesce(array_to_string($x, $apart), '')", x=column(self.key), apart=APART)


def read_cuts(
    segmentations: Iterable[Segmentation], columns: Collection[str], rest: Collection[str] = ()
) -> tuple[Cut, ...]:
    """The segmentations of a run.

    Args:
        columns: the variables of the profile.
        rest: the references of the segments that take whoever is left, such as `size.other`.
    """
    known = {each.key: each for each in segmentations}
    return tuple(
        Cut(
            key=each.key,
            label=each.label,
            segments={segment.key: segment.label for segment in each.segments},
            partition=each.partition,
            defining=_trace(each, known, frozenset(columns)),
            rest=frozenset(name.partition(".")[2] for name in rest if name.partition(".")[0] == each.key),
            thresholds={name: tuple(float(cut) for cut in cuts) for name, cuts in each.cuts.items()},
            tones={segment.key: segment.tone for segment in each.segments if each.method in _TONED},
            stages=each.method == "lifecycle",
        )
        for each in known.values()
    )


def _trace(
    segmentation: Segmentation, known: Mapping[str, Segmentation], columns: frozenset[str]
) -> tuple[str, ...]:
    """The variables a segmentation reads, those of the segmentations and scores it is made of included."""
    made = {name: each for each in known.values() for name in (each.key, *each.scores)}
    found: dict[str, None] = {}
    seen, ahead = {segmentation.key}, [segmentation]
    while ahead:
        each = ahead.pop()
        found |= dict.fromkeys(name for name in each.variables if name in columns)
        for node in each.expression.find_all(exp.Column):
            other = made.get(node.name)
            if other is not None and other.key not in seen:
                seen.add(other.key)
                ahead.append(other)
    return tuple(found)


def find_members(path: str, cut: Cut) -> list[str]:
    """The segments that a path names; those the cut does not know are passed over."""
    return [segment for segment in path.split(APART) if segment in cut.segments]


def compile_sets(sets: Sequence[Sequence[str]]) -> exp.Group:
    """`group by grouping sets`: one scan, grouped by each list of columns in turn; by none where empty."""
    each = [exp.Tuple(expressions=[column(name) for name in names]) for names in sets]
    return exp.Group(grouping_sets=[exp.GroupingSets(expressions=each)])
