"""Segments side by side: the mean or the share of each measure, with its interval.

Model: of a yes/no the share with Wilson's 95 % interval, of a number the mean with Student's, over the
    customers of the segment whose measure is known.
Assumes: customers are independent; for means of amounts, which are skewed, a few dozen customers a segment.
Source: Wilson 1927 and Student 1908 (`vitrail.statistics.shares`, `vitrail.statistics.means`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, Query, Whole, choose_whole, column, sql
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.plan import ComparisonSpec, MeasureSpec, by_language
from vitrail.plan.faults import choose
from vitrail.segments import Segmentation
from vitrail.segments.memberships import compile_members
from vitrail.segments.rules import segment_conditions
from vitrail.statistics.means import mean_interval
from vitrail.statistics.shares import wilson_interval
from vitrail.statistics.welch import Moments
from vitrail.variables import Variable
from vitrail.variables.kpis import Kpi, compile_kpi
from vitrail.variables.lineage import find_relatives, trace_lineage

MOST_MEASURES = 6
_VIEW = "compared"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of one segment.

    Args:
        customers: of the segment, those whose measure is known.
        value: the share or the mean; None where nobody's is known.
        low, high: its 95 % interval; None of a mean of fewer than two.
    """

    segment: str | None
    customers: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A measure across the segments of a segmentation.

    Args:
        measure: its name in the plan, or the variable's.
        label: its name for people by language, where it is no variable.
        variable: the variable it is, where it is one.
        kind: `share` or `mean`.
        unit: of the variable.
        formed: whether the segmentation is cut by it, or by what is made of the same facts: then segments
            differ in it by construction.
        whole: over all customers.
        segments: in plan order.
    """

    segmentation: str
    measure: str
    label: Mapping[Language, str] | None
    variable: str | None
    kind: str
    unit: str
    formed: bool
    whole: Measured
    segments: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """Every measure across every segmentation."""

    compared: tuple[Compared, ...] = field(default_factory=tuple)

    def to_arrow(self) -> pa.Table:
        """A row a segmentation, measure and segment; segment NULL is all customers."""
        rows = [
            {
                "segmentation": each.segmentation,
                "measure": each.measure,
                "kind": each.kind,
                "formed": each.formed,
                **asdict(measured),
            }
            for each in self.compared
            for measured in (*each.segments, each.whole)
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {"compared": [asdict(each) for each in self.compared]}


SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("measure", pa.string()),
        ("kind", pa.string()),
        ("formed", pa.bool_()),
        ("segment", pa.string()),
        ("customers", pa.int64()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
"""The columns of `comparison.parquet`."""


def prepare_comparison(
    engine: Engine,
    spec: ComparisonSpec,
    segmentations: Sequence[Segmentation],
    variables: Sequence[Variable],
    place: Callable[[str], str] = lambda path: path,
    table: str = "segmented",
) -> Callable[[], ComparisonResult]:
    """Make ready to set the segments of each segmentation side by side; one scan a segmentation.

    Args:
        variables: of the profile.
        place: says where in the plan a path such as `comparison.measures.quiet.kpi` is written.
        table: a row a customer, with the columns of the segmentations.

    Raises:
        PlanError: a measure or a segmentation is not there; all such faults at once.
    """
    known = {each.key: each for each in segmentations}
    at = place("comparison.segmentations")
    faults: list[Finding] = [
        choose("comparison_segmentation", at, {"name": name, "options": [*known]})
        for name in spec.segmentations
        if name not in known
    ]
    rows: Query = exp.select(exp.Star()).from_(table)
    segments = dict(segment_conditions(known))
    measures: dict[str, tuple[MeasureSpec, Kpi]] = {}
    for name, measure in (spec.measures or choose_measures(variables, engine.columns(rows))).items():
        try:
            at = place(f"comparison.measures.{name}.kpi")
            measures[name] = (measure, compile_kpi(engine, measure.kpi, rows, at, segments))
        except PlanError as error:
            faults += error.findings
    if faults:
        raise PlanError(faults)
    chosen = [known[name] for name in spec.segmentations] or list(segmentations)
    parts = {name: each.variables for each in segmentations for name in (each.key, *each.scores)}
    return partial(_compare, engine, table, chosen, measures, variables, trace_lineage(variables, parts))


def _compare(
    engine: Engine,
    table: str,
    chosen: Sequence[Segmentation],
    measures: Mapping[str, tuple[MeasureSpec, Kpi]],
    variables: Sequence[Variable],
    lineage: Mapping[str, frozenset[str]],
) -> ComparisonResult:
    if not chosen or not measures:
        return ComparisonResult()
    units = _view_measures(engine, table, [kpi for _, kpi in measures.values()])
    whole = _measure(engine, exp.select(exp.null().as_("segment"), *_columns(units)).from_(_VIEW), units)
    named = {each.name: each for each in variables}
    compared = []
    for cut in chosen:
        found = _measure(engine, compile_members(cut, _VIEW, [each.name for each in _columns(units)]), units)
        for number, (name, (measure, kpi)) in enumerate(measures.items()):
            variable = named.get(measure.kpi)
            compared.append(
                Compared(
                    segmentation=cut.key,
                    measure=name,
                    label=by_language(measure.label, {}) or None,
                    variable=variable.name if variable else None,
                    kind=kpi.kind,
                    unit=variable.unit if variable else "",
                    formed=bool(find_relatives(kpi.columns, cut.variables, lineage)),
                    whole=_estimate(None, kpi, whole.get((None, number))),
                    segments=tuple(
                        _estimate(each.key, kpi, found.get((each.key, number))) for each in cut.segments
                    ),
                )
            )
    return ComparisonResult(tuple(compared))


def choose_measures(variables: Sequence[Variable], columns: Iterable[str]) -> dict[str, MeasureSpec]:
    """What segments are compared on unless the plan says so: value, buying again, predictions, adoption."""
    there = set(columns)
    found = {}
    if "total_amount" in there:
        found["total_amount"] = MeasureSpec(kpi="total_amount")
    if "order_count" in there:
        found["bought_again"] = MeasureSpec(kpi="order_count > 1")
    predicted = [each.name for each in variables if each.grain == "predictions"]
    for name in (*predicted, "distinct_products", "accepts_marketing"):
        if name in there and len(found) < MOST_MEASURES:
            found[name] = MeasureSpec(kpi=name)
    return found


def _columns(units: Sequence[Whole]) -> list[exp.Column]:
    return [column(f"_m{at}") for at in range(len(units))]


def _view_measures(engine: Engine, table: str, kpis: Sequence[Kpi]) -> tuple[Whole, ...]:
    """Make the view of customers with their measures as whole numbers; how each became so."""
    most = [exp.alias_(sql("max(abs($x))", x=kpi.value), f"m{at}") for at, kpi in enumerate(kpis)]
    query = exp.select(sql("count(*)").as_("customers"), *most).from_(table)
    found = engine.records(query)[0]
    units = tuple(
        choose_whole(found[f"m{at}"], found[f"m{at}"], found["customers"]) for at in range(len(kpis))
    )
    values = [
        exp.alias_(unit.compile(kpi.value), f"_m{at}")
        for at, (kpi, unit) in enumerate(zip(kpis, units, strict=True))
    ]
    engine.view(_VIEW, exp.select("*", *values).from_(table))
    return units


def _measure(engine: Engine, members: Query, units: Sequence[Whole]) -> dict[tuple[str | None, int], Moments]:
    """The exact sums of each segment and measure."""
    sums = []
    for at, value in enumerate(_columns(units)):
        sums += [
            exp.alias_(sql("count($x)", x=value), f"n{at}"),
            exp.alias_(sql("coalesce(sum($x), 0)", x=value), f"t{at}"),
            exp.alias_(sql("coalesce(sum($x::hugeint * $x), 0)", x=value), f"q{at}"),
        ]
    query = exp.select("segment", *sums).from_(members.subquery("members")).group_by("segment")
    found = {}
    for record in engine.records(query):
        for at, unit in enumerate(units):
            total, squares = unit.read_sum(record[f"t{at}"]), unit.read_squares(record[f"q{at}"])
            found[record["segment"], at] = Moments(record[f"n{at}"], total, squares)
    return found


def _estimate(segment: str | None, kpi: Kpi, moments: Moments | None) -> Measured:
    if moments is None or not moments.count:
        return Measured(segment, 0, None, None, None)
    if kpi.kind == "mean":
        return Measured(segment, moments.count, *mean_interval(moments))
    interval = wilson_interval(round(moments.total), moments.count)
    return Measured(segment, moments.count, float(moments.mean), *interval)
