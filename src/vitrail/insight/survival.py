"""How long customers stay, where some are still there: Kaplan–Meier curves, and whether groups differ.

Model: at each time at which somebody left, the share that stays is one less those who left over those still
    followed; the curve is the product of these shares. Its variance is Greenwood's, its interval symmetric on
    the log(−log) scale, so that it stays within [0, 1]. Where nobody has left yet, or everybody has, that
    formula knows no doubt: the interval is then Wilson's, over those still followed. As nobody comes back, an
    upper bound never rises: the lowest so far holds on.
Assumes: whoever is no longer followed (still a customer today) would have stayed as long as the others; one
    row a customer, customers independent. Of two customers at one time, the one who left counts first.
Source: Kaplan and Meier, "Nonparametric estimation from incomplete observations", Journal of the American
    Statistical Association 53, 1958; Kalbfleisch and Prentice, "The statistical analysis of failure time
    data", 1980 (log-log intervals); Brookmeyer and Crowley, "A confidence interval for the median survival
    time", Biometrics 38, 1982; Mantel, "Evaluation of survival data and two new rank order statistics",
    Cancer Chemotherapy Reports 50, 1966 (log-rank); Zou and Donner, "Construction of confidence limits about
    effect measures", Statistics in Medicine 27, 2008 (difference of two curves).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.statistics.normal import normal_quantile
from vitrail.statistics.shares import wilson_interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval; a bound that the data do not reach is None."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """The share still there at each time, as steps; all arrays of shape (times,).

    Args:
        time: the distinct times, increasing, in the unit given.
        at_risk: customers still followed just before; `left`: who left; `censored`: who was seen no longer.
        survival: the share still there from then on; `low`, `high`: its interval.
        spread: Greenwood's sum, the variance of the logarithm of `survival`.
        level: of the intervals.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    left: NDArray[np.int64]
    censored: NDArray[np.int64]
    survival: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    spread: NDArray[np.float64]
    level: float

    @property
    def customers(self) -> int:
        """How many there are."""
        return int(self.at_risk[0]) if self.at_risk.size else 0

    @property
    def departures(self) -> int:
        """How many left."""
        return int(self.left.sum())

    @property
    def followed(self) -> float:
        """The longest time anybody was followed; the curve says nothing beyond."""
        return float(self.time[-1]) if self.time.size else 0.0

    def share_at(self, time: float) -> Estimate:
        """The share still there at `time`; not known beyond the longest time, unless all have left."""
        if not self.time.size or (time > self.followed and self.survival[-1] > 0):
            return Estimate(None, None, None)
        i = int(np.searchsorted(self.time, time, side="right")) - 1
        if i < 0:
            return Estimate(1.0, 1.0, 1.0)
        return Estimate(float(self.survival[i]), float(self.low[i]), float(self.high[i]))

    def at_risk_at(self, time: float) -> int:
        """Customers followed up to `time` at least."""
        i = int(np.searchsorted(self.time, time, side="left"))
        return int(self.at_risk[i]) if i < self.time.size else 0

    def quantile(self, share: float = 0.5) -> Estimate:
        """The time at which the share still there falls to `share`; None where the data do not reach it."""

        def reached(curve: NDArray[np.float64]) -> float | None:
            below = np.flatnonzero(curve <= share + 1e-12)
            return float(self.time[below[0]]) if below.size else None

        return Estimate(reached(self.survival), reached(self.low), reached(self.high))

    @property
    def median(self) -> Estimate:
        """The time by which half have left."""
        return self.quantile(0.5)

    def restricted_mean(self, until: float) -> Estimate:
        """The mean time spent as a customer within the first `until`: the area under the curve.

        Not known where nobody was followed so long.
        """
        if not self.time.size or (until > self.followed and self.survival[-1] > 0):
            return Estimate(None, None, None)
        within = self.time < until
        edges = np.concatenate([[0.0], self.time[within], [until]])
        heights = np.concatenate([[1.0], self.survival[within]])
        areas = np.diff(edges) * heights
        ahead = areas[::-1].cumsum()[::-1][1:]  # the area still ahead at each time
        risk, left = self.at_risk[within], self.left[within]
        stay = risk - left
        terms = np.divide(left, risk * stay, out=np.zeros(len(risk)), where=stay > 0)
        half = normal_quantile((1 + self.level) / 2) * math.sqrt(float((ahead**2 * terms).sum()))
        value = float(areas.sum())
        return Estimate(value, max(0.0, value - half), min(until, value + half))


