"""Clusters in figures that people know: their sizes, their centres in the variables' own units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.segments.clusters.partition import Partition
from vitrail.segments.clusters.preparation import Scale

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Rows


@dataclass(frozen=True, slots=True)
class Described:
    """A cluster in figures that people know; see `evidence.Cluster`."""

    share: float
    centre: Mapping[str, float]
    difference: Mapping[str, float]


def order_by_size(partition: Partition, rows: Rows) -> Partition:
    """The same clusters, the largest first; equal ones by their centres."""
    import numpy as np

    sizes = np.bincount(partition.label(rows), minlength=len(partition.centres))
    order = sorted(range(len(sizes)), key=lambda index: (-sizes[index], partition.centres[index].tolist()))
    quadratic = None if partition.quadratic is None else partition.quadratic[order]
    return Partition(
        partition.centres[order],
        partition.loss,
        partition.constant[order],
        partition.linear[order],
        quadratic,
    )


def describe_partition(partition: Partition, rows: Rows, scales: Sequence[Scale]) -> list[Described]:
    """Each cluster, in the order of the partition."""
    import numpy as np

    labels = partition.label(rows)
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    described = []
    for index, centre in enumerate(partition.centres):
        gaps = np.divide(centre - mean, spread, out=np.zeros_like(mean), where=spread > 0)
        difference = {scale.variable: float(gap) for scale, gap in zip(scales, gaps, strict=True)}
        described.append(
            Described(float(np.mean(labels == index)), restore_values(centre, scales), difference)
        )
    return described


def restore_values(prepared: Rows, scales: Sequence[Scale]) -> dict[str, float]:
    """Prepared values in the units people know."""
    return {scale.variable: scale.restore(float(each)) for scale, each in zip(scales, prepared, strict=True)}


def sum_squares(partition: Partition, rows: Rows) -> float:
    """The squared distances of the rows from their centres, added up."""
    import numpy as np

    return float(np.square(rows - partition.centres[partition.label(rows)]).sum())
