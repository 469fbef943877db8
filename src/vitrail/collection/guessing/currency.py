"""What money a file's amounts are: the currency that it tells, and whether they are whole hundredths."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from vitrail.collection.guessing.answers import SourceGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import read_header
from vitrail.collection.guessing.presets import Preset
from vitrail.collection.model import TABLES
from vitrail.collection.values.number_styles import WITHOUT_CENTS, CentsStyle

if TYPE_CHECKING:
    from vitrail.collection.values import Reading

_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "EURO": "EUR", "EUROS": "EUR"}
_IN_HEADER = re.compile(r"[€£$]|(?<![A-Z])(?:EUROS?|EUR|GBP|USD|CHF|CAD)(?![A-Z])")
_ENOUGH_ROWS = 20
_LEAST_CENTS = 100
_TAXED = frozenset({"net", "gross"})


def tell_money(
    guess: SourceGuess, preset: Preset | None, reports: Reports, evidence: Evidence
) -> SourceGuess:
    """The guess with its currency, and with the readings of the amounts that are whole hundredths."""
    currency = _find_currency(guess, reports, evidence) or (preset.currency if preset else None)
    guess = replace(guess, currency=currency)
    return replace(guess, readings={**guess.readings, **_in_cents(guess, preset, reports)})


def _find_currency(guess: SourceGuess, reports: Reports, evidence: Evidence) -> str | None:
    """The one currency that a column, a cell or a header tells; None where none or several do."""
    if "currency" in guess.columns:
        codes = {value.upper() for value in evidence.values(guess.columns["currency"].source)}
        code = codes.pop() if len(codes) == 1 else ""
        code = _SIGNS.get(code, code)
        return code if re.fullmatch("[A-Z]{3}", code) else None
    money = [guess.columns[c].source for c in ("amount", "unit_price") if c in guess.columns]
    model = TABLES[guess.table].columns
    beside = [each.source for name, each in guess.columns.items() if model[name].money]
    signs = {code for source in money for code in reports[source].currencies}
    for named in (money, beside):  # « Remise € » tells beside a bare « Total »
        signs = signs or {_SIGNS.get(s, s) for each in named for s in _IN_HEADER.findall(each.upper())}
    signs = signs or {code for report in reports.values() for code in report.currencies}
    return signs.pop() if len(signs) == 1 else None


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


def may_be_cents(guess: SourceGuess, source: str, reports: Reports) -> bool:
    """Whether amounts, all whole, may be hundredths: nothing says.

    Those that a program gave beside their currency, and those whose twins before or after tax are whole as
    well: a rate of tax leaves a fraction now and then.
    """
    money = [guess.columns[c].source for c in ("amount", "unit_price") if c in guess.columns]
    report = reports[source]
    told = isinstance(guess.readings[source].style, CentsStyle) or guess.currency in WITHOUT_CENTS
    whole = report.is_integer and report.filled >= _ENOUGH_ROWS and 2 * report.distinct > report.filled
    least = report.minimum
    few = isinstance(least, Decimal) and 0 < least < _LEAST_CENTS
    program = "currency" in guess.columns and is_of_program(reports)
    doubt = program or (report.maximum != least and _is_split_whole(source, reports))
    return source in money and whole and doubt and not (told or few)


def is_of_program(reports: Reports) -> bool:
    """Whether a program wrote the file for another: objects in its records, or moments as seconds counted."""
    return any("." in source or report.reading.name.startswith("unix ") for source, report in reports.items())


def _is_split_whole(source: str, reports: Reports) -> bool:
    """Whether a price and what it is before tax are both whole on every row."""
    twins = [source, *(other for other in reports if _is_alike(other, source))]
    whole = all(
        reports[twin].is_integer and 2 * reports[twin].distinct > reports[twin].filled for twin in twins
    )
    return whole and len({reports[twin].maximum for twin in twins}) > 1


def _is_alike(one: str, other: str) -> bool:
    """Whether two names are of one amount, before tax and after."""
    first, second = (read_header(each).concepts for each in (one, other))
    return first != second and bool(first - _TAXED) and first - _TAXED == second - _TAXED
