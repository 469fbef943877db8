"""Every segment against all other customers, on every measure: effects, intervals, adjusted p-values.

Model: for each measure, how often a member has more than another customer, with its interval and its
    p-value (`vitrail.statistics.superiority`); for a yes/no, how often a member leans to yes more, which
    suits rare answers too (`vitrail.statistics.leaning`). P-values are adjusted twice, and a difference
    counts where its interval holds no 50 % and both stay below `alpha`: by Benjamini and Hochberg over all
    comparisons of all segmentations, which bounds the share of false claims among those made; and by Holm
    within the segment, without which a segment of pure noise beside many real ones would pass on the credit
    of theirs. A measure formed the segment, and is left out, where it is a defining variable, is
    made of the same facts as one (`vitrail.variables.lineage`), grows with the number of orders where one is
    read off orders, or says the same in the data (rank correlation of 0.8 or more with one). What else is
    made from one's own orders (a usual hour, a mean order, a share sent back) is compared at equal numbers of
    orders there (`vitrail.validation.alike`).
Assumes: customers independent of one another; 15 members or more, so that at least a large difference could
    show.
Source: Benjamini & Hochberg, Journal of the Royal Statistical Society B 57, 1995; Holm, Scandinavian
    Journal of Statistics 6, 1979; Benjamini & Bogomolov, Journal of the Royal Statistical Society B 76,
    2014, on errors within selected families.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from vitrail.statistics.multiplicity import adjust_benjamini_hochberg, adjust_holm
from vitrail.statistics.superiority import Superiority, needed_members
from vitrail.validation.alike import depends_on_orders, weigh_alike
from vitrail.validation.cuts import Cut
from vitrail.validation.grading import Grades, estimate_effect
from vitrail.validation.measures import Measure
from vitrail.validation.sums import Sums
from vitrail.variables.lineage import find_order_counted, find_relatives

REDUNDANT = 0.8
"""From this rank correlation on (either sign) two measures say the same."""

Role = Literal["kpi", "defining", "related", "counted", "redundant", "not_asked"]


@dataclass(frozen=True, slots=True)
class Part:
    """What a measure is to a segmentation.

    Args:
        role: a KPI it is judged by, or why it is not one.
        because: the defining variables it is, is made like, goes with by the number of orders, or says the
            same as.
        correlation: of a redundant measure, with the first of them.
        alike: whether it is compared at equal numbers of orders.
    """

    role: Role
    because: tuple[str, ...] = ()
    correlation: float | None = None
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A segment against all other customers on one measure.

    Args:
        members, others: those who have the measure, on each side; at equal numbers of orders, as many as
            the comparison is worth.
        mean, mean_others: of the measure; of a yes/no, its share, at equal numbers of orders too.
        effect: how often a member has more; None where either side is too small to show a large difference.
        p_adjusted: over all comparisons; None where the measure is no KPI of the segmentation.
        p_within: within the segment, over its KPIs, or over its other measures.
    """

    segmentation: str
    segment: str
    measure: str
    part: Part
    members: int
    others: int
    mean: float | None
    mean_others: float | None
    effect: Superiority | None
    p_adjusted: float | None = None
    p_within: float | None = None

    def is_found(self, alpha: float) -> bool:
        """Whether the difference counts, after correction, and its interval does not hold 50 %."""
        adjusted = max(self.p_within if self.p_within is not None else 1.0, self.p_adjusted or 0.0)
        return self.effect is not None and self.effect.margin > 0 and adjusted <= alpha

    def is_large(self, alpha: float, least_effect: float) -> bool:
        """Whether it counts, and all of its interval is at least as large as what matters."""
        return self.effect is not None and self.is_found(alpha) and self.effect.margin >= least_effect - 0.5