@dataclass(frozen=True, slots=True)
class LogRank:
    """A test of whether groups leave at the same pace; None where nobody left or one group is alone."""

    statistic: float | None
    freedom: int
    p: float | None


def estimate_survival(
    times: ArrayLike, left: ArrayLike, counts: ArrayLike | None = None, level: float = 0.95
) -> SurvivalCurve:
    """The Kaplan–Meier curve.

    Args:
        times: how long each customer was followed; shape (n,), finite, none negative.
        left: whether the customer left then, or was still there; shape (n,).
        counts: how many customers each entry stands for, where they come counted; shape (n,).
        level: of the intervals.

    Raises:
        UsageError: shapes that differ, a time that is negative or no number.

    >>> curve = estimate_survival([6, 6, 6, 7, 10], [True, True, False, True, False])
    >>> [round(float(share), 3) for share in curve.survival]
    [0.6, 0.3, 0.3]
    >>> curve.median.value, curve.share_at(6).value, curve.share_at(11).value
    (7.0, 0.6, None)
    """
    at = np.asarray(times, dtype=np.float64)
    gone = np.asarray(left, dtype=bool)
    each = np.ones(at.shape, dtype=np.int64) if counts is None else np.asarray(counts, dtype=np.int64)
    if not at.ndim == 1 or not at.shape == gone.shape == each.shape:
        raise UsageError(Finding("survival_shapes", "error"))
    if not np.isfinite(at).all() or (at < 0).any() or (each < 0).any():
        raise UsageError(Finding("survival_times", "error"))
    time, place = np.unique(at[each > 0], return_inverse=True)
    leaving, censored = np.zeros((2, time.size), dtype=np.int64)
    np.add.at(leaving, place, np.where(gone, each, 0)[each > 0])
    np.add.at(censored, place, np.where(gone, 0, each)[each > 0])
    at_risk = (leaving + censored)[::-1].cumsum()[::-1]
    survival = np.cumprod(1 - leaving / np.maximum(at_risk, 1))
    survival[np.cumsum(leaving) == 0] = 1.0
    stay = at_risk - leaving
    terms = np.divide(leaving, at_risk * stay, out=np.zeros(time.size), where=stay > 0)
    spread = np.cumsum(terms)
    low, high = _log_log(survival, spread, normal_quantile((1 + level) / 2))
    for i in np.flatnonzero((survival <= 0) | (survival >= 1)):
        low[i], high[i] = wilson_interval(int(stay[i]), int(at_risk[i]), level)
    high = np.minimum.accumulate(high)
    return SurvivalCurve(time, at_risk, leaving, censored, survival, low, high, spread, level)


def merge_survival(groups: Sequence[SurvivalCurve]) -> SurvivalCurve:
    """Several groups, one at least, as one.

    >>> early, late = (estimate_survival([time], [True]) for time in (1, 2))
    >>> merge_survival([early, late]).survival.tolist()
    [0.5, 0.0]
    """
    times = [group.time for group in groups]
    left = [group.left for group in groups]
    counts = [*left, *(group.censored for group in groups)]
    gone = np.arange(2 * sum(map(len, times))) < sum(map(len, times))
    return estimate_survival(np.concatenate(times * 2), gone, np.concatenate(counts), groups[0].level)


