"""The difference a condition makes to a KPI, adjusted for confounders by strata.

Model: within each stratum (customers alike in every confounder) the two sides are compared; the
    differences are averaged with Mantel and Haenszel's weights n₁n₀/n. The same number is the coefficient of
    the side in a least-squares regression with an effect of each stratum, whence its standard error: robust
    to unequal variances (HC2), and with one stratum exactly Welch's. The weights are also those of overlap
    weighting: the estimate speaks of customers who could have been on either side, and a stratum with one
    side alone has none. Of shares, the interval is Newcombe's with each side's Wilson interval at its
    effective size, and the test is exact (`vitrail.statistics.exact`). Of means, the p-value is
    the larger of two: that of the robust t, which a few huge amounts in the smaller side do not mislead, and
    that of the side drawn at random within strata, which a few huge amounts elsewhere do not mislead.
Assumes: no other confounder: customers of a stratum differ between the sides by chance alone in all else
    that moves the KPI. Customers are independent of one another.
Source: Mantel and Haenszel, Journal of the National Cancer Institute 22, 1959; Li, Morgan and Zaslavsky,
    "Balancing covariates via propensity score weighting", JASA 113, 2018; MacKinnon and White, "Some
    heteroskedasticity-consistent covariance matrix estimators with improved finite sample properties",
    Journal of Econometrics 29, 1985; Yan and Su, "Stratified Wilson and Newcombe confidence intervals for
    multiple binomial proportions", Statistics in Biopharmaceutical Research 2, 2010.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vitrail.statistics.exact import exact_p
from vitrail.statistics.normal import normal_quantile, normal_two_tails
from vitrail.statistics.shares import estimate_share_difference, wilson_interval
from vitrail.statistics.welch import student_quantile, student_two_tails

Numbers = npt.NDArray[np.float64]

_Z = normal_quantile(0.975)
_WIDEST_RATIO = 3.0  # on the logarithm: beyond a factor of 20 an interval says nothing


@dataclass(frozen=True, slots=True)
class Side:
    """Exact sums of one side, an entry a stratum: customers, the KPI's total and its sum of squares."""

    customers: Numbers
    total: Numbers
    squares: Numbers

    @property
    def mean(self) -> Numbers:
        """The KPI's mean in each stratum."""
        return self.total / self.customers

    @property
    def scatter(self) -> Numbers:
        """The sum of squared deviations from the mean in each stratum."""
        return np.maximum(self.squares - self.total * self.mean, 0.0)


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference and what surrounds it; None where it cannot be estimated.

    Args:
        who: the share or mean of the customers in question, over the strata's weights.
        rest: that of those they are compared with.
        value: the difference, with its 95 % interval `low` to `high`.
        ratio: `who` over `rest`, with its interval.
        error: the standard error of the difference, the larger of the robust one and that of a random draw.
        p: two-sided, of no difference, for this comparison by itself.
    """

    who: float
    rest: float
    value: float
    low: float
    high: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    error: float
    p: float


def estimate_effect(
    who: Side, rest: Side, kind: Literal["share", "mean"], centre: float = 0.0, scale: float = 1.0
) -> Effect | None:
    """The adjusted difference over strata that have both sides; None where nothing varies.

    With one stratum it is the plain difference, with Newcombe's interval or Welch's.

    Args:
        centre: what was taken off every value of the KPI before it was summed.
        scale: what 1 in the sums is of the KPI, so that squares of huge figures and of tiny ones are told.

    >>> one = Side(np.array([70.0]), np.array([56.0]), np.array([56.0]))
    >>> two = Side(np.array([80.0]), np.array([48.0]), np.array([48.0]))
    >>> found = estimate_effect(one, two, "share")
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    size = who.customers + rest.customers
    part = who.customers / size
    weight = who.customers * rest.customers / size
    whole = float(weight.sum())
    gap = who.mean - rest.mean
    value = float((weight * gap).sum()) / whole
    mean_who, mean_rest = (float((weight * side.mean).sum()) / whole + centre / scale for side in (who, rest))
    who_error, who_freedom = _robust(who, 1 - part, gap - value, size, whole)
    rest_error, rest_freedom = _robust(rest, part, gap - value, size, whole)
    square = who_error + rest_error
    error = math.sqrt(square)
    drawn = _error_of_a_draw(who, rest, weight, size, whole)
    if drawn <= 0:
        return None
    if kind == "share":
        low, high = _share_interval(who, rest, weight, (mean_who, mean_rest), (who_error, rest_error))
        p = exact_p(size, who.customers, who.total + rest.total, float(who.total.sum()))
    elif error <= 0:  # each side is constant: nothing but the draw tells how far chance could go
        low, high = value - _Z * drawn, value + _Z * drawn
        p = normal_two_tails(value / drawn)
    else:
        freedom = square**2 / (who_error**2 / who_freedom + rest_error**2 / rest_freedom)
        half = student_quantile(freedom) * error
        low, high = value - half, value + half
        p = max(student_two_tails(value / error, freedom), normal_two_tails(value / drawn))
    ratio = _ratio(mean_who, mean_rest, who_error, rest_error)
    means, interval = (scale * mean_who, scale * mean_rest), (scale * value, scale * low, scale * high)
    return Effect(*means, *interval, *ratio, scale * max(error, drawn), p)


