"""What every way of clustering gives back: a few figures that put any row into one of k clusters."""

from __future__ import annotations

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
