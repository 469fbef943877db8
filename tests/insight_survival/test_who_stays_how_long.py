"""Kaplan–Meier and log-rank: published answers, known truths, what must always hold, what is refused."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vitrail
from vitrail.errors import UsageError
from vitrail.insight.survival import (
    chi_square_tail,
    compare_survival,
    estimate_survival,
    estimate_survival_difference,
    merge_survival,
)

# Freireich et al., Blood 21, 1963: weeks of remission of 21 pairs of patients; `False`: still in remission.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [True] * 9 + [False] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_published_curve_of_the_leukaemia_trial() -> None:
    curve = estimate_survival(TREATED, RELAPSED)
    found = {
        int(t): round(float(s), 3)
        for t, s, d in zip(curve.time, curve.survival, curve.left, strict=True)
        if d
    }
    assert found == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert curve.median.value == 23
    assert estimate_survival(PLACEBO, [True] * 21).median.value == 8


def test_the_published_log_rank_of_the_leukaemia_trial() -> None:
    test = compare_survival([estimate_survival(TREATED, RELAPSED), estimate_survival(PLACEBO, [True] * 21)])
    assert test.statistic == pytest.approx(16.79, abs=0.005)
    assert test.freedom == 1
    assert test.p == pytest.approx(4.17e-5, rel=0.01)


@pytest.fixture(scope="module")
def subscribers(shared_data: Path) -> list[dict[str, str]]:
    with gzip.open(shared_data / "telco_churn_FICTIONAL.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def frame(rows: list[dict[str, str]]):
    import pyarrow as pa

    return pa.Table.from_pylist(rows)


def test_the_reference_curve_of_all_subscribers(subscribers) -> None:
    found = vitrail.survival(frame(subscribers), duration="tenure", left="Churn = 'Yes'")
    shares = [round(found.curve.share_at(months).value, 4) for months in (12, 24, 72)]
    assert shares == [0.8432, 0.7887, 0.5928]
    assert found.curve.median.value is None
    assert (found.curve.customers, found.curve.departures) == (7043, 1869)


def test_the_reference_curve_of_monthly_contracts_with_internet(subscribers) -> None:
    where = "Contract = 'Month-to-month' and InternetService <> 'No'"
    curve = vitrail.survival(frame(subscribers), "tenure", "Churn = 'Yes'", where=where).curve
    assert (curve.customers, curve.departures, curve.median.value) == (3351, 1556, 34)
    assert [round(curve.share_at(months).value, 4) for months in (12, 24)] == [0.6950, 0.5753]


@pytest.mark.parametrize(
    ("by", "statistic", "freedom", "p"), [("Contract", 2352.87, 2, 0.0), ("gender", 0.526, 1, 0.468)]
)
def test_the_reference_log_rank_tests(subscribers, by, statistic, freedom, p) -> None:
    test = vitrail.survival(frame(subscribers), "tenure", "Churn = 'Yes'", by=by).test
    assert test.statistic == pytest.approx(statistic, abs=0.005)
    assert (test.freedom, round(test.p, 3)) == (freedom, p)


def test_customers_of_no_time_are_told_and_change_no_share(subscribers) -> None:
    everyone = vitrail.survival(frame(subscribers), "tenure", "Churn = 'Yes'")
    rest = vitrail.survival(
        frame([row for row in subscribers if row["tenure"] != "0"]), "tenure", "Churn = 'Yes'"
    )
    told = next(each for each in everyone.findings if each.code == "survival_no_time")
    assert told.figures["customers"] == 11
    assert everyone.curve.share_at(40) == rest.curve.share_at(40)
    assert not rest.findings


def test_customers_who_left_at_once_lower_the_curve_from_its_start() -> None:
    found = vitrail.survival(
        pa.table({"t": [0] * 30 + [5] * 30, "gone": [True] * 30 + [False] * 30}), "t", "gone"
    )
    assert found.curve.share_at(0).value == pytest.approx(0.5)
    assert [(each.code, each.figures["customers"]) for each in found.findings] == [
        ("survival_left_at_once", 30)
    ]


def test_a_chi_square_has_its_published_tail() -> None:
    assert chi_square_tail(5.991465, 2) == pytest.approx(0.05, abs=1e-6)


def exponential(rng: np.random.Generator, size: int, rate: float, seen_until: float):
    lived = rng.exponential(1 / rate, size)
    seen = rng.uniform(0, seen_until, size)
    return np.minimum(lived, seen), lived <= seen


def test_a_known_rate_of_leaving_is_found_again_whatever_the_censoring() -> None:
    times, left = exponential(np.random.default_rng(7), 20_000, 0.05, 60)
    curve = estimate_survival(times, left)
    for at in (5, 15, 30):
        found = curve.share_at(at)
        assert found.low - 0.003 < np.exp(-0.05 * at) < found.high + 0.003
    mean = curve.restricted_mean(30)
    assert mean.low - 0.05 < (1 - np.exp(-1.5)) / 0.05 < mean.high + 0.05
    assert curve.median.value == pytest.approx(np.log(2) / 0.05, rel=0.05)


def test_intervals_hold_the_truth_about_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        found = estimate_survival(*exponential(rng, 80, 0.05, 60)).share_at(15)
        held += found.low <= np.exp(-0.75) <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_equal_groups_are_told_apart_about_one_time_in_twenty() -> None:
    rng = np.random.default_rng(13)
    told = 0
    for _ in range(400):
        groups = [estimate_survival(*exponential(rng, size, 0.05, 60)) for size in (40, 60, 80)]
        told += compare_survival(groups).p < 0.05
    assert 0.02 <= told / 400 <= 0.08


def test_rounding_is_no_group_more() -> None:
    rng = np.random.default_rng(1006)
    for _ in range(60):
        groups = [estimate_survival(*exponential(rng, size, 0.05, 60)) for size in (753, 57)]
        assert compare_survival(groups).freedom == 1


customers = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=60)
@given(customers, st.randoms(use_true_random=False))
def test_neither_order_nor_counting_matters(rows, random) -> None:
    curve = estimate_survival(*zip(*rows, strict=True))
    mixed = list(rows)
    random.shuffle(mixed)
    again = estimate_survival(*zip(*mixed, strict=True))
    counts = {row: rows.count(row) for row in rows}
    counted = estimate_survival(*zip(*counts, strict=True), list(counts.values()))
    for other in (again, counted):
        assert (curve.survival == other.survival).all() and (curve.low == other.low).all()


@settings(max_examples=60)
@given(customers)
def test_a_curve_falls_within_its_interval_and_within_zero_and_one(rows) -> None:
    curve = estimate_survival(*zip(*rows, strict=True))
    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.low >= 0) & (curve.low <= curve.survival) & (curve.survival <= curve.high)).all()
    assert (curve.high <= 1).all()
    assert curve.at_risk[-1] == curve.left[-1] + curve.censored[-1]


@settings(max_examples=60)
@given(customers)
def test_days_and_weeks_say_the_same(rows) -> None:
    times, left = zip(*rows, strict=True)
    weeks, days = estimate_survival(times, left), estimate_survival([7 * each for each in times], left)
    assert (weeks.survival == days.survival).all()
    until = max(times)
    if until and weeks.restricted_mean(until).value is not None:
        assert days.restricted_mean(7 * until).value == pytest.approx(7 * weeks.restricted_mean(until).value)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_where_everybody_has_left_the_curve_is_the_plain_share(times) -> None:
    curve = estimate_survival(times, [True] * len(times))
    for at in range(31):
        assert curve.share_at(at).value == pytest.approx(sum(each > at for each in times) / len(times))


@settings(max_examples=40)
@given(customers, customers)
def test_the_order_of_groups_does_not_change_the_test_and_merging_is_adding(one, other) -> None:
    a, b = (estimate_survival(*zip(*rows, strict=True)) for rows in (one, other))
    forth, back = compare_survival([a, b]), compare_survival([b, a])
    assert forth.statistic == pytest.approx(back.statistic)
    both = estimate_survival(*zip(*one, *other, strict=True))
    assert (merge_survival([a, b]).survival == both.survival).all()


def test_two_groups_alike_to_the_customer_do_not_differ() -> None:
    curve = estimate_survival([1, 2, 3, 4, 5], [True, False, True, True, False])
    assert compare_survival([curve, curve]).statistic == pytest.approx(0)
    assert estimate_survival_difference(curve, curve, 3).value == 0


def test_nobody_having_left_is_no_certainty() -> None:
    few, many = (estimate_survival([5] * count, [False] * count).share_at(5) for count in (5, 5000))
    assert few.value == many.value == 1
    assert few.low < 0.6 < 0.999 < many.low


def test_beyond_the_longest_time_nothing_is_said() -> None:
    curve = estimate_survival([3, 8], [True, False])
    assert curve.share_at(9).value is None
    assert curve.restricted_mean(9).value is None
    assert estimate_survival([3, 8], [True, True]).share_at(9).value == 0


@pytest.mark.parametrize(
    ("times", "left"), [([-1], [True]), ([float("nan")], [True]), ([float("inf")], [False]), ([1, 2], [True])]
)
def test_times_that_are_no_times_are_refused(times, left) -> None:
    with pytest.raises(UsageError):
        estimate_survival(times, left)


def test_nobody_and_one_customer_have_their_answer() -> None:
    nobody = estimate_survival([], [])
    assert (nobody.customers, nobody.share_at(1).value, nobody.median.value) == (0, None, None)
    assert estimate_survival([4], [True]).median.value == 4
    assert compare_survival([nobody, estimate_survival([4], [True])]).p is None
    assert compare_survival([]).p is None


def test_groups_in_which_nobody_left_cannot_be_tested() -> None:
    test = compare_survival([estimate_survival([4, 5], [False, False])] * 2)
    assert (test.statistic, test.p) == (None, None)


def test_the_curve_is_everybodys_whatever_the_groups() -> None:
    stays = pa.table({"months": [1, 2, 3, 4, 5, 6], "gone": [1, 0, 1, 1, 0, 1], "plan": list("aaaabb")})
    alone = vitrail.survival(stays, "months", "gone")
    grouped = vitrail.survival(stays, "months", "gone", by="plan")
    assert grouped.curve.share_at(4) == alone.curve.share_at(4) and set(grouped.curves) == {"a", "b"}
    assert grouped.curve.customers == 6 and grouped.curves["a"].customers == 4


def test_that_nobody_left_is_said_with_the_values_the_column_has() -> None:
    stays = pa.table({"months": [1, 2, 3], "Churn": ["Yes", "No", "No"]})
    found = vitrail.survival(stays, "months", "Churn = 'Oui'")
    (said,) = found.findings
    assert (said.level, said.figures["values"]) == ("warning", ["No", "Yes"])
    assert "`Churn` has these values: No, Yes." in repr(found)
    assert not vitrail.survival(stays, "months", "Churn = 'Yes'").findings
    ids = pa.table({"months": range(1, 10), "name": [f"person {number}" for number in range(9)]})
    assert "person" not in repr(vitrail.survival(ids, "months", "name = 'Bob'"))


def test_an_upper_bound_never_rises_not_even_where_the_last_has_left() -> None:
    rng = np.random.default_rng(2)
    for size in (1, 5, 30, 200):
        times = rng.integers(1, 30, size)
        for left in (np.ones(size, dtype=bool), rng.uniform(size=size) < 0.7):
            curve = estimate_survival(times, left)
            assert (np.diff(curve.high) <= 0).all()
            assert (curve.low <= curve.survival).all() and (curve.survival <= curve.high).all()
