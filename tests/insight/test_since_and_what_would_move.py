"""Since when a customer is where it is, and what would move it, against every day lived through by hand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.variables import own_variables
from vitrail.workspace.dating import find_dating

AS_OF = dt.date(2025, 2, 1)
DAY = dt.timedelta(days=1)
Order = tuple[dt.date, Decimal]

PLAN = """
as_of: 2025-02-01
sources:
  shop: {file: orders.parquet, table: orders, refunds: net,
         columns: {customer_id: who, order_id: number, ordered_at: at, amount: total}}
segmentations:
  value:
    method: rfm
    thresholds: {recency_days: [20, 60], order_count: [2, 4], total_amount: [50, 150.5]}
    first_match: true
    segments:
      hot: {r: 3, f: 2-3}
      rich: {r: 2-3, m: 3}
      cold: {r: 1}
      rest: {otherwise: true}
  stage: {method: lifecycle, new_days: 15, at_risk_days: 30, dormant_days: 60, lost_days: 120,
          loyal_orders: 3}
  kind:
    method: rules
    segments:
      back: {when: "recency_days between 10 and 30 and order_count > 1"}
      odd: {when: "recency_days in (1, 5, 7) or first_order_days = 40"}
      dear: {when: "mean_order_amount >= 40 and not is_one_time"}
      warm: {when: "segment('value.hot') or recency_days < 12.5"}
      gone: {when: "not (recency_days <= 90)"}
      rest: {otherwise: true}
  size:
    method: rules
    segments:
      large: {when: total_amount >= 120}
      small: {otherwise: true}
"""


def draw_orders() -> dict[str, list[Order]]:
    draw = np.random.default_rng(11)
    base: dict[str, list[Order]] = {}
    for number in range(60):
        first = int(draw.integers(1, 260))
        days = [first, *(first - int(step) for step in draw.integers(0, 200, int(draw.integers(0, 7))))]
        orders = [
            (AS_OF - day * DAY, Decimal(int(draw.integers(1, 90))) - (30 if draw.random() < 0.15 else 0))
            for day in days
            if day > 0
        ]
        base[f"c{number:02}"] = orders
    return base


ORDERS = draw_orders()


def observe(orders: list[Order], as_of: dt.date) -> dict[str, Any] | None:
    """The variables at a date by hand; None while there is no purchase."""
    past = [order for order in orders if order[0] < as_of]
    bought = sorted({day for day, amount in past if amount >= 0})
    if not bought:
        return None
    count = sum(amount >= 0 for _, amount in past)
    total = sum(amount for _, amount in past)
    gaps = [(b - a).days for a, b in pairwise(bought)]
    return {
        "recency": (as_of - bought[-1]).days,
        "first": (as_of - bought[0]).days,
        "count": count,
        "total": total,
        "mean": Decimal(total) / count,
        "gap": gaps[-1] if gaps else None,
    }


def place(orders: list[Order], as_of: dt.date) -> dict[str, str] | None:
    """The segment in each segmentation at a date by hand."""
    seen = observe(orders, as_of)
    if seen is None:
        return None
    recency, first, count, total = seen["recency"], seen["first"], seen["count"], seen["total"]
    r = 3 if recency < 20 else 2 if recency < 60 else 1
    f = 1 + (count >= 2) + (count >= 4)
    m = 1 + (total >= 50) + (total >= Decimal("150.5"))
    value = "hot" if r == 3 and f >= 2 else "rich" if r >= 2 and m == 3 else "cold" if r == 1 else "rest"
    stages = {
        "lost": recency >= 120,
        "dormant": recency >= 60,
        "at_risk": recency >= 30,
        "new": first < 15,
        "won_back": seen["gap"] is not None and seen["gap"] >= 60,
        "loyal": count >= 3,
        "active": True,
    }
    kinds = {
        "back": 10 <= recency <= 30 and count > 1,
        "odd": recency in (1, 5, 7) or first == 40,
        "dear": seen["mean"] >= 40 and count != 1,
        "warm": value == "hot" or recency < 12.5,
        "gone": recency > 90,
        "rest": True,
    }
    return {
        "value": value,
        "stage": next(name for name, met in stages.items() if met),
        "kind": next(name for name, met in kinds.items() if met),
        "size": "large" if total >= 120 else "small",
    }


def since(orders: list[Order], key: str) -> dt.date:
    """The first of the days on all of which, up to now, the segment is today's."""
    day, now = AS_OF, place(orders, AS_OF)
    assert now is not None
    while (before := place(orders, day - DAY)) is not None and before[key] == now[key]:
        day -= DAY
    return day


