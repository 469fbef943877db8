"""What a run stores of its clusters: the evidence of each segmentation, with all customers counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, column, sql
from vitrail.segments.clusters.evidence import ClusterEvidence, figures_table
from vitrail.segments.model import Segmentation


@dataclass(frozen=True, slots=True)
class ClustersResult:
    """The clusterings of a run.

    Args:
        clusters: one a segmentation.
        customers: by segmentation and segment, all customers in it.
    """

    clusters: tuple[ClusterEvidence, ...]
    customers: Mapping[str, Mapping[str, int]]
    as_of: dt.date

    def to_arrow(self) -> pa.Table:
        """The figures, a row each: `segmentation`, `segment`, `count`, `figure`, `variable`, `value`."""
        return figures_table(self.clusters)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, under `clusters`."""
        described = []
        for each in self.clusters:
            counted = self.customers[each.key]
            found = each.to_dict() | {"as_of": self.as_of.isoformat(), "placed": dict(counted)}
            for segment in found["segments"]:
                segment["customers"] = counted.get(segment["key"], 0)
            described.append(found)
        return {"clusters": described}


def describe_clusters(
    engine: Engine, segmentations: Sequence[Segmentation], as_of: dt.date, table: str = "segmented"
) -> ClustersResult | None:
    """Gather the evidence of all segmentations by clusters; None where there is none.

    Args:
        table: the segmented profile.
    """
    found = [each.evidence for each in segmentations if isinstance(each.evidence, ClusterEvidence)]
    if not found:
        return None
    customers = {}
    for each in found:
        counted = exp.select(column(each.key).as_("segment"), sql("count(*)").as_("customers"))
        rows = engine.records(counted.from_(table).group_by("segment").order_by("segment"))
        customers[each.key] = {row["segment"]: int(row["customers"]) for row in rows}
    return ClustersResult(tuple(found), customers, as_of)
