"""From the columns of a file to the source that a plan describes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from vitrail.collection.guessing.amounts import (
    doubt_count,
    doubted_columns,
    prefer_line_money,
    repeated_columns,
    weigh_amounts,
)
from vitrail.collection.guessing.answers import ColumnGuess, Question, SourceGuess
from vitrail.collection.guessing.choosing import Candidate, Reports, choose, list_candidates
from vitrail.collection.guessing.content import fitting_reading, is_rate
from vitrail.collection.guessing.credits import find_credits, names_documents
from vitrail.collection.guessing.customers import name_email_as_customer, settle_customer
from vitrail.collection.guessing.evidence import Evidence, Within
from vitrail.collection.guessing.headers import fold, read_header
from vitrail.collection.guessing.kinds import (
    find_called_off,
    find_head_rows,
    find_open_deals,
    find_other_kinds,
    settle_status,
)
from vitrail.collection.guessing.missing import explain_missing
from vitrail.collection.guessing.presets import Preset, find_preset
from vitrail.collection.guessing.products import name_product_codes
from vitrail.collection.model import ORDER_MONEY, TABLES, is_own_export
from vitrail.collection.readings import plain_name
from vitrail.collection.values.number_styles import WITHOUT_CENTS, CentsStyle
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.values import ColumnReport, Reading

_PEOPLE = tuple(name for name in TABLES["customers"].columns if name not in TABLES["orders"].columns)
_GOODS = ("order_id", "product_id", "product_name", "quantity", "unit_price")
_SALES = (*_GOODS, "payment_method", "status")
_PRODUCT = ("product_id", "product_name")
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "EURO": "EUR", "EUROS": "EUR"}
_PERIODS = ("current period start", "current period start utc", "next payment date", "next billing date")
_TOTALS = 0.9
_ENOUGH_ROWS = 20
_LEAST_CENTS = 100
_NOTHING: Mapping[str, str] = MappingProxyType({})
_IN_HEADER = re.compile(r"[€£$]|(?<![A-Z])(?:EUROS?|EUR|GBP|USD|CHF|CAD)(?![A-Z])")


def guess_source(
    name: str,
    reports: Reports,
    evidence: Evidence,
    joined: bool = False,
    given: Mapping[str, str] = _NOTHING,
) -> SourceGuess:
    """Recognise a file: its table, and which of its columns is which of the customer model.

    Args:
        name: the source's name in the plan, also its place in findings.
        reports: what is known of each column.
        evidence: answers questions about the rows.
        joined: other files come with it, so that lines may lack what their order brings (the customer, the
            date), and orders the amount that their lines bring.
        given: model column → column of the file, for orders: what a person has said wins.

    Raises:
        SourceError: a column that the table cannot do without was not found; the error says which, what
            columns there are, and how to map them by hand.
    """
    preset = find_preset(tuple(reports))
    if is_own_export(reports) and not given:
        return _guess_customers(name, reports)
    columns = list_candidates(TABLES["orders"].columns, reports, preset, sales=True)
    if given:
        columns = _give_way(columns, given)
    elif preset is None and _is_register(choose(columns), reports):
        return _guess_customers(name, reports)
    guess = _guess_sales(name, reports, columns, preset, evidence, given)
    if not (joined and "order_id" in guess.columns and _is_half(guess)):
        explain_missing(guess.table, guess.columns, reports, name)
    return guess


def _guess_customers(name: str, reports: Reports) -> SourceGuess:
    model = TABLES["customers"]
    columns = choose(list_candidates(model.columns, reports, None, sales=False))
    columns = name_email_as_customer(columns, reports)
    guess = SourceGuess(name, "customers", _ordered("customers", columns), _readings(columns, reports))
    explain_missing(guess.table, guess.columns, reports, name)
    return replace(guess, unsure=_questions(guess, reports))


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
    candidates = name_product_codes(candidates, reports, evidence)
    columns = settle_status(name_email_as_customer(choose(candidates), reports), reports, evidence)
    columns = _settle(columns, given)
    within = _within(columns, candidates, reports, evidence)
    if preset and preset.table == "orders" and within:  # it knows the amounts of orders, and these are lines
        amounts = list_candidates(("amount",), reports, None, sales=True)
        candidates = [*(c for c in candidates if c.model != "amount"), *amounts]
        within = _within(columns, candidates, reports, evidence)
        within = {source: replace(fact, chance=0.0) for source, fact in within.items()}
    findings: list[Finding] = []
    several = bool(within)
    products = any(column in columns for column in _PRODUCT)
    lines = several or (products and "order_id" not in columns)
    table = preset.table if preset and not several else "order_lines" if lines else "orders"

    first_row = _first_row_only(columns, within)
    if preset and not several:
        first_row = preset.order_fields == "first_row"
    once: tuple[str, ...] = ()
    if several and not first_row:
        columns, once = prefer_line_money(columns, candidates, within)
        columns = name_email_as_customer(columns, reports)
    good = columns.get("product_name")
    if table == "orders" and good and reports[good.source].rows >= _ENOUGH_ROWS:
        remark = reports[good.source].unique or names_documents(good.source, reports, evidence)
        columns = {m: guess for m, guess in columns.items() if m != "product_name" or not remark}
    if table == "order_lines" and "order_id" not in columns:
        findings.append(Finding("guess_no_order_id", "warning", name))
    if not preset and _is_taken_off(columns, reports):
        columns = {model: guess for model, guess in columns.items() if model != "refunded_amount"}
    columns, nobody = settle_customer(columns, reports, evidence)
    columns = weigh_amounts(columns, candidates, evidence, within, first_row)
    columns = _settle(doubt_count(columns, candidates, reports), given)
    if several and not first_row and (left := _left(candidates, within)):
        if "amount" not in columns:
            findings.append(Finding("guess_order_total_left", "warning", name, {"column": left}))
        elif columns["amount"].source not in repeated_columns(within):
            both = {"column": left, "amount": columns["amount"].source}
            findings.append(Finding("guess_order_total_beside", "warning", name, both))
    if several and not first_row and "amount" in columns:
        once = ("amount", *once) if columns["amount"].source in repeated_columns(within) else once
    doubted = doubted_columns(within) if several and not first_row else frozenset[str]()
    credits = find_credits(columns, reports, evidence)
    told = _told_by(columns, credits[0], credits[1]) if credits else None
    if credits:
        once = tuple(model for model in once if model != "amount")  # a sale and its refund, not twice a total
        figures = {"column": credits[0], "names": [*credits[1]], "condition": told}
        sure = Finding("guess_credits", "info", name, figures)
        doubt = Finding("guess_maybe_credits", "warning", name, figures)
        findings.append(sure if credits[2] else doubt)
    others, keep = find_other_kinds(columns, reports, evidence), None
    if others:
        keep = _told_by(columns, *others, no=True)
        figures = {"column": others[0], "names": [*others[1]]}
        findings.append(Finding("guess_other_kinds", "warning", name, figures))
    if first_row and not (preset or keep) and (heads := find_head_rows(columns, reports, evidence)):
        keep = _told_by(columns, *heads)
        figures = {"column": heads[0], "value": heads[1][0]}
        findings.append(Finding("guess_head_rows", "warning", name, figures))
    if several and not first_row and "amount" not in once and (totals := _totals(columns, evidence)):
        figures = {"column": columns["amount"].source, "blank": totals[0] or ""}
        code = "guess_total_rows" if totals[0] else "guess_maybe_total_rows"
        findings.append(Finding(code, "warning", name, figures))
        keep = " and ".join(filter(None, (keep, totals[0] and f"{totals[0]} is not null")))
    cancelled = (
        [preset.cancelled] if preset and preset.cancelled and _is_told(preset, columns, evidence) else []
    )
    if not cancelled and (open_deals := find_open_deals(columns, evidence)):
        cancelled.append(_told_by(columns, columns["status"].source, open_deals))
        figures = {"column": columns["status"].source, "names": [*open_deals]}
        findings.append(Finding("guess_called_off", "info", name, figures))
    for source, values in find_called_off(columns, reports, evidence):
        cancelled.append(_told_by(columns, source, values))
        figures = {"column": source, "names": [*values]}
        findings.append(Finding("guess_called_off", "info", name, figures))
    if any(fold(source) in _PERIODS for source in reports):
        findings.append(Finding("guess_subscriptions", "warning", name))
    if "amount" not in columns and (reduced := _reduced(columns, reports)):
        findings.append(Finding("guess_discount_percent", "warning", name, {"names": reduced}))
    guess = SourceGuess(
        name,
        table,
        _ordered(table, columns),
        _readings(columns, reports),
        order_fields="first_row" if first_row else "every_row",
        once_an_order=once,
        cancelled=" or ".join(cancelled) or None,
        keep=keep or None,
        credits=told if credits and credits[2] else None,
        nobody=nobody,
        preset=preset.label if preset else None,
        maybe_once=tuple(
            m for m in ("amount", *ORDER_MONEY) if m in columns and columns[m].source in doubted
        ),
        findings=tuple(findings),
    )
    currency = _currency(guess, reports, evidence) or (preset.currency if preset else None)
    guess = replace(guess, currency=currency)
    guess = replace(guess, readings={**guess.readings, **_in_cents(guess, preset, reports)})
    return replace(guess, unsure=_questions(guess, reports))


def _is_taken_off(columns: Mapping[str, ColumnGuess], reports: Reports) -> bool:
    """Whether refunds have a minus sign, as a part of what lies between gross sales and the amount."""
    if not {"refunded_amount", "amount"} <= columns.keys():
        return False
    refund, amount = reports[columns["refunded_amount"].source], columns["amount"].source
    gross = [source for source in reports if "subtotal" in read_header(source).concepts]
    least, most = refund.minimum, refund.maximum
    signed = isinstance(least, Decimal) and isinstance(most, Decimal) and least < 0 >= most
    return signed and bool(gross) and amount not in gross


def _told_by(
    columns: Mapping[str, ColumnGuess], source: str, values: Collection[str], no: bool = False
) -> str:
    """The condition that a column has one of these values, or none, by the name that a plan gives it."""
    name = next((model for model, guess in columns.items() if guess.source == source), plain_name(source))
    listed = ", ".join(exp.Literal.string(value).sql("duckdb") for value in values)
    return f"coalesce({name}, '') not in ({listed})" if no else f"{name} in ({listed})"


def _left(candidates: list[Candidate], within: Mapping[str, Within]) -> str | None:
    """The likeliest total of the order that each of its rows repeats."""
    totals = [c for c in candidates if c.model == "amount" and c.source in repeated_columns(within)]
    return max(totals, key=lambda c: (c.score, c.source)).source if totals else None


def _totals(columns: Mapping[str, ColumnGuess], evidence: Evidence) -> tuple[str | None] | None:
    """Whether orders' totals stand among their lines; then the column that is blank on them, if any is."""
    if not {"order_id", "amount"} <= columns.keys():
        return None
    goods = [model for model in ("product_name", "product_id", "quantity") if model in columns]
    order, amount = columns["order_id"].source, columns["amount"].source
    doubled, alone = evidence.total_rows(order, amount, [columns[model].source for model in goods])
    if doubled < _TOTALS:
        return None
    return (next((model for model in goods if alone[columns[model].source] >= _TOTALS), None),)


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


