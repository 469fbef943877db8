"""Cohorts of a dataframe of orders: `vitrail.cohorts(orders)`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vitrail import i18n
from vitrail.engine import column
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.insight.cohorts import CohortsResult, CohortTable
from vitrail.insight.cohorts.comparison import Comparison
from vitrail.insight.cohorts.results import SCHEMA
from vitrail.insight.cohorts.rhythm import Rhythm
from vitrail.library.frames import to_arrow
from vitrail.library.orders import Common, segmented_orders
from vitrail.library.results import FrameResult
from vitrail.plan import SourceSpec, parse_block
from vitrail.plan.cohorts import START_GROUPS, CohortSpec
from vitrail.plan.names import BUILT_IN_VARIABLES
from vitrail.profile import order_columns
from vitrail.workspace.analyses import follow_cohorts

MEASURES = (
    "customers", "active", "retention", "revenue", "revenue_per_customer", "cumulative_revenue_per_customer",
    "orders", "orders_per_customer", "cumulative_orders_per_customer", "adopted", "adoption",
)  # fmt: skip
"""What a triangle can show."""


@dataclass(frozen=True, slots=True, repr=False)
class CohortsOfFrame(FrameResult):
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

    def _headline(self) -> str:
        cohorts = self.table.cohorts if self.table else ()
        return (
            f"{len(cohorts)} cohorts as of {self.as_of}: { {each.key: each.customers for each in cohorts} }"
        )

    def _render(self) -> str:
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
    clean: Mapping[str, Any] | None = None,
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
        clean: what is cleaned, as in the plan: `{"zero_price": "keep"}` counts orders that cost nothing.
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
    orders = to_arrow(orders)  # once: some can be read no second time
    customers = None if customers is None else to_arrow(customers)
    own = orders.column_names
    known = {*START_GROUPS, *BUILT_IN_VARIABLES, *(() if customers is None else customers.column_names)}
    settled = by if by not in known and by in own else None

    def ask(sources: Mapping[str, SourceSpec]) -> dict[str, Any]:
        """The plan's blocks: the cohorts, and the variable that tells a column of `orders` by customer."""
        if settled is not None:
            told = {**_in_first_order(settled, sources["orders"].columns), "label": settled}
            spec = parse_block(CohortSpec, {"by": _SETTLED, "period": period, **options}, "cohorts")
            return {"variables": {_SETTLED: told}, "cohorts": {"cohorts": spec}}
        register = sources["customers"].columns if "customers" in sources else {}
        named = next((target for target, source in register.items() if source == by), by)
        return {
            "cohorts": {
                "cohorts": parse_block(CohortSpec, {"by": named, "period": period, **options}, "cohorts")
            }
        }

    common = Common(
        columns=columns,
        customers=customers,
        refunds=refunds,
        currency=currency,
        language=language,
        clean=clean,
    )
    with segmented_orders("cohorts", orders, as_of, common, ask) as found:
        follow = follow_cohorts(found.context)
        result, findings = follow() if follow else (None, ())
        return CohortsOfFrame(
            table=next(iter(result.tables), None) if result else None,
            rhythm=result.rhythm if result else None,
            findings=(*found.notes, *findings),
            as_of=found.as_of,
            language=language,
            currency=currency,
        )


_SETTLED = "of_first_order"
"""The variable of a column of `orders` that makes the groups."""


def _in_first_order(name: str, mapped: Mapping[str, str]) -> dict[str, str]:
    """The variable that tells a column of `orders` at a customer's first order: under its name in the model
    where it is recognised, else under its own."""
    known = next((target for target, source in mapped.items() if source == name), None)
    named = column(known or name.casefold()).sql("duckdb", identify=True)
    of = "orders" if known is None or known in order_columns(tuple(mapped)) else "order_lines"
    return {"of": of, "value": f"arg_min({named}, ordered_at)"}
