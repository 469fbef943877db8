"""Which amount a row is worth, and which amounts belong to the whole order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Candidate, Reports, choose
from vitrail.collection.guessing.discounted import leave_undiscounted
from vitrail.collection.guessing.evidence import Evidence, Within
from vitrail.collection.guessing.headers import read_header
from vitrail.collection.model import ORDER_MONEY
from vitrail.findings import Finding

_REPEATED, _NAMED = 0.95, 0.49
_ENOUGH_PRICES = 10
_GOODS = ("product_id", "product_name", "category")
_BY_CHANCE = 1e-4


def prefer_line_money(
    columns: Mapping[str, ColumnGuess],
    candidates: list[Candidate],
    within: Mapping[str, Within],
) -> tuple[dict[str, ColumnGuess], tuple[str, ...]]:
    """Discounts and refunds of the row itself where there are any, else those of the whole order.

    Returns the columns, and which of these amounts each row of an order repeats: they count once an order.
    """
    repeated = repeated_columns(within)
    own = [
        candidate
        for candidate in candidates
        if not (candidate.model in ORDER_MONEY and candidate.source in repeated)
    ]
    chosen = choose(own)
    taken = {guess.source for guess in chosen.values()}
    for model in ORDER_MONEY:
        if model in columns and model not in chosen and columns[model].source not in taken:
            reason = Finding("guess_order_money", "info", model)
            chosen[model] = replace(columns[model], reason=reason)
    once = tuple(model for model in ORDER_MONEY if model in chosen and chosen[model].source in repeated)
    return chosen, once


def repeated_columns(within: Mapping[str, Within]) -> frozenset[str]:
    """The columns whose value each row of an order repeats.

    One that names the order is believed sooner; one that names the line or its product, never: lines may
    cost the same.
    """
    return _agreeing(within) - doubted_columns(within)


def doubted_columns(within: Mapping[str, Within]) -> frozenset[str]:
    """The columns that the rows of each order agree on, in so few orders that it may be by chance."""
    return frozenset(
        source
        for source in _agreeing(within)
        if within[source].chance > _BY_CHANCE and _expected(source) == _REPEATED
    )


def _agreeing(within: Mapping[str, Within]) -> frozenset[str]:
    return frozenset(source for source, fact in within.items() if fact.constant > _expected(source))


def _expected(source: str) -> float:
    concepts = read_header(source).concepts
    if concepts & {"line", "product"}:
        return 1.0
    return _NAMED if "order" in concepts else _REPEATED


def weigh_amounts(
    columns: dict[str, ColumnGuess],
    candidates: list[Candidate],
    reports: Reports,
    evidence: Evidence,
    within: Mapping[str, Within],
    once: bool,
) -> dict[str, ColumnGuess]:
    """Settle the amount: the row's own before the order's, what is paid before what is less or more.

    A total repeated on each row of an order is left for quantity × unit price where those are there, and
    counts once an order where they are not. An amount that equals quantity × unit price is known to be the
    row's.
    """
    if "amount" in columns and columns["amount"].reason.code in ("guess_preset", "guess_answered"):
        return columns
    repeated = frozenset[str]() if once else repeated_columns(within)
    taken = {guess.source for model, guess in columns.items() if model not in ("amount", "unit_price")}
    amounts = [c for c in candidates if c.model == "amount" and c.source not in taken]
    others = _before_tax_last([c for c in candidates if c.model == "unit_price" and c.source not in taken])
    prices = [c.source for c in others]
    quantity = columns.get("quantity")
    if quantity is None:
        amounts = _goods_last(amounts)
    amounts = leave_undiscounted(amounts, reports, evidence)
    triples = [
        (quantity.source, price, amount.source)
        for price in prices
        for amount in amounts
        if quantity and price != amount.source
    ]
    agreed = {t: share for t, share in evidence.product_shares(triples).items() if share >= 0.9}
    each = {c.source for c in others if quantity and c.score > _score_of(c.source, amounts)}
    each -= {amount for _, _, amount in agreed}
    rated: list[Candidate] = []
    for amount in amounts:
        if amount.source in each:  # a price beside a quantity is that of one
            continue
        score, reason = amount.score, amount.reason
        if any(t[2] == amount.source for t in agreed):
            score, reason = min(1.0, score + 0.05), "guess_product"
        elif amount.source in repeated:
            score, reason = score * 0.5, "guess_order_total"
        rated.append(Candidate("amount", amount.source, score, reason))
    settled = choose([*rated, *others])
    result = {model: guess for model, guess in columns.items() if model not in ("amount", "unit_price")}
    best = settled.get("amount")
    derivable = quantity is not None and "unit_price" in settled
    if best and derivable and best.reason.code == "guess_order_total":
        settled.pop("amount")
    elif best and best.reason.code == "guess_order_total":  # the order's it is, and no doubt
        settled["amount"] = replace(best, score=min(1.0, 2 * best.score))
    if best is None and quantity and (price := settled.get("unit_price")):
        good = next((columns[model].source for model in _GOODS if model in columns), None)
        if _is_of_the_line(price.source, quantity.source, good, evidence):
            grows = Finding("guess_price_of_line", "warning", "amount", {"quantity": quantity.source})
            settled["amount"] = replace(settled.pop("unit_price"), score=0.6, reason=grows)
    if best and quantity is None:  # a list price beside what was paid
        settled.pop("unit_price", None)
    if best is None and quantity is None and "unit_price" in settled:
        doubt = Finding("guess_price_as_amount", "warning", "amount")
        settled["amount"] = replace(settled.pop("unit_price"), score=0.6, reason=doubt)
    return result | settled


def _is_of_the_line(price: str, quantity: str, good: str | None, evidence: Evidence) -> bool:
    """Whether a bare price grows with the quantity: divided by it, goods have far fewer prices."""
    if "price" not in read_header(price).concepts:
        return False
    written, divided = evidence.prices(quantity, price, good)
    return written >= _ENOUGH_PRICES and written >= 2 * divided


def doubt_count(
    columns: dict[str, ColumnGuess], candidates: list[Candidate], reports: Reports
) -> dict[str, ColumnGuess]:
    """Where `amount` may say how many, small whole numbers beside far greater prices: it gives way to these.

    The Ta-Feng baskets have it so. A person is asked.
    """
    amount = columns.get("amount")
    if amount is None or "quantity" in columns or read_header(amount.source).concepts != {"amount"}:
        return columns
    said = reports[amount.source]
    taken = {guess.source for guess in columns.values()}
    prices = [c for c in candidates if c.model == "unit_price" and c.source not in taken]
    best = min(prices, key=lambda c: (-c.score, c.source), default=None)
    if best is None or not said.is_integer or amount.reason.code != "guess_name":
        return columns
    most, dearest = said.maximum, reports[best.source].maximum
    if not (isinstance(most, Decimal) and isinstance(dearest, Decimal) and 0 < 5 * most < dearest):
        return columns
    if 2 * said.distinct > reports[best.source].distinct:
        return columns
    doubt = Finding("guess_price_as_amount", "warning", "amount")
    return columns | {"amount": ColumnGuess(best.source, 0.6, doubt, (amount.source,))}


def _before_tax_last(prices: list[Candidate]) -> list[Candidate]:
    """Prices, those before tax less sure where one with tax is beside them."""
    gross = any("gross" in read_header(price.source).concepts for price in prices)
    return [
        replace(price, score=0.97 * price.score)
        if gross and "net" in read_header(price.source).concepts
        else price
        for price in prices
    ]


def _goods_last(amounts: list[Candidate]) -> list[Candidate]:
    """Amounts, what the goods come to less sure where a total of more than these is beside them."""
    of_goods = {amount.source for amount in amounts if "product" in read_header(amount.source).concepts}
    if len(of_goods) == len(amounts):
        return amounts
    return [replace(a, score=0.9 * a.score) if a.source in of_goods else a for a in amounts]


def _score_of(source: str, candidates: list[Candidate]) -> float:
    return max((each.score for each in candidates if each.source == source), default=0.0)