def _is_told(preset: Preset, columns: Mapping[str, ColumnGuess], evidence: Evidence) -> bool:
    """Whether the column is there by which a known export tells its cancelled rows, in its own words."""
    if "not in" not in (preset.cancelled or ""):
        return "status" not in preset.columns or "status" in columns
    values = evidence.values(columns["status"].source) if "status" in columns else ()
    known = re.findall("'([^']*)'", preset.cancelled or "")
    return any(value.lower() in known for value in values)


def _is_half(guess: SourceGuess) -> bool:
    """Whether another file can bring what this one lacks: lines without their order, orders without lines."""
    lacks = {name for needed in TABLES[guess.table].missing(guess.columns) for name in needed}
    if {"amount", "unit_price"} & lacks:
        return guess.table == "orders" and not {"customer_id", "ordered_at"} & lacks
    return any(name in guess.columns for name in _PRODUCT)


def _is_register(columns: Mapping[str, ColumnGuess], reports: Reports) -> bool:
    """Whether the file has a row a customer and no orders."""
    people = choose(list_candidates(TABLES["customers"].columns, reports, None, sales=False))
    key = people.get("customer_id") or people.get("email")
    if key is None or not reports[key.source].unique:
        return False
    email = people.get("email")
    again = email is not None and 5 * reports[email.source].distinct < 4 * reports[email.source].filled
    about_people = [column for column in _PEOPLE if column in people]
    about_sales = [column for column in _SALES if column in columns and columns[column].score >= 0.75]
    worth = "amount" in columns or {"quantity", "unit_price"} <= columns.keys()
    if "ordered_at" not in columns or not worth:
        return len(about_people) > len(about_sales) or not set(_GOODS) & set(about_sales)
    if again:  # a register has no person on many rows
        return False
    speaks = read_header(columns["ordered_at"].source).concepts & {"order", "invoice", "revenue", "payment"}
    taxed = any("tax" in read_header(source).concepts for source in reports)  # HT, TVA, TTC: invoices
    return bool(about_people) and not about_sales and not speaks and not taxed


