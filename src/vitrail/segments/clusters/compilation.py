"""From a plan's block to segments: fitted on a sample, named, matched with the last run, applied as SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan.clusters import FEWEST_CLUSTERS, MOST_CLUSTERS
from vitrail.plan.names import NO_ORDER, UNPLACED
from vitrail.segments.base import Base
from vitrail.segments.clusters.choosing import Quality
from vitrail.segments.clusters.compiling import compile_nearest
from vitrail.segments.clusters.evidence import Cluster, ClusterEvidence, CountQuality
from vitrail.segments.clusters.findings import tell_clustering, tell_meaning
from vitrail.segments.clusters.fitting import STUDIED, Clustering, cluster_rows
from vitrail.segments.clusters.identity import (
    Earlier,
    Transition,
    count_common,
    keep_names,
    load_earlier,
    match_clusters,
)
from vitrail.segments.clusters.kmeans import fit_kmeans
from vitrail.segments.clusters.mixtures import fit_mixtures, load_mixtures
from vitrail.segments.clusters.naming import name_clusters
from vitrail.segments.clusters.partition import Partition
from vitrail.segments.clusters.preparation import Scale, fit_scale, spread_ties
from vitrail.segments.clusters.sampling import Readable, Sample, load_sample, read_variables
from vitrail.segments.model import Segment, Segmentation
from vitrail.segments.words import label_texts, name_segment, name_segmentation, no_order_segment

if TYPE_CHECKING:
    from vitrail.plan import ClustersSpec
    from vitrail.segments.clusters.partition import Fit, Rows
    from vitrail.store import Run

EVERYONE = "everyone"
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
    scales = _fit_scales(spec, readable, sample, impute)
    rows = _prepare(scales, sample.values)
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
    studied = _prepare(scales, _study(sample, scales, spec.seed))
    found = cluster_rows(rows, studied, counts, fit_for, spec.seed, spec.unlinked == "keep", **extra)
    used = tuple(scales[index] for index in found.used)
    partition = _by_size(found.partition, rows[:, found.used])
    described = _describe(partition, rows[:, found.used], used)
    transitions: tuple[Transition, ...] = ()
    if earlier is not None:
        assign = compile_nearest(base, readable, used, partition, [f"c{i}" for i in range(len(described))])
        transitions = match_clusters(count_common(base, assign, len(described), key, earlier), earlier.keys)
    drafts = _name(
        described, {scale.variable: scale.yes_no for scale in used}, transitions, earlier, base.words
    )
    drafts = [_rename(draft, spec) for draft in drafts]
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
        sum_of_squares=_sum_of_squares(partition, rows[:, found.used]),
        scales=used,
        left_out=_left_out(spec, scales, used),
        missing={name: count for name, count in sample.missing.items() if count},
        average=_restore(rows[:, found.used].mean(axis=0), used),
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


@dataclass(frozen=True, slots=True)
class Draft:
    """A cluster's key, label and tone, before the plan has had its say."""

    key: str
    label: Mapping[str, str]
    tone: str


@dataclass(frozen=True, slots=True)
class Described:
    """A cluster in figures that people know; see `Cluster`."""

    share: float
    centre: Mapping[str, float]
    difference: Mapping[str, float]


def _fit_scales(
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


def _study(sample: Sample, scales: Sequence[Scale], seed: int) -> dict[str, Rows]:
    """The values that are studied: the first of the sample, ties spread over what they stand for."""
    return {
        scale.variable: sample.values[scale.variable][:STUDIED]
        if scale.yes_no
        else spread_ties(sample.values[scale.variable][:STUDIED], seed + place)
        for place, scale in enumerate(scales)
    }


def _prepare(scales: Sequence[Scale], sampled: Mapping[str, Rows]) -> Rows:
    """Prepared rows: customers × scales."""
    import numpy as np

    columns = []
    for scale in scales:
        values = sampled[scale.variable]
        if scale.fill is not None:
            values = np.where(np.isnan(values), scale.fill, values)
        columns.append(scale.apply(values))
    return np.column_stack(columns) if columns else np.empty((0, 0))


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


def _by_size(partition: Partition, rows: Rows) -> Partition:
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


def _describe(partition: Partition, rows: Rows, scales: Sequence[Scale]) -> list[Described]:
    import numpy as np

    labels = partition.label(rows)
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    described = []
    for index, centre in enumerate(partition.centres):
        gaps = np.divide(centre - mean, spread, out=np.zeros_like(mean), where=spread > 0)
        difference = {scale.variable: float(gap) for scale, gap in zip(scales, gaps, strict=True)}
        described.append(Described(float(np.mean(labels == index)), _restore(centre, scales), difference))
    return described


def _restore(prepared: Rows, scales: Sequence[Scale]) -> dict[str, float]:
    """Prepared values in the units people know."""
    return {scale.variable: scale.restore(float(each)) for scale, each in zip(scales, prepared, strict=True)}


def _name(
    described: Sequence[Described],
    yes_no: Mapping[str, bool],
    transitions: Sequence[Transition],
    earlier: Earlier | None,
    words: Mapping[str, Mapping[str, str]],
) -> list[Draft]:
    """Clusters found again under their earlier key, label and tone; new ones under names not used before."""
    kept = keep_names(transitions)
    new = [index for index in range(len(described)) if index not in kept]
    names = name_clusters(
        [described[index].difference for index in new],
        yes_no,
        [*(earlier.keys if earlier else ()), EVERYONE, NO_ORDER, UNPLACED],
        words,
    )
    proposed = dict(zip(new, names, strict=True))
    tones = {earlier.tones[key] for key in kept.values()} if earlier else set()
    numbered = (f"other_{number}" for number in range(1, 2 * MOST_CLUSTERS + 1))
    free = (tone for tone in numbered if tone not in tones)
    return [
        Draft(proposed[index].key, proposed[index].label, next(free))
        if index in proposed or earlier is None
        else Draft(kept[index], earlier.labels[kept[index]], earlier.tones[kept[index]])
        for index in range(len(described))
    ]


def _rename(draft: Draft, spec: ClustersSpec) -> Draft:
    """The plan's words for a cluster, where it has some."""
    words = spec.segments.get(draft.key)
    return draft if words is None else replace(draft, label=label_texts(words.label, draft.key))


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


def _sum_of_squares(partition: Partition, rows: Rows) -> float:
    import numpy as np

    return float(np.square(rows - partition.centres[partition.label(rows)]).sum())


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
