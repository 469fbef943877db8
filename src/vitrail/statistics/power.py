"""How many customers a comparison needs, and the smallest difference that those there could show.

Model: two independent samples compared by a two-sided test of their means (or shares) with normal errors.
Assumes: samples of a few dozen at least; of shares, that both are near the base share.
Source: Cohen, "Statistical power analysis for the behavioral sciences", 2nd edition, 1988, chapters 2 and 6.
"""

from __future__ import annotations

import math

from vitrail.statistics.normal import normal_quantile


def smallest_difference(
    customers: int, rest: int, deviation: float, power: float = 0.8, level: float = 0.05
) -> float | None:
    """The smallest difference of means found with this power; None where a side is empty.

    Args:
        customers: on one side; `rest`: on the other.
        deviation: the standard deviation of the value, `sqrt(share × (1 − share))` for a share.
        level: of the two-sided test.

    >>> round(smallest_difference(64, 64, 1.0), 3)
    0.495
    """
    if customers < 1 or rest < 1:
        return None
    return _distance(power, level) * deviation * math.sqrt(1 / customers + 1 / rest)


def needed_customers(
    difference: float, deviation: float, share: float = 0.5, power: float = 0.8, level: float = 0.05
) -> int | None:
    """Customers needed in all to find a difference with this power; None where there is none to find.

    Args:
        share: of them that are on one side, in (0, 1).

    >>> needed_customers(0.5, 1.0)
    126
    """
    if difference == 0 or not 0 < share < 1:
        return None
    return math.ceil((_distance(power, level) * deviation / difference) ** 2 / (share * (1 - share)))


def _distance(power: float, level: float) -> float:
    return normal_quantile(1 - level / 2) + normal_quantile(power)
