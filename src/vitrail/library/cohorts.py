"""Cohorts and durations on dataframes: `vitrail.cohorts(orders)`, `vitrail.survival(customers, …)`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.collection.audit import check_collection
from vitrail.engine import DuckDB, Engine, column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.errors import DataError, PlanError, UsageError
from vitrail.findings import Finding
from vitrail.insight.cohorts import CohortsResult, CohortTable, SurvivalTable
from vitrail.insight.cohorts.comparison import Comparison
from vitrail.insight.cohorts.members import Labels
from vitrail.insight.cohorts.results import SCHEMA, list_times
from vitrail.insight.cohorts.rhythm import Rhythm
from vitrail.insight.cohorts.staying import compare_stays, load_curves
from vitrail.insight.survival import LogRank, SurvivalCurve
from vitrail.library.frames import check_language, check_one_row_each, read_frame, recognise_frame, to_arrow
from vitrail.plan import Plan, parse_block
from vitrail.plan.cohorts import START_GROUPS, CohortSpec, CohortSurvivalSpec
from vitrail.plan.expressions import check_columns
from vitrail.plan.faults import choose
from vitrail.plan.names import BUILT_IN_VARIABLES
from vitrail.profile import order_columns
from vitrail.variables.kpis import compile_yes_no
from vitrail.workspace.analyses import follow_cohorts
from vitrail.workspace.computing import compute
from vitrail.workspace.context import AnalysisContext

MEASURES = (
    "customers", "active", "retention", "revenue", "revenue_per_customer", "cumulative_revenue_per_customer",
    "orders", "orders_per_customer", "cumulative_orders_per_customer", "adopted", "adoption",
)  # fmt: skip
"""What a triangle can show."""


@dataclass(frozen=True, slots=True, repr=False)
class CohortsOfFrame:
    """Cohorts followed period by period.

    Args:
        table: who they are, their cells, how they compare; None where the groups asked for are too many.
        rhythm: how soon customers come back.
        findings: what a person should know.
        as_of: the day the figures speak of.
    """

    table: CohortTable | None
    rhythm: Rhythm | None
    findings: tuple[Finding, ...]
    as_of: dt.date
    language: i18n.Language = "en"
    currency: str | None = None

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Cohorts against one another, with intervals and corrected p-values."""
        return self.table.comparisons if self.table else ()

    def triangle(self, measure: str = "retention", complete: bool = False) -> pa.Table:
        """A row a cohort, a column a period: `cohort`, then `0`, `1` …

        Args:
            measure: one of `MEASURES`.
            complete: leave out periods that are not over.

        Raises:
            PlanError: there is no such measure.
        """
        if measure not in MEASURES:
            figures = {"key": "measure", "value": measure, "options": list(MEASURES)}
            raise PlanError(Finding("plan_not_an_option", "error", figures=figures))
        cohorts = self.table.cohorts if self.table else ()
        rows = {
            each.key: {
                cell.period: cell.to_dict()[measure] for cell in each.cells if cell.complete or not complete
            }
            for each in cohorts
        }
        periods = range(max((period for row in rows.values() for period in row), default=-1) + 1)
        kind = SCHEMA.field(measure).type
        columns = {str(n): pa.array([row.get(n) for row in rows.values()], kind) for n in periods}
        return pa.table({"cohort": pa.array(list(rows), pa.string()), **columns})

    def to_arrow(self) -> pa.Table:
        """A row a cohort and period."""
        tables = (self.table,) if self.table else ()
        figures = [name for name in SCHEMA.names if name in MEASURES or name.startswith("retention_")]
        return CohortsResult(tables, (), None).to_arrow().select(["cohort", "period", "complete", *figures])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return CohortsResult((self.table,) if self.table else (), (), self.rhythm).to_dict()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol: `polars.DataFrame(result)` and `pandas.DataFrame.from_arrow(result)` work."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        cohorts = self.table.cohorts if self.table else ()
        return (
            f"{len(cohorts)} cohorts as of {self.as_of}: { {each.key: each.customers for each in cohorts} }"
        )

    def _repr_html_(self) -> str:
        from vitrail.reports.notebook import render_table

        cohorts = self.table.cohorts if self.table else ()
        rows = [
            {
                "cohort": each.key,
                "customers": each.customers,
                **{f"{cell.period}_share": cell.retention for cell in each.cells if cell.complete},
            }
            for each in cohorts
        ]
        last = max((cell.period for each in cohorts for cell in each.cells if cell.complete), default=0)
        labels = {
            name: i18n.text(f"cohorts_column_{name}", self.language) for name in ("cohort", "customers")
        }
        labels |= {f"{period}_share": str(period) for period in range(last + 1)}
        return render_table(rows, labels, self.language, currency=self.currency)


