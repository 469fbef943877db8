"""Whether something repeats itself: the means of several conditions, each seen once in several rounds.

Model: a value is its condition's mean plus an error; rounds have the same mean. The mean square between
    conditions over that within follows Fisher's F with c - 1 and (c - 1)(r - 1) degrees of freedom.
Assumes: errors independent, of one variance, near normal.
Source: Fisher, "Statistical methods for research workers", 1925; the tail of F by the incomplete beta
    function, Abramowitz & Stegun, 26.6.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from vitrail.statistics.beta import incomplete_beta


def recurrence_p(rounds: Sequence[Sequence[float]]) -> float | None:
    """The probability that conditions differ so much by chance; None with fewer than two rounds or no error.

    Args:
        rounds: r rows of c values each, every row with the same mean.

    >>> round(recurrence_p([[1.2, 0.8, 1.0], [1.1, 0.8, 1.1]]), 4)
    0.0714
    """
    r, c = len(rounds), len(rounds[0]) if rounds else 0
    if r < 2 or c < 2:
        return None
    grand = sum(map(sum, rounds)) / (r * c)
    means = [sum(each[at] for each in rounds) / r for at in range(c)]
    between = r * sum((mean - grand) ** 2 for mean in means)
    within = sum((each[at] - means[at]) ** 2 for each in rounds for at in range(c))
    if within <= 1e-12 * between or not between:
        return 0.0 if between > 1e-12 else None
    return fisher_tail(between * (r - 1) / within, c - 1, (c - 1) * (r - 1))


def fisher_tail(f: float, freedom: int, rest_freedom: int) -> float:
    """The probability that Fisher's F exceeds `f`.

    >>> round(fisher_tail(2.8179, 11, 11), 4), fisher_tail(0.0, 3, 4)
    (0.05, 1.0)
    """
    return incomplete_beta(rest_freedom / 2, freedom / 2, rest_freedom / (rest_freedom + freedom * f))