def _robust(side: Side, lever: Numbers, shift: Numbers, size: Numbers, whole: float) -> tuple[float, float]:
    """A side's part of the HC2 variance, and its degrees of freedom.

    Args:
        lever: how far the side's indicator stands from its mean in each stratum.
        shift: the stratum's difference less the average one.
    """
    pull = lever**2 / (1 - np.minimum(1 / size + lever**2 / whole, 1 - 1e-9))
    residuals = side.scatter + side.customers * (lever * shift) ** 2
    spread = side.customers * pull
    effective = float(spread.sum()) ** 2 / float((spread * pull).sum())
    return float((pull * residuals).sum()) / whole**2, max(effective - 1, 1.0)


def _error_of_a_draw(who: Side, rest: Side, weight: Numbers, size: Numbers, whole: float) -> float:
    """The standard error of the difference where chance alone put customers of a stratum on either side."""
    scatter = who.scatter + rest.scatter + weight * (who.mean - rest.mean) ** 2
    return math.sqrt(float((weight * scatter / (size - 1)).sum())) / whole


def _share_interval(
    who: Side, rest: Side, weight: Numbers, shares: tuple[float, float], errors: tuple[float, float]
) -> tuple[float, float]:
    """Newcombe's interval of a difference of (weighted) shares."""
    if len(weight) == 1:
        counts = (who.total[0], who.customers[0], rest.total[0], rest.customers[0])
        plain = estimate_share_difference(*(round(float(count)) for count in counts))
        return float(plain.low or 0.0), float(plain.high or 0.0)
    bounds = []
    for side, share, square in zip((who, rest), shares, errors, strict=True):
        varies = 0 < share < 1 and square > 0
        size = float(
            share * (1 - share) / square if varies else weight.sum() ** 2 / (weight**2 / side.customers).sum()
        )
        bounds.append(wilson_interval(min(share, 1.0) * size, size))
    (low_who, high_who), (low_rest, high_rest) = bounds
    value = shares[0] - shares[1]
    low = value - math.hypot(shares[0] - low_who, high_rest - shares[1])
    return low, value + math.hypot(high_who - shares[0], shares[1] - low_rest)


def _ratio(who: float, rest: float, who_error: float, rest_error: float) -> tuple[Any, Any, Any]:
    """One mean over the other, and its interval on the logarithm; None where a mean is not above zero."""
    if rest <= 0 or who < 0:
        return None, None, None
    if who == 0:
        return 0.0, None, None
    spread = _Z * math.sqrt(who_error / who**2 + rest_error / rest**2)
    if spread > _WIDEST_RATIO:
        return who / rest, None, None
    factor = math.exp(spread)
    return who / rest, who / rest / factor, who / rest * factor
