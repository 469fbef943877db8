"""The incomplete beta function, whence the tails of Student's t and of Fisher's F.

Source: the continued fraction of Abramowitz & Stegun, 26.5.8, evaluated from its head until it moves no more:
    Lentz, Applied Optics 15, 1976, as modified by Thompson and Barnett, Journal of Computational Physics 64,
    1986. It takes about the square root of the larger argument in steps.
"""

from __future__ import annotations

import math

_TINY, _CLOSE = 1e-300, 1e-14


def incomplete_beta(a: float, b: float, x: float, rest: float | None = None) -> float:
    """The regularised incomplete beta function, for x in [0, 1] and a and b above 0.

    Args:
        rest: 1 - x, where it is known better than the subtraction tells.

    >>> round(incomplete_beta(2, 3, 0.5), 6), incomplete_beta(2, 3, 0.0), incomplete_beta(2, 3, 1.0)
    (0.6875, 0.0, 1.0)
    """
    rest = 1 - x if rest is None else rest
    if x <= 0 or rest <= 0:
        return float(x > 0)
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    if x < (a + 1) / (a + b + 2):
        return math.exp(logs) * _continued_fraction(a, b, x) / a
    return 1 - math.exp(logs) * _continued_fraction(b, a, rest) / b


def _continued_fraction(a: float, b: float, x: float) -> float:
    """1 / (1 + d1 / (1 + d2 / (1 + ...)))."""
    value, upper, lower, moved, m = 1.0, 1.0, 0.0, 0.0, 0
    while abs(moved - 1) > _CLOSE:
        moved = 1.0
        for term in (
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2)),
        ):
            upper, lower = 1 + term / upper, 1 / ((1 + term * lower) or _TINY)
            upper = upper or _TINY
            moved *= upper * lower
        value *= moved
        m += 1
    return 1 / value
