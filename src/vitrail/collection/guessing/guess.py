"""From the columns of a file to the source that a plan describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from vitrail.collection.guessing.amounts import (
    doubt_count,
    doubted_columns,
    prefer_line_money,
    repeated_columns,
    weigh_amounts,
)
from vitrail.collection.guessing.answers import ColumnGuess, SourceGuess
from vitrail.collection.guessing.choosing import Candidate, Reports, choose, list_candidates
from vitrail.collection.guessing.computed import name_in_plan, say_computed, tell_computed
from vitrail.collection.guessing.conditions import tell_no_sales
from vitrail.collection.guessing.content import fitting_reading, is_rate, is_shortened
from vitrail.collection.guessing.credits import names_documents
from vitrail.collection.guessing.currency import tell_money
from vitrail.collection.guessing.customers import name_email_as_customer, settle_customer
from vitrail.collection.guessing.evidence import Evidence, Within
from vitrail.collection.guessing.headers import fold, read_header
from vitrail.collection.guessing.kinds import settle_status
from vitrail.collection.guessing.layout import (
    find_order_number,
    find_order_total,
    is_first_row_only,
    look_within,
)
from vitrail.collection.guessing.missing import explain_missing
from vitrail.collection.guessing.people import leave_to_orders, prefer_day_of_order, prefer_who_comes_back
from vitrail.collection.guessing.presets import Preset, find_preset
from vitrail.collection.guessing.products import name_product_codes
from vitrail.collection.guessing.questions import list_questions
from vitrail.collection.guessing.registers import is_register
from vitrail.collection.model import ORDER_MONEY, TABLES, is_own_export
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.values import Reading

_PRODUCT = ("product_id", "product_name")
_GOODS = (*_PRODUCT, "category", "quantity")
_PERIODS = ("current period start", "current period start utc", "next payment date", "next billing date")
_ENOUGH_ROWS = 20
_HALF = 0.5
_NOTHING: Mapping[str, str] = MappingProxyType({})


def guess_source(
    name: str,
    reports: Reports,
    evidence: Evidence,
    joined: bool = False,
    given: Mapping[str, str] = _NOTHING,
    computed: Mapping[str, str] = _NOTHING,
) -> SourceGuess:
    """Recognise a file: its table, and which of its columns is which of the customer model.

    Args:
        name: the source's name in the plan, also its place in findings.
        reports: what is known of each column.
        evidence: answers questions about the rows.
        joined: other files come with it, so that lines may lack what their order brings (the customer, the
            date), and orders the amount that their lines bring.
        given: model column → column of the file, for orders: what a person has said wins.
        computed: model column → what a person has said that is computed for it.

    Raises:
        SourceError: a column that the table cannot do without was not found; the error says which, what
            columns there are, and how to map them by hand.
    """
    preset = find_preset(tuple(reports))
    if is_own_export(reports) and not (given or computed):
        return _guess_customers(name, reports)
    columns = list_candidates(TABLES["orders"].columns, reports, preset, sales=True)
    if given or computed:
        columns = _give_way(columns, given)
    elif preset is None and is_register(choose(columns), reports):
        return _guess_customers(name, reports)
    guess = say_computed(_guess_sales(name, reports, columns, preset, evidence, given), computed)
    if not (joined and "order_id" in guess.columns and _is_half(guess)):
        explain_missing(guess.table, guess.columns, reports, name, guess.computed)
    return guess


def guess_register(name: str, reports: Reports, key: str) -> SourceGuess:
    """Recognise a file as the customers' register whose column `key` is the customer, as orders know it.

    Raises:
        SourceError: the register cannot do without a column that was not found.
    """
    return _guess_customers(name, reports, key)


def _guess_customers(name: str, reports: Reports, key: str | None = None) -> SourceGuess:
    model = TABLES["customers"]
    candidates = list_candidates(model.columns, reports, None, sales=False)
    if key is not None:
        candidates = [each for each in candidates if each.model != "customer_id" and each.source != key]
        candidates.append(Candidate("customer_id", key, 0.9, "guess_known_by_others"))
    columns = name_email_as_customer(choose(candidates), reports)
    guess = SourceGuess(name, "customers", _ordered("customers", columns), _readings(columns, reports))
    explain_missing(guess.table, guess.columns, reports, name)
    return replace(guess, unsure=list_questions(guess, reports))


def _give_way(candidates: list[Candidate], given: Mapping[str, str]) -> list[Candidate]:
    """The candidates that leave alone what a person has said; a price and a quantity said make the amount."""
    settled = {*given, "amount"} if {"quantity", "unit_price"} <= given.keys() else given.keys()
    left = [c for c in candidates if c.model not in settled and c.source not in given.values()]
    return left + [Candidate(model, source, 1.0, "guess_answered") for model, source in given.items()]


def _settle(columns: dict[str, ColumnGuess], given: Mapping[str, str]) -> dict[str, ColumnGuess]:
    """What was recognised, with what a person has said in the place of anything else."""
    said = {
        model: ColumnGuess(source, 1.0, Finding("guess_answered", "info", model))
        for model, source in given.items()
    }
    rest = {model: guess for model, guess in columns.items() if guess.source not in given.values()}
    return rest | said


def _guess_sales(
    name: str,
    reports: Reports,
    candidates: list[Candidate],
    preset: Preset | None,
    evidence: Evidence,
    given: Mapping[str, str],
) -> SourceGuess:
    candidates = leave_to_orders(name_product_codes(candidates, reports, evidence), evidence)
    columns = settle_status(name_email_as_customer(choose(candidates), reports), reports, evidence)
    columns = _settle(columns, given)
    if number := find_order_number(columns, reports, evidence):
        candidates = [*candidates, number]
        columns |= choose([number])
    whole = candidates  # where a known export counts its lines, also the totals of their orders
    if preset and preset.columns.get("amount") == ():
        whole = [*candidates, *list_candidates(("amount",), reports, None, sales=True)]
    within = look_within(columns, whole, reports, evidence)
    if preset and preset.table == "orders" and within:  # it knows the amounts of orders, and these are lines
        amounts = list_candidates(("amount",), reports, None, sales=True)
        whole = candidates = [*(c for c in candidates if c.model != "amount"), *amounts]
        within = look_within(columns, candidates, reports, evidence)
        within = {source: replace(fact, chance=0.0) for source, fact in within.items()}
    several = bool(within)
    products = any(column in columns for column in _PRODUCT)
    lines = several or (products and "order_id" not in columns)
    table = preset.table if preset and not several else "order_lines" if lines else "orders"

    first_row = is_first_row_only(columns, within)
    if preset and not several:
        first_row = preset.order_fields == "first_row"
    repeated = several and not first_row
    once: tuple[str, ...] = ()
    if repeated:
        columns, once = prefer_line_money(columns, candidates, within)
        columns = name_email_as_customer(columns, reports)
    good = columns.get("product_name")
    if table == "orders" and good and reports[good.source].rows >= _ENOUGH_ROWS:
        remark = reports[good.source].unique or names_documents(good.source, reports, evidence)
        columns = {m: guess for m, guess in columns.items() if m != "product_name" or not remark}
    unnamed = table == "order_lines" and "order_id" not in columns
    if not preset and _is_taken_off(columns, reports, evidence):
        columns = {model: guess for model, guess in columns.items() if model != "refunded_amount"}
    columns = prefer_who_comes_back(columns, evidence)
    columns, nobody = settle_customer(columns, reports, evidence)
    columns = prefer_day_of_order(columns, evidence)
    columns = weigh_amounts(columns, candidates, reports, evidence, within, first_row)
    columns = _settle(doubt_count(columns, candidates, reports), given)
    if repeated and "amount" in columns and columns["amount"].source in repeated_columns(within):
        once = ("amount", *once)
    doubted = doubted_columns(within) if repeated else frozenset[str]()
    findings = [Finding("guess_no_order_id", "warning", name)] if unnamed else []
    if repeated:
        findings += _say_order_total(name, columns, whole, within)
    guess = SourceGuess(
        name,
        table,
        _ordered(table, columns),
        _readings(columns, reports),
        order_fields="first_row" if first_row else "every_row",
        once_an_order=once,
        nobody=nobody,
        preset=preset.label if preset else None,
        maybe_once=tuple(
            m for m in ("amount", *ORDER_MONEY) if m in columns and columns[m].source in doubted
        ),
        findings=tuple(findings),
    )
    guess = tell_no_sales(guess, preset, reports, evidence, repeated)
    if not given.keys() & {"amount", "quantity", "unit_price"}:
        guess = tell_computed(guess, reports, evidence)
        kept = {column.source for column in guess.columns.values()}
        readings = {source: each for source, each in guess.readings.items() if source in kept}
        readings |= {source: reports[source].reading for source in guess.parts if source not in kept}
        guess = replace(guess, readings=readings)
    guess = replace(guess, findings=(*guess.findings, *_say_not_read(guess, reports)))
    guess = tell_money(guess, preset, reports, evidence)
    return replace(guess, unsure=list_questions(guess, reports))


def _say_order_total(
    name: str,
    columns: Mapping[str, ColumnGuess],
    candidates: list[Candidate],
    within: Mapping[str, Within],
) -> list[Finding]:
    """A total of the order that its rows repeat, which is not taken for their amount."""
    left = find_order_total(candidates, within)
    if left is None:
        return []
    if "amount" not in columns:
        return [Finding("guess_order_total_left", "warning", name, {"column": left})]
    own = columns["amount"].source
    if own in repeated_columns(within):
        return []
    return [Finding("guess_order_total_beside", "warning", name, {"column": left, "amount": own})]


def _say_not_read(guess: SourceGuess, reports: Reports) -> list[Finding]:
    """What a file tells that no column of the model takes: periods paid for, discounts in percent."""
    said: list[Finding] = []
    if any(fold(source) in _PERIODS for source in reports):
        said.append(Finding("guess_subscriptions", "warning", guess.name))
    if "amount" not in guess.known and (reduced := _reduced(guess.columns, reports)):
        said.append(Finding("guess_discount_percent", "warning", guess.name, {"names": reduced}))
    if shortened := [source for source, report in reports.items() if is_shortened(source, report)]:
        said.append(Finding("guess_shortened", "warning", guess.name, {"names": shortened}))
    if {"quantity", "unit_price"} <= guess.known and "amount" not in guess.known:
        for source in _percents_left(guess, reports):
            figures = {"column": source, "name": name_in_plan(guess, source)}
            said.append(Finding("guess_percent_left", "warning", guess.name, figures))
    return said


def _is_taken_off(columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence) -> bool:
    """Whether refunds have a minus sign, and the amount is what they leave of gross sales."""
    if not {"refunded_amount", "amount"} <= columns.keys():
        return False
    back, amount = columns["refunded_amount"].source, columns["amount"].source
    gross = [source for source in reports if "subtotal" in read_header(source).concepts]
    least, most = reports[back].minimum, reports[back].maximum
    signed = isinstance(least, Decimal) and isinstance(most, Decimal) and least < 0 >= most
    if not signed or not gross or amount in gross or reports[gross[0]].reading.kind != "number":
        return False
    names = {"amount": amount, "gross": gross[0], "back": back}
    nearer = "abs(amount - gross - back) < abs(amount - gross)"
    return evidence.share(nearer, "back < 0", names) > _HALF


def _reduced(columns: Mapping[str, ColumnGuess], reports: Reports) -> list[str]:
    """The columns of discounts in percent that are not all zero, and taken for nothing else."""
    taken = {guess.source for guess in columns.values()}
    return [
        source
        for source, report in reports.items()
        if source not in taken
        and "discount" in (said := read_header(source).concepts)
        and ("percent" in said or is_rate(said == {"discount"}, report))
        and report.reading.kind == "number"
        and report.maximum
    ]


def _percents_left(guess: SourceGuess, reports: Reports) -> list[str]:
    """The columns of percentages that say of nothing, and are none on some rows: discounts, it may be."""
    taken = {*(column.source for column in guess.columns.values()), *guess.parts}
    return [
        source
        for source, report in reports.items()
        if source not in taken
        and "percent" in (said := read_header(source).concepts)
        and said <= {"percent", "line", "unit", "product"}
        and report.reading.kind == "number"
        and report.maximum
        and (report.minimum == 0 or report.filled < report.rows)
    ]


def _is_half(guess: SourceGuess) -> bool:
    """Whether another file can bring what this one lacks: the order of lines or payments, lines of orders."""
    lacks = {name for needed in TABLES[guess.table].missing(guess.known) for name in needed}
    if {"amount", "unit_price"} & lacks:
        return guess.table == "orders" and not {"customer_id", "ordered_at"} & lacks
    priced = "amount" in guess.columns and guess.columns["order_id"].reason.code == "guess_name"
    return priced or any(name in guess.columns for name in _GOODS)


def _ordered(table: str, columns: Mapping[str, ColumnGuess]) -> dict[str, ColumnGuess]:
    return {name: columns[name] for name in TABLES[table].columns if name in columns}


def _readings(columns: Mapping[str, ColumnGuess], reports: Reports) -> dict[str, Reading]:
    """How the mapped columns are read, where that is not as plain text."""
    found = {}
    for model, guess in columns.items():
        reading = fitting_reading(model, reports[guess.source])
        if reading and reading.name != "text":
            found[guess.source] = reading
    return found
