"""What kind of segments these are: natural, reproducible or constructed.

Model: a solution is *natural* when its clusters are separated by valleys, come back (see `choosing`), and its
    loss lies well below that of the same procedure on data without structure, of both kinds: shuffled
    variables, and variables with one hump that go together as they do (see `structureless`). The excess is
    in standard deviations of the structureless data's log loss; `WELL_BELOW` is far from what chance gives,
    because the sets are few (8 of each kind where they leave no doubt, else 20) and because a small departure
    from a model is not a group. Where data have gaps
    that are no groups (counts, yes/no answers), the valleys must also be deeper than structureless data's.
    It is *reproducible* when nothing natural is there, but the whole (adjusted Rand at least 0.8, and at most
    half as far from 1 as in the most stable of the structureless sets, which must not come back without fail
    themselves) and every segment (Jaccard at least 0.6) come back all the same, and fewer than half of the
    customers are in segments of a single value, which the steps of the scale bring back. Else it is
    *constructed*: a useful cut at best, one of several that could have been made.
    One variable has nothing to go with; it is compared with its smoothed self alone. The bound that decided
    by least goes with the verdict (see `bounds`).
Source: Dolnicar & Leisch 2010 (the three kinds); Hennig 2007 (a cluster below 0.6 should not be trusted);
    Tibshirani, Walther & Hastie 2001 (the gap).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

from vitrail.segments.clusters.bounds import (
    WELL_BELOW,
    Bound,
    Kind,
    bound_natural,
    bound_reproducible,
    nearest,
)
from vitrail.segments.clusters.choosing import Quality
from vitrail.segments.clusters.separation import measure_valley
from vitrail.segments.clusters.stability import estimate_stability
from vitrail.segments.clusters.structureless import draw_one_humped, draw_shuffled

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Fit, Partition, Rows

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


def is_natural(quality: Quality, excess: Excess) -> bool:
    """Whether separated groups, and nothing else, explain the solution."""
    return bound_natural(quality, excess).room >= 0


def judge(quality: Quality, excess: Excess, band: Band, alike: float) -> tuple[Kind, Bound]:
    """The kind of a solution, beside what structureless data with as many clusters show.

    Args:
        alike: the share of customers in segments all of whose members have the same values.

    Returns:
        it, and the bound that decided by least.
    """
    natural, reproducible = bound_natural(quality, excess), bound_reproducible(quality, band, alike)
    if natural.room >= 0:
        return "natural", natural
    kind: Kind = "reproducible" if reproducible.room >= 0 else "constructed"
    return kind, nearest([natural, reproducible])


def measure_band(rows: Rows, count: int, fit: Fit, seed: int) -> Band:
    """The stability that the same procedure shows where there is no structure."""
    import numpy as np

    found = []
    for drawn in _structureless(rows, seed):
        solution = fit(drawn, count, seed, starts=BAND_STARTS)
        measured = estimate_stability(drawn, solution, fit, seed, BAND_RESAMPLES, BAND_STARTS)
        found.append(measured.whole)
    return Band(float(np.mean(found)), min(found), max(found), len(found))


def measure_alike(rows: Rows, partition: Partition) -> float:
    """The share of rows in clusters all of whose rows are the same."""
    import numpy as np

    labels = partition.label(rows)
    different = np.unique(np.column_stack([labels, rows]), axis=0)[:, 0].astype(int)
    single = np.bincount(different, minlength=len(partition.centres)) == 1
    return float(single[labels].mean())


def _structureless(rows: Rows, seed: int) -> Iterator[Rows]:
    if rows.shape[1] > 1:
        yield from draw_shuffled(rows, seed + 1, BAND_SETS)
    yield from draw_one_humped(rows, seed + 1, BAND_SETS)


def _spread(rows: Rows, partition: Partition) -> float:
    """The sum of squares about the centres, never quite nothing."""
    import numpy as np

    left = float(np.square(rows - partition.centres[partition.label(rows)]).sum())
    return max(left, float(np.finfo(float).tiny))
