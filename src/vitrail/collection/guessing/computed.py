"""Amounts that no column holds and several make: less a discount, of prices per hundred, debit and credit.

Whether a discount is a fraction, a percentage or money is decided on its whole column. All within 1, or with
a sign of percent, is a fraction; above 1 a percentage where its name says so, or where as money it would be
more than the price; above 100 money. What is left open is taken for the likelier, and is to be checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.collection.guessing.answers import ComputedGuess, SourceGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.content import is_flag
from vitrail.collection.guessing.discounted import says_full
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import fold, read_header
from vitrail.collection.guessing.reduced import is_reduced_price
from vitrail.collection.readings import plain_name
from vitrail.engine import column
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.values import ColumnReport

_PER_MANY = re.compile(r"(?<!\d)(1000?)(?!\d)|\b(hundred|thousand|mille)\b")
_MANY = {"hundred": "100", "thousand": "1000", "mille": "1000"}
_MONEY = frozenset({"amount", "total", "value", "gross", "net", "cents"})
_PRICES = frozenset({"price", "unit_price"})
_NO_DISCOUNT = frozenset({"id", "voucher", "date", "customer", "tax", "count", "status", "method", "name"})
_DEBIT = frozenset({"debit", "debits", "soll", "debe", "dare", "debet"})
_CREDIT = frozenset({"credit", "credits", "haben", "haber", "avere"})
_ADJUSTED = frozenset({"adjusted", "revised", "corrected", "ajuste", "corrige", "rectifie"})
_AROUND = frozenset(
    {"amount", "montant", "eur", "euro", "euros", "usd", "gbp", "chf", "in", "en", "mt", "betrag"}
)
_JOURNALS = frozenset({"journal", "journal code", "code journal", "journalcode", "jnl", "jal"})
_OF_SALES = frozenset({"ve", "vt", "vte", "vtes", "ven", "vente", "ventes", "sa", "sal", "sales", "sj"})
_RECEIVABLE = "411"
"""How the accounts of customers begin in French books."""
_AGREEING, _TOGETHER, _EXCEEDING = 0.9, 0.02, 0.01
_MOST_RATES, _FEWEST_REDUCED = 20, 10


@dataclass(frozen=True, slots=True)
class _Discount:
    """A column of discounts: what an expression makes of it, money or a share, and whether that is sure."""

    source: str
    value: str
    money: bool
    sure: bool


def tell_computed(guess: SourceGuess, reports: Reports, evidence: Evidence) -> SourceGuess:
    """The guess with what the plan is to compute, for no column holds it."""
    if guess.table == "customers" or guess.preset:
        return guess
    if {"quantity", "unit_price"} <= guess.columns.keys():
        return _tell_reduced(guess, reports, evidence)
    if "amount" in guess.columns:
        return _tell_adjusted(_tell_full(guess), reports)
    return _tell_ledger(guess, reports, evidence)


def _tell_adjusted(guess: SourceGuess, reports: Reports) -> SourceGuess:
    """The amount as adjusted since, where some rows have another of that name: `Adjusted Order Total`."""
    amount = guess.columns.get("amount")
    if amount is None or amount.reason.code == "guess_answered" or guess.once_an_order:
        return guess
    words = set(fold(amount.source).split())
    for source, report in reports.items():
        said = set(fold(source).split())
        rare = 2 * report.filled < reports[amount.source].filled and report.reading.kind == "number"
        if rare and words < said and said - words <= _ADJUSTED and _model_of(guess, source) is None:
            guess = _without(guess, [amount.source])
            full, now = _own_name(amount.source), _own_name(source)
            why = Finding("guess_adjusted", "warning", "amount", {"column": source, "full": amount.source})
            made = ComputedGuess(f"coalesce({now}, {full})", why, (source,), (full,))
            return _with(guess, {"amount": made}, [source, amount.source])
    return guess


def _tell_full(guess: SourceGuess) -> SourceGuess:
    """What discounts leave of the only amount there is, where its name says *gross* beside them."""
    amount, off = guess.columns["amount"], guess.columns.get("discount_amount")
    known = amount.reason.code == "guess_answered" or amount.alternatives or guess.once_an_order
    if off is None or known or guess.order_fields == "first_row" or not says_full(amount.source):
        return guess
    guess = _without(guess, [amount.source])
    full = _own_name(amount.source)
    said = {"full": amount.source, "column": off.source, "formula": full}
    why = Finding("guess_full_less_discount", "warning", "amount", said)
    left = ComputedGuess(f"{full} - abs(coalesce(discount_amount, 0))", why, (amount.source,), (full,))
    return _with(guess, {"amount": left}, [amount.source])


def _tell_reduced(guess: SourceGuess, reports: Reports, evidence: Evidence) -> SourceGuess:
    """What is left of quantity × price once discounts are off."""
    price = guess.columns["unit_price"].source
    many = _per_many(price)
    full = f"quantity * unit_price / {many}" if many else "quantity * unit_price"
    discounts = _list_discounts(guess, reports, evidence)
    if "amount" not in guess.columns and (reduced := _find_reduced_price(guess, reports, evidence)):
        return _take_reduced_price(guess, price, reduced)
    shares = [each for each in discounts if not each.money]
    if not shares:
        money = [each for each in discounts if _model_of(guess, each.source) == "discount_amount"]
        if "amount" in guess.columns or (money and _is_of_order(guess)):
            return guess
        if money:
            why = Finding("guess_less_discount", "warning", "amount", {"column": money[0].source})
            made = ComputedGuess(f"{full} - {money[0].value}", why, (money[0].source,), (full,))
            return _with(guess, {"amount": made}, [])
        if many:
            why = Finding("guess_per_many", "info", "amount", {"column": price, "many": int(many)})
            return _with(guess, {"amount": ComputedGuess(full, why)}, [])
        return guess

    left = " * ".join(f"(1 - {each.value})" for each in shares)
    off = shares[0].value if len(shares) == 1 else f"(1 - {left})"
    names = [each.source for each in shares]
    guess = _without(guess, names)
    doubted = tuple(each.source for each in shares if len(shares) > 1 or not each.sure)
    computed = {}
    if "discount_amount" not in guess.columns:
        why = Finding("guess_share_off", "info", "discount_amount", {"names": names})
        computed["discount_amount"] = ComputedGuess(f"{full} * {off}", why)
    why = Finding("guess_less_shares", "info", "amount", {"names": names})
    amount = guess.columns.get("amount")
    if amount is not None:
        known = {each: guess.columns[each].source for each in ("quantity", "unit_price", "amount")}
        known |= {name_in_plan(guess, each.source): each.source for each in shares}
        reduced = " + ".join(each.value for each in shares)
        if "amount" in guess.once_an_order or guess.order_fields == "first_row":
            return guess
        if _holds(evidence, f"abs({full} * {left} - amount) <= 0.011", f"{reduced} <> 0", known):
            return _with(guess, computed, names)
        if not _holds(evidence, f"abs({full} - amount) <= 0.011", f"{reduced} <> 0", known):
            return guess
        doubted = (*names,)
        why = Finding("guess_before_discount", "warning", "amount", {"column": amount.source, "names": names})
        guess = _without(guess, [amount.source])
    computed["amount"] = ComputedGuess(f"{full} * {left}", why, doubted, (full,) if doubted else ())
    return _with(guess, computed, names)


def _is_of_order(guess: SourceGuess) -> bool:
    """Whether the discount is the whole order's, whose total is told beside: no line bears it alone."""
    told = any(said.code == "guess_order_total_left" for said in guess.findings)
    return told and "discount_amount" in guess.once_an_order


