"""How far a solution is from what the same procedure finds in data without structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

from vitrail.segments.clusters.choosing import Quality
from vitrail.segments.clusters.separation import measure_valley
from vitrail.segments.clusters.stability import estimate_stability
from vitrail.segments.clusters.structureless import draw_one_humped, draw_shuffled

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Fit, Partition, Rows

#: How many standard deviations below the structureless data's log loss is no chance.
WELL_BELOW = 5.0
#: Structureless sets of each kind: at most, and how many come before it may be clear enough to stop.
SETS, FIRST_SETS = 20, 8
#: Resamples and sets for the stability of structureless data: a band, not an estimate.
BAND_SETS, BAND_RESAMPLES, BAND_STARTS = 2, 5, 2


@dataclass(frozen=True, slots=True)
class Excess:
    """How far a solution is from what the same procedure finds in data without structure.

    Args:
        shuffled: the distance from shuffled variables, in standard deviations of theirs; None for one
            variable, which has nothing to go with.
        one_humped: likewise, from variables with one hump.
        valley: the median valley of the one-humped sets.
    """

    shuffled: float | None
    one_humped: float
    valley: float

    @property
    def least(self) -> float:
        """The lesser of the two."""
        return self.one_humped if self.shuffled is None else min(self.shuffled, self.one_humped)


@dataclass(frozen=True, slots=True)
class Band:
    """The stability of structureless data with as many clusters: mean, least and greatest of the sets."""

    mean: float
    low: float
    high: float
    sets: int


def measure_excess(rows: Rows, quality: Quality, fit: Fit, seed: int) -> Excess:
    """Compare a solution with the same procedure on structureless data."""
    own = _spread(rows, quality.solution)
    kinds = [_Sets(draw_one_humped(rows, seed, SETS), own)]
    if rows.shape[1] > 1:
        kinds.append(_Sets(draw_shuffled(rows, seed, SETS), own))
    for drawn in range(1, SETS + 1):
        for kind in kinds:
            kind.measure(fit, quality.count, seed)
        least = min(kind.distance for kind in kinds) if drawn >= FIRST_SETS else WELL_BELOW
        if least >= 2 * WELL_BELOW or least <= WELL_BELOW / 2:
            break
    shuffled = kinds[1].distance if len(kinds) > 1 else None
    return Excess(shuffled, kinds[0].distance, float(median(kinds[0].valleys)))


class _Sets:
    """Structureless data of one kind, clustered one after the other."""

    def __init__(self, draws: Iterator[Rows], own: float) -> None:
        self.draws, self.own = draws, own
        self.losses: list[float] = []
        self.valleys: list[float] = []

    def measure(self, fit: Fit, count: int, seed: int) -> None:
        """Cluster one more."""
        drawn = next(self.draws)
        found = fit(drawn, count, seed, starts=3)
        self.losses.append(log(_spread(drawn, found)))
        self.valleys.append(measure_valley(drawn, found.label(drawn), found.centres))

    @property
    def distance(self) -> float:
        """How far below theirs the data's own log loss lies, in their standard deviations."""
        return (fmean(self.losses) - log(self.own)) / max(stdev(self.losses), 1e-6)


def measure_band(rows: Rows, count: int, fit: Fit, seed: int) -> Band:
    """The stability that the same procedure shows where there is no structure."""
    import numpy as np

    found = []
    for drawn in _structureless(rows, seed):
        solution = fit(drawn, count, seed, starts=BAND_STARTS)
        measured = estimate_stability(drawn, solution, fit, seed, BAND_RESAMPLES, BAND_STARTS)
        found.append(measured.whole)
    return Band(float(np.mean(found)), min(found), max(found), len(found))


def _structureless(rows: Rows, seed: int) -> Iterator[Rows]:
    if rows.shape[1] > 1:
        yield from draw_shuffled(rows, seed + 1, BAND_SETS)
    yield from draw_one_humped(rows, seed + 1, BAND_SETS)


def _spread(rows: Rows, partition: Partition) -> float:
    """The sum of squares about the centres, never quite nothing."""
    import numpy as np

    left = float(np.square(rows - partition.centres[partition.label(rows)]).sum())
    return max(left, float(np.finfo(float).tiny))
