"""Quantile scores: equal customers get equal scores, the scale never shrinks, 5 is best."""

from __future__ import annotations

import random
from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.findings import Finding
from vitrail.plan import RfmSpec


def base(amounts, orders=None):
    size = len(amounts)
    return {
        "recency_days": [10 + i for i in range(size)],
        "order_count": orders or [2 + i for i in range(size)],
        "total_amount": amounts,
    }


amounts = st.lists(st.decimals("-1e9", "1e9", places=2), min_size=1, max_size=60)
tied = st.lists(
    st.sampled_from([Decimal(0), Decimal(1), Decimal(1), Decimal(1), Decimal(2), Decimal(9)]), min_size=1
)


@settings(max_examples=30)
@given(values=amounts | tied, scores=st.integers(3, 10))
def test_scores_follow_the_values_and_span_the_scale(segment, values, scores):
    found = segment({"v": RfmSpec(method="rfm", scores=scores)}, base(values))
    by_value = {}
    for row in found.rows:
        by_value.setdefault(row["total_amount"], set()).add(row["v_m"])
    ordered = [by_value[value] for value in sorted(by_value)]
    assert all(len(each) == 1 for each in ordered), "equal values have equal scores"
    flat = [score for each in ordered for score in each]
    assert flat == sorted(flat), "more is never worse"
    assert flat[0] == 1
    assert flat[-1] == (scores if len(ordered) > 1 else 1)


@settings(max_examples=15)
@given(
    values=st.lists(st.integers(0, 10**6), min_size=11, max_size=80, unique=True), scores=st.integers(3, 10)
)
def test_without_ties_a_score_counts_the_quantiles_below_the_percent_rank(segment, values, scores):
    found = segment({"v": RfmSpec(method="rfm", scores=scores)}, base([Decimal(value) for value in values]))
    ranked = sorted(values)
    for row in found.rows:
        rank = Fraction(bisect_left(ranked, row["total_amount"]), len(values) - 1)
        assert row["v_m"] == 1 + sum(rank > Fraction(i, scores) for i in range(1, scores))


@settings(max_examples=10)
@given(values=tied, seed=st.integers(0, 1000))
def test_row_order_is_irrelevant(segment, values, seed):
    profile = base(values)
    shuffled = list(range(len(values)))
    random.Random(seed).shuffle(shuffled)
    first = segment({"v": RfmSpec(method="rfm")}, profile)
    again = segment(
        {"v": RfmSpec(method="rfm")},
        {
            "customer_id": [f"c{i:05d}" for i in shuffled],
            **{k: [v[i] for i in shuffled] for k, v in profile.items()},
        },
    )
    assert first.rows == again.rows


@pytest.mark.parametrize(("share", "scores"), [(0.4, 5), (0.8, 5), (0.3, 10)])
def test_one_time_buyers_share_the_lowest_score_and_the_others_have_all_that_is_left(segment, share, scores):
    once = int(1000 * share)
    orders = [1] * once + [2 + i for i in range(1000 - once)]
    spec = RfmSpec(method="rfm", scores=scores)
    found = segment({"v": spec}, base([Decimal(i) for i in range(1000)], orders))
    sizes = [found.column("v_f").count(score) for score in range(1, scores + 1)]
    assert sizes[0] == once
    assert all(abs(size - (1000 - once) / (scores - 1)) <= 1 for size in sizes[1:])
    told = {finding.code: finding for finding in found.findings}["rfm_one_time_buyers"]
    assert float(told.figures["share"]) == share
    assert told.figures["returned"] == 1000 - once
    assert told.message("en").startswith(f"{share:.0%} of the buyers")


def test_the_newest_are_not_said_to_have_ordered_once_where_the_lowest_score_holds_more(segment):
    amounts = [Decimal(i) for i in range(1000)]
    for orders, said in (
        ([4 + i % 20 for i in range(1000)], "Très récents, 7 commandes au plus"),
        ([1] * 400 + [2 + i for i in range(600)], "Une première commande, toute récente"),
    ):
        found = segment({"v": RfmSpec(method="rfm")}, base(amounts, orders)).segmentations[0]
        assert [each.meaning["fr"] for each in found.segments if each.key == "new"] == [said]


def test_equal_values_that_take_more_than_a_score_are_told(segment):
    found = segment({"v": RfmSpec(method="rfm")}, base([Decimal(i) for i in (1, 1, 2, 3, 4)]))
    told = [each.figures for each in found.findings if each.code == "rfm_tied_values"]
    assert [(each["variable"], each["value"], each["customers"]) for each in told] == [("total_amount", 1, 2)]
    found = segment(
        {"v": RfmSpec(method="rfm")}, base([Decimal(i) for i in range(9)], [1, 2, 2, 2, 2, 2, 3, 4, 5])
    )
    told = [each.message("fr") for each in found.findings if each.code == "rfm_tied_orders"]
    assert told and told[0].startswith("5 clients ont chacun 2 commandes (56\u202f%)")


