"""Customers come back on other days: which of two codes does, and a bare number that never does.

Olist's `customer_id` is another on each order; the `N°` of a list of lines is the order's; the day on which
somebody joined is one, whenever they pay.
"""

from __future__ import annotations

from dataclasses import replace

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Candidate, choose
from vitrail.collection.guessing.evidence import Evidence
from vitrail.findings import Finding

_ALWAYS = 0.995
_BY_CHANCE = 0.01
_HALF = 0.5
_BARE = "guess_uniqueness"
_SETTLED = ("guess_preset", "guess_answered")


def prefer_who_comes_back(columns: dict[str, ColumnGuess], evidence: Evidence) -> dict[str, ColumnGuess]:
    """The columns, with a code that comes back for the customer, where the one taken has one order each."""
    customer, order = columns.get("customer_id"), columns.get("order_id")
    if customer is None or order is None or customer.reason.code in _SETTLED:
        return columns
    if not customer.alternatives or not _has_one_order(customer.source, order.source, evidence):
        return columns
    for other in customer.alternatives:
        if not _has_one_order(other, order.source, evidence):
            reason = Finding("guess_customer_comes_back", "info", "customer_id", {"column": customer.source})
            rest = tuple(each for each in customer.alternatives if each != other)
            found = replace(customer, source=other, reason=reason, alternatives=(customer.source, *rest))
            return columns | {"customer_id": found}
    return columns


def prefer_day_of_order(columns: dict[str, ColumnGuess], evidence: Evidence) -> dict[str, ColumnGuess]:
    """The columns, with a date that changes from row to row where another is one day for each customer."""
    customer, date = columns.get("customer_id"), columns.get("ordered_at")
    if customer is None or date is None or not date.alternatives or date.reason.code in _SETTLED:
        return columns
    dates = (date.source, *date.alternatives)
    facts = evidence.within(customer.source, dates)
    own = [s for s in dates if s in facts and facts[s].constant > _ALWAYS and facts[s].chance < _BY_CHANCE]
    others = tuple(s for s in dates if s in facts and facts[s].constant < _HALF)
    if not own or not others:
        return columns
    rest = tuple(s for s in date.alternatives if s not in own)
    if date.source in own:
        reason = Finding("guess_day_of_order", "info", "ordered_at", {"column": date.source})
        rest = tuple(s for s in rest if s != others[0])
        return columns | {"ordered_at": replace(date, source=others[0], reason=reason, alternatives=rest)}
    return columns | {"ordered_at": replace(date, alternatives=rest)}


def leave_to_orders(candidates: list[Candidate], evidence: Evidence) -> list[Candidate]:
    """The candidates, with a bare number for the order and no customer, if its rows are of one day each."""
    columns = choose(candidates)
    customer, date = columns.get("customer_id"), columns.get("ordered_at")
    if customer is None or date is None or "order_id" in columns or customer.reason.code != _BARE:
        return candidates
    fact = evidence.within(customer.source, [date.source]).get(date.source)
    if fact is None or fact.constant <= _ALWAYS or fact.chance > _BY_CHANCE:
        return candidates
    others = [each for each in candidates if (each.model, each.source) != ("customer_id", customer.source)]
    return [*others, Candidate("order_id", customer.source, customer.score, _BARE)]


def _has_one_order(code: str, order: str, evidence: Evidence) -> bool:
    """Whether the rows of each code are of one order; hardly any code has several rows, or they agree."""
    inside = evidence.within(code, [order])
    return order not in inside or inside[order].constant > _ALWAYS