def compare_survival(groups: Sequence[SurvivalCurve]) -> LogRank:
    """The log-rank test of several groups.

    >>> early = estimate_survival([1, 2, 3, 4], [True] * 4)
    >>> late = estimate_survival([5, 6, 7, 8], [True] * 4)
    >>> compare_survival([early, late]).freedom, round(compare_survival([early, late]).p, 3)
    (1, 0.007)
    """
    filled = [group for group in groups if group.customers]
    times = np.unique(np.concatenate([g.time[g.left > 0] for g in filled])) if filled else np.empty(0)
    if len(filled) < 2 or not times.size:
        return LogRank(None, max(len(filled) - 1, 0), None)
    left = np.stack([_placed(g.time, g.left, times) for g in filled]).astype(float)
    risk = np.stack([_still(g, times) for g in filled]).astype(float)
    all_left, all_risk = left.sum(axis=0), risk.sum(axis=0)
    share = risk / all_risk
    apart = (left - all_left * share).sum(axis=1)
    rest = np.divide(all_risk - all_left, all_risk - 1, out=np.zeros(times.size), where=all_risk > 1)
    weight = all_left * rest
    variance = np.diag((weight * share).sum(axis=1)) - np.einsum("t,it,jt->ij", weight, share, share)
    sizes, directions = np.linalg.eigh(variance)
    told = sizes > _ROUNDING * sizes[-1]  # never all: what leaves one group less, the others have more
    freedom = int(told.sum())
    if not freedom:
        return LogRank(None, 0, None)
    statistic = float(((apart @ directions[:, told]) ** 2 / sizes[told]).sum())
    return LogRank(statistic, freedom, chi_square_tail(statistic, freedom))


def estimate_survival_difference(one: SurvivalCurve, other: SurvivalCurve, time: float) -> Estimate:
    """The share of `one` still there at `time` less that of `other`, its interval made from theirs.

    >>> early = estimate_survival([1, 2, 3, 4], [True] * 4)
    >>> late = estimate_survival([5, 6, 7, 8], [True] * 4)
    >>> round(estimate_survival_difference(late, early, 3).value, 2)
    0.75
    """
    a, b = one.share_at(time), other.share_at(time)
    if None in (a.value, a.low, a.high, b.value, b.low, b.high):
        return Estimate(None, None, None)
    (mine, low, high), (theirs, their_low, their_high) = (
        (float(each.value or 0), float(each.low or 0), float(each.high or 0)) for each in (a, b)
    )
    value = mine - theirs
    return Estimate(
        value,
        value - math.hypot(mine - low, their_high - theirs),
        value + math.hypot(high - mine, theirs - their_low),
    )


_ROUNDING = 1e-10
"""The share of the greatest below which a variance is what rounding left of zero."""


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The probability that a chi-square of `freedom` degrees exceeds `statistic`.

    >>> round(chi_square_tail(3.841459, 1), 4)
    0.05
    """
    from scipy.special import chdtrc

    return float(chdtrc(freedom, statistic))


def _log_log(survival: NDArray[np.float64], spread: NDArray[np.float64], z: float) -> Any:
    inside = np.where((survival > 0) & (survival < 1), survival, 0.5)
    factor = np.exp(z * np.sqrt(spread) / np.abs(np.log(inside)))
    return inside**factor, inside ** (1 / factor)


def _placed(
    time: NDArray[np.float64], values: NDArray[np.int64], times: NDArray[np.float64]
) -> NDArray[np.int64]:
    """`values` at each of `times`, zero where the group has no such time."""
    found = np.zeros(times.size, dtype=np.int64)
    kept = np.isin(time, times)
    found[np.searchsorted(times, time[kept])] = values[kept]
    return found


def _still(group: SurvivalCurve, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Customers of the group followed up to each of `times`."""
    after = np.append(group.at_risk, 0)
    return after[np.searchsorted(group.time, times, side="left")]
