"""How long customers stay, on a dataframe with a row a customer: `vitrail.survival(customers, …)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import DuckDB, Engine, column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.errors import DataError, UsageError
from vitrail.findings import Finding
from vitrail.insight.cohorts import SurvivalTable
from vitrail.insight.cohorts.comparison import Comparison
from vitrail.insight.cohorts.members import Labels
from vitrail.insight.cohorts.results import SCHEMA, list_times
from vitrail.insight.cohorts.staying import compare_stays, load_curves
from vitrail.insight.survival import LogRank, SurvivalCurve
from vitrail.library.frames import CUSTOMERS, check_language, find_columns, list_names, register_customers
from vitrail.library.results import FrameResult
from vitrail.plan.cohorts import CohortSurvivalSpec
from vitrail.plan.faults import choose
from vitrail.variables.kpis import compile_yes_no


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SurvivalOfFrame(FrameResult):
    """How long customers stay, by group.

    Args:
        table: the curves by group, their test, how they compare.
        curve: the curve of everybody, whatever the groups; `curves` has one a group.
        findings: what a person should know.
    """

    table: SurvivalTable
    curve: SurvivalCurve
    findings: tuple[Finding, ...]
    language: i18n.Language = "en"

    @property
    def curves(self) -> dict[str, SurvivalCurve]:
        """The curve of each group; `all` where there are no groups."""
        return {each.key: each.curve for each in self.table.groups}

    @property
    def test(self) -> LogRank:
        """The log-rank test of all groups."""
        return self.table.test

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Groups against one another at one time, with intervals and corrected log-rank p-values."""
        return self.table.comparisons

    def to_arrow(self) -> pa.Table:
        """A row a group and time: at risk, left, share still there with its interval."""
        names = ["cohort", *SCHEMA.names[SCHEMA.names.index("time") :]]
        return pa.Table.from_pylist(list(list_times(self.table)), schema=SCHEMA).select(names)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return self.table.to_dict()

    def _headline(self) -> str:
        told = {key: (curve.customers, curve.departures) for key, curve in self.curves.items()}
        return f"customers and departures by group: {told}"

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        rows = [
            {
                "group": key,
                "customers": curve.customers,
                "left": curve.departures,
                "median": curve.median.value,
                "at_share": curve.share_at(self.table.at).value if self.table.at else None,
            }
            for key, curve in self.curves.items()
        ]
        when = ""
        if self.table.at:
            when = i18n.text(f"cohorts_at_{self.table.unit}", self.language, at=self.table.at)
        names = {name: name for name in ("group", "customers", "left", "median")} | {"at_share": "at"}
        labels = {
            name: i18n.text(f"cohorts_column_{code}", self.language, when=when)
            for name, code in names.items()
        }
        return render_table(rows, labels, self.language)


def survival(
    customers: Any,
    duration: str,
    left: str,
    by: str | None = None,
    *,
    where: str | None = None,
    unit: str = "months",
    at: float | None = None,
    language: i18n.Language = "en",
) -> SurvivalOfFrame:
    """How long customers stay before they leave for good (Kaplan–Meier), and whether groups differ.

    Args:
        customers: a dataframe with a row a customer (a `customer_id` that comes twice is refused).
        duration: the column of how long each was followed, not negative.
        left: an SQL condition, true of those who have left, such as `Churn = 'Yes'`; or a column of yes and
            no (`oui` and `non`, true and false, 1 and 0).
        by: a column that makes groups; the biggest eleven by themselves, the others together.
        where: an SQL condition: the customers followed.
        unit: of the duration: `days`, `weeks`, `months`, `years`.
        at: the time at which groups are compared; a year unless given, less where too few were followed.
        language: of labels and messages.

    Raises:
        VitrailError: a column is not there, a condition is wrong, nobody has a duration.

    >>> import pyarrow as pa
    >>> frame = pa.table({"months": [6, 6, 6, 7, 10], "gone": [1, 1, 0, 1, 0]})
    >>> found = survival(frame, duration="months", left="gone")
    >>> found.curve.median.value, round(found.curve.share_at(6).value, 2)
    (7.0, 0.6)
    """
    check_language(language)
    units = list(get_args(CohortSurvivalSpec.model_fields["unit"].annotation))
    if unit not in units:
        figures = {"key": "unit", "value": str(unit), "options": units}
        raise UsageError(choose("plan_not_an_option", "unit", figures))
    if at is not None and not 0 < at < float("inf"):
        raise UsageError(Finding("plan_bound_gt", "error", "at", {"key": "at", "bound": 0, "got": str(at)}))
    with DuckDB() as engine:
        names = register_customers(engine, customers).columns
        [lasted] = find_columns("duration", [duration], names)
        grouped = find_columns("by", list_names(by), names)
        departed = compile_yes_no(engine, left, exp.select("*").from_(CUSTOMERS), "left")
        group: exp.Expr = exp.Literal.string("all")
        for each in grouped:
            group = sql("coalesce(cast($by as varchar), '')", by=column(each))
        members = exp.select(
            group.as_("cohort"), departed.as_("departed"), column(lasted).as_("duration")
        ).from_(CUSTOMERS)
        if where is not None:
            members = members.where(parse_condition(where, names, "where"))
        curves, findings = load_curves(engine, members)
        everyone = curves
        if len(curves) > 1:
            together = sql(
                "select 'all' as cohort, duration, departed from $rows", rows=members.subquery("rows")
            )
            everyone, _ = load_curves(engine, together)
        if not any(curve.departures for curve in curves.values()) and curves:
            findings = [*findings, _nobody_left(engine, left, departed, everyone)]
    labels: dict[str, Labels] = {key: dict.fromkeys(i18n.LANGUAGES, key) for key in curves}
    named = tuple(replace(each, figures={"name": by or "survival", **each.figures}) for each in findings)
    if not curves:
        raise DataError(named)
    stays = compare_stays(by or "survival", unit, curves, labels, at)
    return SurvivalOfFrame(stays, next(iter(everyone.values())), named, language)


_FEW = 5


def _nobody_left(
    engine: Engine, left: str, departed: exp.Expr, everyone: Mapping[str, SurvivalCurve]
) -> Finding:
    """That nobody has left, with the values of the column that should tell, where it has only a few."""
    figures: dict[str, Any] = {"left": left}
    figures["customers"] = sum(curve.customers for curve in everyone.values())
    for name in dict.fromkeys(each.name for each in departed.find_all(exp.Column)):
        rows = engine.records(
            sql(
                "select distinct cast($x as varchar) as level from customers where $x is not null order by 1"
                " limit $most",
                x=column(name),
                most=_FEW + 1,
            )
        )
        if 0 < len(rows) <= _FEW:
            figures |= {"column": name, "values": [row["level"] for row in rows]}
            return Finding("survival_nobody_left_values", "warning", figures=figures)
    return Finding("survival_nobody_left", "warning", figures=figures)
