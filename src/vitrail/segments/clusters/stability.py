"""Whether the same segments come back when the customers are drawn again.

Model: as many customers as there are, drawn with replacement, are clustered anew, `resamples` times; each
    of these solutions then places all the customers. The stability of the whole is the mean adjusted Rand
    index over all pairs of solutions; that of a segment the mean, over the solutions, of its greatest
    Jaccard similarity with one of theirs.
Assumes: the customers are a sample of those the segments are meant for.
Source: Dolnicar & Leisch, "Evaluation of structure and reproducibility of cluster solutions using the
    bootstrap", Marketing Letters 21, 2010; Hennig 2007 (see `agreement`).

Pairs share solutions, so 50 resamples give 1,225 pairs that know less than 1,225 pairs of resamples of
their own would; their mean is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from vitrail.segments.clusters.agreement import compare_partitions, find_overlaps

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Fit, Labels, Partition, Rows

RESAMPLES = 50
STARTS = 8


@dataclass(frozen=True, slots=True)
class Stability:
    """How well a solution comes back.

    Args:
        whole: the mean adjusted Rand index over all pairs of resamples.
        low, high: between which nine in ten of the pairs lie.
        pairs: of solutions compared.
        segments: of each segment, the mean Jaccard similarity; in the order of the solution's clusters.
    """

    whole: float
    low: float
    high: float
    pairs: int
    segments: tuple[float, ...]


def estimate_stability(
    rows: Rows,
    solution: Partition,
    fit: Fit,
    seed: int,
    resamples: int = RESAMPLES,
    starts: int = STARTS,
) -> Stability:
    """Draw the rows again and again, and see what comes back of `solution`.

    Args:
        rows: prepared rows × variables.
        solution: fitted on `rows`.
        starts: of each resample's fit; the best of them counts.
    """
    import numpy as np

    count = len(solution.centres)
    placed = _resample(rows, count, fit, seed, resamples, starts)
    agreements = [compare_partitions(a, b, count) for a, b in combinations(placed, 2)]
    own = solution.label(rows)
    overlaps = np.mean([find_overlaps(own, each, count) for each in placed], axis=0)
    low, high = np.quantile(agreements, [0.05, 0.95])
    return Stability(
        float(np.mean(agreements)), float(low), float(high), len(agreements), tuple(map(float, overlaps))
    )


def _resample(
    rows: Rows,
    count: int,
    fit: Fit,
    seed: int,
    resamples: int,
    starts: int,
) -> list[Labels]:
    """All rows placed by solutions of resamples; a row drawn several times counts so often."""
    import numpy as np

    placed = []
    random = np.random.default_rng((seed, count))
    for index in range(resamples):
        drawn = np.bincount(random.integers(0, len(rows), len(rows)), minlength=len(rows))
        held = drawn > 0
        found = fit(rows[held], count, seed + index, drawn[held].astype(float), starts)
        placed.append(found.label(rows))
    return placed
