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
#: Days looked at between two orders; a segmentation with more is not dated.
MOST_BOUNDARIES = 60
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
        if known and not has_too_many_boundaries(each) and all(key in told for key in each.depends_on):
            told[each.key] = each
    return tuple(told.values())


def compile_since(segmentations: Sequence[Segmentation], constant: Collection[str], as_of: dt.date) -> Query:
    """One row a customer with orders: `customer_id`, and for each partition `<key>_since`, a date.

    Args:
        segmentations: replayable ones, in dependency order, with all they depend on.
        constant: variables taken as always so.

    Reads the working tables `orders` and `segmented` (the profile with a column a segmentation). The pieces
    are those of all segmentations together: a piece cut finer than one of them needs keeps its segment.
    """
    keys = [each.key for each in segmentations if each.partition]
    constants = sorted(
        {name for each in segmentations for name in each.variables} & set(constant) - set(REPLAYED)
    )
    past = apply_segmentations(segmentations, _points(segmentations, keys, constants, as_of)).subquery("past")
    since = [
        sql(
            "coalesce(max(at) filter (where $then is distinct from $now), min(first_day)) + 1",
            then=column(key),
            now=column(f"{key}_now"),
        ).as_(f"{key}_since")
        for key in keys
    ]
    return exp.select("customer_id", *since).from_(past).group_by("customer_id")


def _points(
    segmentations: Sequence[Segmentation], keys: Sequence[str], constants: Sequence[str], as_of: dt.date
) -> Query:
    """Each customer on the last date of each piece of its history, with the variables of that date."""
    now: exp.Select = sql(
        "select customer_id, $as_of - first_order_days as first_day from segmented", as_of=as_of
    )
    now = now.select(*(column(key).as_(f"{key}_now") for key in keys), *(column(name) for name in constants))
    states: Query = sql(
        """
        select customer_id, day,
            count(*) filter (where is_purchase) over history as order_count,
            cast(sum(amount) over history as decimal(38, 4)) as total_amount,
            max(day) filter (where is_purchase) over history as last_day,
            cast(last_value(gap_days ignore nulls) over history as integer) as last_gap_days,
            coalesce(lead(day) over (partition by customer_id order by day), $as_of) as until
        from orders
        window history as (partition by customer_id order by day
                           rows between unbounded preceding and current row)
        """,
        as_of=as_of,
    )
    ends: list[exp.Expr] = [column("until")]
    for variable, values in sorted(_merge_boundaries(segmentations).items()):
        day = column(_CLOCKS[variable])
        ends += [sql("$day + $later", day=day, later=value - 1) for value in sorted(values)]
    within = sql(
        "unnest(list_filter($ends, lambda point: point > day and point <= until))",
        ends=exp.Array(expressions=ends),
    )
    dates = exp.select("*", within.as_("at")).from_("states").join("now", using="customer_id")
    dates = dates.where("until > day and order_count > 0")
    variables = [exp.alias_(sql(value), name) for name, value in REPLAYED.items()]
    kept = ["customer_id", "at", "first_day", *(f"{key}_now" for key in keys), *constants]
    return (
        exp.select(*(column(name) for name in kept), *variables)
        .from_("dates")
        .with_("now", as_=now)
        .with_("states", as_=states)
        .with_("dates", as_=dates)
    )


def has_too_many_boundaries(segmentation: Segmentation) -> bool:
    """Whether the days that may change a segment are unknown, or too many to look at each."""
    found = find_boundaries(segmentation)
    return found is None or sum(len(days) for days in found.values()) > MOST_BOUNDARIES


def find_boundaries(segmentation: Segmentation) -> dict[str, set[int]] | None:
    """The days at which a clock crosses a value it is compared with; None where one is used otherwise."""
    found: dict[str, set[int]] = {}
    trees = [*segmentation.scores.values(), segmentation.assign, *segmentation.members.values()]
    for tree in (each for each in trees if each is not None):
        for clock in tree.find_all(exp.Column):
            if clock.name not in _CLOCKS:
                continue
            days = _crossings(clock)
            if days is None:
                return None
            found.setdefault(clock.name, set()).update(day for day in days if day > 1)
    return found


#: Comparisons, the clock first, that turn on the day the value is reached, and on the first day beyond it.
_AT_LEAST, _BEYOND = (exp.LT, exp.GTE), (exp.LTE, exp.GT)


def _crossings(clock: exp.Column) -> set[int] | None:
    """The days at which a comparison of the clock can change its answer; None where it is no such thing."""
    side: exp.Expr = clock
    parent = side.parent
    while isinstance(parent, exp.Paren):
        side, parent = parent, parent.parent
    if isinstance(parent, exp.Is):
        return set()
    if not isinstance(parent, exp.Between | exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE | exp.In):
        return None
    values = [_number(each) for each in parent.iter_expressions() if each is not side]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return None
    reached, passed = {math.ceil(value) for value in numbers}, {math.floor(value) + 1 for value in numbers}
    if side is parent.this and isinstance(parent, _AT_LEAST):
        return reached
    if side is parent.this and isinstance(parent, _BEYOND):
        return passed
    return reached | passed


def _number(tree: exp.Expr) -> float | None:
    """The number that a condition writes out; None for anything that must be computed."""
    match tree:
        case exp.Paren():
            return _number(tree.this)
        case exp.Neg():
            value = _number(tree.this)
            return None if value is None else -value
        case exp.Literal(is_string=False):
            return float(tree.name)
    return None


def _merge_boundaries(segmentations: Sequence[Segmentation]) -> dict[str, set[int]]:
    merged: dict[str, set[int]] = {}
    for each in segmentations:
        for name, days in (find_boundaries(each) or {}).items():
            merged.setdefault(name, set()).update(days)
    return merged
