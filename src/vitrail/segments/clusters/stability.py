"""Whether the same segments come back when the customers are drawn again.

Model: as many customers as there are, drawn with replacement, are clustered anew, 12 to 50 times; each of
    these solutions then places all the customers. The stability of the whole is the mean adjusted Rand
    index over all pairs of solutions; that of a segment the mean, over the solutions, of its greatest
    Jaccard similarity with one of theirs.
Assumes: the customers are a sample of those the segments are meant for.
Source: Dolnicar & Leisch, "Evaluation of structure and reproducibility of cluster solutions using the
    bootstrap", Marketing Letters 21, 2010; Hennig 2007 (see `agreement`).

Pairs share solutions, so the 66 pairs of 12 resamples know less than 66 pairs of resamples of their own
would; their mean is the same. So drawing goes on until the mean's standard error, by the jackknife over
resamples, is at most 0.005, or 0.02 where it is below 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.segments.clusters.agreement import compare_partitions, find_overlaps

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Fit, Labels, Partition, Rows

#: Resamples: at least (66 pairs), and at most; in between, drawing stops when the mean is known well enough.
FEWEST, RESAMPLES = 12, 50
STARTS = 8
#: The standard error of the mean at which drawing stops; the looser one where the solution is unstable.
ENOUGH, ENOUGH_UNSTABLE, UNSTABLE = 0.005, 0.02, 0.5


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
    placed: list[Labels] = []
    agreements = np.eye(resamples)
    for found in _resample(rows, count, fit, seed, resamples, starts):
        last = len(placed)
        for index, each in enumerate(placed):
            agreements[index, last] = agreements[last, index] = compare_partitions(each, found, count)
        placed.append(found)
        if len(placed) >= FEWEST and _is_known(agreements[: last + 1, : last + 1]):
            break
    pairs = agreements[np.triu_indices(len(placed), 1)]
    own = solution.label(rows)
    overlaps = np.mean([find_overlaps(own, each, count) for each in placed], axis=0)
    low, high = np.quantile(pairs, [0.05, 0.95])
    return Stability(float(pairs.mean()), float(low), float(high), len(pairs), tuple(map(float, overlaps)))


def _is_known(agreements: Rows) -> bool:
    """Whether the mean over pairs is known well enough: its standard error, by the jackknife."""
    size = len(agreements)
    means = (agreements.sum(axis=0) - 1) / (size - 1)
    error = float(2 * means.std(ddof=1) / size**0.5)
    return error <= (ENOUGH_UNSTABLE if means.mean() < UNSTABLE else ENOUGH)


def _resample(
    rows: Rows,
    count: int,
    fit: Fit,
    seed: int,
    resamples: int,
    starts: int,
) -> Iterator[Labels]:
    """All rows placed by solutions of resamples; a row drawn several times counts so often."""
    import numpy as np

    random = np.random.default_rng((seed, count))
    for index in range(resamples):
        drawn = np.bincount(random.integers(0, len(rows), len(rows)), minlength=len(rows))
        held = drawn > 0
        found = fit(rows[held], count, seed + index, drawn[held].astype(float), starts)
        yield found.label(rows)
