"""In every partition each customer is in exactly one segment, and the parts sum up to the whole."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.plan import AbcSpec, LifecycleSpec, RfmSpec, RulesSpec

SPECS = {
    "rfm": RfmSpec(method="rfm"),
    "rfm3": RfmSpec(method="rfm", scores=3, monetary="days_between_orders"),
    "cut": RfmSpec(
        method="rfm", thresholds={"recency_days": [3], "order_count": [2, 4], "total_amount": [0]}
    ),
    "abc": AbcSpec(method="abc"),
    "abc4": AbcSpec(method="abc", variable="order_count", shares={"w": 0.4, "x": 0.3, "y": 0.2, "z": 0.1}),
    "life": LifecycleSpec(method="lifecycle"),
    "rules": RulesSpec.model_validate(
        {
            "method": "rules",
            "segments": {
                "a": {"when": "segment('abc.a') and not segment('life.lost')"},
                "b": {"when": "total_amount < 0 or recency_days % 2 = 0"},
                "c": {"otherwise": True},
            },
        }
    ),
}

customers = st.lists(
    st.fixed_dictionaries(
        {
            "recency_days": st.none() | st.integers(0, 2) | st.integers(0, 5000),
            "order_count": st.none() | st.integers(0, 3) | st.integers(0, 10**6),
            "total_amount": st.none()
            | st.sampled_from([Decimal(0), Decimal(5), Decimal(-5)])
            | st.decimals("-1e8", "1e8", places=4),
            "first_order_days": st.none() | st.integers(0, 5000),
            "last_gap_days": st.none() | st.integers(1, 400),
            "days_between_orders": st.none() | st.floats(0, 400) | st.just(float("nan")),
        }
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=20)
@given(base=customers)
def test_each_customer_is_in_exactly_one_segment(segment, base):
    profile = {name: [each[name] for each in base] for name in base[0]}
    found = segment(SPECS, profile)
    assert len(found.rows) == len(base)
    for segmentation in found.segmentations:
        keys = {each.key for each in segmentation.segments}
        assert len(keys) == len(segmentation.segments)
        members = Counter(found.column(segmentation.key))
        assert set(members) <= keys
        assert sum(members.values()) == len(base)
        money = Counter()
        for row in found.rows:
            money[row[segmentation.key]] += row["total_amount"] or 0
        assert sum(money.values()) == sum(each["total_amount"] or 0 for each in base)


@pytest.mark.parametrize("size", [0, 1])
def test_a_base_of_nobody_or_one_has_an_answer(segment, size):
    profile = {
        "recency_days": [3],
        "order_count": [1],
        "total_amount": [Decimal(10)],
        "first_order_days": [3],
        "last_gap_days": [None],
        "days_between_orders": [None],
    }
    found = segment(SPECS, {name: values[:size] for name, values in profile.items()})
    assert len(found.rows) == size


def test_no_two_segmentations_go_by_the_same_name(segment):
    specs = {
        "value": RfmSpec(method="rfm"),
        "mine": RfmSpec(method="rfm"),
        "own": RfmSpec(method="rfm", label="Own"),
    }
    profile = {"recency_days": [3, 40], "order_count": [1, 2], "total_amount": [Decimal(10), Decimal(20)]}
    labels = [each.label["fr"] for each in segment(specs, profile).segmentations]
    assert labels == ["Récence, fréquence, montant", "Mine", "Own"]
