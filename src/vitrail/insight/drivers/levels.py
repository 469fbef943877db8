"""What the KPI is at each level of a variable, in a few levels that people can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vitrail.insight.drivers.coding import Coding
from vitrail.statistics.means import mean_interval
from vitrail.statistics.shares import wilson_interval
from vitrail.statistics.welch import Moments

MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Level:
    """Customers whose variable is alike.

    Args:
        kind: `range` from `low` to `high` (included; of numbers with decimals only in the last range),
            `value`, `yes`, `no`, `others` (of `folded` values) or `missing`.
        figure: the share of them with a yes/no KPI, or the mean of a number; None where nobody is.
        figure_low, figure_high: its 95 % interval (Wilson's; Student's, where there are two or more).
    """

    kind: Literal["range", "value", "yes", "no", "others", "missing"]
    low: Any
    high: Any
    value: str
    folded: int
    customers: int
    figure: float | None
    figure_low: float | None
    figure_high: float | None


def describe_levels(
    coding: Coding, counts: NDArray[np.int64], moments: Sequence[Moments] | None = None
) -> tuple[Level, ...]:
    """The KPI by level, at most `MOST_SHOWN` and the rest and the missing.

    Args:
        counts: customers by fold, level and KPI group.
        moments: of a KPI that is a number: its exact sums by level.
    """
    table = counts.sum(axis=0)
    levels = []
    for kind, members, low, high, value in _merge(coding, table.sum(axis=1)):
        own = table[members].sum(axis=0)
        if own.sum():
            figures = _estimate(own, None if moments is None else [moments[at] for at in members])
            folded = coding.folded + len(members) - 1 if kind == "others" else 0
            levels.append(Level(kind, low, high, value, folded, int(own.sum()), *figures))
    return tuple(levels)


def _merge(coding: Coding, sizes: NDArray[np.int64]) -> list[tuple[Any, list[int], Any, Any, str]]:
    """The levels shown: kind, the levels in it, bounds, value."""
    missing: list[tuple[Any, list[int], Any, Any, str]] = [("missing", [0], None, None, "")]
    if coding.kind == "yes_no":
        return [("no", [1], None, None, ""), ("yes", [2], None, None, ""), *missing]
    if coding.kind == "category":
        last = len(coding.values) + 1
        named = list(range(1, last))
        if len(named) > MOST_SHOWN + 1 or sizes[last]:
            named = named[:MOST_SHOWN]
        rest = [at for at in range(1, last + 1) if at not in named]
        shown = [("value", [at], None, None, coding.values[at - 1]) for at in named]
        return [*shown, ("others", rest, None, None, ""), *missing]
    opens = (coding.least, *coding.cuts)
    shown = [
        ("range", [at + 1 for at in run], opens[run[0]], _last(coding, opens, run[-1]), "")
        for run in _even_runs(sizes[1:])
    ]
    return [*shown, *missing]


def _last(coding: Coding, opens: Sequence[Any], level: int) -> Any:
    """The value a level ends with."""
    if coding.discrete:
        return opens[level]
    if level + 1 == len(opens):
        return coding.greatest
    following = opens[level + 1]
    if isinstance(following, int):
        return following - 1
    return following - dt.timedelta(days=1) if isinstance(following, dt.date) else following


def _even_runs(sizes: NDArray[np.int64]) -> list[list[int]]:
    """Neighbouring levels put together in at most `MOST_SHOWN` runs of about as many customers."""
    if len(sizes) <= MOST_SHOWN:
        return [[at] for at in range(len(sizes))]
    middle = (sizes.cumsum() - sizes / 2) / max(int(sizes.sum()), 1)
    parts = np.minimum((middle * MOST_SHOWN).astype(int), MOST_SHOWN - 1)
    return [np.flatnonzero(parts == part).tolist() for part in np.unique(parts)]


def _estimate(
    groups: NDArray[np.int64], moments: Sequence[Moments] | None
) -> tuple[float | None, float | None, float | None]:
    if moments is None:
        yes, customers = int(groups[1]), int(groups.sum())
        return (yes / customers, *wilson_interval(yes, customers))
    whole = Moments(
        sum(each.count for each in moments),
        sum((each.total for each in moments), Fraction()),
        sum((each.squares for each in moments), Fraction()),
    )
    return mean_interval(whole)