def _take_reduced_price(guess: SourceGuess, price: str, reduced: str) -> SourceGuess:
    """Quantity × the price that is left, or the full one where a row has no other."""
    guess = _without(guess, [reduced])
    left = f"coalesce({name_in_plan(guess, reduced)}, unit_price)"
    off = Finding("guess_share_off", "info", "discount_amount", {"names": [reduced]})
    why = Finding("guess_reduced_price", "info", "amount", {"column": reduced, "price": price})
    sure = "discount" in read_header(reduced).concepts
    doubted, others = ((), ()) if sure else ((reduced,), ("quantity * unit_price",))
    made = {
        "discount_amount": ComputedGuess(f"quantity * (unit_price - {left})", off),
        "amount": ComputedGuess(f"quantity * {left}", why, doubted, others),
    }
    return _with(guess, made, [reduced])


def _find_reduced_price(guess: SourceGuess, reports: Reports, evidence: Evidence) -> str | None:
    """The price that is left of the other."""
    price = guess.columns["unit_price"].source
    for source, report in reports.items():
        free = _model_of(guess, source) in (None, "discount_amount") and report.reading.kind == "number"
        if free and is_reduced_price(price, source, evidence):
            return source
    return None


def _list_discounts(guess: SourceGuess, reports: Reports, evidence: Evidence) -> list[_Discount]:
    """The columns of discounts that are taken for nothing else, and are not all zero."""
    found = []
    for source, report in reports.items():
        said = read_header(source).concepts
        if "discount" not in said or said & _NO_DISCOUNT or is_flag(report):
            continue
        free = _model_of(guess, source) in (None, "discount_amount") and report.reading.kind == "number"
        if free and (judged := _judge(guess, source, report, evidence)) is not None:
            found.append(judged)
    return found


