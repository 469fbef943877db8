"""What every way of clustering gives back: a few figures that put any row into one of k clusters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]
    Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """A fitted clustering of prepared rows: a row belongs to the cluster that costs it least.

    The cost of cluster j for a row x is `constant[j] + linear[j] · x + quadratic[j] · x²`: for k-means the
    squared distance to a centre (less what all clusters share), for a mixture minus the log-probability.

    Args:
        centres: clusters × variables, in prepared units.
        loss: what the fit made small; of two fits of the same rows with as many clusters, the lower is
            the better.
    """

    centres: Rows
    loss: float
    constant: Rows
    linear: Rows
    quadratic: Rows | None = None

    def costs(self, rows: Rows) -> Rows:
        """Rows × clusters."""
        costs: Rows = self.constant + rows @ self.linear.T
        return costs if self.quadratic is None else costs + (rows * rows) @ self.quadratic.T

    def label(self, rows: Rows) -> Labels:
        """The cluster of each row."""
        cheapest: Labels = self.costs(rows).argmin(axis=1)
        return cheapest


class Fit(Protocol):
    """A way of clustering."""

    def __call__(
        self,
        rows: Rows,
        count: int,
        seed: int,
        weights: Rows | None = None,
        starts: int = 10,
    ) -> Partition:
        """The best of `starts` fits of `count` clusters.

        Args:
            weights: how many times each row counts; once unless given.
        """


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in one order whatever the machine: numerical libraries keep to one thread.

    Small fits are also faster so. What a library would warn of is told by our own findings.
    """
    import warnings

    import sklearn.cluster  # noqa: F401  (a library that is loaded later would not be limited)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
