"""From a plan's block to segments: fitted on a sample, named, matched with the last run, applied as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan.clusters import FEWEST_CLUSTERS
from vitrail.plan.names import NO_ORDER, UNPLACED
from vitrail.segments.base import Base
from vitrail.segments.clusters.choosing import Quality
from vitrail.segments.clusters.describing import (
    describe_partition,
    order_by_size,
    restore_values,
    sum_squares,
)
from vitrail.segments.clusters.drafting import EVERYONE, draft_names
from vitrail.segments.clusters.evidence import Cluster, ClusterEvidence, CountQuality
from vitrail.segments.clusters.findings import tell_clustering, tell_meaning
from vitrail.segments.clusters.fitting import STUDIED, Clustering, cluster_rows
from vitrail.segments.clusters.identity import Transition, count_common, load_earlier, match_clusters
from vitrail.segments.clusters.kmeans import fit_kmeans
from vitrail.segments.clusters.mixtures import fit_mixtures, load_mixtures
from vitrail.segments.clusters.placing import compile_nearest
from vitrail.segments.clusters.preparation import Scale
from vitrail.segments.clusters.rows import fit_scales, prepare_rows, spread_sample
from vitrail.segments.clusters.sampling import Sample, load_sample, read_variables
from vitrail.segments.model import Segment, Segmentation
from vitrail.segments.words import name_segment, name_segmentation, no_order_segment

if TYPE_CHECKING:
    from vitrail.plan import ClustersSpec
    from vitrail.segments.clusters.partition import Fit, Rows
    from vitrail.store import Run

FEWEST_CUSTOMERS, FEWEST_A_SEGMENT = 50, 20
#: A mixture costs a hundred times a k-means; 11 resamples make 55 pairs.
MIXTURE_RESAMPLES = 11


def compile_clusters(
    key: str,
    spec: ClustersSpec,
    base: Base,
    place: Callable[[str], str] = lambda path: path,
    run: Run | None = None,
) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Fit a segmentation by clusters and compile it; its `evidence` says what kind of segments these are.

    Args:
        place: says where in the plan a path is written.
        run: the workspace's newest run, whose names are kept.

    Raises:
        PlanError: a variable is not known, or is neither a number nor a yes/no; or the run to follow is not.
        UsageError: mixtures are asked for and are not installed.
    """
    paths = {f"segmentations.{key}.variables.{i}": name for i, name in enumerate(spec.variables)}
    readable = read_variables(base, paths, place)
    earlier = load_earlier(run, spec.follow, key, place(f"segmentations.{key}.follow"))
    if spec.model == "mixtures":
        load_mixtures()
    impute = spec.missing == "median"
    sample = load_sample(base, readable, spec.sample, spec.seed, impute)
    scales = fit_scales(spec, readable, sample, impute)
    rows = prepare_rows(scales, sample.values)
    counts = _possible(spec.counts, rows)
    if not counts:
        return _leave_as_one(key, spec, base, sample, scales)

    def fit_for(columns: Sequence[int]) -> Fit:
        return (
            fit_mixtures([scales[index].yes_no for index in columns])
            if spec.model == "mixtures"
            else fit_kmeans
        )

    extra: dict[str, Any] = {"resamples": MIXTURE_RESAMPLES} if spec.model == "mixtures" else {}
    studied = prepare_rows(scales, spread_sample(sample, scales, spec.seed))
    found = cluster_rows(rows, studied, counts, fit_for, spec.seed, spec.unlinked == "keep", **extra)
    used = tuple(scales[index] for index in found.used)
    partition = order_by_size(found.partition, rows[:, found.used])
    described = describe_partition(partition, rows[:, found.used], used)
    transitions: tuple[Transition, ...] = ()
    if earlier is not None:
        assign = compile_nearest(base, readable, used, partition, [f"c{i}" for i in range(len(described))])
        transitions = match_clusters(count_common(base, assign, len(described), key, earlier), earlier.keys)
    yes_no = {scale.variable: scale.yes_no for scale in used}
    drafts = draft_names(described, yes_no, transitions, earlier, base.words, spec)
    clusters = tuple(
        Cluster(
            draft.key,
            draft.label,
            draft.tone,
            each.share,
            stability,
            each.centre,
            each.difference,
            transition,
        )
        for draft, each, stability, transition in zip(
            drafts, described, found.stabilities(partition), _pad(transitions, len(drafts)), strict=True
        )
    )
    evidence = ClusterEvidence(
        key=key,
        label=name_segmentation(spec.label, key, spec.method),
        model=spec.model,
        kind=found.kind,
        chosen="plan" if spec.count[0] == spec.count[1] else "data",
        customers=sample.customers,
        complete=sample.complete,
        fitted=len(rows),
        studied=found.studied,
        seed=spec.seed,
        sum_of_squares=sum_squares(partition, rows[:, found.used]),
        scales=used,
        left_out=_left_out(spec, scales, used),
        missing={name: count for name, count in sample.missing.items() if count},
        average=restore_values(rows[:, found.used].mean(axis=0), used),
        qualities=tuple(_quality(found, each) for each in found.qualities),
        bound=found.bound,
        excess=found.excess,
        opinion=found.opinion,
        segments=clusters,
        gone=tuple(each for each in transitions if each.segment is None),
        earlier=earlier,
    )
    segmentation = Segmentation(
        key=key,
        method=spec.method,
        label=evidence.label,
        segments=_segments(evidence, base, apart=not impute and sample.complete < sample.customers),
        variables=tuple(scale.variable for scale in used),
        assign=compile_nearest(base, readable, used, partition, [each.key for each in clusters]),
        evidence=evidence,
    )
    return segmentation, tell_clustering(evidence, spec)


