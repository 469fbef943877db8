"""The nearest change that would move a customer to another segment, found by trying imagined profiles.

*Model.* A segment is an expression over the customer's profile, so what would move the customer is found by
putting imagined profiles into that very expression: days pass without an order, one or more orders of the
customer's usual size or of nothing arrive, one order arrives that is just big enough, to the smallest coin,
for the total or the mean order to reach a value that the segmentation compares it with.
*Assumes.* The thresholds of the run stay, and so does what the customers' file says of a person. Where an
expression reads anything else than recency, tenure, counts, amounts and gaps, nothing is promised.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, column
from vitrail.insight.history import find_boundaries
from vitrail.segments import Segment, Segmentation, apply_segmentations

Direction = Literal["better", "worse", "other"]

#: Segments from the best to the least, by tone; a tone that is not here has no rank.
RANKED_TONES = (
    "champions", "loyal", "potential", "new", "promising",
    "attention", "sleepy", "at_risk", "critical", "asleep", "dormant", "lost", "no_order",
)  # fmt: skip
MOST_ORDERS = 12
MOST_DAYS = 3 * 365
_FINE = Decimal("0.0001")  # what amounts are told to

#: Variables whose value after days or orders is known.
FORESEEN = frozenset(
    {
        "recency_days",
        "first_order_days",
        "order_count",
        "total_amount",
        "mean_order_amount",
        "last_gap_days",
        "is_one_time",
    }
)

MONEY = frozenset({"total_amount", "mean_order_amount"})


@dataclass(frozen=True, slots=True)
class Change:
    """What would move the customer.

    Args:
        kind: `wait` (days pass without an order) or `order` (orders arrive).
        segment: where it would then be.
        direction: better, worse, or other where the segments have no order.
        on: for `wait`, the first day on which it would be there.
        orders, amount: for `order`, how many and how much each; no amount where any would do.
        before: for `order`, the day on which waiting would make it worse first.
    """

    kind: Literal["wait", "order"]
    segment: Segment
    direction: Direction
    on: dt.date | None = None
    orders: int | None = None
    amount: Decimal | None = None
    before: dt.date | None = None


@dataclass(frozen=True, slots=True)
class _Imagined:
    """A change that is tried: days without an order, or orders of an amount.

    `bounds_of` are the segmentations that give a reason to try it; none for any of them.
    """

    days: int = 0
    orders: int = 0
    amount: Decimal = Decimal(0)
    bounds_of: frozenset[str] = frozenset()

    @property
    def money(self) -> Decimal:
        return self.amount * self.orders


def find_changes(
    engine: Engine,
    row: pa.Table,
    known: tuple[Segmentation, ...],
    as_of: dt.date,
    constant: Collection[str],
    unit: Decimal = Decimal("0.01"),
) -> dict[str, tuple[Change, ...]]:
    """For each partition the first change by waiting, and the one by ordering that takes the least money.

    A segmentation that reads, itself or through another, a variable whose future is not known here has none.

    Args:
        row: the customer's row of the profile.
        constant: variables that neither time nor orders move.
        unit: the smallest amount of the currency.
    """
    values = row.to_pylist()[0]
    told = _foreseeable(known, constant)
    partitions = [each for each in told if each.partition]
    if values.get("recency_days") is None or not partitions:
        return {}
    tried = [_Imagined(), *_imagine(values, known, unit)]
    columns = {name: [value] * len(tried) for name, value in values.items() if name in row.column_names}
    for index, imagined in enumerate(tried):
        for name, value in _apply(values, imagined).items():
            if name in columns:
                columns[name][index] = value
    own = [each.key for each in known] + [score for each in known for score in each.scores]
    table = pa.table(
        {
            field.name: pa.array(columns[field.name], field.type)
            for field in row.schema
            if field.name not in own
        }
    ).append_column("_tried", pa.array(range(len(tried)), pa.int64()))
    engine.register("imagined", table)
    segmented = apply_segmentations(known, exp.select("*").from_("imagined"))
    keys = [column(each.key) for each in partitions]
    outcomes = engine.records(exp.select(*keys).from_(segmented.subquery("segmented")).order_by("_tried"))
    by_money = _weigh_money(told)
    reads: dict[str, set[str]] = {}
    found = {}
    for each in told:  # those that it depends on came before
        reads[each.key] = {each.key}.union(*(reads[key] for key in each.depends_on))
    for each in partitions:
        segments = {segment.key: segment for segment in each.segments}
        now, *others = [segments[outcome[each.key]] for outcome in outcomes]
        pairs = [
            (change, segment)
            for change, segment in zip(tried[1:], others, strict=True)
            if not change.bounds_of or change.bounds_of & reads[each.key]
        ]
        wait = next(((t, s) for t, s in pairs if t.orders == 0 and s is not now), None)
        changes = []
        leaves = as_of + dt.timedelta(days=wait[0].days) if wait else None
        if wait:
            changes.append(Change("wait", wait[1], _direction(now, wait[1]), on=leaves))
        ordered = [(t, s) for t, s in pairs if t.orders and s is not now]
        if each.key in by_money:  # of any size only where a usual one does the same
            usual = {t.orders: s for t, s in pairs if not t.bounds_of and t.amount}
            ordered = [(t, s) for t, s in ordered if t.amount or usual.get(t.orders, s) is s]
        order = next(((t, s) for t, s in ordered if _direction(now, s) == "better"), None)
        order = order or next(iter(ordered), None)
        if order:
            worse = leaves if wait and _direction(now, wait[1]) == "worse" else None
            amount = order[0].amount if each.key in by_money and order[0].amount else None
            direction = _direction(now, order[1])
            changes.append(
                Change("order", order[1], direction, orders=order[0].orders, amount=amount, before=worse)
            )
        found[each.key] = tuple(changes)
    return found


def _foreseeable(known: Sequence[Segmentation], constant: Collection[str]) -> list[Segmentation]:
    told: dict[str, Segmentation] = {}
    for each in known:
        read = set(each.variables) - set(constant)
        if read <= FORESEEN and all(key in told for key in each.depends_on):
            told[each.key] = each
    return list(told.values())


def _weigh_money(told: Sequence[Segmentation]) -> set[str]:
    """Those whose segments hang on what was spent, themselves or through scores and others that they read."""
    by_money: set[str] = set()
    money = set(MONEY)
    for each in told:  # those that it depends on came before
        money |= {name for name, score in each.scores.items() if _reads(score, money)}
        if any(_reads(tree, money | by_money) for tree in (each.assign, *each.members.values()) if tree):
            by_money.add(each.key)
    return by_money


def _reads(tree: exp.Expr, names: Collection[str]) -> bool:
    return any(each.name in names for each in tree.find_all(exp.Column))


def _imagine(values: Mapping[str, Any], known: Sequence[Segmentation], unit: Decimal) -> list[_Imagined]:
    """Days at which a clock crosses a boundary; then orders, the least money first, then the fewest.

    An order of nothing stands for one of any size: what it moves needs no amount.
    """
    days: set[int] = set()
    missing: dict[Decimal, set[str]] = {}
    for each in known:
        for clock, boundaries in (find_boundaries(each) or {}).items():
            if values.get(clock) is not None:
                days |= {boundary - values[clock] for boundary in boundaries}
        for amount in _missing(each, values, unit):
            missing.setdefault(amount, set()).add(each.key)
    waits = [_Imagined(days=day) for day in sorted(days) if 0 < day <= MOST_DAYS]
    usual = _rounded_up(values.get("mean_order_amount") or Decimal(0), unit)
    orders = [_Imagined(0, 1, amount, frozenset(keys)) for amount, keys in missing.items()]
    sizes = {Decimal(0), max(usual, Decimal(0))}
    orders += [_Imagined(0, count, size) for count in range(1, MOST_ORDERS + 1) for size in sizes]
    return [*waits, *sorted(orders, key=lambda each: (each.money, each.orders))]


def _missing(segmentation: Segmentation, values: Mapping[str, Any], unit: Decimal) -> set[Decimal]:
    """The least orders with which the total or the mean order reaches, or is beyond, a value of its own."""
    spent = values.get("total_amount") or Decimal(0)
    orders = (values.get("order_count") or 0) + 1
    wanted = {total - spent for total in _compared(segmentation, "total_amount")}
    wanted |= {mean * orders - spent for mean in _compared(segmentation, "mean_order_amount")}
    return {_rounded_up(amount, unit) for amount in wanted if amount > 0}


def _rounded_up(amount: Decimal, unit: Decimal) -> Decimal:
    return (amount / unit).to_integral_value(ROUND_CEILING) * unit


def _compared(segmentation: Segmentation, variable: str) -> set[Decimal]:
    """The values at which the segmentation may change: its cuts, and what its conditions compare with."""
    values = set(segmentation.cuts.get(variable, ()))
    trees = [*segmentation.scores.values(), segmentation.assign, *segmentation.members.values()]
    for amount in (c for tree in trees if tree for c in tree.find_all(exp.Column) if c.name == variable):
        if isinstance(amount.parent, exp.Predicate):
            for literal in amount.parent.find_all(exp.Literal):
                if not literal.is_string:
                    values |= {Decimal(literal.name), Decimal(literal.name) + _FINE}
    return values


def _apply(values: Mapping[str, Any], change: _Imagined) -> dict[str, Any]:
    """The profile after a change; orders arrive on the as-of day and are seen on the day after."""
    passed = change.days or (1 if change.orders else 0)
    new: dict[str, Any] = {
        "recency_days": values["recency_days"] + passed,
        "first_order_days": _plus(values.get("first_order_days"), passed),
    }
    if change.orders:
        count = (values.get("order_count") or 0) + change.orders
        total = (values.get("total_amount") or Decimal(0)) + change.money
        new |= {
            "recency_days": 1,
            "order_count": count,
            "total_amount": total,
            "mean_order_amount": round(total / count, 4),
            "last_gap_days": values["recency_days"] or values.get("last_gap_days"),
            "is_one_time": False,
        }
    return new


def _plus(value: Any, more: Any) -> Any:
    return None if value is None else value + more


def _direction(now: Segment, then: Segment) -> Direction:
    if now.tone not in RANKED_TONES or then.tone not in RANKED_TONES or now.tone == then.tone:
        return "other"
    return "better" if RANKED_TONES.index(then.tone) < RANKED_TONES.index(now.tone) else "worse"
