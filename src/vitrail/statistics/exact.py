"""The exact test of a yes/no over strata.

Model: given how many customers of each stratum say yes, and how many are on each side, the number of yeses on
    one side is hypergeometric where the side makes no difference; over strata it is the sum of independent
    ones. The p-value doubles the smaller tail. Beyond a variance of 2,500 the normal tail with continuity
    correction, Cochran, Mantel and Haenszel's, takes over.
Assumes: nothing but that customers of a stratum are exchangeable where the side makes no difference: over
    permuted data, p at most α comes in at most a share α of the cases, whatever the sizes.
Source: Gart, "Point and interval estimation of the common odds ratio in the combination of 2 × 2 tables with
    fixed marginals", Biometrika 57, 1970; Fisher, 1935, for one stratum.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vitrail.statistics.normal import normal_two_tails

Numbers = npt.NDArray[np.float64]

MOST_EXACT_VARIANCE = 2500.0
_LEAST_MASS = 1e-30


def exact_p(size: Numbers, side: Numbers, yes: Numbers, observed: float) -> float:
    """The two-sided p-value of `observed` yeses on one side.

    Args:
        size: customers of each stratum.
        side: of them, on the side in question.
        yes: of them, that say yes, on either side.
        observed: yeses on the side in question, over all strata.

    Fisher's tea: all four cups named rightly, 1 chance in 70 at each end.

    >>> four = np.array([4.0])
    >>> round(exact_p(2 * four, four, four, 4.0), 6)
    0.028571
    """
    expected = side * yes / size
    variance = np.where(size > 1, expected * (1 - yes / size) * (size - side) / np.maximum(size - 1, 1), 0.0)
    total = float(variance.sum())
    if total <= 0:
        return 1.0
    if total > MOST_EXACT_VARIANCE:
        distance = max(abs(observed - float(expected.sum())) - 0.5, 0.0)
        return normal_two_tails(distance / math.sqrt(total))
    start, mass = 0, np.ones(1)
    for n, drawn, marked, mean, spread in zip(size, side, yes, expected, variance, strict=True):
        first, chances = _hypergeometric(n, drawn, marked, mean, spread)
        start, mass = start + first, np.convolve(mass, chances)
        kept = np.flatnonzero(mass > _LEAST_MASS)
        start, mass = start + int(kept[0]), mass[kept[0] : kept[-1] + 1]
    place = round(observed) - start
    below, above = float(mass[: max(place + 1, 0)].sum()), float(mass[max(place, 0) :].sum())
    return min(1.0, 2 * min(below, above))


def _hypergeometric(
    size: float, drawn: float, marked: float, mean: float, variance: float
) -> tuple[int, Numbers]:
    """The first count of a window that holds all but nothing of the mass, and the chance of each."""
    reach = 12 * math.sqrt(variance) + 12
    low = max(0.0, drawn + marked - size, math.floor(mean - reach))
    high = min(drawn, marked, math.ceil(mean + reach))
    before = np.arange(low, high)
    steps = (marked - before) * (drawn - before) / ((before + 1) * (size - marked - drawn + before + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(steps))])
    chances: Numbers = np.exp(logs - logs.max())
    return int(low), chances / chances.sum()