def _judge(guess: SourceGuess, source: str, report: ColumnReport, evidence: Evidence) -> _Discount | None:
    least, most = report.minimum, report.maximum
    if not (isinstance(least, Decimal) and isinstance(most, Decimal)) or least == most == 0:
        return None
    said, size = read_header(source).concepts, max(abs(least), abs(most))

    def compile_value(name: str) -> str:
        return f"abs(coalesce({name}, 0))" if most <= 0 else f"coalesce({name}, 0)"

    own = _own_name(source)
    value = compile_value(own)
    percent = _Discount(source, f"{value} / 100", money=False, sure=True)
    if "%" in report.reading.name or (size <= 1 and not said & _MONEY):
        sure = "percent" not in said or "%" in report.reading.name or size < 1
        return _Discount(source, value, money=False, sure=sure)
    if "percent" in said:
        return percent if size <= 100 else None
    if said & _PRICES:  # what is left of a price
        return None
    money = _Discount(source, compile_value(name_in_plan(guess, source)), money=True, sure=True)
    if said & _MONEY or size > 100:
        return money
    known = {each: guess.columns[each].source for each in ("quantity", "unit_price")} | {own: source}
    priced = f"{value} > 0 and quantity * unit_price <> 0"
    of_line = "discount_amount" not in guess.once_an_order or money.value == value
    if of_line and evidence.share(f"{value} > abs(quantity * unit_price)", priced, known) > _EXCEEDING:
        return percent
    rates = report.is_integer and report.distinct <= _MOST_RATES and report.filled >= _FEWEST_REDUCED
    return replace(percent, sure=False) if rates else money


def _tell_ledger(guess: SourceGuess, reports: Reports, evidence: Evidence) -> SourceGuess:
    """Two columns, what is owed and what is paid: a ledger counts what is owed, a bank what came in."""
    sides = []
    for words in (_DEBIT, _CREDIT):
        named = [
            source
            for source, report in reports.items()
            if report.reading.kind == "number"
            and _model_of(guess, source) is None
            and (told := set(fold(source).split())) & words
            and told <= words | _AROUND
        ]
        if len(named) != 1:
            return guess
        sides += named
    debit, credit = (name_in_plan(guess, source) for source in sides)
    known = {debit: sides[0], credit: sides[1]}
    both = f"coalesce({debit}, 0) <> 0 and coalesce({credit}, 0) <> 0"
    if evidence.share(both, "true", known) > _TOGETHER:
        return guess
    ledger = f"coalesce({debit}, 0) - coalesce({credit}, 0)"
    bank = f"coalesce({credit}, 0) - coalesce({debit}, 0)"
    journal = next((source for source in reports if fold(source) in _JOURNALS), None)
    books = bool(journal) or any("ledger" in read_header(source).concepts for source in reports)
    first, other = (ledger, bank) if books or "order_id" in guess.columns else (bank, ledger)
    figures = {"debit": sides[0], "credit": sides[1]}
    code = "guess_debit_less_credit" if first == ledger else "guess_credit_less_debit"
    made = ComputedGuess(first, Finding(code, "warning", "amount", figures), (*sides,), (other,))
    guess = _with(guess, {"amount": made}, sides)
    return _keep_receivables(guess, journal, reports, evidence) if books else guess