@pytest.mark.parametrize(
    ("recency", "gaps", "code", "days"),
    [
        (range(0, 3650), range(10, 210), "rfm_long_gone", [110, 160, 185, 198]),
        (range(0, 3650), [], "rfm_long_gone_year", [45, 91, 182, 365]),
        (range(0, 3650), range(10, 89), "rfm_long_gone_year", [45, 91, 182, 365]),
        (range(0, 3650), [5] * 200, "rfm_long_gone", [6, 7, 8, 9]),
        (range(0, 3650), range(600, 1000), "", []),  # who buys every two years is not gone
        (range(0, 365), range(60, 100), "", []),
    ],
)
def test_a_best_recency_that_is_not_recent_is_told_with_thresholds(segment, recency, gaps, code, days):
    profile = base([Decimal(i) for i in recency], [1 + i % 7 for i in recency])
    profile |= {"recency_days": list(recency), "last_gap_days": [*gaps, *[None] * (len(recency) - len(gaps))]}
    found = segment({"v": RfmSpec(method="rfm")}, profile)
    told = {each.code: each for each in found.findings if each.code.startswith("rfm_long_gone")}
    assert list(told) == [code][: bool(code)]
    if code:
        assert told[code].figures["thresholds"] == days and str(days) in told[code].message("fr")
        assert told[code].figures["days"] == max(each for each in recency if each < len(recency) / 5)
        fixed = RfmSpec(method="rfm", thresholds={"recency_days": days})
        assert segment({"v": fixed}, profile).codes == []


def test_a_base_of_one_time_buyers_only_still_has_a_full_answer(segment):
    found = segment({"v": RfmSpec(method="rfm")}, base([Decimal(i) for i in range(100)], [1] * 100))
    assert set(found.column("v_f")) == {1}
    assert set(found.column("v_r")) == set(found.column("v_m")) == {1, 2, 3, 4, 5}
    assert set(found.column("v")) == {"new", "promising", "about_to_sleep", "hibernating"}
    assert found.codes == ["rfm_only_one_time_buyers"]
    one = Finding("rfm_only_one_time_buyers", "warning", "v", {"customers": 1})
    assert one.message("en").startswith("no customer ordered more than once (1 customer)")


def test_a_value_equal_to_a_threshold_belongs_to_the_higher_interval(segment):
    thresholds = {"recency_days": [90], "order_count": [4], "total_amount": [5000]}
    found = segment(
        {"v": RfmSpec(method="rfm", thresholds=thresholds)},
        {
            "recency_days": [89, 90],
            "order_count": [4, 3],
            "total_amount": [Decimal("5000"), Decimal("4999.9999")],
        },
    )
    assert [found.rows[0][f"v_{axis}"] for axis in "rfm"] == [2, 2, 2]
    assert [found.rows[1][f"v_{axis}"] for axis in "rfm"] == [1, 1, 1]
    assert found.column("v") == ["champions", "hibernating"]


def test_any_number_of_cuts_and_decimals(segment):
    thresholds = {"order_count": [Decimal("1.5"), Decimal("2.5"), 10]}
    found = segment(
        {"v": RfmSpec(method="rfm", thresholds=thresholds)}, base([Decimal(1)] * 4, [1, 2, 9, 10])
    )
    assert found.column("v_f") == [1, 2, 3, 4]
    assert found.segmentations[0].scales["order_count"] == 4


def test_few_customers_are_said(segment):
    found = segment({"v": RfmSpec(method="rfm")}, base([Decimal(1), Decimal(2)]))
    told = next(finding for finding in found.findings if finding.code == "rfm_few_customers")
    assert (told.figures["customers"], told.figures["least"]) == (2, 50)


def test_a_customer_without_order_has_no_score_and_moves_no_cut(segment):
    profile = base([Decimal(i) for i in range(100)])
    without = segment({"v": RfmSpec(method="rfm")}, profile)
    profile = {name: [*values, None if name == "recency_days" else 0] for name, values in profile.items()}
    found = segment({"v": RfmSpec(method="rfm")}, profile)
    assert [found.rows[-1][name] for name in ("v_r", "v_f", "v_m", "v")] == [None, None, None, "no_order"]
    assert found.rows[:-1] == without.rows
    assert found.segmentations[0].segments[-1].label == {"en": "No order yet", "fr": "Sans commande"}
    assert all(each.key != "no_order" for each in without.segmentations[0].segments)


def test_values_that_are_no_numbers_count_as_missing_and_score_worst(segment):
    profile = base([Decimal(i) for i in range(60)])
    profile["days_between_orders"] = [float("nan"), float("inf"), None, *(0.1 * i for i in range(57))]
    found = segment({"v": RfmSpec(method="rfm", monetary="days_between_orders")}, profile)
    assert found.column("v_m")[:3] == [1, 1, 1]
    assert found.rows[-1]["v_m"] == 5


def test_a_single_customer_is_ranked_by_nothing_and_that_is_said(segment):
    found = segment({"v": RfmSpec(method="rfm")}, base([Decimal(50)], [5]))
    assert found.codes.count("rfm_all_equal") == 3