def _within(
    columns: Mapping[str, ColumnGuess], candidates: list[Candidate], reports: Reports, evidence: Evidence
) -> Mapping[str, Within]:
    order = columns.get("order_id")
    if order is None or reports[order.source].unique:
        return {}
    watched = {order.source} | {
        candidate.source
        for candidate in candidates
        if candidate.model in ("customer_id", "ordered_at", "amount", "email", *ORDER_MONEY)
    }
    return evidence.within(order.source, sorted(watched))


def _first_row_only(columns: Mapping[str, ColumnGuess], within: Mapping[str, Within]) -> bool:
    """Whether the customer, the date or the amount stand on an order's first row only."""
    facts = [
        within[columns[c].source]
        for c in ("customer_id", "ordered_at", "amount")
        if c in columns
        if columns[c].source in within
    ]
    return bool(facts) and max(fact.once for fact in facts) > 0.5


def _ordered(table: str, columns: Mapping[str, ColumnGuess]) -> dict[str, ColumnGuess]:
    return {name: columns[name] for name in TABLES[table].columns if name in columns}


def _readings(columns: Mapping[str, ColumnGuess], reports: Reports) -> dict[str, Reading]:
    """How the mapped dates and numbers are read."""
    found = {}
    for model, guess in columns.items():
        reading = fitting_reading(model, reports[guess.source])
        if reading and reading.kind != "text":
            found[guess.source] = reading
    return found


