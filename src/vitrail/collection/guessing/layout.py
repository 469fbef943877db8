"""How rows stand to their orders: one each, several that repeat what is the order's, or totals among them."""

from __future__ import annotations

from collections.abc import Mapping

from vitrail.collection.guessing.amounts import repeated_columns
from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Candidate, Reports
from vitrail.collection.guessing.evidence import Evidence, Within
from vitrail.collection.guessing.headers import read_header
from vitrail.collection.model import ORDER_MONEY

_TOTALS = 0.9


def look_within(
    columns: Mapping[str, ColumnGuess], candidates: list[Candidate], reports: Reports, evidence: Evidence
) -> Mapping[str, Within]:
    """What the rows of an order agree on; empty where each order has one row, or none is named."""
    order = columns.get("order_id")
    if order is None or reports[order.source].unique:
        return {}
    watched = {order.source} | {
        candidate.source
        for candidate in candidates
        if candidate.model in ("customer_id", "ordered_at", "amount", "email", *ORDER_MONEY)
    }
    return evidence.within(order.source, sorted(watched))


def find_order_number(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> Candidate | None:
    """A number of nothing in particular as the order’s: each has one customer and one date on all rows."""
    if "order_id" in columns or not {"customer_id", "ordered_at"} <= columns.keys():
        return None
    taken = {guess.source for guess in columns.values()}
    customer, day = columns["customer_id"].source, columns["ordered_at"].source
    for source in sorted(set(reports) - taken):
        said, report = read_header(source), reports[source]
        bare = said.concepts == {"id"} and not said.unknown
        if bare and not report.unique and report.distinct > reports[customer].distinct:
            facts = evidence.within(source, [customer, day])
            if facts and all(fact.constant > _TOTALS for fact in facts.values()):
                return Candidate("order_id", source, 0.6, "guess_order_by_rows")
    return None


def is_first_row_only(columns: Mapping[str, ColumnGuess], within: Mapping[str, Within]) -> bool:
    """Whether the customer, the date or the amount stand on an order's first row only."""
    facts = [
        within[columns[c].source]
        for c in ("customer_id", "ordered_at", "amount")
        if c in columns
        if columns[c].source in within
    ]
    return bool(facts) and max(fact.once for fact in facts) > 0.5


def find_order_total(candidates: list[Candidate], within: Mapping[str, Within]) -> str | None:
    """The likeliest total of the order that each of its rows repeats."""
    totals = [c for c in candidates if c.model == "amount" and c.source in repeated_columns(within)]
    return max(totals, key=lambda c: (c.score, c.source)).source if totals else None


def find_total_rows(columns: Mapping[str, ColumnGuess], evidence: Evidence) -> tuple[str | None] | None:
    """Whether orders' totals stand among their lines; then the column that is blank on them, if any is."""
    if not {"order_id", "amount"} <= columns.keys():
        return None
    goods = [model for model in ("product_name", "product_id", "quantity") if model in columns]
    order, amount = columns["order_id"].source, columns["amount"].source
    doubled, alone = evidence.total_rows(order, amount, [columns[model].source for model in goods])
    if doubled < _TOTALS:
        return None
    return (next((model for model in goods if alone[columns[model].source] >= _TOTALS), None),)
