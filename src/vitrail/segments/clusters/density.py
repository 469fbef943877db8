"""A second opinion by density: groups as regions where customers crowd, with thin regions between.

Model: HDBSCAN finds the groups that persist over all densities; customers in thin regions are in none.
Assumes: groups of about 5 % of the customers at least; it sees no groups where one blends into another.
Source: Campello, Moulavi & Sander, "Density-based clustering based on hierarchical density estimates",
    PAKDD 2013. The fit is scikit-learn's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.segments.clusters.agreement import compare_partitions

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Labels, Rows

SMALLEST_SHARE = 0.04
FEWEST = 10
AGREES = 0.8
#: Groups that hold fewer of the customers are dense spots such as any cloud has, no objection to a verdict.
HELD = 0.5


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the density method says.

    Args:
        groups: how many it finds; 0 where it sees one crowd.
        outside: the share of customers it puts in no group.
        agreement: the adjusted Rand index with the segments, over the customers it puts in a group; None
            where it finds fewer than two groups.
    """

    groups: int
    outside: float
    agreement: float | None

    @property
    def agrees(self) -> bool:
        """Whether it sees the same groups."""
        return self.agreement is not None and self.agreement >= AGREES


def ask_density(rows: Rows, labels: Labels) -> Opinion:
    """Cluster prepared rows by density, and compare with the segments' `labels`."""
    import numpy as np
    from sklearn.cluster import HDBSCAN

    smallest = max(FEWEST, round(SMALLEST_SHARE * len(rows)))
    found = HDBSCAN(min_cluster_size=smallest, min_samples=FEWEST, copy=True).fit(rows).labels_
    inside = found >= 0
    groups = int(found.max()) + 1
    agreement = None
    if groups > 1:
        count = max(groups, int(labels.max()) + 1)
        agreement = compare_partitions(found[inside].astype(np.int64), labels[inside], count)
    return Opinion(groups, float(1 - inside.mean()), agreement)