def _in_cents(guess: SourceGuess, preset: Preset | None, reports: Reports) -> dict[str, Reading]:
    """The amounts written as whole hundredths, as a known export or the header itself says (`total_cents`).

    Not those of currencies without any.
    """
    known = preset.cents if preset else ()
    sources = {
        column.source
        for model, column in guess.columns.items()
        if model in known
        or (TABLES[guess.table].columns[model].money and "cents" in read_header(column.source).concepts)
    }
    if guess.currency in WITHOUT_CENTS or not all(reports[source].is_integer for source in sources):
        return {}
    return {source: replace(reports[source].reading, style=CentsStyle()) for source in sources}


def _currency(guess: SourceGuess, reports: Reports, evidence: Evidence) -> str | None:
    """The one currency that a column, a cell or a header tells; None where none or several do."""
    if "currency" in guess.columns:
        codes = {value.upper() for value in evidence.values(guess.columns["currency"].source)}
        code = codes.pop() if len(codes) == 1 else ""
        code = _SIGNS.get(code, code)
        return code if re.fullmatch("[A-Z]{3}", code) else None
    money = [guess.columns[c].source for c in ("amount", "unit_price") if c in guess.columns]
    signs = {code for source in money for code in reports[source].currencies}
    signs |= {_SIGNS.get(sign, sign) for source in money for sign in _IN_HEADER.findall(source.upper())}
    signs = signs or {code for report in reports.values() for code in report.currencies}
    return signs.pop() if len(signs) == 1 else None


def _questions(guess: SourceGuess, reports: Reports) -> tuple[Question, ...]:
    """What a person might decide otherwise: two columns alike, a date or number that reads two ways."""
    found: list[Question] = []
    needed = ("customer_id", "order_id", "ordered_at", "amount", "unit_price", "quantity", "signed_up_at")
    for model in needed:
        column = guess.columns.get(model)
        if column and column.alternatives:
            options = (column.source, *column.alternatives)
            code = f"ask_{model}" if model in ("ordered_at", "amount", "customer_id") else "ask_column"
            key = f"sources.{guess.name}.columns.{model}"
            asked = {"source": guess.name, "model": model, "names": list(options)}
            found.append(Question(key, code, options, column.source, asked))
    for source, reading in guess.readings.items():
        report = reports[source]
        cents = (replace(reading, style=CentsStyle()),) if _maybe_cents(guess, source, report) else ()
        if cents or not report.certain:
            others = (*report.alternatives, *cents)
            readings = [reading, *(r for r in others if r != reading and _same_use(r, reading))]
            if len(readings) > 1:
                names = tuple(each.name for each in readings)
                key = f"sources.{guess.name}.read.{source}"
                figures: dict[str, Any] = {"source": guess.name, "column": source, "names": list(names)}
                figures["readings"] = readings
                found.append(Question(key, "ask_reading", names, reading.name, figures))
    return tuple(found)


def _maybe_cents(guess: SourceGuess, source: str, report: ColumnReport) -> bool:
    """Whether amounts of a program (`totals.grand_total`), all whole, may be hundredths: nothing says."""
    money = [guess.columns[c].source for c in ("amount", "unit_price") if c in guess.columns]
    told = isinstance(guess.readings[source].style, CentsStyle) or guess.currency in WITHOUT_CENTS
    whole = report.is_integer and report.filled >= _ENOUGH_ROWS and 2 * report.distinct > report.filled
    least = report.minimum
    few = isinstance(least, Decimal) and 0 < least < _LEAST_CENTS
    return source in money and "." in source and "currency" in guess.columns and whole and not (told or few)


def _same_use(one: Reading, other: Reading) -> bool:
    days = ("day", "moment")
    return one.kind == other.kind or (one.kind in days and other.kind in days)
