"""One block of cohorts that customers leave for good: how long they stay, and whether groups differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, finite, sql
from vitrail.findings import Finding
from vitrail.insight.cohorts.comparison import (
    LEAST_CUSTOMERS,
    LEAST_EXPECTED,
    Comparison,
    compare_all,
)
from vitrail.insight.cohorts.following import MOST_GROUPS
from vitrail.insight.cohorts.members import (
    Base,
    Labels,
    compile_group,
    name_block,
    name_by,
    name_group,
    order_groups,
    restrict,
)
from vitrail.insight.cohorts.results import SurvivalGroup, SurvivalTable
from vitrail.insight.survival import (
    SurvivalCurve,
    compare_survival,
    estimate_survival,
    estimate_survival_difference,
    merge_survival,
)
from vitrail.plan.cohorts import START_GROUPS, CohortSpec
from vitrail.segments.words import translate
from vitrail.statistics.normal import normal_quantile
from vitrail.variables.kpis import compile_yes_no

_YEAR = {"days": 365, "weeks": 52, "months": 12, "years": 1}


def follow_stays(
    engine: Engine, name: str, spec: CohortSpec, base: Base, place: str
) -> tuple[SurvivalTable | None, list[Finding]]:
    """The curves of one block, and what a person should know.

    Raises:
        ConditionError: a condition of the block is refused, or `left` is no yes/no.
        ValueError: the block follows orders.
    """
    if spec.survival is None:
        raise ValueError(f"{name} follows orders")
    grouped = spec.by not in START_GROUPS
    group = compile_group(base, spec.by) if grouped else exp.Literal.string("all")
    left = compile_yes_no(engine, spec.survival.left, exp.select("*").from_("segmented"), place)
    duration = column(base.find(spec.survival.duration))
    members = exp.select(group.as_("cohort"), duration.as_("duration"), left.as_("departed"))
    members = members.from_("segmented")
    if spec.where is not None:
        members = members.where(restrict(base, spec.where, place))
    curves, findings = load_curves(engine, members)
    if not curves:
        return None, findings
    table = compare_stays(
        name,
        spec.survival.unit,
        {key: curves[key] for key in order_groups(base, spec.by, list(curves))},
        {key: name_group(base, spec.by, key) if grouped else translate("cohorts_all") for key in curves},
        spec.at,
    )
    by_label = name_by(base, spec.by) if grouped else None
    label = name_block(base, name, spec)
    return replace(table, label=label, by=spec.by if grouped else "", by_label=by_label), findings


def _count_at_start(rows: Iterable[Mapping[str, Any]], departed: bool) -> int:
    """The customers of duration zero who have left, or who have not."""
    return sum(row["customers"] for row in rows if row["duration"] == 0 and row["departed"] is departed)


def load_curves(engine: Engine, members: Query) -> tuple[dict[str, SurvivalCurve], list[Finding]]:
    """By group, its curve, the biggest group first; and whom it leaves out.

    Args:
        members: `cohort` (text), `duration` and `departed` (true or false), a row a customer.
    """
    rows = engine.records(
        sql(
            """
            select cohort, duration, departed, count(*) as customers
            from (select cohort, departed, $duration as duration from $members)
            group by all order by cohort, duration, departed
            """,
            duration=finite(expression("try_cast(duration as double)")),
            members=members.subquery("members"),
        )
    )
    known = [row for row in rows if row["duration"] is not None and row["departed"] is not None]
    used = [row for row in known if row["duration"] >= 0]
    findings: list[Finding] = []
    counted = {
        "survival_missing": sum(row["customers"] for row in rows) - sum(row["customers"] for row in known),
        "survival_negative": sum(row["customers"] for row in known) - sum(row["customers"] for row in used),
        "survival_no_time": _count_at_start(used, departed=False),
        "survival_left_at_once": _count_at_start(used, departed=True),
    }
    for code, customers in counted.items():
        if customers:
            mild = code in ("survival_no_time", "survival_left_at_once")
            findings.append(Finding(code, "info" if mild else "warning", figures={"customers": customers}))
    if not used:
        return {}, [*findings, Finding("survival_nobody", "warning")]
    sizes: dict[str, int] = {}
    for row in used:
        sizes[row["cohort"]] = sizes.get(row["cohort"], 0) + row["customers"]
    biggest = sorted(sizes, key=lambda key: (-sizes[key], key))
    if len(biggest) > MOST_GROUPS:
        kept = biggest[: MOST_GROUPS - 1]
        figures = {"groups": len(biggest), "kept": len(kept), "others": len(biggest) - len(kept)}
        findings.append(Finding("cohorts_others_together", "info", figures=figures))
        used = [row if row["cohort"] in kept else {**row, "cohort": "*"} for row in used]
        biggest = [*kept, "*"]
    return {key: _estimate([row for row in used if row["cohort"] == key]) for key in biggest}, findings


def _estimate(rows: Sequence[Mapping[str, Any]]) -> SurvivalCurve:
    return estimate_survival(
        [row["duration"] for row in rows],
        [row["departed"] for row in rows],
        [row["customers"] for row in rows],
    )


def compare_stays(
    name: str,
    unit: str,
    curves: Mapping[str, SurvivalCurve],
    labels: Mapping[str, Labels],
    at: float | None = None,
) -> SurvivalTable:
    """Curves side by side, tested all at once and then against one another.

    Args:
        at: the time at which shares are compared; unless given a year, or less where too few were followed.
    """
    named = [key for key in curves if key not in ("", "*")]
    at = at or _choose_time([curves[key] for key in named or curves], _YEAR.get(unit, 1))

    def compare(cohort: str, other: str | None, rest: SurvivalCurve) -> Comparison:
        return _compare_two(cohort, other, curves[cohort], rest, at or 0)

    return SurvivalTable(
        name=name,
        label={},
        by="",
        by_label=None,
        unit=unit,
        groups=tuple(SurvivalGroup(key, labels[key], curve) for key, curve in curves.items()),
        test=compare_survival([curves[key] for key in named]),
        comparisons=compare_all(named, compare, lambda keys: merge_survival([curves[key] for key in keys])),
        at=at,
    )


def _choose_time(curves: Sequence[SurvivalCurve], usual: float) -> float | None:
    """The usual time, or the longest that enough customers of every big enough group were followed for."""
    big = [curve for curve in curves if curve.customers >= LEAST_CUSTOMERS] or list(curves)
    longest = []
    for curve in big:
        enough = curve.time[curve.at_risk >= min(LEAST_CUSTOMERS, curve.customers)]
        longest.append(float(enough[-1]) if enough.size else 0.0)
    time = min(usual, *longest) if longest else 0.0
    return time if time > 0 else None


def _compare_two(
    cohort: str, other: str | None, own: SurvivalCurve, rest: SurvivalCurve, at: float
) -> Comparison:
    told = Comparison("survival", at, cohort, other, own.customers, rest.customers)
    mine, theirs = own.share_at(at), rest.share_at(at)
    told = replace(told, value=mine.value, other_value=theirs.value)
    fewest = min(own.customers, rest.customers)
    if fewest < LEAST_CUSTOMERS:
        return replace(told, lacking="customers", have=fewest, need=LEAST_CUSTOMERS)
    departures = own.departures + rest.departures
    expected = departures * fewest / (own.customers + rest.customers)
    if expected < LEAST_EXPECTED:
        return replace(told, lacking="expected", have=expected, need=LEAST_EXPECTED)
    found = estimate_survival_difference(own, rest, at)
    told = replace(
        told, difference=found.value, low=found.low, high=found.high, p=compare_survival([own, rest]).p
    )
    if not mine.value or not theirs.value:
        return told
    spread = sum(
        float(curve.spread[curve.time <= at][-1]) if (curve.time <= at).any() else 0.0
        for curve in (own, rest)
    )
    factor = math.exp(normal_quantile(0.975) * math.sqrt(spread))
    ratio = mine.value / theirs.value
    return replace(told, ratio=ratio, ratio_low=ratio / factor, ratio_high=ratio * factor)
