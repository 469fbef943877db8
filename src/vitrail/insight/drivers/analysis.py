"""Every block under `drivers:` of a plan, over the customers of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from vitrail.engine import Engine, column, sql
from vitrail.engine.conditions import check_types, parse_condition
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.insight.drivers.finding import Question, find_drivers
from vitrail.insight.drivers.result import Drivers, DriversResult
from vitrail.plan import DriversSpec, by_language
from vitrail.plan.expressions import check_columns
from vitrail.segments import Segmentation
from vitrail.segments.rules import segment_conditions
from vitrail.variables import PERSONAL, Variable
from vitrail.variables.kpis import compile_kpi
from vitrail.variables.lineage import trace_lineage

PASSED_OVER = PERSONAL | {"signed_up_at"}
"""Compared when asked for; the age of a date is a variable by itself."""


def prepare_drivers(
    engine: Engine,
    specs: Mapping[str, DriversSpec],
    variables: Sequence[Variable],
    segmentations: Sequence[Segmentation] = (),
    place: Callable[[str], str] = lambda path: path,
    table: str = "segmented",
) -> Callable[[], tuple[DriversResult, tuple[Finding, ...]]]:
    """Make ready to find the variables that matter for the KPI of each block.

    Args:
        specs: by name, as the plan has them.
        variables: of the profile; predictions, which are made of the others, are compared when asked for.
        segmentations: whose segments conditions may name, their columns being in `table`.
        place: says where in the plan a path such as `drivers.quiet.kpi` is written.
        table: a row a customer.

    Returns:
        What finds them: what matters, and what a person should know of the run.

    Raises:
        PlanError: a KPI, condition or name does not suit the data; all such faults at once.
    """
    parts = {name: each.variables for each in segmentations for name in (each.key, *each.scores)}
    lineage = trace_lineage(variables, parts)
    usual = [each.name for each in variables if each.grain != "predictions" and each.name not in PASSED_OVER]
    segments = dict(segment_conditions({each.key: each for each in segmentations}))
    questions: list[tuple[Question, exp.Select]] = []
    faults: list[Finding] = []
    for key, spec in specs.items():
        try:
            questions.append(_compile(engine, key, spec, usual, lineage, segments, place, table))
        except PlanError as error:
            faults += error.findings
    if faults:
        raise PlanError(faults)
    units = {each.name: each.unit for each in variables if each.unit}
    return partial(_find, engine, questions, units, place)


def _find(
    engine: Engine,
    questions: Sequence[tuple[Question, exp.Select]],
    units: Mapping[str, str],
    place: Callable[[str], str],
) -> tuple[DriversResult, tuple[Finding, ...]]:
    found = tuple(find_drivers(engine, rows, question) for question, rows in questions)
    return DriversResult(found, units), tuple(_gates(found, place))


def _compile(
    engine: Engine,
    key: str,
    spec: DriversSpec,
    usual: Sequence[str],
    lineage: Mapping[str, frozenset[str]],
    segments: Mapping[str, exp.Expr],
    place: Callable[[str], str],
    table: str,
) -> tuple[Question, exp.Select]:
    """A block as a question, and the customers it is asked of."""
    path = f"drivers.{key}"
    rows: exp.Select = exp.select(exp.Star()).from_(table)
    columns = engine.columns(rows)
    faults: list[Finding] = []
    for block in ("variables", "leave_out"):
        for name in getattr(spec, block):
            faults += check_columns(column(name), columns, place(f"{path}.{block}"))
    chosen = rows
    if spec.among is not None:
        try:
            among = parse_condition(spec.among, columns, place(f"{path}.among"), segments)
            faults += check_types(engine, among, rows, place(f"{path}.among"))
            chosen = rows.where(sql("coalesce($among, false)", among=among))
        except PlanError as error:
            faults += error.findings
    try:
        kpi = compile_kpi(engine, spec.kpi, rows, place(f"{path}.kpi"), segments)
    except PlanError as error:
        faults += error.findings
    if faults:
        raise PlanError(faults)
    exact = {name.casefold(): name for name in columns}
    names = [exact[name.casefold()] for name in spec.variables] or [n for n in usual if n in columns]
    without = {exact[name.casefold()] for name in spec.leave_out}
    label = by_language(spec.label, spec.kpi)
    asked = tuple(name for name in dict.fromkeys(names) if name not in without)
    question = Question(
        key, label, spec.kpi, kpi, asked, column("customer_id"), lineage,
        spec.seed, bool(spec.variables),
    )  # fmt: skip
    return question, chosen


def _gates(found: Sequence[Drivers], place: Callable[[str], str]) -> list[Finding]:
    return [replace(told, place=place(f"drivers.{each.key}")) for each in found for told in each.findings]
