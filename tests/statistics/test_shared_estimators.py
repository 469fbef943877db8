"""The estimators that several steps share give the published figures and stay within their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrail.statistics.multiplicity import adjust_benjamini_hochberg, adjust_holm
from vitrail.statistics.normal import normal_two_tails
from vitrail.statistics.power import needed_customers, smallest_difference
from vitrail.statistics.shares import estimate_share_difference, wilson_interval
from vitrail.statistics.welch import student_two_tails


def test_an_interval_of_a_share_is_that_of_newcombe_1998() -> None:
    """Table I of "Two-sided confidence intervals for the single proportion": score method."""
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (successes, trials), bounds in published.items():
        assert wilson_interval(successes, trials) == pytest.approx(bounds, abs=5e-5)


def test_the_difference_of_two_shares_is_that_of_newcombe_1998() -> None:
    """Table II of "Interval estimation for the difference between independent proportions", method 10."""
    published = {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (10, 10, 0, 10): (0.6075, 1.0),
        (5, 56, 0, 29): (-0.0381, 0.1926),
    }
    for figures, bounds in published.items():
        found = estimate_share_difference(*figures)
        assert (found.low, found.high) == pytest.approx(bounds, abs=5e-5)


def test_benjamini_and_hochberg_claim_the_four_effects_of_their_example() -> None:
    """The fifteen p-values of section 3.2 of the paper: four are claimed at 5 %, three by Holm."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p_values += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert sum(p <= 0.05 for p in adjust_benjamini_hochberg(p_values)) == 4
    assert sum(p <= 0.05 for p in adjust_holm(p_values)) == 3


def test_samples_needed_are_those_of_cohen_1988() -> None:
    """Table 2.4.1: 80 % power at 5 % two-sided; the normal approximation is at most one customer short."""
    for effect, each in ((0.2, 393), (0.5, 64), (0.8, 26)):
        assert 0 <= each - (needed_customers(effect, 1.0) or 0) / 2 <= 1


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500), st.integers(1, 500))
def test_turning_a_comparison_round_turns_its_sign(a: int, m: int, b: int, n: int) -> None:
    a, b = min(a, m), min(b, n)
    one, other = estimate_share_difference(a, m, b, n), estimate_share_difference(b, n, a, m)
    assert one.value == pytest.approx(-(other.value or 0))
    assert one.low == pytest.approx(-(other.high or 0))
    assert one.p == pytest.approx(other.p)
    assert -1 <= (one.low or 0) <= (one.value or 0) <= (one.high or 0) <= 1


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_values_keep_the_order_and_never_fall(p_values: list[float]) -> None:
    for adjust in (adjust_holm, adjust_benjamini_hochberg):
        adjusted = adjust(p_values)
        assert all(p * (1 - 1e-12) <= each <= 1 for p, each in zip(p_values, adjusted, strict=True))
        ranked = sorted(range(len(p_values)), key=lambda i: p_values[i])
        assert [adjusted[i] for i in ranked] == sorted(adjusted)
        assert adjust(p_values[::-1]) == pytest.approx(adjusted[::-1], rel=1e-12)


@given(st.floats(0, 60), st.floats(1, 1e7))
def test_students_tails_are_those_of_scipy(t: float, freedom: float) -> None:
    from scipy.special import stdtr

    assert student_two_tails(t, freedom) == pytest.approx(2 * float(stdtr(freedom, -t)), rel=1e-2, abs=1e-80)
    assert student_two_tails(t, freedom) == student_two_tails(-t, freedom)


def test_nothing_to_compare_is_not_estimable() -> None:
    assert estimate_share_difference(0, 0, 1, 2).value is None
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert smallest_difference(0, 10, 1.0) is None
    assert needed_customers(0.0, 1.0) is None
    assert needed_customers(0.5, 1.0, share=1.0) is None and needed_customers(0.5, 1.0, share=0.0) is None
    assert estimate_share_difference(0, 10, 5, 10).ratio_low is None
    assert normal_two_tails(0) == 1
    with pytest.raises(ValueError, match="3 successes in 2 trials"):
        wilson_interval(3, 2)
