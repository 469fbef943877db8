"""How well scores put customers in the order of a KPI, from counts alone.

Model: of two customers whose KPI differs, the concordance is the probability that the one with the higher
    score has the higher KPI; equal scores count one half. With a yes/no KPI it is the area under the ROC
    curve, with a number in ordered groups the index C. One half is chance, one is a perfect order.
Assumes: customers are independent. The interval is that of a U-statistic by its influence function, near
    normal from a few dozen customers on either side.
Source: Harrell et al., "Evaluating the yield of medical tests", JAMA 247, 1982; DeLong, DeLong and
    Clarke-Pearson, Biometrics 44, 1988; LeDell, Petersen and van der Laan, "Computationally efficient
    confidence intervals for cross-validated area under the ROC curve estimates", Electronic Journal of
    Statistics 9, 2015.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
"""Customers by score (ascending) and KPI group (ascending): the last two axes."""


def measure_concordance(counts: Counts) -> NDArray[np.float64]:
    """The concordance of each table; one half where no two customers differ.

    Args:
        counts: shape (…, scores, groups), scores and groups ascending.

    Returns:
        shape (…).

    >>> float(measure_concordance(np.array([[3.0, 1.0], [1.0, 3.0]])))
    0.75
    """
    lower = counts.cumsum(axis=-2) - counts / 2
    beaten = lower.cumsum(axis=-1) - lower
    right = np.asarray((counts * beaten).sum(axis=(-2, -1)))
    pairs = _count_pairs(counts)
    found: NDArray[np.float64] = np.divide(right, pairs, out=np.full(right.shape, 0.5), where=pairs > 0)
    return found


def find_influence(counts: Counts) -> NDArray[np.float64]:
    """What each customer of a cell adds to the concordance; over all customers it sums to zero.

    Args:
        counts: one table, shape (scores, groups).

    Returns:
        shape (scores, groups). The concordance's variance is `sum(counts × influence²) / customers²`.
    """
    customers, pairs = counts.sum(), _count_pairs(counts)
    if not pairs:
        return np.zeros_like(counts)
    column = counts.sum(axis=0)
    lower = counts.cumsum(axis=0) - counts / 2
    higher = column - lower
    right = (lower.cumsum(axis=1) - lower) + (higher.sum(axis=1, keepdims=True) - higher.cumsum(axis=1))
    share: Any = measure_concordance(counts)
    influence: NDArray[np.float64] = (right - share * (customers - column)) * customers / pairs
    return influence


def _count_pairs(counts: Counts) -> Any:
    """Pairs of customers in different groups."""
    groups = counts.sum(axis=-2)
    return (groups * (groups.cumsum(axis=-1) - groups)).sum(axis=-1)
