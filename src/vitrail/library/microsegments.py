"""Small groups whose KPI stands out, in a dataframe with a row a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vitrail import i18n
from vitrail.engine import DuckDB
from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.library.frames import CUSTOMERS, check_language, register_customers
from vitrail.library.results import FrameResult
from vitrail.plan import MicrosegmentsSpec, parse_block
from vitrail.segments.microsegments import (
    Microsegment,
    MicrosegmentSearch,
    MicrosegmentsResult,
    prepare_microsegments,
)
from vitrail.variables import KNOWN
from vitrail.variables.lineage import trace_lineage


@dataclass(frozen=True, slots=True, repr=False)
class MicrosegmentsAnswer(FrameResult):
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

    def _headline(self) -> str:
        from vitrail.reports.analyses.microsegments import tell_search

        return tell_search(self.search.to_dict(), self.language)

    def _render(self) -> str:
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
    spec = parse_block(MicrosegmentsSpec, {"kpi": kpi, **options}, "microsegments")
    with DuckDB() as engine:
        given = register_customers(engine, customers, key)
        if given.key is None:
            raise UsageError(Finding("microsegment_no_key", "error", "key", {"options": given.columns}))
        known = [each for each in KNOWN if each.name in given.columns]
        search = prepare_microsegments(
            engine,
            {"search": spec},
            lineage=trace_lineage(known),
            place=lambda path: path.removeprefix("microsegments.search."),
            table=CUSTOMERS,
            key=given.key,
        )
        result, findings = search()
    return MicrosegmentsAnswer(result.searches[0], findings, language, currency)
