"""The five criteria over what a run found, and against what the run before said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from vitrail.engine import Engine
from vitrail.i18n import Language
from vitrail.i18n.formats import LANGUAGES
from vitrail.plan import Plan, RfmSpec, RulesSpec, plan_hash
from vitrail.segments.rules import segment_conditions
from vitrail.store import Run, damaged
from vitrail.validation import Customers, prepare_validation
from vitrail.validation.cuts import read_cuts
from vitrail.validation.measures import Column
from vitrail.validation.obsolete import Cause, Earlier
from vitrail.variables import Variable
from vitrail.variables.lineage import trace_lineage
from vitrail.workspace.context import AnalysisContext, Making
from vitrail.workspace.segmenting import Segmented

TABLE = "segmented"


def validate_run(context: AnalysisContext) -> Making | None:
    """The verdicts on every segment of a run; none where nothing is cut."""
    plan, segmented, earlier = context.plan, context.segmented, context.earlier
    if not segmented.segmentations:
        return None
    customers = describe_customers(context.engine, segmented)
    cuts = read_cuts(segmented.segmentations, customers.columns, _rest(plan))
    return prepare_validation(
        context.engine,
        customers,
        cuts,
        plan.validation,
        plan.strategies,
        replace(read_earlier(earlier), cause=_find_cause(earlier, context)) if earlier else None,
        plan.language,
        plan.currency,
        plan.place,
    )


def describe_customers(engine: Engine, segmented: Segmented) -> Customers:
    """The customers of a run as their judges see them."""
    kinds = engine.columns(exp.select("*").from_(TABLE))
    until = segmented.collected.data_until
    columns = {each.name: _column(each, kinds[each.name]) for each in segmented.variables}
    own = (each.name for each in segmented.variables if each.custom or each.grain == "predictions")
    return Customers(
        table=TABLE,
        columns=columns,
        lineage=trace_lineage(segmented.variables),
        own=frozenset(own),
        value="total_amount" if "total_amount" in columns else None,
        segments=dict(segment_conditions({each.key: each for each in segmented.segmentations})),
        stale_days=(segmented.collected.as_of - until.date()).days if until else None,
    )


def read_earlier(run: Run) -> Earlier:
    """What an earlier run said; one without a validation is compared by members and thresholds alone.

    Raises:
        StoreError: a file of it is damaged.
    """
    memberships = run.file("memberships.parquet")
    try:
        stored = (run.analysis("validation") or {}).get("cards") or ()
        cards = {f"{each['segmentation']}.{each['segment']}": each for each in stored}
        thresholds = {each["key"]: _points(each.get("cuts") or {}) for each in run.segmentations()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise damaged(run.run_id) from error
    return Earlier(
        cards=cards,
        thresholds=thresholds,
        memberships=memberships if memberships.exists() else None,
        as_of=str(run.manifest["as_of"]),
    )


def _find_cause(run: Run, context: AnalysisContext) -> Cause | None:
    """What a person changed between an earlier run and this one: the plan, or the way of the days.

    A base that is always run with `--as-of` goes from day to day as one that never is: then the data changed.
    """
    if run.manifest["plan"].get("hash") != plan_hash(context.plan):
        return "plan"
    later = context.segmented.collected.as_of.isoformat() >= run.manifest["as_of"]
    back_to_now = bool(run.manifest.get("as_of_asked")) and not context.day_asked
    return None if later and not back_to_now else "day"


def _points(cuts: Mapping[str, Sequence[str]]) -> dict[str, tuple[float, ...]]:
    return {variable: tuple(float(point) for point in points) for variable, points in cuts.items()}


def _column(variable: Variable, kind: str) -> Column:
    label: dict[Language, str] = {language: variable.label_in(language) for language in LANGUAGES}
    return Column(variable.name, kind, label, variable.unit, variable.grain)


def _rest(plan: Plan) -> set[str]:
    """The segments that take whoever is left."""
    return {
        f"{key}.{name}"
        for key, each in plan.segmentations.items()
        if isinstance(each, RfmSpec | RulesSpec)
        for name, segment in (each.segments or {}).items()
        if segment.otherwise
    }
