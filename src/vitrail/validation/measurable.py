"""Measurable: are the variables that define the segment there, fresh and valid, for each member?

A variable is there where it has a value, or where having none is itself the fact: no recency without an
order, no gap before the second day of orders. It is valid where its value can be: days, counts, ages and
shares within their bounds, numbers finite; how many are not finite is told. It is fresh where the data reach
to within `fresh_days` of the as-of date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, column, expression, sql
from vitrail.validation.cuts import Cut
from vitrail.validation.measures import Column
from vitrail.validation.model import Judgement, grade, nobody
from vitrail.validation.sums import Sums
from vitrail.variables import OF_ORDERS

_BOUNDS = {
    "days": "$x >= 0",
    "orders": "$x >= 0",
    "products": "$x >= 0",
    "share": "$x between 0 and 1",
    "years": "$x between 0 and 120",
    "weekday": "$x between 1 and 7",
    "hour": "$x between 0 and 23",
}
_ONE_DAY = "first_order_days = recency_days"
_FROM_SECOND_DAY = frozenset({"days_between_orders", "last_gap_days"})


def count_infinite(engine: Engine, table: str, columns: Mapping[str, Column]) -> dict[str, int]:
    """How many values of each column are infinite or not numbers; only columns that have any. One scan."""
    names = [each.name for each in columns.values() if each.is_float]
    if not names:
        return {}
    counted = [
        exp.alias_(sql("count(*) filter (not isfinite($x))", x=column(name)), f"c{i}")
        for i, name in enumerate(names)
    ]
    row = engine.records(exp.select(*counted).from_(table))[0]
    return {name: row[f"c{i}"] for i, name in enumerate(names) if row[f"c{i}"]}


def compile_checks(
    cuts: tuple[Cut, ...], columns: Mapping[str, Column], infinite: Collection[str] = ()
) -> dict[str, exp.Expr]:
    """By name, what to count over the members: `sound <cut>`, `missing <variable>`, `infinite <variable>`.

    Args:
        infinite: the variables some values of which are infinite or not numbers.
    """
    defining = dict.fromkeys(name for cut in cuts for name in cut.defining or () if name in columns)
    sound = {name: compile_sound(columns[name], columns) for name in defining}
    counted = {
        f"missing {name}": expression("case when $sound then 0 else 1 end", sound=tree)
        for name, tree in sound.items()
    }
    counted |= {
        f"infinite {name}": expression(
            "case when isfinite($x) then 0 else ($x is not null)::int end", x=column(name)
        )
        for name in defining
        if name in infinite
    }
    for cut in cuts:
        own = [sound[name] for name in cut.defining or () if name in sound]
        if own:
            counted[f"sound {cut.key}"] = expression("case when $all then 1 else 0 end", all=exp.and_(*own))
    return counted


def compile_sound(each: Column, columns: Mapping[str, Column]) -> exp.Expr:
    """A condition: the customer's value is there and can be true, or its absence is the fact."""
    value = column(each.name)
    parts = [expression("$x is not null", x=value)]
    if each.is_float:
        parts.append(expression("isfinite($x)", x=value))
    if each.is_number and each.unit in _BOUNDS:
        parts.append(expression(_BOUNDS[each.unit], x=value))
    sound: exp.Expr = exp.and_(*parts)
    if each.grain in OF_ORDERS and "order_count" in columns:
        none = sql("coalesce(order_count, 0) = 0")
        if each.name in _FROM_SECOND_DAY:
            one_day = {"recency_days", "first_order_days"} <= columns.keys()
            none = sql("coalesce(order_count, 0) < 2 or $one", one=sql(_ONE_DAY) if one_day else exp.false())
        sound = expression("$sound or ($x is null and $none)", sound=sound, x=value, none=none)
    return expression("coalesce($sound, false)", sound=sound)


def judge_measurable(
    cut: Cut,
    segment: str,
    sums: Sums,
    columns: Mapping[str, Column],
    stale_days: int | None,
    fresh_days: int,
    threshold: float,
) -> Judgement:
    """The verdict on a segment.

    Args:
        stale_days: days from the newest row of the data to the as-of date; None where that is not known.
    """
    name = (cut.key, segment)
    members = sums.sizes[name]
    if not members:
        return nobody()
    if cut.defining is None or not any(each in columns for each in cut.defining):
        return Judgement(
            "not_estimable", "validation_measurable_unknown", "validation_measurable_unknown_change"
        )
    if stale_days is not None and stale_days > fresh_days:
        old = {"days": stale_days, "fresh": fresh_days, "threshold": threshold}
        reason, change = "validation_measurable_stale", "validation_measurable_stale_change"
        return Judgement("fail", reason, change, 0.0, threshold, old)
    share = float(sums.totals[name, f"sound {cut.key}"] / members)
    worst = max(
        (each for each in cut.defining if each in columns),
        key=lambda each: sums.totals[name, f"missing {each}"],
    )
    missing = int(sums.totals[name, f"missing {worst}"])
    figures: dict[str, Any] = {"share": share, "threshold": threshold, "missing": missing}
    figures["variable"] = dict(columns[worst].label)
    infinite = int(sums.totals.get((name, f"infinite {worst}"), 0))
    reason = "validation_measurable_part" if missing else "validation_measurable_all"
    if infinite:
        reason, figures["infinite"] = "validation_measurable_infinite", infinite
    verdict = grade(share, threshold)
    change = "validation_measurable_change_pass" if verdict == "pass" else "validation_measurable_change"
    return Judgement(verdict, reason, change, share, threshold, figures)
