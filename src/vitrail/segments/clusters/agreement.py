"""How far two partitions of the same rows agree: as wholes, and segment by segment.

Source: Hubert & Arabie, "Comparing partitions", Journal of Classification 2, 1985 (the adjusted Rand index:
    1 for the same partition, 0 for what chance alone would give); Hennig, "Cluster-wise assessment of
    cluster stability", Computational Statistics & Data Analysis 52, 2007 (the greatest Jaccard similarity of
    a cluster with one of the other partition).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitrail.segments.clusters.partition import Labels, Rows


def cross_partitions(first: Labels, second: Labels, count: int) -> NDArray[np.int64]:
    """Rows in each pair of clusters: `count` × `count`, the first partition's down."""
    import numpy as np

    table: NDArray[np.int64] = np.bincount(first * count + second, minlength=count * count)
    return table.reshape(count, count)


def compare_partitions(first: Labels, second: Labels, count: int) -> float:
    """The adjusted Rand index of two partitions with labels below `count`.

    >>> import numpy as np
    >>> compare_partitions(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]), 2)
    1.0
    """
    return _adjusted_rand(cross_partitions(first, second, count))


def _adjusted_rand(table: NDArray[np.int64]) -> float:
    def pairs(counts: NDArray[np.int64]) -> float:
        return float((counts * (counts - 1)).sum()) / 2

    together, rows = pairs(table), int(table.sum())
    first, second = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = first * second / max(rows * (rows - 1) / 2, 1)
    most = (first + second) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def find_overlaps(first: Labels, second: Labels, count: int) -> Rows:
    """For each cluster of the first partition, the greatest Jaccard similarity with one of the second.

    >>> import numpy as np
    >>> find_overlaps(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), 2).round(2).tolist()
    [0.67, 0.5]
    """
    import numpy as np

    table = cross_partitions(first, second, count).astype(float)
    union = table.sum(axis=1)[:, None] + table.sum(axis=0) - table
    overlaps: Rows = np.divide(table, union, out=np.zeros_like(table), where=union > 0).max(axis=1)
    return overlaps
