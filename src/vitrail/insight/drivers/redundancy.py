"""Variables that say nearly the same, found on a sample of customers.

Model: the likeness of two variables is the greater of their rank correlation (without its sign; where both
    are ordered) and Cramér's V corrected for bias, over their levels. Groups are made by complete linkage:
    every two variables of a group are at least `ALIKE`.
Assumes: enough customers a level; a few thousand in all.
Source: Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", Journal of the Korean Statistical
    Society 42, 2013; Spearman, American Journal of Psychology 15, 1904.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vitrail.insight.drivers.coding import Coding

ALIKE = 0.8


def group_alike(codings: Sequence[Coding], levels: NDArray[np.int64]) -> tuple[tuple[str, ...], ...]:
    """Every variable in one group, most of them alone; groups and members in the order of names.

    Args:
        levels: of each customer by variable, shape (customers, variables).
    """
    order = sorted(range(len(codings)), key=lambda at: codings[at].name)
    if len(order) < 2 or len(levels) < 2:
        return tuple((codings[at].name,) for at in order)
    from scipy.cluster.hierarchy import fcluster, linkage

    distances = [
        1 - measure_likeness(codings[one], codings[two], levels[:, one], levels[:, two])
        for place, one in enumerate(order)
        for two in order[place + 1 :]
    ]
    marks = fcluster(linkage(np.array(distances), "complete"), 1 - ALIKE + 1e-12, "distance")
    groups: dict[int, list[str]] = {}
    for at, mark in zip(order, marks, strict=True):
        groups.setdefault(int(mark), []).append(codings[at].name)
    return tuple(tuple(group) for group in groups.values())


def measure_likeness(
    one: Coding, two: Coding, one_levels: NDArray[np.int64], two_levels: NDArray[np.int64]
) -> float:
    """How much two variables say the same, from 0 to 1."""
    shape = (one.levels, two.levels)
    cells = np.bincount(one_levels * shape[1] + two_levels, minlength=shape[0] * shape[1])
    table = cells.reshape(shape).astype(np.float64)
    found = _associate(table)
    if one.ordered and two.ordered:
        found = max(found, abs(_correlate(table[1:, 1:])))
    return found


def _associate(table: NDArray[np.float64]) -> float:
    """Cramér's V, corrected for bias."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    rows, columns, customers = *table.shape, table.sum()
    if min(rows, columns) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / customers
    square = float(((table - expected) ** 2 / expected).sum() / customers)
    square = max(0.0, square - (rows - 1) * (columns - 1) / (customers - 1))
    sides = (side - (side - 1) ** 2 / (customers - 1) for side in (rows, columns))
    room = min(sides) - 1
    return min(1.0, math.sqrt(square / room)) if room > 0 else 0.0


def _correlate(table: NDArray[np.float64]) -> float:
    """Spearman's rank correlation of two ordered variables, over the customers who have both."""
    customers = table.sum()
    if customers < 2:
        return 0.0
    sides = [table.sum(axis=1), table.sum(axis=0)]
    ranks = [side.cumsum() - side / 2 - customers / 2 for side in sides]
    spread = math.sqrt(float(sides[0] @ ranks[0] ** 2) * float(sides[1] @ ranks[1] ** 2))
    return float(ranks[0] @ table @ ranks[1]) / spread if spread else 0.0
