"""Shifted beta-geometric: how long subscribers stay, when each leaves at a rate of their own.

Model: at the end of each period a subscriber leaves with a probability of their own, the same at every
    renewal; it differs between people as beta(α, β). Then S(t) = B(α, β + t) / B(α, β), and of those still
    there after t − 1 periods a share (β + t − 1) / (α + β + t − 1) renews: it rises with t, because those
    quick to leave are gone, not because anybody grows more loyal.
Assumes: one chance to leave a period, the same for all; a person's own rate is constant; leaving is final and
    seen; whether someone is still being followed says nothing of when they will leave.
Source: Fader and Hardie, "How to project customer retention", Journal of Interactive Marketing 21(1), 2007;
    the discounted expected (residual) lifetime: Fader and Hardie, "Customer-base valuation in a contractual
    setting: the perils of ignoring heterogeneity", Marketing Science 29(1), 2010. Intervals by drawing from
    the normal approximation of the estimates: Krinsky and Robb, "On approximating the statistical properties
    of elasticities", Review of Economics and Statistics 68(4), 1986. The test against one rate for all has
    its null on the boundary: Self and Liang, Journal of the American Statistical Association 82, 1987.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vitrail.prediction.contracts.tenures import Tenures

Array = npt.NDArray[np.float64]
Shape = Literal["constant", "heterogeneous", "polarised"]

DRAWS, SEED = 2_000, 2007
FEWEST_LEAVERS, FEWEST_PERIODS = 30, 3
_NEAR, _SIZES = 3.841 / 2, 41

#: Bounds of log α and log β: beyond them the rates are all equal, or all nought and one.
_LOWEST, _HIGHEST = math.log(1e-3), math.log(1e5)


@dataclass(frozen=True, slots=True)
class ShiftedBetaGeometric:
    """A fitted model.

    Args:
        alpha, beta: of the leaving rates; their mean is `alpha / (alpha + beta)`.
        covariance: of the estimates of log alpha and log beta; None where they are not identified.
        log_likelihood: at the estimates.
        constant_log_likelihood: with one rate for all.
        heterogeneity_p: of that one rate, one-sided; small where rates differ between people.
    """

    alpha: float
    beta: float
    covariance: tuple[tuple[float, float], tuple[float, float]] | None
    log_likelihood: float
    constant_log_likelihood: float
    heterogeneity_p: float

    @property
    def shape(self) -> Shape:
        """Whether rates differ between people beyond chance, do not, or are all nought or one."""
        if self.heterogeneity_p >= 0.05:
            return "constant"
        return "polarised" if self.covariance is None else "heterogeneous"

    def survival(self, periods: Any) -> Array:
        """The share of new subscribers still there after each number of periods."""
        return survive(self.alpha, self.beta, np.asarray(periods, dtype=float))

    def retention(self, periods: Any) -> Array:
        """Of those still there after `t − 1` periods, the share that renews at the t-th."""
        t = np.asarray(periods, dtype=float)
        renewing: Array = (self.beta + t - 1) / (self.alpha + self.beta + t - 1)
        return renewing

    def expected_payments(self, discount: float, tenure: int | None = None) -> float:
        """Payments still to come, each discounted to today (see `expect_payments`)."""
        return float(expect_payments(self.alpha, self.beta, discount, tenure))

    def interval(self, figure: Callable[[float, float], Any], level: float = 0.95) -> tuple[Array, Array]:
        """The interval of a figure of (alpha, beta), a number or an array of them.

        Raises:
            ValueError: the parameters are not identified.
        """
        if self.covariance is None:
            raise ValueError("the parameters are not identified")
        centre = np.log([self.alpha, self.beta])
        steps = np.random.default_rng(SEED).standard_normal((DRAWS, 2))
        root = np.linalg.cholesky(np.asarray(self.covariance))
        draws = np.exp(np.clip(centre + steps @ root.T, _LOWEST - 5, _HIGHEST + 5))
        drawn = np.asarray([figure(alpha, beta) for alpha, beta in draws], dtype=float)
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high


def expect_payments(alpha: float, beta: float, discount: float, tenure: int | None = None) -> float:
    """How many payments a subscriber still makes, each discounted to today; one is due every period.

    A new subscriber (`tenure` None) makes the first at once. One who has stayed `tenure` whole periods
    makes the next, if they renew, one period from now.

    Args:
        discount: per period, above 0 (without it the sum is infinite where alpha ≤ 1).

    Raises:
        ValueError: the discount is not above 0.

    >>> round(expect_payments(0.668, 3.806, 0.1), 2)
    5.92
    """
    from scipy.special import hyp2f1

    if discount <= 0:
        raise ValueError("a discount above 0 is needed")
    z = 1 / (1 + discount)
    if tenure is None:
        return float(hyp2f1(1, beta, alpha + beta, z))
    after = beta + tenure
    return float(z * after / (alpha + after) * hyp2f1(1, after + 1, alpha + after + 1, z))


def fit_shifted_beta_geometric(tenures: Tenures) -> ShiftedBetaGeometric:
    """The model by maximum likelihood, from counts.

    Raises:
        ValueError: nobody left, or nobody stayed a period: there is nothing to fit (see `contracts`).

    >>> fit = fit_shifted_beta_geometric(Tenures((131, 126, 90, 60, 42, 34, 26), (0, 0, 0, 0, 0, 0, 0, 491)))
    >>> round(fit.alpha, 3), round(fit.beta, 3), round(fit.log_likelihood, 1)
    (0.668, 3.806, -1611.2)
    """
    from scipy.special import chdtrc

    exposure, leavers = tenures.exposure, tenures.leavers
    if not 0 < leavers < exposure:
        raise ValueError("somebody must have left, and somebody stayed a period")
    rate = leavers / exposure
    constant = leavers * math.log(rate) + (exposure - leavers) * math.log1p(-rate)
    terms = _Terms.of(tenures)
    starts = (np.log([rate * size, (1 - rate) * size]) for size in (0.5, 5.0, 500.0))
    logs = min((_climb(terms, start) for start in starts), key=lambda found: float(terms.loss(found)[0]))
    alpha, beta = np.exp(logs)
    likelihood = -float(terms.loss(logs)[0])
    inside = bool(np.all(logs > _LOWEST + 0.01) and np.all(logs < _HIGHEST - 0.01))
    gain = max(0.0, 2 * (likelihood - constant))
    p = 0.5 * float(chdtrc(1, gain)) if gain > 0 else 1.0
    return ShiftedBetaGeometric(
        float(alpha), float(beta), _covariance(terms, logs) if inside else None, likelihood, constant, p
    )


def list_supported(tenures: Tenures, model: ShiftedBetaGeometric) -> list[tuple[float, float]]:
    """(alpha, beta) that the counts do not rule out: of each sum of the two the likeliest, if near the best.

    Where rates that differ and one rate for all are both possible, these go from one to the other; no normal
    approximation would. Near the best: the log-likelihood at most half the 95 % quantile of χ²₁ below it.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import expit

    terms, found = _Terms.of(tenures), []
    for size in np.geomspace(1e-2, 1e5, _SIZES):

        def at(logit: float, size: float = float(size)) -> tuple[float, float]:
            return float(size * expit(logit)), float(size * expit(-logit))

        best = minimize_scalar(
            lambda logit, at=at: terms.loss(np.log(at(logit)))[0], bounds=(-15, 15), method="bounded"
        )
        if -float(best.fun) >= model.log_likelihood - _NEAR:
            found.append(at(float(best.x)))
    return found


