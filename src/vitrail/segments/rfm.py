"""RFM: recency, frequency and monetary scores, and a map from scores to segments.

Model: each variable is cut into intervals, at quantiles (`vitrail.segments.cuts`) or at the plan's
    thresholds; the score is the interval's number, from the worst, 1, to the best. A value equal to a cut
    belongs to the higher interval. For recency, where less is better, the numbering is reversed. A map over
    the scores (`vitrail.segments.maps`) gives the segment.
Assumes: customers differ by how lately, how often and for how much they buy; scores are ranks within this
    base, and say nothing of another. Customers without an order take no part: no score, a segment of
    their own. A value missing for a customer who did order has the worst score.
Source: Hughes, "Strategic Database Marketing", 1994; Fader, Hardie & Lee, "RFM and CLV", Journal of
    Marketing Research 42(4), 2005.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.engine import sql
from vitrail.findings import Finding
from vitrail.i18n.texts import sentences
from vitrail.plan.names import NO_ORDER
from vitrail.segments.base import Base
from vitrail.segments.cuts import Cuts, fit_cuts
from vitrail.segments.maps import Cells, map_expression, scale_map
from vitrail.segments.model import Segment, Segmentation
from vitrail.segments.words import name_segment, name_segmentation, no_order_segment, translate

if TYPE_CHECKING:
    from vitrail.plan import RfmSpec

FEWEST_CUSTOMERS_A_SCORE = 10
"""Below this many customers a score, a quantile cut moves with single customers."""

MANY_ONE_TIME_BUYERS = Decimal("0.4")
"""The share of one-time buyers from which a finding says what it does to the frequency score."""

LONG_DAYS, YEAR_DAYS = 90, 365
"""A silence that may be long, and one that is where nothing tells a base's rhythm."""

FEWEST_RETURNED = 30
"""Customers who came back below which they tell no rhythm."""

FEWEST_BEYOND = 5
"""Of those who came back, how many must have been away for longer than the last threshold read off them."""

SELDOM_LONGER = Decimal("0.9")
"""The share of those who came back whose absence was shorter than a silence that is long."""