def _possible(counts: Sequence[int], rows: Rows) -> list[int]:
    """The numbers of segments that the customers carry, the one nearest to those asked for at least."""
    import numpy as np

    if len(rows) < FEWEST_CUSTOMERS:
        return []
    most = min(len(rows) // FEWEST_A_SEGMENT, len(np.unique(rows[:STUDIED], axis=0)))
    possible = [count for count in counts if count <= most]
    return possible or ([most] if most >= FEWEST_CLUSTERS else [])


def _leave_as_one(
    key: str, spec: ClustersSpec, base: Base, sample: Sample, scales: Sequence[Scale]
) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Everyone in one segment, and why."""
    label = name_segmentation(spec.label, key, spec.method)
    evidence = ClusterEvidence(
        key=key,
        label=label,
        model=spec.model,
        kind=None,
        chosen="plan" if spec.count[0] == spec.count[1] else "data",
        customers=sample.customers,
        complete=sample.complete,
        fitted=0,
        studied=0,
        seed=spec.seed,
        left_out=_left_out(spec, scales, scales),
        missing={name: count for name, count in sample.missing.items() if count},
    )
    assign = exp.Case().when(base.no_order, exp.Literal.string(NO_ORDER)).else_(exp.Literal.string(EVERYONE))
    segments: tuple[Segment, ...] = (name_segment(EVERYONE, None, None, 0),)
    if base.buyers < base.customers:
        segments = (*segments, no_order_segment())
    used = tuple(scale.variable for scale in scales)
    segmentation = Segmentation(key, spec.method, label, segments, used, assign=assign, evidence=evidence)
    have = sample.customers if spec.missing == "median" else sample.complete
    if have >= FEWEST_CUSTOMERS:
        return segmentation, (Finding("clusters_all_equal", "warning", key, {"names": list(spec.variables)}),)
    return segmentation, (
        Finding("clusters_too_few", "warning", key, {"have": have, "need": FEWEST_CUSTOMERS}),
    )


def _pad(transitions: Sequence[Transition], count: int) -> list[Transition | None]:
    return [*transitions[:count]] if transitions else [None] * count


def _segments(evidence: ClusterEvidence, base: Base, apart: bool) -> tuple[Segment, ...]:
    """The clusters, then the customers without an order, then those that cannot be placed."""
    segments = [
        Segment(each.key, each.label, tell_meaning(each, evidence, base.words), each.tone)
        for each in evidence.segments
    ]
    if base.buyers < base.customers:
        segments.append(no_order_segment())
    if apart:
        segments.append(replace(name_segment(UNPLACED, None, None, 0), tone=NO_ORDER))
    return tuple(segments)


def _left_out(spec: ClustersSpec, scales: Sequence[Scale], used: Sequence[Scale]) -> dict[str, str]:
    """Variables that do not serve, and why."""
    varied, serving = {each.variable for each in scales}, {each.variable for each in used}
    return {
        name: "unlinked" if name in varied else "constant" for name in spec.variables if name not in serving
    }


def _quality(found: Clustering, quality: Quality) -> CountQuality:
    band = found.bands[quality.count]
    return CountQuality(
        count=quality.count,
        pairs=quality.stability.pairs,
        stability=quality.stability.whole,
        stability_low=quality.stability.low,
        stability_high=quality.stability.high,
        structureless=band.mean,
        structureless_low=band.low,
        structureless_high=band.high,
        explained=quality.explained,
        silhouette=quality.silhouette,
        smallest=quality.smallest,
        valley=quality.valley,
    )
