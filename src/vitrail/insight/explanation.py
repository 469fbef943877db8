"""Why a customer is in its segments, since when, and the nearest change that would move it.

*Model.* A segment is an expression over the customer's profile, so what would move the customer is found by
putting imagined profiles into that very expression: days pass without an order, one or more orders of the
customer's usual size arrive, one order of a given size arrives.
*Assumes.* The thresholds of the run stay. Only recency, counts, amounts and gaps change; anything else the
expression reads is kept as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import DuckDB, column, sql
from vitrail.insight.history import find_boundaries
from vitrail.insight.lookup import memberships, profile, segmentations
from vitrail.segments import Segment, Segmentation, apply_segmentations
from vitrail.store import Run

Direction = Literal["better", "worse", "other"]

#: Segments from the best to the least, by tone; a tone that is not here has no rank.
RANKED_TONES = (
    "champions", "loyal", "potential", "new", "promising",
    "attention", "sleepy", "at_risk", "critical", "asleep",
)  # fmt: skip
MOST_ORDERS = 12
MOST_DAYS = 3 * 365


@dataclass(frozen=True, slots=True)
class Reason:
    """A value that decides, and the interval it falls in.

    Args:
        value: of the customer; None where it is not known.
        low, high: the interval of equal scores or class: `low <= value < high`; None where it is open.
        score: the score it earns, and `scale`, the number of scores; None for methods without scores.
    """

    variable: str
    value: Any
    low: Decimal | None = None
    high: Decimal | None = None
    score: int | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A segment's condition, as SQL over the profile, and whether the customer meets it."""

    segment: str
    sql: str
    met: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What would move the customer.

    Args:
        kind: `wait` (days pass without an order) or `order` (orders arrive).
        segment: where it would then be.
        direction: better, worse, or other where the segments have no order.
        on: for `wait`, the first day on which it would be there.
        orders, amount: for `order`, how many and how much each.
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
class Place:
    """The customer in one segmentation: one segment, or for overlapping segments any number."""

    segmentation: Segmentation
    segments: tuple[Segment, ...]
    since: dt.date | None
    reasons: tuple[Reason, ...]
    conditions: tuple[Condition, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A customer explained, as of the run's date.

    Args:
        profile: its row of the profile.
        places: one for each segmentation.
    """

    customer_id: str
    as_of: dt.date
    currency: str | None
    profile: Mapping[str, Any]
    places: tuple[Place, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: segments by key, expressions as SQL."""
        places = {}
        for each in self.places:
            changes = [asdict(change) | {"segment": change.segment.key} for change in each.changes]
            places[each.segmentation.key] = {
                "segments": [segment.key for segment in each.segments],
                "since": each.since,
                "reasons": [asdict(reason) for reason in each.reasons],
                "conditions": [asdict(condition) for condition in each.conditions],
                "changes": changes,
            }
        return {
            "customer_id": self.customer_id,
            "as_of": self.as_of,
            "currency": self.currency,
            "profile": dict(self.profile),
            "segmentations": places,
        }


def explain_customer(run: Run, customer: str) -> Explanation:
    """Explain a customer of a run.

    Raises:
        UsageError: there is no such customer in the run.
    """
    row = profile(run, customer)
    values: dict[str, Any] = row.to_pylist()[0]
    as_of = dt.date.fromisoformat(run.manifest["as_of"])
    known = segmentations(run)
    held = memberships(run, customer)
    with DuckDB() as engine:
        changes = _find_changes(engine, row, tuple(known.values()), as_of)
        places = []
        for each in known.values():
            inside = tuple(s for s in each.segments if f"{each.key}.{s.key}" in held)
            dates = [held[f"{each.key}.{s.key}"]["since"] for s in inside]
            places.append(
                Place(
                    each,
                    inside,
                    dates[0] if dates else None,
                    _reasons(each, values),
                    _conditions(engine, each, row),
                    changes.get(each.key, ()),
                )
            )
    return Explanation(customer, as_of, run.manifest["plan"]["currency"], values, tuple(places))


def _reasons(segmentation: Segmentation, values: Mapping[str, Any]) -> tuple[Reason, ...]:
    scores = dict(zip(segmentation.scales, segmentation.scores, strict=False))
    reasons = []
    for name in segmentation.variables:
        value = values.get(name)
        cuts = sorted(set(segmentation.cuts.get(name, ())))
        low = high = None
        if value is not None and cuts:
            low = max((cut for cut in cuts if cut <= value), default=None)
            high = min((cut for cut in cuts if cut > value), default=None)
        score = values.get(scores[name]) if name in scores else None
        reasons.append(Reason(name, value, low, high, score, segmentation.scales.get(name)))
    return tuple(reasons)


def _conditions(engine: DuckDB, segmentation: Segmentation, row: pa.Table) -> tuple[Condition, ...]:
    """The conditions of rules, with whether the customer meets each; scores and cuts speak for the others."""
    if segmentation.method != "rules":
        return ()
    conditions = dict(segmentation.members)
    if isinstance(segmentation.assign, exp.Case):
        conditions = {branch.args["true"].name: branch.this for branch in segmentation.assign.args["ifs"]}
    if not conditions:
        return ()
    engine.register("customer", row)
    met = [
        sql("coalesce($condition, false)", condition=each).as_(f"met_{index}")
        for index, each in enumerate(conditions.values())
    ]
    answers = engine.records(exp.select(*met).from_("customer"))[0].values()
    return tuple(
        Condition(key, engine.render(each), bool(answer))
        for (key, each), answer in zip(conditions.items(), answers, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Imagined:
    """A change that is tried: days without an order, or orders of an amount."""

    days: int = 0
    orders: int = 0
    amount: Decimal | None = None


def _find_changes(
    engine: DuckDB, row: pa.Table, known: tuple[Segmentation, ...], as_of: dt.date
) -> dict[str, tuple[Change, ...]]:
    """For each partition the first change by waiting, and the nearest one by ordering."""
    values = row.to_pylist()[0]
    partitions = [each for each in known if each.partition]
    if values.get("recency_days") is None or not partitions:
        return {}
    tried = [_Imagined(), *_imagine(values, known)]
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
    found = {}
    for each in partitions:
        segments = {segment.key: segment for segment in each.segments}
        now, *others = [segments[outcome[each.key]] for outcome in outcomes]
        pairs = list(zip(tried[1:], others, strict=True))
        wait = next(((t, s) for t, s in pairs if t.orders == 0 and s is not now), None)
        changes = []
        leaves = as_of + dt.timedelta(days=wait[0].days) if wait else None
        if wait:
            changes.append(Change("wait", wait[1], _direction(now, wait[1]), on=leaves))
        order = next(((t, s) for t, s in pairs if t.orders and _direction(now, s) == "better"), None)
        order = order or next(((t, s) for t, s in pairs if t.orders and s is not now), None)
        if order:
            worse = leaves if wait and _direction(now, wait[1]) == "worse" else None
            amount = order[0].amount
            direction = _direction(now, order[1])
            changes.append(
                Change("order", order[1], direction, orders=order[0].orders, amount=amount, before=worse)
            )
        found[each.key] = tuple(changes)
    return found


def _imagine(values: Mapping[str, Any], known: Sequence[Segmentation]) -> list[_Imagined]:
    """Days at which a clock crosses a boundary; then orders, the fewest and smallest first."""
    days: set[int] = set()
    amounts: set[Decimal] = set()
    for each in known:
        for clock, boundaries in (find_boundaries(each) or {}).items():
            if values.get(clock) is not None:
                days |= {boundary - values[clock] for boundary in boundaries}
        for cut in each.cuts.get("total_amount", ()):
            if values.get("total_amount") is not None and cut > values["total_amount"]:
                amounts.add(cut - values["total_amount"])
    waits = [_Imagined(days=day) for day in sorted(days) if 0 < day <= MOST_DAYS]
    usual = values.get("mean_order_amount") or Decimal(0)
    usual = max(usual, Decimal(0))
    bigger = [_Imagined(orders=1, amount=amount) for amount in sorted(amounts) if amount > usual]
    orders = [_Imagined(orders=count, amount=usual) for count in range(1, MOST_ORDERS + 1)]
    return [*waits, *orders[:3], *bigger, *orders[3:]]


def _apply(values: Mapping[str, Any], change: _Imagined) -> dict[str, Any]:
    """The profile after a change; orders arrive on the as-of day and are seen on the day after."""
    passed = change.days or (1 if change.orders else 0)
    new: dict[str, Any] = {
        "recency_days": values["recency_days"] + passed,
        "first_order_days": _plus(values.get("first_order_days"), passed),
    }
    if change.orders:
        spent = (change.amount or Decimal(0)) * change.orders
        count = (values.get("order_count") or 0) + change.orders
        total = (values.get("total_amount") or Decimal(0)) + spent
        new |= {
            "recency_days": 1,
            "order_count": count,
            "total_amount": total,
            "mean_order_amount": round(total / count, 4),
            "last_gap_days": values["recency_days"] or values.get("last_gap_days"),
            "is_one_time": False,
            "orders_365d": _plus(values.get("orders_365d"), change.orders),
            "amount_365d": _plus(values.get("amount_365d"), spent),
        }
    return new


def _plus(value: Any, more: Any) -> Any:
    return None if value is None else value + more


def _direction(now: Segment, then: Segment) -> Direction:
    if now.tone not in RANKED_TONES or then.tone not in RANKED_TONES or now.tone == then.tone:
        return "other"
    return "better" if RANKED_TONES.index(then.tone) < RANKED_TONES.index(now.tone) else "worse"