def table(base: Mapping[str, list[Order]]) -> pa.Table:
    rows = [
        (who, f"{who}-{i}", day, amount) for who, own in base.items() for i, (day, amount) in enumerate(own)
    ]
    names = ("who", "number", "at", "total")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture(scope="module")
def base(make_base: Callable[..., Any]) -> Any:
    return make_base(PLAN, {"orders.parquet": table(ORDERS)}).run()


def buyers() -> list[str]:
    return [who for who, orders in ORDERS.items() if observe(orders, AS_OF)]


@pytest.mark.parametrize("day", [AS_OF, dt.date(2024, 9, 9), dt.date(2024, 12, 25)])
def test_the_days_by_hand_are_those_of_a_run(make_base: Callable[..., Any], day: dt.date) -> None:
    found = make_base(PLAN, {"orders.parquet": table(ORDERS)}).run(day).profile
    expected = {who: now for who, own in ORDERS.items() if (now := place(own, day)) is not None}
    assert {who: {key: row[key] for key in expected[who]} for who, row in found.items()} == expected


def test_since_is_the_first_day_of_the_stay(base: Any) -> None:
    found = base.since
    expected = {
        (who, key): since(ORDERS[who], key) for who in buyers() for key in place(ORDERS[who], AS_OF) or ()
    }
    wrong = {name: (found[name], day) for name, day in expected.items() if found[name] != day}
    assert wrong == {}
    assert found.keys() == expected.keys()
    changed = defaultdict(int)
    for (who, key), day in expected.items():
        changed[key] += day > min(at for at, _ in ORDERS[who]) + DAY
    assert all(count > 10 for count in changed.values()), "many customers moved at least once"


def test_waiting_moves_the_customer_on_the_day_that_explain_says(base: Any) -> None:
    workspace, told = vitrail.open(base.folder), 0
    for who in buyers()[:14]:
        for found in workspace.explain(who).places:
            key = found.segmentation.key
            now = place(ORDERS[who], AS_OF)
            assert now is not None
            waits = [change for change in found.changes if change.kind == "wait"]
            days = [AS_OF + n * DAY for n in range(1, 200)]
            moves = (
                (day, then[key])
                for day in days
                if (then := place(ORDERS[who], day)) and then[key] != now[key]
            )
            assert [(change.on, change.segment.key) for change in waits] == [*moves][:1], (who, key)
            told += len(waits)
    assert told > 20


def test_ordering_moves_the_customer_as_explain_says(base: Any) -> None:
    workspace, told = vitrail.open(base.folder), 0
    for who in buyers()[:14]:
        for found in workspace.explain(who).places:
            key = found.segmentation.key
            now = place(ORDERS[who], AS_OF)
            assert now is not None
            for change in (change for change in found.changes if change.kind == "order"):
                assert change.orders and (change.amount is None or key != "stage"), "stages weigh no money"
                seen = observe(ORDERS[who], AS_OF)
                assert seen is not None
                any_size = (Decimal("0.01"), Decimal(9000) if key == "stage" else seen["mean"])
                for amount in (change.amount,) if change.amount else any_size:
                    then = place([*ORDERS[who], *[(AS_OF, amount)] * change.orders], AS_OF + DAY)
                    assert then is not None
                    assert then[key] == change.segment.key != now[key], (who, key, change)
                if change.before is not None:
                    waited = place(ORDERS[who], change.before)
                    assert waited is not None and waited[key] != now[key]
                if key == "size":  # the least money that reaches 120 is one order's
                    assert (change.orders, change.amount) == (1, 120 - seen["total"])
                told += 1
    assert told > 20


COINS = """
as_of: 2025-02-01
currency: JPY
sources:
  shop: {file: orders.parquet, table: orders, refunds: net,
         columns: {customer_id: who, order_id: number, ordered_at: at, amount: total}}
segmentations:
  dear: {method: rules, segments: {yes: {when: mean_order_amount >= 250.5}, no: {otherwise: true}}}
  large: {method: rules, segments: {yes: {when: total_amount >= 500}, no: {otherwise: true}}}
  often: {method: rules, segments: {yes: {when: order_count >= 3}, no: {otherwise: true}}}
"""


