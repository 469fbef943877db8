"""The analyses a run may have. One is registered by its line in `ANALYSES` or `PICTURES`.

A method that most plans do not ask for is imported when one does: a run waits for no module it does not use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, get_args

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.insight.comparison import ComparisonResult, prepare_comparison
from vitrail.insight.groups import choose_groups
from vitrail.plan import Picture, plan_hash
from vitrail.prediction.base import tell_predictions
from vitrail.variables.lineage import trace_lineage
from vitrail.workspace.context import Analysis, AnalysisContext, Making
from vitrail.workspace.validating import validate_run

if TYPE_CHECKING:
    from vitrail.insight.cohorts import CohortsResult
    from vitrail.measurement.migrations import MigrationsResult
    from vitrail.segments.clusters.result import ClustersResult


def _clusters(context: AnalysisContext) -> Making | None:
    segmented = context.segmented
    if not any(each.method == "clusters" for each in segmented.segmentations):
        return None
    from vitrail.segments.clusters.result import describe_clusters

    def describe() -> tuple[ClustersResult | None, tuple[Finding, ...]]:
        return describe_clusters(context.engine, segmented.segmentations, segmented.collected.as_of), ()

    return describe


def _predictions(context: AnalysisContext) -> Making:
    return partial(tell_predictions, context.engine, context.segmented.predictions)


def follow_cohorts(
    context: AnalysisContext,
) -> Callable[[], tuple[CohortsResult, tuple[Finding, ...]]] | None:
    """The blocks under `cohorts:`."""
    segmented, plan = context.segmented, context.plan
    if not plan.cohorts:
        return None
    from vitrail.insight.cohorts import Base, prepare_cohorts

    base = Base(
        columns=context.engine.columns(exp.select("*").from_("segmented")),
        line_columns=segmented.collected.line_columns,
        variables=segmented.variables,
        segmentations=segmented.segmentations,
        as_of=segmented.collected.as_of,
    )
    return prepare_cohorts(context.engine, plan.cohorts, base, plan.place)


def _hypotheses(context: AnalysisContext) -> Making | None:
    plan, cuts = context.plan, context.segmented.segmentations
    if not plan.hypotheses:
        return None
    from vitrail.validation.hypotheses import prepare_hypotheses

    lineage = _trace_lineage(context)
    return prepare_hypotheses(
        context.engine, plan.hypotheses, cuts, plan.place, units=context.units, lineage=lineage
    )


def _trace_lineage(context: AnalysisContext) -> dict[str, frozenset[str]]:
    """What each column is made of, segmentations and their scores too."""
    cuts = context.segmented.segmentations
    made_of = {name: each.variables for each in cuts for name in (each.key, *each.scores)}
    return trace_lineage(context.segmented.variables, made_of)


def _microsegments(context: AnalysisContext) -> Making | None:
    plan, cuts = context.plan, context.segmented.segmentations
    if not plan.microsegments:
        return None
    from vitrail.segments.microsegments import prepare_microsegments

    return prepare_microsegments(
        context.engine, plan.microsegments, cuts, _trace_lineage(context), plan.place, units=context.units
    )


def _comparison(context: AnalysisContext) -> Making | None:
    plan, segmented = context.plan, context.segmented
    if not segmented.segmentations:
        return None
    compare = prepare_comparison(
        context.engine, plan.comparison, segmented.segmentations, segmented.variables, plan.place
    )

    def compared() -> tuple[ComparisonResult, tuple[Finding, ...]]:
        return compare(), ()

    return compared


def _drivers(context: AnalysisContext) -> Making | None:
    plan, segmented = context.plan, context.segmented
    if not plan.drivers:
        return None
    from vitrail.insight.drivers import prepare_drivers

    return prepare_drivers(
        context.engine, plan.drivers, segmented.variables, segmented.segmentations, plan.place
    )


def _migrations(context: AnalysisContext) -> Making | None:
    plan, before = context.plan, context.before
    if before is None or not context.segmented.segmentations:
        return None
    files = {name: before.file(f"{name}.parquet") for name in ("memberships", "profile")}
    if not all(file.exists() for file in files.values()):
        return None
    from vitrail.measurement.migrations import EarlierRun, analyse_migrations

    said = before.manifest["plan"]
    earlier = EarlierRun(
        run_id=before.run_id,
        as_of=str(before.manifest["as_of"]),
        segmentations={str(each["key"]): each for each in before.segmentations()},
        same_plan=said.get("hash") == plan_hash(plan),
        same_currency=said["currency"] == plan.currency,
        **files,
    )

    def compare() -> tuple[MigrationsResult, tuple[Finding, ...]]:
        return analyse_migrations(context.engine, context.segmented.segmentations, earlier), ()

    return compare


def take_picture(name: Picture, context: AnalysisContext) -> Making | None:
    """A picture as the plan's `pictures` asks for it."""
    spec, engine, as_of = context.plan.pictures, context.engine, context.segmented.collected.as_of
    if name in spec.leave_out:
        return None
    groups = choose_groups(context.segmented.segmentations, spec.segmentation)
    match name:
        case "portfolio":
            from vitrail.insight.portfolio import analyse_portfolio

            return partial(analyse_portfolio, engine, spec.portfolio, groups, as_of)
        case "journeys":
            from vitrail.insight.journeys import analyse_journeys

            return partial(analyse_journeys, engine, spec.journeys, groups, as_of)
        case "seasonality":
            from vitrail.insight.seasonality import analyse_seasonality

            return partial(analyse_seasonality, engine, spec.seasonality, groups, as_of)
        case "ages":
            from vitrail.insight.ages import analyse_ages

            return partial(analyse_ages, engine, spec.ages, groups)
        case "regions":
            from vitrail.insight.regions import analyse_regions

            return partial(analyse_regions, engine, spec.regions, groups)


ANALYSES: Mapping[str, Analysis] = {
    "clusters": _clusters,
    "migrations": _migrations,
    "validation": validate_run,
    "predictions": _predictions,
    "cohorts": follow_cohorts,
    "hypotheses": _hypotheses,
    "microsegments": _microsegments,
    "comparison": _comparison,
    "drivers": _drivers,
}
"""By name, in the order they are made."""

PICTURES: Mapping[str, Analysis] = {name: partial(take_picture, name) for name in get_args(Picture)}
"""What only a report shows: not computed where none is asked for."""
