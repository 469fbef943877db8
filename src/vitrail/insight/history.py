"""Since when each customer has been in its segment, replayed from the orders and not from earlier runs.

*Model.* Between two order days nothing about a customer changes but time, so the segment is a function of
the as-of date that is constant in pieces. The pieces end on order days and where `recency_days` or
`first_order_days` reaches a value that the segmentation compares them with. The segment is taken on the
last date of each piece; a customer has been in its segment since the day after the last date on which it
was in another.
*Assumes.* Today's thresholds, and today's knowledge of cancellations: an order that was undone later counts
as never placed. What the register says of a customer is taken as always so.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping, Sequence

from sqlglot import exp

from vitrail.engine import Query, column, sql
from vitrail.segments import Segmentation, apply_segmentations

#: Variables whose past values follow from the orders before, by running sums.
REPLAYED: Mapping[str, str] = {
    "recency_days": "cast(at - last_day as integer)",
    "first_order_days": "cast(at - first_day as integer)",
    "order_count": "order_count",
    "total_amount": "total_amount",
    "mean_order_amount": "cast(round(total_amount / order_count, 4) as decimal(38, 4))",
    "last_gap_days": "last_gap_days",
    "is_one_time": "order_count = 1",
}
_CLOCKS = {"recency_days": "last_day", "first_order_days": "first_day"}


def replayable(segmentations: Sequence[Segmentation], constant: Collection[str]) -> tuple[Segmentation, ...]:
    """The segmentations whose history the orders tell, in the order given.

    Args:
        segmentations: in dependency order.
        constant: variables taken as always so: the columns of the register.
    """
    told: dict[str, Segmentation] = {}
    for each in segmentations:
        known = all(name in REPLAYED or name in constant for name in each.variables)
        if known and find_boundaries(each) is not None and all(key in told for key in each.depends_on):
            told[each.key] = each
    return tuple(told.values())


def compile_since(segmentations: Sequence[Segmentation], constant: Collection[str], as_of: dt.date) -> Query:
    """One row a customer with orders: `customer_id`, and for each partition `<key>_since`, a date.

    Args:
        segmentations: replayable ones, in dependency order, with all they depend on.
        constant: variables taken as always so.

    Reads the working tables `orders` and `segmented` (the profile with a column a segmentation).
    """
    by_key = {each.key: each for each in segmentations}
    partitions = [each for each in segmentations if each.partition]
    parts: list[Query] = []
    for each in partitions:
        needed = _with_dependencies(each, by_key)
        points = _points(needed, sorted(_constants(needed, constant)), as_of, each.key)
        segmented = apply_segmentations(needed, points).subquery("past")
        other = sql("$then is distinct from segment_now", then=column(each.key))
        ends = [
            exp.alias_(sql("max(at)") if key == each.key else sql("cast(null as date)"), f"{key}_until")
            for key in (p.key for p in partitions)
        ]
        parts.append(exp.select("customer_id", *ends).from_(segmented).where(other).group_by("customer_id"))
    united: Query = parts[0]
    for part in parts[1:]:
        united = exp.union(united, part, distinct=False)
    firsts = sql(
        "select customer_id, min(day) as first_day from orders where is_purchase group by customer_id"
    )
    latest = [
        sql("max($end)", end=column(f"{each.key}_until")).as_(f"{each.key}_until") for each in partitions
    ]
    changes = exp.select("customer_id", *latest).from_(united.subquery("parts")).group_by("customer_id")
    since = [
        sql("coalesce($end, first_day) + 1", end=column(f"{each.key}_until")).as_(f"{each.key}_since")
        for each in partitions
    ]
    return (
        exp.select("customer_id", *since)
        .from_("firsts")
        .join("changes", using="customer_id", join_type="left")
        .with_("firsts", as_=firsts)
        .with_("changes", as_=changes)
    )


def _points(
    segmentations: Sequence[Segmentation], constants: Sequence[str], as_of: dt.date, key: str
) -> Query:
    """Each customer on the last date of each piece of its history, with the variables of that date."""
    states: Query = sql(
        """
        select customer_id, day, segment_now,
            count(*) filter (where is_purchase) over history as order_count,
            cast(sum(amount) over history as decimal(38, 4)) as total_amount,
            max(day) filter (where is_purchase) over history as last_day,
            min(day) filter (where is_purchase) over history as first_day,
            cast(last_value(gap_days ignore nulls) over history as integer) as last_gap_days,
            coalesce(lead(day) over (partition by customer_id order by day), $as_of) as until
        from orders join now using (customer_id)
        window history as (partition by customer_id order by day
                           rows between unbounded preceding and current row)
        """,
        as_of=as_of,
    )
    states = states.select(*(column(name) for name in constants))
    now = exp.select("customer_id", column(key).as_("segment_now"), *(column(n) for n in constants)).from_(
        "segmented"
    )
    ends: list[exp.Expr] = [column("until")]
    for variable, values in sorted(_merge_boundaries(segmentations).items()):
        ends += [sql(f"{_CLOCKS[variable]} + {value - 1}") for value in sorted(values)]
    dates = exp.select("*", exp.Unnest(expressions=[exp.Array(expressions=ends)]).as_("at")).from_("states")
    dates = dates.where("until > day and order_count > 0")
    variables = [exp.alias_(sql(value), name) for name, value in REPLAYED.items()]
    return (
        exp.select("customer_id", "at", "segment_now", *(column(name) for name in constants), *variables)
        .from_("dates")
        .where("at > day and at <= until")
        .with_("now", as_=now)
        .with_("states", as_=states)
        .with_("dates", as_=dates)
    )


def find_boundaries(segmentation: Segmentation) -> dict[str, set[int]] | None:
    """The days at which a clock crosses a value it is compared with; None where one is used otherwise."""
    found: dict[str, set[int]] = {}
    trees = [*segmentation.scores.values(), segmentation.assign, *segmentation.members.values()]
    for tree in (each for each in trees if each is not None):
        for clock in tree.find_all(exp.Column):
            if clock.name not in _CLOCKS:
                continue
            values = _compared_with(clock)
            if values is None:
                return None
            days = found.setdefault(clock.name, set())
            for value in values:
                days |= {math.ceil(value), math.floor(value) + 1}
    return {name: {day for day in days if day > 1} for name, days in found.items()}


def _compared_with(clock: exp.Column) -> list[float] | None:
    parent = clock.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, exp.Is):
        return []
    if isinstance(parent, exp.Between | exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE | exp.In):
        literals = [each for each in parent.find_all(exp.Literal) if not each.is_string]
        others = [each for each in parent.find_all(exp.Column) if each is not clock]
        if not others and not list(parent.find_all(exp.Binary))[1:]:
            return [float(each.name) for each in literals]
    return None


def _merge_boundaries(segmentations: Sequence[Segmentation]) -> dict[str, set[int]]:
    merged: dict[str, set[int]] = {}
    for each in segmentations:
        for name, days in (find_boundaries(each) or {}).items():
            merged.setdefault(name, set()).update(days)
    return merged


def _with_dependencies(segmentation: Segmentation, by_key: Mapping[str, Segmentation]) -> list[Segmentation]:
    wanted = {segmentation.key}
    for key in reversed(list(by_key)):
        if key in wanted:
            wanted |= set(by_key[key].depends_on)
    return [each for key, each in by_key.items() if key in wanted]


def _constants(segmentations: Sequence[Segmentation], constant: Collection[str]) -> set[str]:
    return {
        name for each in segmentations for name in each.variables if name in constant and name not in REPLAYED
    }