def test_the_least_order_is_its_own_bounds_to_the_coin(make_base: Callable[..., Any]) -> None:
    day = dt.date(2025, 1, 1)
    orders = {
        "usual": [(day, Decimal(100)), (day + DAY, Decimal(227))],
        "nothing": [(day, Decimal(60)), (day + DAY, Decimal(40)), (day + 2 * DAY, Decimal(-100))],
    }
    run = make_base(COINS, {"orders.parquet": table(orders)}).run()
    told = {
        (who, each.segmentation.key): [(c.orders, c.amount) for c in each.changes if c.kind == "order"]
        for who in orders
        for each in vitrail.open(run.folder).explain(who).places
    }
    assert told["usual", "dear"] == [(1, Decimal(425))], "751.5 of three orders, rounded up to a yen"
    assert told["usual", "large"] == [(1, Decimal(173))], "less than the usual order will do"
    assert told["usual", "often"] == told["nothing", "often"] == [(1, None)], "an order of any size"
    assert told["nothing", "large"] == [(1, Decimal(500))]


CONDITIONS: dict[str, Callable[[int], bool]] = {
    "recency_days < sqrt(900)": lambda days: days < 30,
    "recency_days > floor(24.9)": lambda days: days > 24,
    "recency_days between 10 and 5 + 20": lambda days: 10 <= days <= 25,
    "recency_days < '30'": lambda days: days < 30,
    "recency_days < cast('30' as integer)": lambda days: days < 30,
    "recency_days in (5 + 2, 40)": lambda days: days in (7, 40),
    "30 > recency_days": lambda days: days < 30,
    "30 between recency_days and 50": lambda days: days <= 30,
    "recency_days >= (30.5)": lambda days: days >= 31,
    "recency_days > -3": lambda days: True,
    "not (recency_days <> 30)": lambda days: days == 30,
    "recency_days * 2 < 60": lambda days: days < 30,
    "coalesce(recency_days, 0) >= 30": lambda days: days >= 30,
}


def test_however_a_condition_is_written_since_is_right_or_untold(
    make_base: Callable[..., Any],
) -> None:
    plan = PLAN.partition("segmentations:")[0] + "segmentations:\n"
    for number, condition in enumerate(CONDITIONS):
        rules = f'a: {{when: "{condition}"}}, b: {{otherwise: true}}'
        plan += f"  s{number}: {{method: rules, segments: {{{rules}}}}}\n"
    many = ", ".join(str(2 * n) for n in range(2, 42))
    rules = f"a: {{when: 'recency_days in ({many})'}}, b: {{otherwise: true}}"
    plan += f"  days: {{method: rules, segments: {{{rules}}}}}\n"
    plan += "  week: {method: rules, segments: {a: {when: usual_weekday > 3}, b: {otherwise: true}}}\n"
    plan += "  tags: {method: rules, overlapping: true, segments: {a: {when: order_count > 1}}}\n"
    base = make_base(plan, {"orders.parquet": table(ORDERS)}).run()
    said = {row["place"]: row["code"] for row in base.rows("findings.parquet")}
    codes = ("since_not_told_days", "since_not_told", "since_not_told_overlapping")
    assert tuple(said[key] for key in ("days", "week", "tags")) == codes
    found, told = base.since, set()
    for number, (condition, holds) in enumerate(CONDITIONS.items()):
        for who in buyers():
            seen = observe(ORDERS[who], AS_OF)
            assert seen is not None
            day = AS_OF
            while (before := observe(ORDERS[who], day - DAY)) is not None and holds(
                before["recency"]
            ) == holds(seen["recency"]):
                day -= DAY
            assert found[who, f"s{number}"] in (day, None), (condition, who)
            if found[who, f"s{number}"]:
                told.add(condition)
    assert {"30 > recency_days", "recency_days >= (30.5)", "recency_days > -3"} <= told


def test_what_time_changes_in_a_register_was_not_always_so() -> None:
    variables = own_variables(["birth_date", "country"], {})
    assert {each.name for each in variables} == {"birth_date", "age_years", "country"}
    assert find_dating((), variables).constant == {"birth_date", "country"}
