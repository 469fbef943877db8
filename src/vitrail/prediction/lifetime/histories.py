"""Buying histories as the models of repeat buying need them: grouped, each distinct one once.

A history is (x, t_x, T): repeat orders, the time from the first order to the last, the time from the first
order to the end of what is observed. Orders of one day are one order, as in the literature. Nothing else of a
history changes the likelihood (Schmittlein, Morrison & Colombo, Management Science 33(1), 1987), so customers
who share one are counted and computed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Histories:
    """Distinct histories, in increasing order of x.

    Args:
        frequency: x, repeat orders; shape (n,).
        recency: t_x, from the first order to the last, in any unit of time; shape (n,).
        age: T, from the first order to the end of observation, in the same unit; shape (n,).
        customers: how many share the history; shape (n,).
    """

    frequency: Floats
    recency: Floats
    age: Floats
    customers: Floats

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def total(self) -> int:
        """How many customers there are."""
        return int(self.customers.sum())

    @property
    def repeat_buyers(self) -> int:
        """How many came back at least once."""
        return int(self.customers[self.frequency > 0].sum())

    @cached_property
    def scale(self) -> float:
        """The mean age: the unit in which a fit begins, so that the unit of time makes no difference."""
        return float(self.customers @ self.age) / self.total or 1.0

    @cached_property
    def counts(self) -> tuple[Floats, Floats]:
        """The distinct frequencies, and how many customers have each."""
        values, index = np.unique(self.frequency, return_inverse=True)
        return values, np.bincount(index, self.customers).astype(np.float64)

    def check_repeats(self) -> None:
        """Without a repeat order nothing can be fitted.

        Raises:
            ValueError: nobody came back.
        """
        if not self.repeat_buyers:
            raise ValueError("nobody came back: there is no repeat order to fit a model to")

    def part(self, rows: NDArray[np.int64] | slice) -> Histories:
        """Some of them."""
        return Histories(self.frequency[rows], self.recency[rows], self.age[rows], self.customers[rows])


def group_histories(
    frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, customers: ArrayLike | None = None
) -> tuple[Histories, Whole]:
    """Distinct histories, and for each customer the number of its own.

    Args:
        frequency: repeat orders of each customer, shape (m,).
        recency: time from the first order to the last; 0 without a repeat order.
        age: time from the first order to the end of observation.
        customers: how many each row stands for; 1 unless given.

    Raises:
        ValueError: a value is missing, negative or not whole, a last order lies beyond the end, or a customer
            without repeat orders has a recency.

    >>> histories, index = group_histories([2, 0, 2], [30, 0, 30], [39, 39, 39])
    >>> histories.customers.tolist(), index.tolist()
    ([1.0, 2.0], [1, 0, 1])
    """
    x, t_x, t = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (frequency, recency, age))
    n = np.ones(len(x)) if customers is None else np.asarray(customers, dtype=np.float64)
    if not len(x) == len(t_x) == len(t) == len(n):
        raise ValueError("frequency, recency, age and customers must be of one length")
    if not all(np.isfinite(each).all() for each in (x, t_x, t, n)):
        raise ValueError("a history has a missing value")
    if ((x < 0) | (t_x < 0) | (t_x > t) | (x != np.floor(x)) | (n <= 0)).any():
        raise ValueError("a history is impossible: 0 ≤ recency ≤ age, and whole repeat orders")
    if ((x == 0) & (t_x > 0)).any() or ((x > 0) & (t_x == 0)).any():
        raise ValueError("a repeat order lies after the first one, and recency is 0 without one")
    order = _order(x, t_x, t)
    x, t_x, t, n = x[order], t_x[order], t[order], n[order]
    first = np.ones(len(x), dtype=bool)
    first[1:] = (np.diff(x) != 0) | (np.diff(t_x) != 0) | (np.diff(t) != 0)
    number = np.cumsum(first) - 1
    index = np.empty(len(x), dtype=np.int64)
    index[order] = number
    return Histories(x[first], t_x[first], t[first], np.bincount(number, n).astype(np.float64)), index


def _order(x: Floats, t_x: Floats, t: Floats) -> Whole:
    """An order in which like histories are neighbours and x increases, whatever the order of the rows.

    By a hash, which costs a third of sorting by three keys; where two hashes clashed, like histories
    would stand apart and be counted as two, which changes nothing.
    """
    mixed = np.zeros(len(x), dtype=np.uint64)
    for each in (t, t_x, x):
        mixed = (mixed ^ (each + 0.0).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    by_hash = np.argsort(mixed)
    ranks = np.minimum(x[by_hash], 65_535).astype(np.uint16)
    ordered = by_hash[np.argsort(ranks, kind="stable")]
    if len(x) and x.max() >= 65_535:
        ordered = ordered[np.argsort(x[ordered], kind="stable")]
    return np.asarray(ordered)
