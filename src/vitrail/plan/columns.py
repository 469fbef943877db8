"""What can be checked of a plan only once the columns of the data are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan.clusters import ClustersSpec
from vitrail.plan.cohorts import START_GROUPS
from vitrail.plan.contracts import ContractValueSpec
from vitrail.plan.document import Plan
from vitrail.plan.expressions import check_columns, read_aggregate, read_condition, read_value
from vitrail.plan.kpis import read_kpi
from vitrail.plan.propensities import PropensitySpec
from vitrail.plan.questions import QuestionSpec
from vitrail.plan.segmentations import AbcSpec, RfmSpec, RulesSpec

Table = Literal["source", "orders", "order_lines", "predictable", "profile", "segmented"]
"""Whose columns an expression names: `predictable` is the profile without predictions, `segmented` that with
segments."""
Named = tuple[str, exp.Expr, Table]


def check_conditions(
    plan: Plan,
    profile: Collection[str] | None = None,
    tables: Mapping[str, Collection[str]] | None = None,
    predictable: Collection[str] | None = None,
) -> list[Finding]:
    """A finding, at its line, for each column or variable that an expression of the plan names in vain.

    Args:
        profile: the columns of the profile; unchecked when None.
        tables: the columns of `orders` and `order_lines`.
        predictable: the columns of the profile that predictions are made from.

    >>> check_conditions(Plan(version=1, name="Shop"), profile=["recency_days"])
    []
    """
    segmented = None if profile is None else [*profile, *plan.segmentations]
    known = {**(tables or {}), "predictable": predictable, "profile": profile, "segmented": segmented}
    findings: list[Finding] = []
    for path, tree, table in list_expressions(plan):
        columns = known.get(table)
        findings += [] if columns is None else check_columns(tree, columns, plan.place(path))
    return findings


def list_expressions(plan: Plan) -> Iterator[Named]:
    """Every expression of the plan: its path, its tree, the table whose columns it names."""
    for block in _BLOCKS:
        yield from block(plan)


def _variables(plan: Plan) -> Iterator[Named]:
    for key, variable in plan.variables.items():
        yield f"variables.{key}.value", read_aggregate(variable.value), variable.of
        if variable.where is not None:
            yield f"variables.{key}.where", read_condition(variable.where), variable.of


def _sources(plan: Plan) -> Iterator[Named]:
    for key, source in plan.sources.items():
        conditions = {
            "keep": source.keep,
            "credits": source.credits,
            "clean.cancelled": source.clean.cancelled,
            "clean.test_orders": source.clean.test_orders,
        }
        for name, condition in conditions.items():
            if condition is not None:
                yield f"sources.{key}.{name}", read_condition(condition), "source"
        for name, text in source.computed.items():
            yield f"sources.{key}.computed.{name}", read_value(text), "source"


def _predictions(plan: Plan) -> Iterator[Named]:
    for key, prediction in plan.predictions.items():
        path = f"predictions.{key}"
        if isinstance(prediction, PropensitySpec):
            if prediction.among is not None:
                yield f"{path}.among", read_condition(prediction.among), "predictable"
            for name in prediction.features or ():
                yield f"{path}.features", exp.column(name), "predictable"
            for name in ("product", "bought"):
                condition = getattr(prediction, name)
                if condition is not None:
                    yield f"{path}.{name}", read_condition(condition), "order_lines"
        elif isinstance(prediction, ContractValueSpec):
            yield f"{path}.left", read_kpi(prediction.left), "predictable"
            for name in ("duration", "amount"):
                if getattr(prediction, name) is not None:
                    yield f"{path}.{name}", exp.column(getattr(prediction, name)), "predictable"


def _cohorts(plan: Plan) -> Iterator[Named]:
    """What makes the groups of each block and what its conditions name."""
    for key, spec in plan.cohorts.items():
        path = f"cohorts.{key}"
        if spec.by not in START_GROUPS:
            yield f"{path}.by", exp.column(spec.by), "segmented"
        if "signup" in (spec.by, spec.since):
            place = "by" if spec.by == "signup" else "since"
            yield f"{path}.{place}", exp.column("signed_up_at"), "segmented"
        if spec.where is not None:
            yield f"{path}.where", read_condition(spec.where), "segmented"
        if spec.adopted is not None:
            yield f"{path}.adopted", read_condition(spec.adopted), "order_lines"
        if spec.survival is not None:
            yield f"{path}.survival.duration", exp.column(spec.survival.duration), "segmented"
            yield f"{path}.survival.left", read_kpi(spec.survival.left), "segmented"


def _segmentations(plan: Plan) -> Iterator[Named]:
    for path, tree in list_segmentation_expressions(plan):
        yield path, tree, "profile"


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


def _comparison(plan: Plan) -> Iterator[Named]:
    for key, measure in plan.comparison.measures.items():
        yield f"comparison.measures.{key}.kpi", read_kpi(measure.kpi), "segmented"


def _hypotheses(plan: Plan) -> Iterator[Named]:
    for key, spec in plan.hypotheses.items():
        path = f"hypotheses.{key}"
        yield f"{path}.who", read_condition(spec.who), "segmented"
        if spec.compared_with is not None:
            yield f"{path}.compared_with", read_condition(spec.compared_with), "segmented"
        yield f"{path}.kpi", read_kpi(spec.kpi), "segmented"
        for name in spec.adjust_for:
            yield f"{path}.adjust_for", exp.column(name), "segmented"


def _searches(plan: Plan) -> Iterator[Named]:
    """Drivers and micro-segments: a KPI, the customers asked of, the variables tried or left out."""
    blocks: dict[str, Mapping[str, QuestionSpec]] = {
        "drivers": plan.drivers,
        "microsegments": plan.microsegments,
    }
    for block, specs in blocks.items():
        for key, spec in specs.items():
            path = f"{block}.{key}"
            yield f"{path}.kpi", read_kpi(spec.kpi), "segmented"
            if spec.among is not None:
                yield f"{path}.among", read_condition(spec.among), "segmented"
            for names in ("variables", "leave_out"):
                for name in getattr(spec, names):
                    yield f"{path}.{names}", exp.column(name), "segmented"


def _validation(plan: Plan) -> Iterator[Named]:
    for path, tree in plan.validation.names():
        yield f"validation.{path}", tree, "profile"


def _pictures(plan: Plan) -> Iterator[Named]:
    for path, tree, table in plan.pictures.columns():
        yield f"pictures.{path}", tree, table


_BLOCKS: tuple[Callable[[Plan], Iterator[Named]], ...] = (
    _variables,
    _sources,
    _predictions,
    _segmentations,
    _cohorts,
    _comparison,
    _searches,
    _hypotheses,
    _validation,
    _pictures,
)