def cohorts(
    orders: Any,
    as_of: dt.date | str = "latest",
    by: str = "first_order",
    period: str = "auto",
    *,
    columns: Mapping[str, str] | None = None,
    customers: Any = None,
    refunds: str = "match",
    currency: str | None = None,
    language: i18n.Language = "en",
    **options: Any,
) -> CohortsOfFrame:
    """Customers who began together, or have something in common, followed period by period.

    Args:
        orders: a dataframe of orders or order lines.
        as_of: the day the figures speak of; rows from then on do not exist. `latest`: after the newest row.
        by: `first_order` or `signup`; a variable of the profile or a column of `customers`; or any other
            column of `orders`: customers are then grouped by its value in their first order.
        period: `week`, `month`, `quarter`, or `auto` by the length of the record.
        columns: model column → column of `orders`; recognised where not given.
        customers: a dataframe with a row a customer, if there is one.
        refunds: `match`, `net` or `drop`, as in the plan; `drop` follows what was ordered, taken back or not.
        currency: of the amounts (ISO 4217), for display.
        language: of labels and messages.
        options: `where`, `adopted`, `adopted_label`, `since`, `at` as under `cohorts:` in the plan.

    Raises:
        VitrailError: a column is not recognised, an option is wrong, nothing is left.

    >>> import pyarrow as pa
    >>> orders = pa.table({
    ...     "customer_id": ["ann", "bob", "ann", "bob", "cid"],
    ...     "amount": [10, 20, 30, 5, 8],
    ...     "ordered_at": [dt.datetime(2025, month, 2) for month in (1, 1, 2, 3, 2)]})
    >>> found = cohorts(orders, as_of="2025-04-01", period="month")
    >>> found.triangle("active").to_pylist()
    [{'cohort': '2025-01', '0': 2, '1': 1, '2': 1}, {'cohort': '2025-02', '0': 1, '1': 0, '2': None}]
    """
    frames = {"orders": to_arrow(orders)}
    if customers is not None:
        frames["customers"] = to_arrow(customers)
    known = {*START_GROUPS, *BUILT_IN_VARIABLES}
    known |= set(frames["customers"].column_names) if customers is not None else set()
    settled = by if by not in known and by in frames["orders"].column_names else None
    variables: dict[str, Any] = {}
    with DuckDB() as engine:
        reads = {name: read_frame(engine, name, frame) for name, frame in frames.items()}
        sources = {
            name: recognise_frame(engine, name, read, columns if name == "orders" else None, refunds)
            for name, read in reads.items()
        }
        if settled is not None:
            by = "of_first_order"
            variables[by] = {**_in_first_order(settled, sources["orders"].columns), "label": settled}
        register = sources["customers"].columns if "customers" in sources else {}
        by = next((target for target, source in register.items() if source == by), by)
        spec = parse_block(CohortSpec, {"by": by, "period": period, **options}, "cohorts")
        block = {"version": 1, "name": "", "language": language, "currency": currency, "as_of": as_of}
        block |= {"sources": sources, "variables": variables, "cohorts": {"cohorts": spec}}
        plan = parse_block(Plan, block, "vitrail")
        computed = compute(engine, plan, reads)
        follow = follow_cohorts(AnalysisContext(engine, plan, computed))
        result, findings = follow() if follow else (None, ())
        return CohortsOfFrame(
            table=next(iter(result.tables), None) if result else None,
            rhythm=result.rhythm if result else None,
            findings=(*computed.findings, *check_collection(computed.collected, reads, plan), *findings),
            as_of=computed.collected.as_of,
            language=language,
            currency=currency,
        )


def _in_first_order(name: str, mapped: Mapping[str, str]) -> dict[str, str]:
    """The variable that tells a column of `orders` at a customer's first order: under its name in the model
    where it is recognised, else under its own."""
    known = next((target for target, source in mapped.items() if source == name), None)
    named = column(known or name.casefold()).sql("duckdb", identify=True)
    of = "orders" if known is None or known in order_columns(tuple(mapped)) else "order_lines"
    return {"of": of, "value": f"arg_min({named}, ordered_at)"}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SurvivalOfFrame:
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

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol: `polars.DataFrame(result)` and `pandas.DataFrame.from_arrow(result)` work."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        told = {key: (curve.customers, curve.departures) for key, curve in self.curves.items()}
        said = [finding.message(self.language) for finding in self.findings]
        return "\n".join([f"customers and departures by group: {told}", *said])

    def _repr_html_(self) -> str:
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
        raise UsageError(choose("plan_not_an_option", "survival", figures))
    if at is not None and not 0 < at < float("inf"):
        raise UsageError(
            Finding("plan_bound_gt", "error", "survival", {"key": "at", "bound": 0, "got": str(at)})
        )
    with DuckDB() as engine:
        table = to_arrow(customers)
        engine.register("frame", table)
        names = table.column_names
        check_one_row_each(engine, "frame", names)
        known = {name.casefold(): name for name in names}
        trees = [exp.column(name, quoted=True) for name in (duration, by) if name is not None]
        faults = [finding for tree in trees for finding in check_columns(tree, names, "survival")]
        if faults:
            raise PlanError(faults)
        departed = compile_yes_no(engine, left, exp.select("*").from_("frame"), "survival.left")
        group: exp.Expr = exp.Literal.string("all")
        if by is not None:
            group = sql("coalesce(cast($by as varchar), '')", by=column(known[by.casefold()]))
        members = exp.select(group.as_("cohort"), departed.as_("departed")).select(
            column(known[duration.casefold()]).as_("duration")
        )
        members = members.from_("frame")
        if where is not None:
            members = members.where(parse_condition(where, names, "survival.where"))
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
                "select distinct cast($x as varchar) as level from frame where $x is not null order by 1"
                " limit $most",
                x=column(name),
                most=_FEW + 1,
            )
        )
        if 0 < len(rows) <= _FEW:
            figures |= {"column": name, "values": [row["level"] for row in rows]}
            return Finding("survival_nobody_left_values", "warning", figures=figures)
    return Finding("survival_nobody_left", "warning", figures=figures)
