"""Published cohorts, known parameters found again, sums against closed forms, what is not identified."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import betaln

from vitrail.prediction.contracts.shifted_beta_geometric import (
    _Terms,
    expect_payments,
    fit_shifted_beta_geometric,
    survive,
)
from vitrail.prediction.contracts.tenures import Tenures

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]


def followed(survivors: list[int]) -> Tenures:
    """The tenures of a cohort from how many of it were still there after 0, 1, 2 … periods."""
    lost = tuple(before - after for before, after in pairwise(survivors))
    return Tenures(lost, (*[0] * len(lost), survivors[-1]))


@pytest.mark.parametrize(
    ("cohort", "alpha", "beta", "log_likelihood"),
    [(HIGH_END, 0.668, 3.806, -1611.2), (REGULAR, 0.704, 1.182, -1680.3)],
)
def test_the_cohorts_of_fader_and_hardie(
    cohort: list[int], alpha: float, beta: float, log_likelihood: float
) -> None:
    """How to project customer retention (2007): fitted on seven years, projected on twelve."""
    found = fit_shifted_beta_geometric(followed(cohort[:8]))
    assert round(found.alpha, 3) == alpha
    assert round(found.beta, 3) == beta
    assert round(found.log_likelihood, 1) == log_likelihood
    assert found.shape == "heterogeneous"
    assert found.survival(np.arange(8, 13)) == pytest.approx(np.array(cohort[8:]) / 1000, abs=0.017)


def simulate(seed: int, alpha: float, beta: float, customers: int, periods: int) -> Tenures:
    """Subscribers of all ages: each is followed for a number of periods drawn evenly."""
    random = np.random.default_rng(seed)
    lived = random.geometric(np.clip(random.beta(alpha, beta, customers), 1e-12, 1))
    followed = random.integers(0, periods + 1, customers)
    lost = np.bincount(lived[lived <= followed], minlength=periods + 1)
    kept = np.bincount(followed[lived > followed], minlength=periods + 1)
    return Tenures(tuple(int(n) for n in lost[1:]), tuple(int(n) for n in kept))


@pytest.mark.parametrize(("alpha", "beta"), [(0.7, 3.5), (2.0, 12.0), (0.4, 0.6)])
def test_known_parameters_are_found_again_from_subscribers_of_all_ages(alpha: float, beta: float) -> None:
    found = fit_shifted_beta_geometric(simulate(1, alpha, beta, 60_000, 24))
    assert found.alpha == pytest.approx(alpha, rel=0.12)
    assert found.beta == pytest.approx(beta, rel=0.12)


def test_intervals_cover_as_often_as_they_say() -> None:
    inside = []
    truth = float(survive(0.8, 3.0, np.array([24.0]))[0])
    for seed in range(40):
        found = fit_shifted_beta_geometric(simulate(seed, 0.8, 3.0, 3_000, 12))
        low, high = found.interval(lambda a, b: survive(a, b, np.array([24.0]))[0])
        inside.append(low <= truth <= high)
    assert 0.85 <= np.mean(inside) <= 1.0


@given(st.floats(0.1, 20), st.floats(0.1, 20), st.floats(0.005, 0.5), st.integers(0, 40))
@settings(max_examples=30)
def test_expected_payments_are_the_sum_they_stand_for(
    alpha: float, beta: float, discount: float, tenure: int
) -> None:
    t = np.arange(8_000, dtype=float)
    stays = np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))
    worth = stays * np.exp(-t * np.log1p(discount))
    assert expect_payments(alpha, beta, discount) == pytest.approx(worth.sum(), rel=1e-6)
    later = worth[tenure + 1 :].sum() / worth[tenure]
    assert expect_payments(alpha, beta, discount, tenure) == pytest.approx(later, rel=1e-6)


def test_whoever_has_stayed_longer_stays_longer_still() -> None:
    payments = [expect_payments(0.668, 3.806, 0.1, tenure) for tenure in range(30)]
    assert payments == sorted(payments)


@given(st.floats(-2, 3), st.floats(-2, 3))
@settings(max_examples=30)
def test_the_derivatives_are_those_of_the_likelihood(log_alpha: float, log_beta: float) -> None:
    terms = _Terms.of(simulate(2, 1.0, 3.0, 500, 8))
    at = np.array([log_alpha, log_beta])
    slope = approx_fprime(at, lambda each: terms.loss(each)[0], 1e-7)
    assert terms.loss(at)[1] == pytest.approx(slope, rel=1e-3, abs=1e-2)
    bend = np.array([approx_fprime(at, lambda each, i=i: terms.loss(each)[1][i], 1e-6) for i in (0, 1)])
    assert terms.curvature(at) == pytest.approx(bend, rel=1e-3, abs=1e-2)


def test_one_rate_for_all_is_called_constant() -> None:
    random = np.random.default_rng(4)
    called = []
    for _ in range(30):
        lived = np.minimum(random.geometric(0.1, 1500), 13)
        lost = np.bincount(lived, minlength=14)
        tenures = Tenures(tuple(int(n) for n in lost[1:13]), (0,) * 12 + (int(lost[13]),))
        called.append(fit_shifted_beta_geometric(tenures).shape == "constant")
    assert np.mean(called) >= 0.9


def test_those_who_leave_at_once_or_never_are_called_polarised() -> None:
    found = fit_shifted_beta_geometric(Tenures((500, 0, 0, 0), (0, 0, 0, 0, 500)))
    assert found.shape == "polarised"
    with pytest.raises(ValueError, match="not identified"):
        found.interval(lambda a, b: a)


def test_huge_counts_and_long_tenures_do_not_overflow() -> None:
    lost = tuple(int(1e9 / t**1.5) for t in range(1, 400))
    found = fit_shifted_beta_geometric(Tenures(lost, (0,) * 399 + (int(1e10),)))
    assert np.isfinite([found.alpha, found.beta, found.log_likelihood]).all()


def test_there_is_nothing_to_fit_where_nobody_or_everybody_left_at_once() -> None:
    for tenures in (Tenures((0, 0), (1, 2, 3)), Tenures((10,), (0, 0)), Tenures((), (5,))):
        with pytest.raises(ValueError, match="must have left"):
            fit_shifted_beta_geometric(tenures)
    with pytest.raises(ValueError, match="discount"):
        expect_payments(1, 1, 0)
    with pytest.raises(ValueError, match="start at 0"):
        Tenures((1, 2), (1, 2))
