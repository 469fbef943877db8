"""Intervals of the shifted beta-geometric and of margin × ARPA / churn against known parameters."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from vitrail.prediction.contracts.checking import hold_out
from vitrail.prediction.contracts.shifted_beta_geometric import (
    expect_payments,
    fit_shifted_beta_geometric,
    survive,
)
from vitrail.prediction.contracts.subscription_value import compare_tenures, estimate_subscription_value
from vitrail.prediction.contracts.tenures import Tenures
from vitrail.prediction.contracts.valuing import judge_contracts
from vitrail.statistics.welch import Moments

pytestmark = pytest.mark.science

SETS = 1000


def simulate(random: np.random.Generator, alpha: float, beta: float, count: int, periods: int) -> Tenures:
    """Subscribers of all ages: each is followed for a number of periods drawn evenly."""
    lived = random.geometric(np.clip(random.beta(alpha, beta, count), 1e-12, 1))
    followed = random.integers(1, periods + 1, count)
    lost = np.bincount(lived[lived <= followed], minlength=periods + 1)
    kept = np.bincount(followed[lived > followed], minlength=periods + 1)
    return Tenures(tuple(int(n) for n in lost[1:]), tuple(int(n) for n in kept))


@pytest.mark.parametrize(("alpha", "beta"), [(0.668, 3.806), (0.704, 1.182)])
def test_survival_and_payments_are_covered(alpha: float, beta: float) -> None:
    """Projected to twice the periods seen."""
    random = np.random.default_rng(1)
    stays, pays = float(survive(alpha, beta, np.array([24.0]))[0]), expect_payments(alpha, beta, 0.1)
    inside = []
    for _ in range(SETS // 2):
        found = fit_shifted_beta_geometric(simulate(random, alpha, beta, 2000, 12))
        if found.covariance is None:
            continue
        low, high = found.interval(
            lambda a, b: (survive(a, b, np.array([24.0]))[0], expect_payments(a, b, 0.1))
        )
        inside.append((low[0] <= stays <= high[0], low[1] <= pays <= high[1]))
    assert len(inside) >= 0.98 * SETS // 2
    assert (np.mean(inside, axis=0) >= 0.925).all()
    assert (np.mean(inside, axis=0) <= 0.98).all()


@pytest.mark.parametrize(("churn", "count"), [(0.05, 60), (0.05, 200), (0.02, 1000), (0.3, 40)])
def test_the_saas_value_is_covered(churn: float, count: int) -> None:
    random = np.random.default_rng(2)
    inside = []
    for _ in range(SETS):
        lived = np.minimum(random.geometric(churn, count), 13)
        lost = np.bincount(lived, minlength=14)
        tenures = Tenures(tuple(int(n) for n in lost[1:13]), (0,) * 12 + (int(lost[13]),))
        amounts = np.round(random.gamma(4, 10, count), 2)
        sums = Moments(count, Fraction(float(amounts.sum())), Fraction(float((amounts**2).sum())))
        value = estimate_subscription_value(tenures, sums).value
        assert value.low is not None and value.high is not None
        inside.append(value.low <= 40 / churn <= value.high)
    assert 0.93 <= np.mean(inside) <= 0.97


def test_the_right_answer_is_chosen() -> None:
    """One rate for all is called constant, rates that differ heterogeneous."""
    random = np.random.default_rng(3)

    def judge(tenures: Tenures) -> str:
        model = fit_shifted_beta_geometric(tenures)
        return judge_contracts(tenures, model, compare_tenures(tenures), hold_out(tenures, model.shape))

    alike = [judge(simulate(random, 1e4, 1.9e5, 2000, 24)) for _ in range(SETS // 4)]
    various = [judge(simulate(random, 0.668, 3.806, 2000, 24)) for _ in range(SETS // 4)]
    assert np.mean([each == "constant" for each in alike]) >= 0.9
    assert np.mean([each == "heterogeneous" for each in various]) >= 0.95
