"""What can be checked of a plan only once the columns of the data are known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan.clusters import ClustersSpec
from vitrail.plan.cohorts import START_GROUPS
from vitrail.plan.contracts import ContractValueSpec
from vitrail.plan.document import Plan
from vitrail.plan.expressions import check_columns, read_aggregate, read_condition
from vitrail.plan.kpis import read_kpi
from vitrail.plan.propensities import PropensitySpec
from vitrail.plan.questions import QuestionSpec
from vitrail.plan.segmentations import AbcSpec, RfmSpec, RulesSpec


def check_conditions(
    plan: Plan,
    profile: Collection[str] | None = None,
    tables: Mapping[str, Collection[str]] | None = None,
    sources: Mapping[str, Collection[str]] | None = None,
    predictable: Collection[str] | None = None,
) -> list[Finding]:
    """A finding, at its line, for each column or variable that an expression of the plan names in vain.

    Args:
        profile: the columns of the profile, for segmentations; unchecked when None.
        tables: the columns of `orders` and `order_lines`, for variables.
        sources: the columns of each source by its key, under the model's names.
        predictable: the columns of the profile that predictions are made from.

    >>> check_conditions(Plan(version=1, name="Shop"), profile=["recency_days"])
    []
    """
    findings: list[Finding] = []
    for path, tree in _variables(plan):
        columns = (tables or {}).get(plan.variables[path.split(".")[1]].of)
        findings += [] if columns is None else check_columns(tree, columns, plan.place(path))
    for path, tree in _sources(plan):
        columns = (sources or {}).get(path.split(".")[1])
        findings += [] if columns is None else check_columns(tree, columns, plan.place(path))
    for path, tree, table in _predictions(plan):
        columns = predictable if table == "profile" else (tables or {}).get(table)
        findings += [] if columns is None else check_columns(tree, columns, plan.place(path))
    for path, tree, table in _cohorts(plan):
        known = None if profile is None else [*profile, *plan.segmentations]
        columns = known if table == "profile" else (tables or {}).get(table)
        findings += [] if columns is None else check_columns(tree, columns, plan.place(path))
    for path, tree, table in plan.pictures.columns():
        columns = profile if table == "profile" else (tables or {}).get(table)
        findings += [] if columns is None else check_columns(tree, columns, plan.place(f"pictures.{path}"))
    if profile is not None:
        for path, tree in list_segmentation_expressions(plan):
            findings += check_columns(tree, profile, plan.place(path))
        for path, tree in plan.validation.names():
            findings += check_columns(tree, profile, plan.place(f"validation.{path}"))
        for path, tree in _questions(plan):
            findings += check_columns(tree, [*profile, *plan.segmentations], plan.place(path))
    return findings


def list_expressions(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    """Every expression of the plan with its path."""
    yield from (*_variables(plan), *_sources(plan), *list_segmentation_expressions(plan))
    yield from ((path, tree) for path, tree, _ in (*_predictions(plan), *_cohorts(plan)))
    yield from ((f"pictures.{path}", tree) for path, tree, _ in plan.pictures.columns())
    yield from ((f"validation.{path}", tree) for path, tree in plan.validation.names())
    yield from _questions(plan)


def _variables(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    for key, variable in plan.variables.items():
        yield f"variables.{key}.value", read_aggregate(variable.value)
        if variable.where is not None:
            yield f"variables.{key}.where", read_condition(variable.where)


def _sources(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    for key, source in plan.sources.items():
        conditions = {
            "keep": source.keep,
            "credits": source.credits,
            "clean.cancelled": source.clean.cancelled,
            "clean.test_orders": source.clean.test_orders,
        }
        for name, condition in conditions.items():
            if condition is not None:
                yield f"sources.{key}.{name}", read_condition(condition)


def _predictions(plan: Plan) -> Iterator[tuple[str, exp.Expr, str]]:
    """The conditions and variables of predictions, each with the table whose columns it names."""
    for key, prediction in plan.predictions.items():
        path = f"predictions.{key}"
        if isinstance(prediction, PropensitySpec):
            if prediction.among is not None:
                yield f"{path}.among", read_condition(prediction.among), "profile"
            for name in prediction.features or ():
                yield f"{path}.features", exp.column(name), "profile"
            for name in ("product", "bought"):
                condition = getattr(prediction, name)
                if condition is not None:
                    yield f"{path}.{name}", read_condition(condition), "order_lines"
        elif isinstance(prediction, ContractValueSpec):
            yield f"{path}.left", read_kpi(prediction.left), "profile"
            for name in ("duration", "amount"):
                if getattr(prediction, name) is not None:
                    yield f"{path}.{name}", exp.column(getattr(prediction, name)), "profile"


def _cohorts(plan: Plan) -> Iterator[tuple[str, exp.Expr, str]]:
    """What makes the groups of each block and what its conditions name, each with the table it is of."""
    for key, spec in plan.cohorts.items():
        path = f"cohorts.{key}"
        if spec.by not in START_GROUPS:
            yield f"{path}.by", exp.column(spec.by), "profile"
        if "signup" in (spec.by, spec.since):
            place = "by" if spec.by == "signup" else "since"
            yield f"{path}.{place}", exp.column("signed_up_at"), "profile"
        if spec.where is not None:
            yield f"{path}.where", read_condition(spec.where), "profile"
        if spec.adopted is not None:
            yield f"{path}.adopted", read_condition(spec.adopted), "order_lines"
        if spec.survival is not None:
            yield f"{path}.survival.duration", exp.column(spec.survival.duration), "profile"
            yield f"{path}.survival.left", read_kpi(spec.survival.left), "profile"


def list_segmentation_expressions(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    """Rules, and the variables that RFM, ABC and clusters are about, each after its path in the plan."""
    for key, segmentation in plan.segmentations.items():
        path = f"segmentations.{key}"
        if isinstance(segmentation, RulesSpec):
            for name, rule in segmentation.segments.items():
                if rule.when is not None:
                    yield f"{path}.segments.{name}.when", read_condition(rule.when)
        elif isinstance(segmentation, AbcSpec):
            yield f"{path}.variable", exp.column(segmentation.variable)
        elif isinstance(segmentation, RfmSpec):
            for axis in ("recency", "frequency", "monetary"):
                yield f"{path}.{axis}", exp.column(getattr(segmentation, axis))
        elif isinstance(segmentation, ClustersSpec):
            for name in segmentation.variables:
                yield f"{path}.variables", exp.column(name)


def _questions(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    """What is asked of the segmented profile: each KPI, whom it is asked of, the variables named."""
    yield from (*_comparison(plan), *_searches(plan), *_hypotheses(plan))


def _comparison(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    for key, measure in plan.comparison.measures.items():
        yield f"comparison.measures.{key}.kpi", read_kpi(measure.kpi)


def _hypotheses(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    for key, spec in plan.hypotheses.items():
        path = f"hypotheses.{key}"
        yield f"{path}.who", read_condition(spec.who)
        if spec.compared_with is not None:
            yield f"{path}.compared_with", read_condition(spec.compared_with)
        yield f"{path}.kpi", read_kpi(spec.kpi)
        for name in spec.adjust_for:
            yield f"{path}.adjust_for", exp.column(name)


def _searches(plan: Plan) -> Iterator[tuple[str, exp.Expr]]:
    """Drivers and micro-segments: a KPI, the customers asked of, the variables tried or left out."""
    blocks: dict[str, Mapping[str, QuestionSpec]] = {
        "drivers": plan.drivers,
        "microsegments": plan.microsegments,
    }
    for block, specs in blocks.items():
        for key, spec in specs.items():
            path = f"{block}.{key}"
            yield f"{path}.kpi", read_kpi(spec.kpi)
            if spec.among is not None:
                yield f"{path}.among", read_condition(spec.among)
            for names in ("variables", "leave_out"):
                for name in getattr(spec, names):
                    yield f"{path}.{names}", exp.column(name)
