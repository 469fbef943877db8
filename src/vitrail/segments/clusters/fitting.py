"""From a sample of customers to segments that any customer can be put in, and how good they are."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vitrail.segments.clusters.bounds import Bound, Kind
from vitrail.segments.clusters.choosing import Quality, choose_count, measure_quality, natural_candidates
from vitrail.segments.clusters.density import Opinion, ask_density
from vitrail.segments.clusters.excess import Band, Excess, measure_band, measure_excess
from vitrail.segments.clusters.separation import find_linked
from vitrail.segments.clusters.stability import RESAMPLES
from vitrail.segments.clusters.verdict import is_natural, judge, measure_alike
from vitrail.statistics.threads import one_thread

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Fit, Partition, Rows

#: Customers on whom stability and structure are studied; the first of the sample.
STUDIED = 1500
#: Rows that the last fit goes over, starts beyond the usual ten included.
WORK = 20_000
MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """Clusters of prepared rows, and all that is known of how good they are.

    Args:
        used: the columns of the rows that serve; the others are linked to nothing.
        partition: fitted on all rows, `used` columns only.
        chosen: the quality of its count.
        qualities: of every count looked at, ascending.
        bound: what decided the kind by least.
        excess: how far the count is from structureless data.
        bands: the stability of structureless data, by count.
    """

    used: tuple[int, ...]
    partition: Partition
    chosen: Quality
    qualities: tuple[Quality, ...]
    kind: Kind
    bound: Bound
    excess: Excess
    opinion: Opinion
    studied: int
    bands: Mapping[int, Band] = field(default_factory=dict)

    def stabilities(self, partition: Partition) -> list[float]:
        """Of each cluster of `partition`, that of the studied solution's nearest: the mean Jaccard."""
        import numpy as np

        studied = self.chosen.solution.centres
        distances = np.square(partition.centres[:, None] - studied[None]).sum(axis=2)
        return [self.chosen.stability.segments[int(index)] for index in distances.argmin(axis=1)]


def cluster_rows(
    rows: Rows,
    studied: Rows,
    counts: Sequence[int],
    fit_for: Callable[[Sequence[int]], Fit],
    seed: int,
    keep_unlinked: bool = False,
    resamples: int = RESAMPLES,
) -> Clustering:
    """Cluster prepared rows, the count being chosen among `counts`.

    Args:
        rows: customers × variables, prepared, in an order that says nothing.
        studied: the first `STUDIED` of them, ties spread (see `spread_ties`); the count and the kind rest on
            these.
        counts: ascending; a single one is taken as it is.
        fit_for: the way of clustering for given columns.
        keep_unlinked: whether variables that go with no other serve all the same. Where they do not, and
            leaving them out shows natural groups, they are left out; else all variables serve.
    """
    every = tuple(range(rows.shape[1]))
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library would warn of is told by our own findings
        linked = tuple(index for index, each in enumerate(find_linked(studied)) if each)
        if not keep_unlinked and 2 <= len(linked) < len(every):
            found = _study(rows, studied, linked, counts, fit_for(linked), seed, resamples)
            if found.kind == "natural":
                return found
        return _study(rows, studied, every, counts, fit_for(every), seed, resamples)


def _study(
    rows: Rows,
    studied: Rows,
    used: tuple[int, ...],
    counts: Sequence[int],
    fit: Fit,
    seed: int,
    resamples: int,
) -> Clustering:
    rows, studied = rows[:, used], studied[:, used]
    qualities = tuple(measure_quality(studied, count, fit, seed, resamples) for count in counts)
    chosen, excess = _choose(studied, qualities, fit, seed)
    partition = _fit_best(rows, chosen.count, fit, seed)
    bands = {each.count: measure_band(studied, each.count, fit, seed) for each in qualities}
    alike = measure_alike(rows[: len(studied)], partition)
    kind, bound = judge(chosen, excess, bands[chosen.count], alike)
    return Clustering(
        used=used,
        partition=partition,
        chosen=chosen,
        qualities=qualities,
        kind=kind,
        bound=bound,
        excess=excess,
        opinion=ask_density(studied, partition.label(studied)),
        studied=len(studied),
        bands=bands,
    )


def _choose(rows: Rows, qualities: Sequence[Quality], fit: Fit, seed: int) -> tuple[Quality, Excess]:
    """The count, and how far it is from structureless data."""
    for quality in natural_candidates(qualities):
        excess = measure_excess(rows, quality, fit, seed)
        if is_natural(quality, excess):
            return quality, excess
    chosen = choose_count(qualities)
    return chosen, measure_excess(rows, chosen, fit, seed)


def _fit_best(rows: Rows, count: int, fit: Fit, seed: int) -> Partition:
    rounds = min(max(WORK // len(rows), 1), MOST_ROUNDS)
    return min((fit(rows, count, seed + each) for each in range(rounds)), key=lambda each: each.loss)
