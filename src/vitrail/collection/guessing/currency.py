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
    from vitrail.collection.values import ColumnReport, Reading

_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "EURO": "EUR", "EUROS": "EUR"}
_IN_HEADER = re.compile(r"[€£$]|(?<![A-Z])(?:EUROS?|EUR|GBP|USD|CHF|CAD)(?![A-Z])")
_ENOUGH_ROWS = 20
_LEAST_CENTS = 100


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
    signs = {code for source in money for code in reports[source].currencies}
    signs |= {_SIGNS.get(sign, sign) for source in money for sign in _IN_HEADER.findall(source.upper())}
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


def may_be_cents(guess: SourceGuess, source: str, report: ColumnReport) -> bool:
    """Whether amounts of a program (`totals.grand_total`), all whole, may be hundredths: nothing says."""
    money = [guess.columns[c].source for c in ("amount", "unit_price") if c in guess.columns]
    told = isinstance(guess.readings[source].style, CentsStyle) or guess.currency in WITHOUT_CENTS
    whole = report.is_integer and report.filled >= _ENOUGH_ROWS and 2 * report.distinct > report.filled
    least = report.minimum
    few = isinstance(least, Decimal) and 0 < least < _LEAST_CENTS
    return source in money and "." in source and "currency" in guess.columns and whole and not (told or few)
