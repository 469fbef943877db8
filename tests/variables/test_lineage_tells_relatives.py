"""What variables are made of, and which of them tell of a KPI by the way they are made."""

from __future__ import annotations

import pytest

from vitrail.engine.sql import literal
from vitrail.plan import parse_plan
from vitrail.variables import BUILT_IN, KNOWN, Variable, custom_variables
from vitrail.variables.lineage import (
    CHOSEN,
    ORDERS,
    find_order_counted,
    find_order_made,
    find_relatives,
    trace_lineage,
)

LINEAGE = trace_lineage(KNOWN)


@pytest.mark.parametrize(
    ("kpi", "related", "free"),
    [
        (
            "is_one_time",
            {"order_count", "total_amount", "days_between_orders"},
            {"recency_days", "mean_order_amount"},
        ),
        (
            "recency_days",
            {"first_order_days", "orders_365d", "amount_trend", "signup_days"},
            {"order_count", "usual_hour"},
        ),
        (
            "total_amount",
            {"mean_order_amount", "order_count", "item_count"},
            {"recency_days", "usual_channel"},
        ),
        ("refund_share", set(), {"total_amount", "order_count"}),
    ],
)
def test_variables_made_of_the_same_are_relatives(kpi, related, free):
    names = {each.name for each in KNOWN}
    found = set(find_relatives([kpi], names, LINEAGE))
    assert kpi in found
    assert related <= found
    assert not free & found


def test_a_variable_of_the_plan_has_the_lineage_of_its_expression():
    plan = parse_plan(
        b"""
version: 1
name: x
variables:
  night_share: {of: orders, value: avg(case when extract(hour from ordered_at) >= 19 then 1 else 0 end)}
  big: {of: orders, value: max(amount)}
  recent: {of: orders, value: count(*), within: 90 days}
  first: {of: orders, value: 'min_by(amount, ordered_at)'}
"""
    )
    own = custom_variables(
        plan, {"orders": ["ordered_at", "amount", "day"], "order_lines": []}, literal("2020-01-01")
    )
    facets = trace_lineage(own)
    assert facets == {
        "night_share": {"hour_or_weekday", ORDERS},
        "big": {"amount", ORDERS},
        "recent": {"purchases", "day", ORDERS},
        "first": {"amount", ORDERS, CHOSEN},
    }
    assert set(find_order_counted(["recent"], facets, facets)) == {"night_share", "big", "recent"}


def test_to_be_made_of_orders_makes_no_relatives():
    assert find_relatives(["order_count"], ["usual_hour", "usual_channel"], LINEAGE) == {}
    assert find_order_made(["order_count"], ["usual_hour", "churned"], LINEAGE) == ("usual_hour",)
    assert find_order_made(["recency_days"], ["usual_hour"], LINEAGE) == ()


def test_what_is_usual_goes_with_the_number_of_orders_and_what_was_first_or_last_does_not():
    places = Variable(
        "city", "geographic", "", "orders", "max({'at': ordered_at, 'value': city})['value']", ("city",)
    )
    lineage = trace_lineage([*KNOWN, places])
    named = ["usual_channel", "favourite_product", "city", "age_years"]
    assert find_order_counted(["order_count"], named, lineage) == ("usual_channel", "favourite_product")
    assert find_order_counted(["refund_share"], named, lineage) == ()
    assert find_order_counted(["refund_share"], named, lineage, averages=True) == tuple(named[:2])
    assert find_order_counted(["city"], ["order_count"], lineage, averages=True) == ()


def test_a_column_without_a_lineage_is_related_to_itself_alone():
    assert find_relatives(["left"], ["left", "plan"], {}) == {"left": ("left",)}


def test_a_prediction_tells_of_all_that_a_customer_has_done():
    predicted = Variable("p_churn_90d", "value", "share", "predictions", "p_churn_90d")
    lineage = trace_lineage([*BUILT_IN, predicted])
    for kpi in ("recency_days", "order_count", "total_amount", "mean_order_amount"):
        assert "p_churn_90d" in find_relatives([kpi], ["p_churn_90d", "usual_hour"], lineage)
    assert find_relatives(["usual_hour"], ["p_churn_90d"], lineage) == {}
