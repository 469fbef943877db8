"""What is made of one's own orders is compared with customers who have ordered as often."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.validation.alike import weigh_alike


def orders(evenings: bool = False) -> pa.Table:
    """700 customers who order more often or less; with `evenings`, those who did lately, in the evening."""
    draw = np.random.default_rng(5)
    counts = 1 + draw.poisson(draw.gamma(1.0, 1, 700) * 3)
    customer = np.repeat(np.arange(700), counts)
    rows = len(customer)
    day, hour = draw.integers(0, 365, rows), draw.integers(0, 24, rows)
    if evenings:
        last = np.zeros(700, dtype=int)
        np.maximum.at(last, customer, day)
        hour = np.where(last[customer] > 366 - 120, draw.integers(18, 24, rows), hour)
    amount = draw.lognormal(3, 1, rows).round(2) + 0.5
    back = np.flatnonzero(draw.random(rows) < 0.1)
    at = [dt.datetime(2024, 1, 1, int(h)) + dt.timedelta(int(d)) for h, d in zip(hour, day, strict=True)]
    return pa.table(
        {
            "customer_id": [f"k{i}" for i in (*customer, *customer[back])],
            "order_id": [*(f"o{i}" for i in range(rows)), *(f"r{i}" for i in back)],
            "ordered_at": [*at, *(at[i] + dt.timedelta(hours=1) for i in back)],
            "amount": np.round((*amount, *(-amount[back] / 2)), 2),
        }
    )


@pytest.mark.parametrize("segment", [vitrail.rfm, vitrail.lifecycle])
def test_who_orders_more_is_not_distinct_by_having_sent_something_back(segment: Any) -> None:
    cards = vitrail.validate(segment(orders(), as_of="2025-01-01")).to_dict()["cards"]
    judged = [card["criteria"]["distinct"] for card in cards]
    found = [each for each in judged if each["verdict"] in ("pass", "weak")]
    assert not [each for each in found if "refunded" in each["figures"]["variable"]["en"]]
    assert len(found) <= 1


RULES = ("recency_days < 120", "refund_share > 0", "mean_order_amount > 30", "usual_hour < 12")


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_read_off_orders_is_not_distinct_by_how_many_there_are(rule: str) -> None:
    segments = {"those": {"when": rule}, "others": {"otherwise": True}}
    found = vitrail.validate(vitrail.rules(orders(), segments, as_of="2025-01-01")).to_dict()
    roles = {each["measure"]: each["role"] for each in found["comparisons"]}
    assert roles["order_count"] == "counted" and roles["total_amount"] in ("counted", "related")
    assert "pass" not in {card["criteria"]["distinct"]["verdict"] for card in found["cards"]}


def test_a_true_taste_is_found_and_said_to_be_at_equal_numbers_of_orders() -> None:
    lately = {"lately": {"when": "recency_days < 120"}, "long_ago": {"otherwise": True}}
    found = vitrail.validate(vitrail.rules(orders(evenings=True), lately, as_of="2025-01-01")).to_dict()
    distinct = found["cards"][0]["criteria"]["distinct"]
    assert distinct["verdict"] == "pass"
    assert distinct["figures"]["variable"]["en"] == "usually buys after 6 p.m. (at equal numbers of orders)"
    assert distinct["figures"]["share"] > 0.9 > 0.3 > distinct["figures"]["share_others"]


def test_one_class_leaves_the_counts_as_they_are() -> None:
    own, rest = weigh_alike(np.array([[3.0, 4.0]]), np.array([[30.0, 10.0]]))
    assert own.tolist() == pytest.approx([3, 4]) and rest.tolist() == pytest.approx([30, 10])


def test_nobody_alike_is_nobody_compared() -> None:
    own, rest = weigh_alike(np.array([[3.0], [0.0]]), np.array([[0.0], [5.0]]))
    assert own.tolist() == rest.tolist() == [0]
