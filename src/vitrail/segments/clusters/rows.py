"""The rows that clusters are made of: a sample of customers, each variable on its scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from vitrail.segments.clusters.fitting import STUDIED
from vitrail.segments.clusters.preparation import Scale, fit_scale, spread_ties
from vitrail.segments.clusters.sampling import Readable, Sample

if TYPE_CHECKING:
    from vitrail.plan import ClustersSpec
    from vitrail.segments.clusters.partition import Rows


def fit_scales(
    spec: ClustersSpec, readable: Mapping[str, Readable], sample: Sample, impute: bool
) -> tuple[Scale, ...]:
    """The scale of each variable that is not the same for everybody."""
    import numpy as np

    scales = []
    for name, each in readable.items():
        values = sample.values[name]
        scale = fit_scale(
            name, values[~np.isnan(values)], each.yes_no, spec.scales.get(name, "auto"), spec.clip
        )
        if scale is not None:
            scales.append(replace(scale, fill=scale.median if impute else None, origin=float(each.origin)))
    return tuple(scales)


def spread_sample(sample: Sample, scales: Sequence[Scale], seed: int) -> dict[str, Rows]:
    """The values that are studied: the first of the sample, ties spread over what they stand for."""
    return {
        scale.variable: sample.values[scale.variable][:STUDIED]
        if scale.yes_no
        else spread_ties(sample.values[scale.variable][:STUDIED], seed + place)
        for place, scale in enumerate(scales)
    }


def prepare_rows(scales: Sequence[Scale], sampled: Mapping[str, Rows]) -> Rows:
    """Prepared rows: customers × scales."""
    import numpy as np

    columns = []
    for scale in scales:
        values = sampled[scale.variable]
        if scale.fill is not None:
            values = np.where(np.isnan(values), scale.fill, values)
        columns.append(scale.apply(values))
    return np.column_stack(columns) if columns else np.empty((0, 0))
