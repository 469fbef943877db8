"""Whether something repeats itself: the means of several conditions, each seen once in several rounds.

Model: a value is its condition's mean plus an error; rounds have the same mean. The mean square between
    conditions over that within follows Fisher's F with ε(c - 1) and ε(c - 1)(r - 1) degrees of freedom.
    Box's ε is 1 where errors are independent; where one stays in part for the next, or turns into its
    contrary, as in a first-order autoregression, fewer of them tell something new. How much stays is read
    off the errors within rounds, with what the taking off of means takes away.
Assumes: errors of one variance, near normal; conditions in their order, so that neighbours are neighbours.
Source: Fisher, "Statistical methods for research workers", 1925; Box, "Some theorems on quadratic forms
    applied in the study of analysis of variance problems, II", Annals of Mathematical Statistics 25, 1954;
    the tail of F by the incomplete beta function, Abramowitz & Stegun, 26.6.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from vitrail.statistics.beta import incomplete_beta

_MOST_STAYING = 0.95


def recurrence_p(rounds: Sequence[Sequence[float]]) -> float | None:
    """The probability that conditions differ so much by chance; None with fewer than two rounds or no error.

    Args:
        rounds: r rows of c values each, in order, every row with the same mean.

    >>> round(recurrence_p([[1.2, 0.8, 1.0, 1.0], [1.1, 0.8, 1.1, 1.0]]), 4)
    0.06
    """
    r, c = len(rounds), len(rounds[0]) if rounds else 0
    if r < 2 or c < 2:
        return None
    grand = sum(map(sum, rounds)) / (r * c)
    means = [sum(each[at] for each in rounds) / r for at in range(c)]
    between = r * sum((mean - grand) ** 2 for mean in means)
    errors = [[value - mean for value, mean in zip(each, means, strict=True)] for each in rounds]
    within = sum(error**2 for each in errors for error in each)
    if within <= 1e-12 * between or not between:
        return 0.0 if between > 1e-12 else None
    followed = sum(one * following for each in errors for one, following in pairwise(each))
    share = estimate_share_of_freedom(followed / within, c)
    return fisher_tail(between * (r - 1) / within, share * (c - 1), share * (c - 1) * (r - 1))


def estimate_share_of_freedom(followed: float, conditions: int) -> float:
    """Box's ε of errors of which each stays in part for the next, or turns into its contrary.

    Args:
        followed: the sum of the products of neighbouring errors over the sum of their squares, in rows whose
            mean was taken off.

    >>> [round(estimate_share_of_freedom(followed, 12), 2) for followed in (-0.6, -1 / 12, 0.3)]
    [0.5, 1.0, 0.69]
    """
    least, most = -_MOST_STAYING, _MOST_STAYING
    for _ in range(30):
        middle = (least + most) / 2
        if _look_at_errors(middle, conditions)[0] < followed:
            least = middle
        else:
            most = middle
    return _look_at_errors(most, conditions)[1]


def _look_at_errors(staying: float, conditions: int) -> tuple[float, float]:
    """Of an autoregression less the mean of its row: what neighbours' products come to, and Box's ε."""
    import numpy as np

    at = np.arange(conditions)
    centred = np.eye(conditions) - 1 / conditions
    covariance = centred @ staying ** np.abs(at[:, None] - at) @ centred
    spread = float(np.trace(covariance))
    share = spread**2 / ((conditions - 1) * float(np.square(covariance).sum()))
    return float(np.trace(covariance, offset=1)) / spread, share


def fisher_tail(f: float, freedom: float, rest_freedom: float) -> float:
    """The probability that Fisher's F exceeds `f`.

    >>> round(fisher_tail(2.8179, 11, 11), 4), fisher_tail(0.0, 3, 4)
    (0.05, 1.0)
    """
    return incomplete_beta(rest_freedom / 2, freedom / 2, rest_freedom / (rest_freedom + freedom * f))
