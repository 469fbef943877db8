"""Many tests at once: p-values adjusted so that their errors stay bounded over all of them.

Model: Holm bounds the probability of any false claim; Benjamini and Hochberg the expected share of false
    claims among the claims.
Assumes: Holm nothing; Benjamini and Hochberg tests that are independent or positively dependent.
Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6,
    1979; Benjamini and Hochberg, "Controlling the false discovery rate: a practical and powerful approach to
    multiple testing", Journal of the Royal Statistical Society B 57, 1995.
"""

from __future__ import annotations

from collections.abc import Sequence


def adjust_holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted by Holm, in the order given: compare each with the level wanted.

    >>> [round(p, 3) for p in adjust_holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, greatest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        greatest = max(greatest, min(1.0, p_values[i] * (len(p_values) - rank)))
        adjusted[i] = greatest
    return adjusted


def adjust_benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted by Benjamini and Hochberg, in the order given: compare each with the rate wanted.

    >>> [round(p, 3) for p in adjust_benjamini_hochberg([0.01, 0.04, 0.03, 0.005])]
    [0.02, 0.04, 0.04, 0.02]
    """
    order = sorted(range(len(p_values)), key=lambda i: -p_values[i])
    adjusted, least = [0.0] * len(p_values), 1.0
    for rank, i in enumerate(order):
        least = min(least, p_values[i] * len(p_values) / (len(p_values) - rank))
        adjusted[i] = least
    return adjusted