def compile_rfm(key: str, spec: RfmSpec, base: Base) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Fit the cuts of an RFM segmentation and compile its scores and its map."""
    cuts = {variable: _cut(base, spec, variable) for variable in spec.axes.values()}
    levels = {axis: max(level, 1) for axis, level in spec.levels.items()}
    columns = {axis: f"{key}_{axis}" for axis in spec.axes}
    scores = {
        columns[axis]: score_expression(base, variable, cuts[variable].values, levels[axis], axis == "r")
        for axis, variable in spec.axes.items()
    }
    cells, segments = _name_cells(spec, levels, cuts)
    nobody = exp.Case().when(base.no_order, exp.Literal.string(NO_ORDER))
    if base.buyers < base.customers:
        segments = (*segments, no_order_segment())
    segmentation = Segmentation(
        key=key,
        method=spec.method,
        label=name_segmentation(spec.label, key, spec.method),
        segments=segments,
        variables=tuple(spec.axes.values()),
        scores=scores,
        scales={variable: levels[axis] for axis, variable in spec.axes.items()},
        cuts={variable: found.values for variable, found in cuts.items()},
        assign=map_expression(nobody, cells, columns, levels),
    )
    return segmentation, _check_fit(key, spec, base, {v: c for v, c in cuts.items() if v not in _fixed(spec)})


def score_expression(
    base: Base, variable: str, cuts: tuple[Decimal, ...], scores: int, less_is_better: bool
) -> exp.Expr:
    """The score of `variable`, 1 to `scores`, NULL for a customer without an order."""
    value = base.value(variable)
    case = exp.Case().when(base.no_order, exp.null())
    steps = list(dict.fromkeys(cuts))
    if less_is_better:
        better = {cut: scores - cuts.index(cut) for cut in steps}
        for cut, score in better.items():
            case = case.when(sql("$x < $cut", x=value, cut=base.literal(variable, cut)), str(score))
        if not cuts:
            case = case.when(sql("$x is not null", x=value), str(scores))
    else:
        for cut in reversed(steps):
            score = 1 + sum(each <= cut for each in cuts)
            case = case.when(sql("$x >= $cut", x=value, cut=base.literal(variable, cut)), str(score))
    return case.else_("1")


def _fixed(spec: RfmSpec) -> Mapping[str, list[Decimal]]:
    return spec.thresholds or {}


def _cut(base: Base, spec: RfmSpec, variable: str) -> Cuts:
    given = _fixed(spec).get(variable)
    return Cuts(tuple(given)) if given is not None else fit_cuts(base, variable, spec.scores)


def _name_cells(
    spec: RfmSpec, levels: Mapping[str, int], cuts: Mapping[str, Cuts]
) -> tuple[dict[str, Cells], tuple[Segment, ...]]:
    if spec.segments is None:
        cells = scale_map(levels)
        meanings = {"new": _meaning_of_new(cells["new"], cuts)}
        return cells, tuple(name_segment(name, None, meanings.get(name), i) for i, name in enumerate(cells))
    cells, segments = {}, []
    for position, (name, segment) in enumerate(spec.segments.items()):
        spans = {"r": segment.r, "f": segment.f, "m": segment.m}
        cells[name] = Cells({axis: span for axis, span in spans.items() if span})
        meaning = (
            translate("segment_cells_meaning", cells=cells[name].written())
            if cells[name].spans
            else translate("segment_otherwise_meaning")
        )
        segments.append(name_segment(name, segment.label, meaning, position))
    return cells, tuple(segments)


def _meaning_of_new(cell: Cells, cuts: Mapping[str, Cuts]) -> Mapping[str, str] | None:
    """What to say of the newest, where the lowest frequency score holds more than first orders."""
    most = (
        next(iter(cuts["order_count"].values[cell.spans["f"][1] - 1 :]), None)
        if "order_count" in cuts
        else None
    )
    few = None if most is None else ceil(most) - 1
    return translate("segment_new_few_meaning", orders=few) if few is not None and few > 1 else None


def _check_fit(key: str, spec: RfmSpec, base: Base, cuts: Mapping[str, Cuts]) -> tuple[Finding, ...]:
    """What a reader must know of quantile cuts: too few customers, ties, one-time buyers."""
    findings = [*_check_recency(key, spec, base, cuts.get(spec.recency))]
    least = FEWEST_CUSTOMERS_A_SCORE * spec.scores
    if cuts and base.buyers < least:
        few = {"customers": base.buyers, "least": least, "scores": spec.scores}
        findings.append(Finding("rfm_few_customers", "warning", key, few))
    for variable, found in cuts.items():
        if variable == "order_count" and base.one_time_buyers:
            findings += _check_one_time_buyers(key, base, found)
        elif not found.values and base.buyers:
            findings.append(Finding("rfm_all_equal", "warning", key, _named(variable)))
        for tie in found.ties:
            if variable != "order_count" or tie.value != 1:
                share = Decimal(tie.customers) / base.buyers
                same = {**_named(variable), "value": tie.value, "customers": tie.customers, "share": share}
                code = "rfm_tied_orders" if variable == "order_count" else "rfm_tied_values"
                findings.append(Finding(code, "info", key, same))
    return tuple(findings)


def _check_recency(key: str, spec: RfmSpec, base: Base, cuts: Cuts | None) -> tuple[Finding, ...]:
    """That the best recency score reaches customers who are long gone, and thresholds by which it would not.

    Quantiles grade customers against each other: where most left years ago, the best fifth holds people who
    have been silent for longer than `SELDOM_LONGER` of those who came back ever were.
    """
    if spec.recency != "recency_days" or cuts is None or not cuts.values or cuts.values[0] < LONG_DAYS:
        return ()
    code, seldom, days = (
        "rfm_long_gone_year",
        YEAR_DAYS,
        [YEAR_DAYS >> i for i in range(spec.scores - 1)][::-1],
    )
    if gaps := _load_gaps(base, spec.scores - 1):
        code, (seldom, *days) = "rfm_long_gone", gaps
    if cuts.values[0] <= seldom:
        return ()
    rising: list[int] = []
    for day in days:
        rising.append(max([day, *(each + 1 for each in rising[-1:])]))
    told = {"key": key, "days": int(cuts.values[0]) - 1, "seldom": seldom, "thresholds": rising}
    return (Finding(code, "warning", key, told),)


def _load_gaps(base: Base, cuts: int) -> list[int]:
    """The days within which `SELDOM_LONGER` of those who came back did so, then half of them, three in four
    and so on; empty where too few came back to tell so many: each threshold halves those beyond it."""
    if "last_gap_days" not in base.columns:
        return []
    shares = [SELDOM_LONGER, *(1 - Decimal("0.5") ** (i + 1) for i in range(cuts))]
    wanted = exp.Array(expressions=[sql("$share", share=float(share)) for share in shares])
    found = base.record(
        {"returned": sql("count(*)"), "gaps": sql("quantile_disc(last_gap_days, $at)", at=wanted)},
        sql("last_gap_days is not null"),
    )
    needed = max(FEWEST_RETURNED, FEWEST_BEYOND << cuts)
    return [int(gap) + 1 for gap in found["gaps"]] if found["returned"] >= needed else []


def _named(variable: str) -> dict[str, str]:
    """A variable with the code of its name for people; one of the plan's own goes by its name there."""
    label = f"variable_{variable}"
    return {"variable": variable, "label": label if label in sentences() else variable}


def _check_one_time_buyers(key: str, base: Base, cuts: Cuts) -> tuple[Finding, ...]:
    """One-time buyers, where they are so many that they take more than the lowest score's share."""
    share = Decimal(base.one_time_buyers) / base.buyers
    if share < MANY_ONE_TIME_BUYERS and all(tie.value != 1 for tie in cuts.ties):
        return ()
    returned = base.buyers - base.one_time_buyers
    code = "rfm_one_time_buyers" if returned else "rfm_only_one_time_buyers"
    figures = {"customers": base.one_time_buyers, "share": share, "returned": returned}
    return (Finding(code, "warning", key, figures),)
