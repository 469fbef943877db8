"""Shares with their intervals, and the difference and the ratio of two shares.

Model: two independent samples in which each customer either does or does not.
Assumes: customers do so independently of one another.
Source: Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 1927; Newcombe, "Interval estimation for the difference between
    independent proportions: comparison of eleven methods", Statistics in Medicine 17, 1998 (method 10);
    Katz et al., "Obtaining confidence intervals for the risk ratio in cohort studies", Biometrics 34, 1978.
    The p-value of a difference is that of the pooled score test (Pearson's chi-square with 1 degree).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from vitrail.statistics.normal import normal_quantile, normal_two_tails


@dataclass(frozen=True, slots=True)
class ShareDifference:
    """A share less another, and its ratio to it, each with an interval; None where not estimable.

    Args:
        value: the difference, in [-1, 1].
        p: two-sided, of no difference.
        ratio: the first share over the second.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


def wilson_interval(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share; the whole of [0, 1] where nothing was tried.

    Neither need be whole: a share over strata has an effective size.

    Raises:
        ValueError: more successes than trials, or fewer than none.

    >>> tuple(round(bound, 4) for bound in wilson_interval(81, 263))
    (0.2553, 0.3662)
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    if trials == 0:
        return 0.0, 1.0
    z = normal_quantile((1 + level) / 2)
    share, z2 = successes / trials, z * z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return low, high


def estimate_share_difference(
    successes: int, trials: int, rest_successes: int, rest_trials: int, level: float = 0.95
) -> ShareDifference:
    """The share of one sample against that of another.

    The example is Newcombe's first: 56 of 70 against 48 of 80.

    >>> found = estimate_share_difference(56, 70, 48, 80)
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    if not trials or not rest_trials:
        return ShareDifference(None, None, None, None, None, None, None)
    one, two = successes / trials, rest_successes / rest_trials
    low_one, high_one = wilson_interval(successes, trials, level)
    low_two, high_two = wilson_interval(rest_successes, rest_trials, level)
    value = one - two
    low = value - math.hypot(one - low_one, high_two - two)
    high = value + math.hypot(high_one - one, two - low_two)
    pooled = (successes + rest_successes) / (trials + rest_trials)
    error = math.sqrt(pooled * (1 - pooled) * (1 / trials + 1 / rest_trials))
    p = normal_two_tails(value / error) if error > 0 else 1.0
    if not successes or not rest_successes:
        ratio = one / two if two else None
        return ShareDifference(value, low, high, p, ratio, None, None)
    ratio = one / two
    spread = math.sqrt(1 / successes - 1 / trials + 1 / rest_successes - 1 / rest_trials)
    factor = math.exp(normal_quantile((1 + level) / 2) * spread)
    return ShareDifference(value, low, high, p, ratio, ratio / factor, ratio * factor)