def _keep_receivables(
    guess: SourceGuess, journal: str | None, reports: Reports, evidence: Evidence
) -> SourceGuess:
    """Of the entries of a ledger, which balance, those of sales on accounts of customers.

    Payments of customers stand in other journals, what was sold and its tax on other accounts.
    """
    conditions: list[str] = []
    guess = _name_third_party(guess, evidence)
    if journal:
        values = evidence.values(journal)
        sales = [value for value in values if fold(value) in _OF_SALES]
        if sales and len(sales) < len(values):
            listed = ", ".join(exp.Literal.string(value).sql("duckdb") for value in sales)
            conditions.append(f"{name_in_plan(guess, journal)} in ({listed})")
    for source in reports:
        values = evidence.values(source)
        owed = [value for value in values if value.startswith(_RECEIVABLE)]
        account = {"ledger", "customer"} & read_header(source).concepts
        if account and _model_of(guess, source) != "customer_id" and 0 < len(owed) < len(values):
            conditions.append(f"cast({name_in_plan(guess, source)} as varchar) like '{_RECEIVABLE}%'")
            break
    else:
        if guess.order_fields == "first_row":  # a customer stands on its own entry of a document only
            guess = _without(guess, [guess.columns["order_id"].source])
    guess = replace(guess, order_fields="every_row")
    if not conditions or guess.keep:
        return guess
    keep = " and ".join(conditions)
    said = Finding("guess_receivables", "warning", guess.name, {"condition": keep})
    return replace(guess, keep=keep, findings=(*guess.findings, said))


def _name_third_party(guess: SourceGuess, evidence: Evidence) -> SourceGuess:
    """The guess with another column for the customer, where the one taken is one account for all of them."""
    customer = guess.columns.get("customer_id")
    if customer is None or not customer.alternatives:
        return guess
    accounts = evidence.values(customer.source)
    if len(accounts) < 2 or sum(each.startswith(_RECEIVABLE) for each in accounts) != 1:
        return guess
    reason = Finding("guess_third_party", "info", "customer_id", {"column": customer.source})
    found = replace(customer, source=customer.alternatives[0], reason=reason, alternatives=())
    return replace(guess, columns={**guess.columns, "customer_id": found})


def _with(guess: SourceGuess, computed: Mapping[str, ComputedGuess], parts: Sequence[str]) -> SourceGuess:
    return replace(guess, computed={**guess.computed, **computed}, parts=(*guess.parts, *parts))


def _without(guess: SourceGuess, sources: Sequence[str]) -> SourceGuess:
    """The guess with these columns of the file taken for nothing."""
    left = {model: each for model, each in guess.columns.items() if each.source not in sources}
    once = tuple(model for model in guess.once_an_order if model in left)
    unsure = tuple(model for model in guess.maybe_once if model in left)
    return replace(guess, columns=left, once_an_order=once, maybe_once=unsure)


def _holds(evidence: Evidence, condition: str, among: str, known: Mapping[str, str]) -> bool:
    return evidence.share(condition, among, known) >= _AGREEING


def _model_of(guess: SourceGuess, source: str) -> str | None:
    return next((model for model, each in guess.columns.items() if each.source == source), None)


def say_computed(guess: SourceGuess, said: Mapping[str, str]) -> SourceGuess:
    """The guess with what a person has said that is computed, in the place of anything else."""
    guess = _without(guess, [each.source for model, each in guess.columns.items() if model in said])
    made = {
        model: ComputedGuess(formula, Finding("guess_answered", "info", model))
        for model, formula in said.items()
    }
    return replace(guess, computed={**guess.computed, **made})


def name_in_plan(guess: SourceGuess, source: str) -> str:
    """What an expression of the plan calls a column of the file."""
    return _model_of(guess, source) or _own_name(source)


def _own_name(source: str) -> str:
    """What an expression calls a column of the file that is taken for none of the model."""
    return column(plain_name(source) or source.casefold()).sql("duckdb")


def _per_many(price: str) -> str | None:
    """How many units a price is for, where its name says more than one."""
    found = _PER_MANY.search(fold(price))
    return (found[1] or _MANY[found[2]]) if found else None
