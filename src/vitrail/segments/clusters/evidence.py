"""What a clustering found out about its segments, as a run stores it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from vitrail.segments.clusters.bounds import Bound, Kind
from vitrail.segments.clusters.density import Opinion
from vitrail.segments.clusters.excess import Excess
from vitrail.segments.clusters.identity import Earlier, Transition
from vitrail.segments.clusters.preparation import Scale

SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("segment", pa.string()),
        ("count", pa.int64()),
        ("figure", pa.string()),
        ("variable", pa.string()),
        ("value", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True)
class CountQuality:
    """How good a number of segments is.

    Args:
        stability, stability_low, stability_high: the mean adjusted Rand index over pairs of resamples, and
            between which nine in ten lie.
        structureless, structureless_low, structureless_high: the same, on data without groups made from
            these: the mean, the least and the greatest of the sets.
        explained: the share of the spread between segments.
        silhouette: 0 to 1; how much nearer customers are to their own centre than to the next.
        smallest: the share of customers in the smallest segment.
        valley: 0 to 1; the density between two neighbours, as a share of the lesser peak.
    """

    count: int
    pairs: int
    stability: float
    stability_low: float
    stability_high: float
    structureless: float
    structureless_low: float
    structureless_high: float
    explained: float
    silhouette: float
    smallest: float
    valley: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """A segment that was found.

    Args:
        share: of the customers studied.
        stability: the mean Jaccard similarity with its like in resamples.
        centre: by variable, its typical value, in the variable's own unit (of a yes/no, the share of yes).
        difference: by variable, the centre's distance from the mean of all, in standard deviations.
    """

    key: str
    label: Mapping[str, str]
    tone: str
    share: float
    stability: float
    centre: Mapping[str, float]
    difference: Mapping[str, float]
    transition: Transition | None = None


@dataclass(frozen=True, slots=True)
class ClusterEvidence:
    """All that is known of a segmentation by clusters.

    Args:
        kind: natural, reproducible or constructed; None where the data allow no segments.
        chosen: `data`, or `plan` where a person gave the number.
        average: by variable, the typical value of all customers.
        left_out: by variable, why it does not serve: `constant` or `unlinked`.
        missing: by variable, customers without a value.
        bound: the condition that decided the kind by least.
        sum_of_squares: of the prepared rows fitted on, about their centres.
        earlier: the clusters of the run that names are kept from.
    """

    key: str
    label: Mapping[str, str]
    model: str
    kind: Kind | None
    chosen: str
    customers: int
    complete: int
    fitted: int
    studied: int
    seed: int
    sum_of_squares: float | None = None
    scales: tuple[Scale, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    average: Mapping[str, float] = field(default_factory=dict)
    qualities: tuple[CountQuality, ...] = ()
    bound: Bound | None = None
    excess: Excess | None = None
    opinion: Opinion | None = None
    segments: tuple[Cluster, ...] = ()
    gone: tuple[Transition, ...] = ()
    earlier: Earlier | None = None

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self.segments)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        from dataclasses import asdict

        found = asdict(self) | {"count": self.count, "natural": self.kind == "natural"}
        if self.earlier is not None:
            told = ("run_id", "as_of", "kind", "labels")
            found["earlier"] = {name: getattr(self.earlier, name) for name in told}
        return found

    def to_arrow(self) -> pa.Table:
        """Its figures, a row each: of the whole, by number of segments, by segment, by variable."""
        return figures_table([self])


def figures_table(evidences: Sequence[ClusterEvidence]) -> pa.Table:
    """The figures of clusterings: `segmentation`, `segment`, `count`, `figure`, `variable`, `value`."""
    rows = [row for each in evidences for row in _figures(each)]
    columns = zip(*rows, strict=True) if rows else [()] * len(SCHEMA)
    return pa.table(
        [pa.array(list(values), one.type) for values, one in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


def _figures(each: ClusterEvidence) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [
        (each.key, None, None, name, None, float(getattr(each, name)))
        for name in ("customers", "complete", "fitted", "studied", "count")
    ]
    if each.bound is not None:
        rows.append((each.key, None, None, "room", None, each.bound.room))
    for quality in each.qualities:
        names = [name for name in CountQuality.__dataclass_fields__ if name != "count"]
        rows += [(each.key, None, quality.count, name, None, float(getattr(quality, name))) for name in names]
    moved = [(segment.key, segment.transition) for segment in each.segments if segment.transition is not None]
    for key, transition in [*moved, *((gone.earlier[0], gone) for gone in each.gone)]:
        for before in transition.earlier or (None,):
            overlap = transition.overlap if before in transition.earlier[:1] else None
            rows.append((each.key, key, None, f"now_{transition.fate}", before, overlap))
    for segment in each.segments:
        rows.append((each.key, segment.key, None, "share", None, segment.share))
        rows.append((each.key, segment.key, None, "stability", None, segment.stability))
        for figure in ("centre", "difference"):
            values: Mapping[str, float] = getattr(segment, figure)
            rows += [(each.key, segment.key, None, figure, name, value) for name, value in values.items()]
    return rows
