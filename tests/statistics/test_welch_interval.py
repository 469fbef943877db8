"""The interval of a difference of means: published quantiles, coverage, refusals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from vitrail.statistics.means import mean_interval
from vitrail.statistics.welch import Moments, estimate_difference, student_quantile

TABLE = {1: 12.7062, 2: 4.30265, 3: 3.18245, 5: 2.57058, 10: 2.22814, 30: 2.04227, 60: 2.0003, 120: 1.97993}


def moments(values):
    exact = [Fraction(value) for value in values]
    return Moments(len(exact), sum(exact), sum(value * value for value in exact))


@pytest.mark.parametrize("freedom", TABLE)
def test_quantiles_are_those_of_the_published_table(freedom):
    assert student_quantile(freedom) == pytest.approx(TABLE[freedom], abs=6e-6)


def test_the_quantile_has_no_step_where_the_method_changes():
    assert student_quantile(999.999) == pytest.approx(student_quantile(1000.001), abs=1e-7)


def test_the_interval_of_a_worked_example():
    one = moments([27, 31, 30, 28, 29])
    two = moments([20, 25, 18, 30, 22, 17])
    found = estimate_difference(one, two)
    errors = 2.5 / 5 + 23.6 / 6
    freedom = errors**2 / ((2.5 / 5) ** 2 / 4 + (23.6 / 6) ** 2 / 5)
    assert found.value == 7
    assert found.high == pytest.approx(7 + student_quantile(freedom) * errors**0.5)
    assert found.low == pytest.approx(14 - found.high)


def test_it_covers_the_truth_nineteen_times_in_twenty():
    random = np.random.default_rng(20111210)
    held = 0
    for _ in range(1000):
        one, two = random.normal(3, 1, 9), random.normal(1, 4, 14)
        found = estimate_difference(*(moments(np.round(side, 6).tolist()) for side in (one, two)))
        held += found.low <= 2 <= found.high
    assert 930 <= held <= 970


@pytest.mark.parametrize(
    ("one", "two", "value"),
    [([], [1, 2], None), ([1], [1, 2], -0.5), ([1, 2], [], None), ([3, 3], [1, 1], 2.0)],
)
def test_what_cannot_be_estimated_is_not(one, two, value):
    found = estimate_difference(moments(one), moments(two))
    assert (found.value, found.low, found.high) == (value, None, None)


@pytest.mark.parametrize("one", [[3, 3, 3], [3, 3]])
def test_one_side_without_variance_still_has_an_interval_and_so_have_two_customers(one):
    for sides in ((one, [1, 2]), ([1, 2], one)):
        found = estimate_difference(*map(moments, sides))
        assert found.low < found.value < found.high


def test_a_mean_of_two_has_students_interval_of_equal_values_none_to_speak_of_and_of_one_no_interval():
    assert mean_interval(moments([1, 3])) == pytest.approx((2, 2 - TABLE[1], 2 + TABLE[1]), abs=1e-4)
    assert mean_interval(moments([3, 3])) == (3, 3, 3)
    assert mean_interval(moments([3])) == (3, None, None)
    tiny = Fraction(1, 10**170)  # whose square no float holds
    found = [each / float(tiny) for each in mean_interval(moments([tiny, 3 * tiny]))]
    assert found == pytest.approx([2, 2 - TABLE[1], 2 + TABLE[1]], abs=1e-4)
