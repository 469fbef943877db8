"""k-means: the k centres that leave the least sum of squared distances.

Model: each row belongs to the nearest of k centres, a centre is the mean of its rows, and the sum of squared
    distances is as small as the best of several starts finds (k-means++ seeding).
Assumes: clusters of about the same spread in every prepared variable; that is why variables are prepared.
Source: Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28(2), 1982;
    Arthur & Vassilvitskii, "k-means++", SODA 2007. The fit is scikit-learn's.
"""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING

from vitrail.segments.clusters.partition import Partition

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Rows

#: Two batches of starts whose losses are this near, as a share, have found the same optimum.
SAME = 1e-6
BATCH = 2


def fit_kmeans(
    rows: Rows,
    count: int,
    seed: int,
    weights: Rows | None = None,
    starts: int = 10,
) -> Partition:
    """The best of up to `starts` fits, fewer where two batches of them end in the same place; see `Fit`.

    >>> import numpy as np
    >>> rows = np.array([[0.0], [0.1], [1.0], [1.1]])
    >>> round(fit_kmeans(rows, 2, seed=1).loss, 3)
    0.01
    """
    import numpy as np
    from sklearn.cluster import KMeans

    batches = [min(BATCH, starts - done) for done in range(0, starts, BATCH)]
    tried = [KMeans(count, n_init=size, random_state=seed * 1009 + i) for i, size in enumerate(batches)]
    centres, loss = rows[:count], inf
    for each in tried:
        found = each.fit(rows, sample_weight=weights)
        again = isfinite(loss) and abs(found.inertia_ - loss) <= SAME * loss
        if found.inertia_ < loss:
            centres, loss = found.cluster_centers_, float(found.inertia_)
        if again:
            break
    return Partition(centres, loss, np.square(centres).sum(axis=1), -2 * centres)
