"""Comparisons: planted differences with their intervals, gates, corrections, and what is not compared."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.insight.cohorts.comparison import compare_means, compare_shares
from vitrail.statistics.welch import Moments

COLUMNS = {
    "customer_id": "customer_id",
    "order_id": "order_id",
    "ordered_at": "ordered_at",
    "amount": "amount",
}


def shop(rng: np.random.Generator, sizes: dict[str, int], returning: dict[str, float]):
    """Customers who begin in January; each comes back in July with the probability of their group."""
    groups = np.repeat(list(sizes), list(sizes.values()))
    names = np.array([f"c{place:05d}" for place in range(len(groups))])
    again = rng.random(len(groups)) < np.array([returning[each] for each in groups])
    who = np.concatenate([names, names[again], ["last"]])
    days = [dt.date(2024, 1, 1 + place % 28) for place in range(len(groups))]
    days += [dt.date(2024, 7, 10)] * int(again.sum()) + [dt.date(2024, 8, 31)]
    orders = pa.table(
        {
            "customer_id": who,
            "order_id": [str(place) for place in range(len(who))],
            "ordered_at": pa.array(days, pa.date32()),
            "amount": rng.integers(10, 90, len(who)),
        }
    )
    register = pa.table({"customer_id": names, "channel": groups})
    return orders, register, {each: int(again[groups == each].sum()) for each in sizes}


def compared(orders, register, **options):
    return vitrail.cohorts(
        orders,
        by="channel",
        period="month",
        customers=register,
        columns=COLUMNS,
        as_of="2024-09-01",
        **options,
    )


def test_a_planted_difference_is_found_with_its_published_interval() -> None:
    rng = np.random.default_rng(3)
    orders, register, back = shop(rng, {"partner": 1200, "search": 1500}, {"partner": 0.40, "search": 0.30})
    found = compared(orders, register, at=6)
    (one,) = [each for each in found.comparisons if each.measure == "retention"]
    assert (one.at, one.p_adjusted, one.cohort) == (6, one.p, "search")
    shares = back["search"] / 1500, back["partner"] / 1200
    assert (one.value, one.other_value) == pytest.approx(shares)
    assert one.verdict == "lower" and one.low < -0.10 < one.high
    factor = np.exp(1.959964 * np.sqrt(1 / back["search"] - 1 / 1500 + 1 / back["partner"] - 1 / 1200))
    assert one.ratio == pytest.approx(shares[0] / shares[1])
    assert one.ratio_low == pytest.approx(shares[0] / shares[1] / factor)


def test_revenue_is_compared_up_to_the_period_and_no_further() -> None:
    orders, register, _ = shop(
        np.random.default_rng(4), {"partner": 60, "search": 60}, {"partner": 1, "search": 0}
    )
    spent = orders.slice(0, 60).column("amount").to_numpy().mean()  # in January; July is not of period 3
    found = {each.at: each for at in (3, 6) for each in compared(orders, register, at=at).comparisons
             if each.measure == "revenue"}  # fmt: skip
    values = {at: {each.cohort: each.value, each.other: each.other_value} for at, each in found.items()}
    assert values[3]["partner"] == pytest.approx(spent)
    assert values[6]["partner"] > 1.5 * spent
    assert values[6]["search"] == values[3]["search"]


def test_newcombes_example_and_its_mirror() -> None:
    forth = compare_shares("retention", 1, {"a": (56, 70), "b": (48, 80)})[0]
    back = compare_shares("retention", 1, {"b": (48, 80), "a": (56, 70)})[0]
    assert (round(forth.low, 4), round(forth.high, 4)) == (0.0524, 0.3339)
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low))
    assert (forth.verdict, back.verdict) == ("higher", "lower")


def test_up_to_four_cohorts_are_paired_and_more_stand_against_the_others() -> None:
    four = dict.fromkeys("abcd", (40, 100))
    assert [(each.cohort, each.other) for each in compare_shares("retention", 1, four)] == [
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d"),
    ]  # fmt: skip
    five = compare_shares("retention", 1, {**four, "e": (50, 100)})
    assert [(each.cohort, each.other) for each in five] == [(key, None) for key in "abcde"]
    assert (five[4].other_value, five[4].other_customers) == (0.4, 400)


def test_p_values_are_corrected_for_their_number() -> None:
    found = compare_shares("retention", 1, {"a": (30, 100), "b": (45, 100), "c": (36, 100)})
    smallest = min(found, key=lambda each: each.p)
    assert smallest.p < 0.05 < smallest.p_adjusted == pytest.approx(3 * smallest.p)
    assert smallest.verdict == "no_difference"


def test_groups_alike_are_rarely_told_apart_over_all_their_comparisons() -> None:
    rng = np.random.default_rng(5)
    told = 0
    for _ in range(300):
        counts = {key: (int(rng.binomial(200, 0.3)), 200) for key in "abcdefgh"}
        told += any(each.verdict != "no_difference" for each in compare_shares("retention", 1, counts))
    assert told / 300 <= 0.08


@pytest.mark.parametrize(
    ("counts", "lacking", "have", "need"),
    [
        ({"a": (10, 29), "b": (50, 100)}, "customers", 29, 30),
        ({"a": (0, 0), "b": (50, 100)}, "customers", 0, 30),
        ({"a": (1, 100), "b": (2, 100)}, "expected", 1.5, 5),
        ({"a": (100, 100), "b": (99, 100)}, "expected", 0.5, 5),
    ],
)
def test_too_few_are_not_compared_and_it_says_how_many_it_takes(counts, lacking, have, need) -> None:
    (found,) = compare_shares("retention", 1, counts)
    assert (found.verdict, found.p, found.lacking) == ("not_estimable", None, lacking)
    assert (found.have, found.need) == (pytest.approx(have, abs=1e-9), need)


def moments(values):
    values = [Fraction(each) for each in values]
    return Moments(len(values), sum(values), sum(each**2 for each in values))


def test_means_are_compared_by_welch_and_their_ratio_by_the_delta_method() -> None:
    one, other = [20 + n % 7 for n in range(60)], [10 + n % 5 for n in range(80)]
    (found,) = compare_means("revenue", 3, {"a": moments(one), "b": moments(other)})
    assert found.difference == pytest.approx(np.mean(one) - np.mean(other))
    spread = np.var(one, ddof=1) / 60 / np.mean(one) ** 2 + np.var(other, ddof=1) / 80 / np.mean(other) ** 2
    ratio = np.mean(one) / np.mean(other)
    assert found.ratio_low == pytest.approx(ratio * np.exp(-1.959964 * np.sqrt(spread)), rel=1e-5)
    assert found.verdict == "higher"


def test_random_customers_of_a_base_of_heavy_tailed_amounts_are_rarely_said_to_bring_more_or_less() -> None:
    rng = np.random.default_rng(7)
    told = 0
    for _ in range(60):
        small, rest = (np.round(np.exp(2 * rng.normal(size=size)), 2) for size in (30, 711))
        (found,) = compare_means("revenue", 3, {"small": moments(small), "rest": moments(rest)})
        told += found.verdict != "no_difference"
    assert told <= 3  # Welch alone claims 14 times


def test_amounts_all_equal_or_negative_have_no_test_and_no_ratio() -> None:
    (equal,) = compare_means("revenue", 3, {"a": moments([5] * 40), "b": moments([5] * 40)})
    assert (equal.difference, equal.p, equal.verdict) == (0, None, "not_estimable")
    (negative,) = compare_means("revenue", 3, {"a": moments([-3, -5] * 20), "b": moments([5, 6] * 20)})
    assert (negative.ratio, negative.verdict) == (None, "lower")


def test_groups_made_from_what_customers_did_are_not_tested() -> None:
    orders, _, _ = shop(np.random.default_rng(1), {"x": 60, "y": 60}, {"x": 0.5, "y": 0.5})
    found = vitrail.cohorts(orders, by="order_count", period="month", columns=COLUMNS)
    assert found.table.uncompared == "circular"
    assert (found.comparisons, "cohorts_circular" in [each.code for each in found.findings]) == ((), True)


def test_without_enough_customers_it_says_how_many_cohorts_there_are() -> None:
    orders, register, _ = shop(np.random.default_rng(1), {"x": 40, "y": 20}, {"x": 0.5, "y": 0.5})
    found = compared(orders, register)
    told = next(each for each in found.findings if each.code == "cohorts_not_compared_month")
    assert (told.figures["have"], told.figures["need"], told.figures["least"]) == (1, 2, 30)
    assert found.table.uncompared == "short"


def test_many_groups_are_followed_together_and_far_too_many_refused() -> None:
    names = [f"c{place}" for place in range(600)]
    orders = pa.table(
        {
            "customer_id": names,
            "order_id": names,
            "ordered_at": pa.array([dt.date(2024, 1, 1)] * 599 + [dt.date(2024, 4, 1)], pa.date32()),
            "amount": [10] * 600,
            "shop": [f"s{place % 20:02d}" for place in range(600)],
            "dozen": [f"s{place % 12:02d}" for place in range(600)],
            "postcode": [str(10_000 + place) for place in range(600)],
        }
    )
    few = vitrail.cohorts(orders, by="shop", period="month")
    assert len(few.table.cohorts) == 12 and few.table.cohorts[-1].key == "*"
    assert few.table.cohorts[-1].customers == 600 - 11 * 30
    assert "cohorts_others_together" in [each.code for each in few.findings]
    dozen = vitrail.cohorts(orders, by="dozen", period="month").table
    assert [(each.key, each.customers) for each in dozen.cohorts] == [(f"s{n:02d}", 50) for n in range(12)]
    many = vitrail.cohorts(orders, by="postcode", period="month")
    assert many.table is None and "cohorts_many_values" in [each.code for each in many.findings]
    assert many.to_arrow().num_rows == 0 and many.triangle().num_rows == 0
