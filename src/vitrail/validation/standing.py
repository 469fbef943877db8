"""Where a segment stands among the others of its segmentation, where "the rest" hides more than it tells.

The rest is a mixture, and one very different segment in it can do two kinds of harm:
    carried   all the others differ from a rest that holds it, though they may be alike;
    between   a segment above most and below it differs from both, and not from the two together.
So a difference is looked at once more without the segment that carries it most: it is the segment's own only
if what is left is sure and still matters. And where there is none, the members are compared with the one
segment without which the rest differs most from them, and with that rest: a segment that surely lies between
the two is distinct.

Model: what is left out is chosen by its effect, so the p-value of the rest counts as often as there are
    segments to choose from, and of a difference found as often as there were measures to find one on; of the
    two comparisons of a segment between others the greater p-value counts (an intersection of hypotheses),
    times all comparisons made (Bonferroni).
Source: Berger, "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24, 1982 (the
    intersection-union test).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vitrail.statistics.superiority import Superiority, needed_members
from vitrail.validation.alike import weigh_alike
from vitrail.validation.cuts import Cut
from vitrail.validation.grading import Counts, Grades, estimate_effect
from vitrail.validation.measures import Measure

Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Members against the rest without one other segment, and against that one.

    Args:
        other: the key of the segment left out of the rest.
        rest: against all customers but these.
        against: against these.
        share_rest, share_other: of a yes/no, the shares of the two.
    """

    other: str
    rest: Superiority
    against: Superiority
    share_rest: float
    share_other: float


@dataclass(frozen=True, slots=True)
class _Effects:
    """Superiorities over the whole rest, over the rest without each segment, and over each; NaN for none."""

    whole: float
    rest: Numbers
    against: Numbers


@dataclass(frozen=True, slots=True)
class Among:
    """The segments of a segmentation, to compare one with some of the others.

    Args:
        comparisons: all that are made, of all segmentations, with the rest.
        alike: the measures compared at equal numbers of orders.
    """

    cut: Cut
    grades: Grades
    comparisons: int
    alike: frozenset[str] = frozenset()
    stacks: dict[str, Numbers] = field(default_factory=dict)

    @property
    def choices(self) -> int:
        """How many other segments could be left out; one at least."""
        return max(len(self.cut.segments) - 1, 1)

    def find_carrier(self, segment: str, measure: Measure) -> Standing | None:
        """The segment without which the rest differs least; None where nobody would be left."""
        effects = self._leave_out(segment, measure)
        if effects is None:
            return None
        side = np.sign(effects.whole - 0.5)
        return self._stand(segment, measure, int(np.nanargmin(side * (effects.rest - 0.5))))

    def find_between(
        self, segment: str, measure: Measure, alpha: float, least_effect: float
    ) -> Standing | None:
        """The segment that the members lie between and the rest; None where they surely do not."""
        effects = self._leave_out(segment, measure)
        if effects is None:
            return None
        index, least = int(np.nanargmax(np.abs(effects.rest - 0.5))), least_effect - 0.5
        gaps = effects.rest[index] - 0.5, effects.against[index] - 0.5
        opposite = gaps[0] * gaps[1] < 0
        found = self._stand(segment, measure, index) if opposite else None
        if found is None or min(found.rest.margin, found.against.margin) < least:
            return None
        p = max(found.against.p, self.choices * found.rest.p) * self.comparisons
        return found if p <= alpha else None

    def _leave_out(self, segment: str, measure: Measure) -> _Effects | None:
        """The members' effect without each segment, and against it; None where that leaves too few."""
        keys = list(self.cut.segments)
        if not self.cut.partition or len(keys) < 3:
            return None
        if measure.key in self.alike:
            return self._leave_out_alike(segment, measure)
        counts, place = self._stack(measure), keys.index(segment)
        own, outside = counts[place], np.array(self.grades.everyone[measure.key], dtype=float) - counts[place]
        members, sizes, rest = own.sum(), counts.sum(axis=1), outside.sum()
        least = needed_members(int(members)) or math.inf  # each side needs of the other what the other does
        able = (sizes >= 2) & (rest - sizes >= least)
        able[place] = False
        if not able.any():
            return None
        lost = np.where(able, (counts.cumsum(axis=1) - counts / 2) @ own, np.nan)
        whole = float((outside.cumsum() - outside / 2) @ own)
        pairs = members * np.where(able, sizes, np.nan)
        return _Effects(whole / (members * rest), (whole - lost) / (members * rest - pairs), lost / pairs)

    def _leave_out_alike(self, segment: str, measure: Measure) -> _Effects | None:
        """The same at equal numbers of orders: by segment, weighed anew."""
        place = list(self.cut.segments).index(segment)
        layers = self._stack(measure)
        own, everyone = layers[place], self.grades.whole_layers[measure.key]
        rest, against = weigh_alike(own, everyone - own - layers), weigh_alike(own, layers)
        least = np.array([needed_members(int(each)) or math.inf for each in rest[0].sum(axis=1)])
        able = (against[1].sum(axis=1) >= 2) & (rest[1].sum(axis=1) >= least)
        able[place] = False
        if not able.any():
            return None
        effects = (np.where(able, _superiority(*each), np.nan) for each in (rest, against))
        return _Effects(float(_superiority(*weigh_alike(own, everyone - own))), *effects)

    def _sides(self, segment: str, measure: Measure, index: int) -> list[tuple[Numbers, Numbers]]:
        """Members and the rest without a segment, members and that segment, by grade."""
        counts = self._stack(measure)
        own, one = counts[list(self.cut.segments).index(segment)], counts[index]
        if measure.key in self.alike:
            rest = self.grades.whole_layers[measure.key] - own - one
            return [weigh_alike(own, rest), weigh_alike(own, one)]
        return [(own, np.array(self.grades.everyone[measure.key], dtype=float) - own - one), (own, one)]

    def _stand(self, segment: str, measure: Measure, index: int) -> Standing | None:
        sides = self._sides(segment, measure, index)
        without, against = (estimate_effect(measure, own.tolist(), each.tolist()) for own, each in sides)
        if without is None or against is None:
            return None
        shares = (float(each[1] / each.sum()) for _, each in sides)
        return Standing(list(self.cut.segments)[index], without, against, *shares)

    def _stack(self, measure: Measure) -> Numbers:
        """Segment × grade → members; × class of equal numbers of orders × grade where those are compared."""
        if measure.key not in self.stacks:
            alike = measure.key in self.alike
            members: Mapping[tuple[tuple[str, str], str], Counts | Numbers]
            members = self.grades.layers if alike else self.grades.members
            rows = [members[(self.cut.key, key), measure.key] for key in self.cut.segments]
            self.stacks[measure.key] = np.array(rows, dtype=float)
        return self.stacks[measure.key]


def _superiority(own: Numbers, others: Numbers) -> Numbers:
    """How often one of `own` has more than one of `others`, ties counted half; NaN where a side is empty."""
    pairs = own.sum(axis=-1) * others.sum(axis=-1)
    above = ((others.cumsum(axis=-1) - others / 2) * own).sum(axis=-1)
    found: Numbers = np.divide(above, pairs, out=np.full_like(pairs, np.nan), where=pairs > 0)
    return found
