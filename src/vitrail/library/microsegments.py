"""Small groups whose KPI stands out, in a dataframe with a row a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vitrail import i18n
from vitrail.engine import DuckDB
from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.library.frames import check_language, check_one_row_each, to_arrow
from vitrail.plan import MicrosegmentsSpec, parse_block
from vitrail.segments.microsegments import (
    Microsegment,
    MicrosegmentSearch,
    MicrosegmentsResult,
    prepare_microsegments,
)
from vitrail.variables import BUILT_IN
from vitrail.variables.lineage import trace_lineage

_TABLE = "customers"


@dataclass(frozen=True, slots=True, repr=False)
class MicrosegmentsAnswer:
    """What a search found.

    Args:
        search: all of it.
        findings: what a person should know.
    """

    search: MicrosegmentSearch
    findings: tuple[Finding, ...]
    language: i18n.Language = "en"
    currency: str | None = None

    @property
    def groups(self) -> tuple[Microsegment, ...]:
        """The confirmed groups, the clearest first; `when` is the condition for a rule of the plan."""
        return self.search.groups

    def to_arrow(self) -> pa.Table:
        """A row a group."""
        return MicrosegmentsResult((self.search,)).to_arrow()

    def to_dict(self) -> dict[str, Any]:
        """All of the search as plain data."""
        return self.search.to_dict()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow protocol."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        from vitrail.reports.analyses.microsegments import tell_search

        return tell_search(self.search.to_dict(), self.language)

    def _repr_html_(self) -> str:
        from vitrail.reports.analyses.microsegments import render_search

        return render_search(self.search.to_dict(), self.language, self.currency)


def microsegments(
    customers: Any,
    kpi: str,
    *,
    key: str | None = None,
    language: i18n.Language = "en",
    currency: str | None = None,
    **options: Any,
) -> MicrosegmentsAnswer:
    """Small groups of customers, told by one to three conditions, whose KPI stands out.

    One half of the customers is searched, the other confirms; only what is confirmed is told.

    Args:
        customers: a dataframe with a row a customer: pandas, Polars, Arrow, DuckDB.
        kpi: a column that is a number or a yes/no, or an SQL condition.
        key: the column that names the customer, `customer_id` unless given; it names each row once, and
            decides who is in which half.
        options: `look_for`, `among`, `variables`, `leave_out`, `most_conditions`, `least_customers`, `most`,
            `seed`, as in the plan.

    Raises:
        VitrailError: a column is not known, an option is wrong.

    >>> import pyarrow as pa
    >>> rows = [(str(i), ["DE", "FR", "ES"][i % 3], i % 7, i % 3 == 0 and i % 7 > 3) for i in range(3000)]
    >>> names = ["customer_id", "country", "orders", "left"]
    >>> customers = pa.table({name: list(values) for name, values in zip(names, zip(*rows))})
    >>> [group.when for group in microsegments(customers, "left").groups]
    ["country = 'DE' and orders >= 4"]
    """
    check_language(language)
    table = to_arrow(customers)
    key = key or "customer_id"
    if key not in table.column_names:
        figures = {"name": key, "options": table.column_names}
        raise UsageError(Finding("microsegment_no_key", "error", figures=figures))
    spec = parse_block(MicrosegmentsSpec, {"kpi": kpi, **options}, "microsegments")
    known = [each for each in BUILT_IN if each.name in table.column_names]
    with DuckDB() as engine:
        engine.register(_TABLE, table)
        check_one_row_each(engine, _TABLE, table.column_names, key)
        search = prepare_microsegments(
            engine,
            {"search": spec},
            lineage=trace_lineage(known),
            place=lambda path: path.removeprefix("microsegments.search."),
            table=_TABLE,
            key=key,
        )
        result, findings = search()
    return MicrosegmentsAnswer(result.searches[0], findings, language, currency)
