"""How many clusters: quality by count, and the choice.

Model: if natural groups are there, their number is the greatest whose clusters all have a valley between
    them, hold enough customers, come back when these are drawn again, and leave less spread than data
    without structure (see `verdict`). If none are, the count is chosen by stability first: of the counts
    that are about as stable as any (within `NEAR`) the one that fits best by the simplified silhouette;
    where none is stable (`STABLE`), the fewest segments of these. Counts with a segment too small to speak
    of, or with two segments that no variable tells apart, come last.
Source: Dolnicar & Leisch 2010 (stability first); Vendramin, Campello & Hruschka, "Relative clustering
    validity criteria", Statistical Analysis and Data Mining 3, 2010 (the simplified silhouette).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.segments.clusters.separation import measure_valley
from vitrail.segments.clusters.stability import RESAMPLES, Stability, estimate_stability

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Fit, Partition, Rows

STABLE = 0.8
NEAR = 0.05
SMALLEST_SHARE = 0.02
#: Two segments differ in a variable when their centres lie this far apart, of its whole range.
DISTINCT = 0.1
#: A valley is one when the density in it is at most this share of the lesser peak.
VALLEY = 0.5


@dataclass(frozen=True, slots=True)
class Quality:
    """One count of clusters and how good it is.

    Args:
        solution: fitted on the rows.
        stability: of the whole and of each segment.
        explained: the share of the spread that is between clusters.
        silhouette: the simplified silhouette, 0 to 1; the greater, the nearer customers are to their own
            centre than to the next.
        smallest: the share of customers in the smallest cluster.
        valley: the shallowest valley between neighbours, 0 to 1.
        distinct: whether every two clusters differ visibly in some variable.
    """

    count: int
    solution: Partition
    stability: Stability
    explained: float
    silhouette: float
    smallest: float
    valley: float
    distinct: bool


def measure_quality(rows: Rows, count: int, fit: Fit, seed: int, resamples: int = RESAMPLES) -> Quality:
    """Fit `count` clusters to prepared rows and measure them."""
    import numpy as np

    solution = fit(rows, count, seed)
    labels = solution.label(rows)
    centres = solution.centres
    sizes = np.bincount(labels, minlength=count)
    within = float(np.square(rows - centres[labels]).sum())
    spread = float(np.square(rows - rows.mean(axis=0)).sum())
    gaps = np.abs(centres[:, None] - centres[None]).max(axis=2) + np.eye(count)
    return Quality(
        count=count,
        solution=solution,
        stability=estimate_stability(rows, solution, fit, seed, resamples),
        explained=1 - within / spread if spread > 0 else 0.0,
        silhouette=_silhouette(rows, centres),
        smallest=float(sizes.min()) / len(rows),
        valley=measure_valley(rows, labels, centres),
        distinct=bool(gaps.min() >= DISTINCT),
    )


def choose_count(qualities: Sequence[Quality]) -> Quality:
    """The count for data without natural groups; see the model above."""
    fit_for_use = [each for each in qualities if each.smallest >= SMALLEST_SHARE and each.distinct]
    candidates = fit_for_use or list(qualities)
    most = max(each.stability.whole for each in candidates)
    stable = [each for each in candidates if each.stability.whole >= most - NEAR]
    if most < STABLE:
        return stable[0]
    return max(stable, key=lambda each: (each.silhouette, -each.count))


def natural_candidates(qualities: Sequence[Quality]) -> list[Quality]:
    """Solutions that natural groups could have made, most clusters first."""
    return [
        each
        for each in sorted(qualities, key=lambda each: -each.count)
        if each.valley <= VALLEY and each.stability.whole >= STABLE and each.smallest >= SMALLEST_SHARE
    ]


def _silhouette(rows: Rows, centres: Rows) -> float:
    """The mean of 1 - (distance to the own centre) / (distance to the next one)."""
    import numpy as np

    squares = np.square(rows).sum(axis=1)[:, None] - 2 * rows @ centres.T + np.square(centres).sum(axis=1)
    distances = np.sqrt(np.maximum(np.partition(squares, 1, axis=1)[:, :2], 0))
    own, following = distances[:, 0], distances[:, 1]
    ratio = np.divide(own, following, out=np.ones_like(own), where=following > 0)
    return float(np.mean(1 - ratio))
