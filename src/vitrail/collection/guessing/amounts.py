"""Which amount a row is worth, and which amounts belong to the whole order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vitrail.collection.guessing.answers import ColumnGuess, SourceGuess
from vitrail.collection.guessing.choosing import Candidate, choose
from vitrail.collection.guessing.evidence import Evidence, Within
from vitrail.errors import SourceError
from vitrail.findings import Finding

ORDER_MONEY = ("discount_amount", "refunded_amount")


def drop_order_money(
    columns: Mapping[str, ColumnGuess],
    candidates: list[Candidate],
    within: Mapping[str, Within],
) -> tuple[dict[str, ColumnGuess], list[str]]:
    """Leave out amounts of the whole order repeated on each of its rows: a sum would multiply them."""
    repeated = {source for source, fact in within.items() if fact.constant > 0.95}
    dropped = [
        columns[model].source
        for model in ORDER_MONEY
        if model in columns and columns[model].source in repeated
    ]
    kept = [
        candidate
        for candidate in candidates
        if not (candidate.model in ORDER_MONEY and candidate.source in repeated)
    ]
    return choose(kept), dropped


def weigh_amounts(
    columns: dict[str, ColumnGuess],
    candidates: list[Candidate],
    evidence: Evidence,
    within: Mapping[str, Within],
    once: bool,
) -> dict[str, ColumnGuess]:
    """Settle the amount: the row's own before the order's, what the customer paid before what excludes tax.

    A total repeated on each row of an order is left for quantity × unit price where those are there. An
    amount that equals quantity × unit price is known to be the row's.
    """
    if "amount" in columns and columns["amount"].reason.code == "guess_preset":
        return columns
    taken = {guess.source for model, guess in columns.items() if model not in ("amount", "unit_price")}
    amounts = [c for c in candidates if c.model == "amount" and c.source not in taken]
    prices = [c.source for c in candidates if c.model == "unit_price" and c.source not in taken]
    quantity = columns.get("quantity")
    triples = [
        (quantity.source, price, amount.source)
        for price in prices
        for amount in amounts
        if quantity and price != amount.source
    ]
    agreed = {t: share for t, share in evidence.product_shares(triples).items() if share >= 0.9}
    rated: list[Candidate] = []
    for amount in amounts:
        score, reason = amount.score, amount.reason
        if any(t[2] == amount.source for t in agreed):
            score, reason = min(1.0, score + 0.05), "guess_product"
        elif not once and amount.source in within and within[amount.source].constant > 0.95:
            score, reason = score * 0.5, "guess_order_total"
        rated.append(Candidate("amount", amount.source, score, reason))
    others = [c for c in candidates if c.model == "unit_price" and c.source not in taken]
    settled = choose([*rated, *others])
    result = {model: guess for model, guess in columns.items() if model not in ("amount", "unit_price")}
    best = settled.get("amount")
    derivable = quantity is not None and "unit_price" in settled
    if best and derivable and best.reason.code == "guess_order_total":
        settled.pop("amount")
    if best is None and quantity is None and "unit_price" in settled:
        doubt = Finding("guess_price_as_amount", "warning", "amount")
        settled["amount"] = replace(settled.pop("unit_price"), score=0.6, reason=doubt)
    return result | settled


def refuse_repeated_total(guess: SourceGuess) -> None:
    amount = guess.columns.get("amount")
    if amount and amount.reason.code == "guess_order_total":
        figures = {"column": amount.source, "order": guess.columns["order_id"].source}
        raise SourceError(Finding("guess_total_repeated", "error", guess.name, figures))
