"""The difference of two shares among customers who are alike in something else, stratum by stratum.

Model: within each stratum, the members of a segment and the others each do or do not, independently; the
    difference of shares is one number, estimated by weighting strata by n1·n0/N (Mantel and Haenszel).
Assumes: enough customers in all, though not in each stratum. Where the difference changes from stratum to
    stratum, the estimate is their weighted mean. Strata that hold one side only tell nothing and weigh nothing.
Source: Mantel & Haenszel, "Statistical aspects of the analysis of data from retrospective studies of disease",
    Journal of the National Cancer Institute 22, 1959; Greenland & Robins, "Estimation of a common effect
    parameter from sparse follow-up data", Biometrics 41, 1985; the variance by Sato, "On the variance
    estimator for the Mantel-Haenszel risk difference", Biometrics 45, 1989.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from vitrail.statistics.normal import normal_quantile, normal_two_tails


@dataclass(frozen=True, slots=True)
class Stratum:
    """Customers alike in something: how many of a segment did, out of how many; and of the others."""

    successes: int
    trials: int
    rest_successes: int
    rest_trials: int


@dataclass(frozen=True, slots=True)
class LikeDifference:
    """The weighted difference of shares with its interval; None where no stratum has both sides.

    Args:
        p: two-sided, of no difference.
        covered: the share of the segment's customers who stand in a stratum that has both sides.
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    covered: float


def estimate_like_difference(strata: Iterable[Stratum], level: float = 0.95) -> LikeDifference:
    """The share of a segment less that of the others, strata held equal.

    >>> found = estimate_like_difference([Stratum(10, 100, 40, 200), Stratum(30, 100, 25, 50)])
    >>> round(found.value, 4), round(found.low, 4), round(found.high, 4), found.covered
    (-0.1333, -0.2098, -0.0569, 1.0)
    """
    weight = numerator = first = second = 0.0
    members = covered = 0
    for each in strata:
        a, n1, b, n0 = each.successes, each.trials, each.rest_successes, each.rest_trials
        members += n1
        if not n1 or not n0:
            continue
        covered += n1
        n = n1 + n0
        weight += n1 * n0 / n
        numerator += (a * n0 - b * n1) / n
        first += (n1 * n1 * b - n0 * n0 * a + n1 * n0 * (n0 - n1) / 2) / (n * n)
        second += (a * (n0 - b) + b * (n1 - a)) / (2 * n)
    if not weight:
        return LikeDifference(None, None, None, None, 0.0)
    value = numerator / weight
    error = math.sqrt(max(value * first + second, 0.0)) / weight
    half = normal_quantile((1 + level) / 2) * error
    p = normal_two_tails(value / error) if error > 0 else 1.0
    return LikeDifference(value, max(value - half, -1.0), min(value + half, 1.0), p, covered / members)