def assign_parts(
    cut: Cut,
    measures: Sequence[Measure],
    asked: frozenset[str],
    lineage: Mapping[str, frozenset[str]],
    correlations: np.ndarray[Any, np.dtype[np.float64]],
    averages: Collection[str] = (),
) -> dict[str, Part]:
    """What each measure is to a segmentation, by its key.

    Args:
        asked: the keys of the measures that may be KPIs.
        lineage: the facets of each variable.
        correlations: of the measures, two by two.
        averages: the keys of the measures that are counted by number of orders.
    """
    defining = cut.defining or ()
    averages = averages if depends_on_orders(defining, lineage) else ()
    formed = [i for i, each in enumerate(measures) if set(each.variables) & set(defining)]
    parts = {}
    for i, each in enumerate(measures):
        own = tuple(name for name in each.variables if name in defining)
        relatives = tuple(find_relatives(each.variables, defining, lineage))
        counted = find_order_counted(each.variables, defining, lineage)
        strongest = max(formed, key=lambda j: _size(correlations[i, j]), default=None)
        if own:
            part = Part("defining", own)
        elif relatives:
            part = Part("related", relatives)
        elif counted:
            part = Part("counted", counted)
        elif strongest is not None and _size(correlations[i, strongest]) >= REDUNDANT:
            part = Part("redundant", measures[strongest].variables, float(correlations[i, strongest]))
        else:
            part = Part("kpi" if each.key in asked else "not_asked", alike=each.key in averages)
        parts[each.key] = part
    return parts


def _size(correlation: float) -> float:
    return 0.0 if np.isnan(correlation) else abs(float(correlation))


def compare_segments(
    cuts: Sequence[Cut],
    measures: Sequence[Measure],
    parts: Mapping[str, Mapping[str, Part]],
    grades: Grades,
    sums: Sums,
) -> tuple[Comparison, ...]:
    """Every segment on every measure, p-values adjusted."""
    compared = [
        _compare(cut.key, segment, each, parts[cut.key][each.key], grades, sums)
        for cut in cuts
        for segment in cut.segments
        for each in measures
    ]
    return _adjust(compared)


def _compare(
    segmentation: str, segment: str, measure: Measure, part: Part, grades: Grades, sums: Sums
) -> Comparison:
    name = (segmentation, segment)
    inside, whole = grades.members[name, measure.key], grades.everyone[measure.key]
    outside = tuple(every - own for every, own in zip(whole, inside, strict=True))
    members, others = sum(inside), sum(outside)
    total, rest = (
        sums.totals[name, measure.key],
        sums.whole[measure.key] - sums.totals[name, measure.key],
    )
    mean, mean_others = _mean(total, members), _mean(rest, others)
    compared: tuple[Sequence[float], Sequence[float]] = inside, outside
    if part.alike:
        layer = grades.layers[name, measure.key]
        weighed = weigh_alike(layer, grades.whole_layers[measure.key] - layer)
        compared = weighed[0].tolist(), weighed[1].tolist()
        members, others = (int(sum(each)) for each in compared)
        if measure.kind == "yes_no":
            mean, mean_others = (each[1] / sum(each) if sum(each) else None for each in compared)
    needed = needed_members(others)
    few = needed is None or members < needed
    return Comparison(
        segmentation=segmentation,
        segment=segment,
        measure=measure.key,
        part=part,
        members=members,
        others=others,
        mean=mean,
        mean_others=mean_others,
        effect=None if few else estimate_effect(measure, *compared),
    )


def _mean(total: Decimal, count: int) -> float | None:
    return float(total / count) if count else None


def _adjust(compared: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """P-values over all KPIs of all segments, and within each segment."""
    adjusted = list(compared)
    tested = [i for i, each in enumerate(compared) if each.effect is not None]
    kpis = [i for i in tested if compared[i].part.role == "kpi"]
    for i, p in zip(kpis, adjust_benjamini_hochberg(_p_values(compared, kpis)), strict=True):
        adjusted[i] = replace(adjusted[i], p_adjusted=p)
    families: dict[tuple[str, str, bool], list[int]] = {}
    for i in tested:
        each = compared[i]
        families.setdefault((each.segmentation, each.segment, each.part.role == "kpi"), []).append(i)
    for family in families.values():
        for i, p in zip(family, adjust_holm(_p_values(compared, family)), strict=True):
            adjusted[i] = replace(adjusted[i], p_within=p)
    return tuple(adjusted)


def _p_values(compared: Sequence[Comparison], chosen: Sequence[int]) -> list[float]:
    return [effect.p for i in chosen if (effect := compared[i].effect) is not None]
