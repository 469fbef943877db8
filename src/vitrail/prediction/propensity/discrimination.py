"""How well scores tell those to whom something happens from the others, and whether one score does better.

Model: the area under the ROC curve (AUC) is the chance that a customer to whom it happens has a higher score
    than one to whom it does not, ties counting half. Its variance, and that of the difference of two AUCs on
    the same customers, is DeLong's. The interval of one AUC is symmetric on the logit scale.
Assumes: customers independent of one another, a few dozen of each kind, scores made without these customers.
Source: DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves", Biometrics 44, 1988; computed by midranks: Sun and Xu, IEEE Signal
    Processing Letters 21(11), 2014.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vitrail.statistics.normal import normal_quantile, normal_two_tails

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Discrimination:
    """An AUC with its 95 % interval."""

    auc: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DiscriminationGain:
    """The AUC of a score less that of another on the same customers, with its 95 % interval and p of none."""

    value: float
    low: float
    high: float
    p: float


def estimate_discrimination(scores: Array, happened: Truth) -> Discrimination:
    """The AUC of `scores`, shape (n,), for what happened, shape (n,).

    Raises:
        ValueError: it happened to nobody, or to everybody.

    >>> found = estimate_discrimination(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    >>> found.auc
    0.75
    """
    areas, covariance = _areas(np.asarray(scores, dtype=float)[None, :], happened)
    auc, error = float(areas[0]), math.sqrt(max(0.0, float(covariance[0, 0])))
    if not 0 < auc < 1:  # the scores separate wholly: as many customers say that an error is rare
        bound = 3 / min(int(happened.sum()), int((~happened).sum()))
        return Discrimination(auc, max(0.0, auc - bound), min(1.0, auc + bound))
    centre, half = math.log(auc / (1 - auc)), normal_quantile(0.975) * error / (auc * (1 - auc))
    return Discrimination(auc, _inverse_logit(centre - half), _inverse_logit(centre + half))


def compare_discrimination(scores: Array, others: Array, happened: Truth) -> DiscriminationGain:
    """By how much `scores` tell better than `others`, on the same customers; all of shape (n,).

    Raises:
        ValueError: it happened to nobody, or to everybody.

    >>> truth = np.array([False, False, True, True])
    >>> compare_discrimination(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 4]), truth)
    DiscriminationGain(value=0.0, low=0.0, high=0.0, p=1.0)
    """
    areas, covariance = _areas(np.stack([scores, others]).astype(float), happened)
    value = float(areas[0] - areas[1])
    error = math.sqrt(max(0.0, float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])))
    half = normal_quantile(0.975) * error
    p = normal_two_tails(value / error) if error > 0 else float(value == 0)
    return DiscriminationGain(value, value - half, value + half, p)


def _areas(scores: Array, happened: Truth) -> tuple[Array, Array]:
    """The AUC of each row of `scores`, shape (k, n), and their covariances, shape (k, k)."""
    from scipy.stats import rankdata

    yes, no = int(happened.sum()), int((~happened).sum())
    if not yes or not no:
        raise ValueError("it happened to nobody, or to everybody")
    together = rankdata(scores, axis=1)
    above = (together[:, happened] - rankdata(scores[:, happened], axis=1)) / no
    below = 1 - (together[:, ~happened] - rankdata(scores[:, ~happened], axis=1)) / yes
    covariance = np.zeros((len(scores), len(scores)))
    for placed in (above, below):
        count = placed.shape[1]
        if count > 1:
            covariance += np.atleast_2d(np.cov(placed)) / count
    areas: Array = above.mean(axis=1)
    return areas, covariance


def _inverse_logit(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