def survive(alpha: float, beta: float, periods: Array) -> Array:
    """The share of new subscribers still there after each number of periods."""
    from scipy.special import betaln

    survived: Array = np.exp(betaln(alpha, beta + periods) - betaln(alpha, beta))
    return survived


@dataclass(frozen=True, slots=True)
class _Terms:
    """The likelihood's sums: by period, who left in it, and who was still there at its end, not seen later.

    Those still here within their first period say nothing.
    """

    periods: Array
    lost: Array
    kept: Array

    @classmethod
    def of(cls, tenures: Tenures) -> _Terms:
        return cls(
            np.arange(1, tenures.periods + 1, dtype=float),
            np.asarray(tenures.lost, dtype=float),
            np.asarray(tenures.kept[1:], dtype=float),
        )

    def loss(self, logs: Array) -> tuple[float, Array]:
        """The negative log-likelihood and its gradient, of log alpha and log beta."""
        from scipy.special import betaln, digamma

        alpha, beta = np.exp(logs)
        t, lost, kept = self.periods, self.lost, self.kept
        total = lost.sum() + kept.sum()
        value = lost @ betaln(alpha + 1, beta + t - 1) + kept @ betaln(alpha, beta + t)
        value -= total * betaln(alpha, beta)
        both = (lost + kept) @ digamma(alpha + beta + t) - total * digamma(alpha + beta)
        by_alpha = lost.sum() * digamma(alpha + 1) + (kept.sum() - total) * digamma(alpha) - both
        by_beta = lost @ digamma(beta + t - 1) + kept @ digamma(beta + t) - total * digamma(beta) - both
        return -float(value), -np.array([by_alpha * alpha, by_beta * beta])

    def curvature(self, logs: Array) -> Array:
        """The matrix of second derivatives of the negative log-likelihood."""
        from scipy.special import polygamma

        alpha, beta = np.exp(logs)
        t, lost, kept = self.periods, self.lost, self.kept
        total = lost.sum() + kept.sum()
        both = (lost + kept) @ polygamma(1, alpha + beta + t) - total * polygamma(1, alpha + beta)
        first = lost.sum() * polygamma(1, alpha + 1) + (kept.sum() - total) * polygamma(1, alpha) - both
        second = lost @ polygamma(1, beta + t - 1) + kept @ polygamma(1, beta + t)
        second -= total * polygamma(1, beta) + both
        slope = -self.loss(logs)[1]
        own = np.array([[first, -both], [-both, second]]) * np.outer([alpha, beta], [alpha, beta])
        curved: Array = -(own + np.diag(slope))
        return curved


def _climb(terms: _Terms, logs: Array) -> Array:
    """Newton's way to the maximum, the curvature made positive, each step halved until it helps."""
    value, slope = terms.loss(logs)
    for _ in range(200):
        sizes, axes = np.linalg.eigh(terms.curvature(logs))
        step = -axes @ (axes.T @ slope / np.maximum(np.abs(sizes), 1e-10))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        for _ in range(50):
            ahead = np.clip(logs + step, _LOWEST, _HIGHEST)
            found, found_slope = terms.loss(ahead)
            if found < value:
                break
            step = step / 2
        else:
            return logs
        logs, value, slope = ahead, found, found_slope
    return logs


def _covariance(terms: _Terms, logs: Array) -> tuple[tuple[float, float], tuple[float, float]] | None:
    matrix = terms.curvature(logs)
    if np.any(np.linalg.eigvalsh(matrix) <= 1e-8):
        return None
    found = np.linalg.inv(matrix)
    return (float(found[0, 0]), float(found[0, 1])), (float(found[1, 0]), float(found[1, 1]))
