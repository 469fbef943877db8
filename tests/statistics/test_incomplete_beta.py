"""The incomplete beta function and the tails made of it, against SciPy over all that samples can ask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from vitrail.statistics.beta import incomplete_beta
from vitrail.statistics.shares import wilson_interval
from vitrail.statistics.variance import fisher_tail
from vitrail.statistics.welch import student_two_tails

shapes = st.floats(-1, 6).map(lambda power: 10.0**power)


def test_large_arguments_are_as_exact_as_small_ones() -> None:
    for a, b, x in ((41731, 72162, 0.366), (3e5, 2e5, 0.6), (2, 3, 0.5), (1e6, 0.5, 0.999999)):
        assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-8)


@given(shapes, shapes, st.floats(-4, 4))
def test_it_is_that_of_scipy(a: float, b: float, place: float) -> None:
    mean, spread = a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b)
    x = min(max(mean + place * spread, 1e-12), 1 - 1e-12)
    assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-6, abs=1e-9)


@given(st.floats(0, 30), st.floats(1, 1e6))
def test_tails_of_student_are_those_of_scipy(t: float, freedom: float) -> None:
    assert student_two_tails(t, freedom) == pytest.approx(2 * stats.t.sf(t, freedom), rel=1e-7, abs=1e-12)


@given(st.floats(0.01, 50), st.integers(1, 10**5), st.integers(1, 10**5))
def test_tails_of_fisher_are_those_of_scipy(f: float, one: int, two: int) -> None:
    assert fisher_tail(f, one, two) == pytest.approx(stats.f.sf(f, one, two), rel=1e-6, abs=1e-9)


def test_wilson_takes_a_size_that_is_not_whole() -> None:
    low, high = wilson_interval(30.5, 100.5)
    between = [wilson_interval(*pair) for pair in ((30, 100), (31, 101))]
    assert between[0][0] < low < between[1][0]
    assert between[0][1] < high < between[1][1]
