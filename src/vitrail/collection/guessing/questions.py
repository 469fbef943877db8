"""What a person might decide otherwise: two columns alike, a date or a number that reads two ways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vitrail import i18n
from vitrail.collection.guessing.answers import ComputedGuess, Question, SourceGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.currency import may_be_cents
from vitrail.collection.guessing.formulas import say_formula
from vitrail.collection.model import TABLES
from vitrail.collection.readings import plain_name
from vitrail.collection.values.number_styles import CentsStyle
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.values import Reading

_LEDGERS = {
    "guess_debit_less_credit": "option_debit_less_credit",
    "guess_credit_less_debit": "option_credit_less_debit",
}
_OTHER_WAY = dict(zip(_LEDGERS.values(), reversed(_LEDGERS.values()), strict=True))


def list_questions(guess: SourceGuess, reports: Reports) -> tuple[Question, ...]:
    """The questions that a guess leaves: which column, and how a column is read."""
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
    for model, made in guess.computed.items():
        if made.doubted and made.alternatives:
            options = (made.formula, *made.alternatives)
            label = dict(TABLES[guess.table].columns[model].label)
            said = {"source": guess.name, "label": label, "names": list(options)}
            key = f"sources.{guess.name}.computed.{model}"
            meanings = tuple(_tell_formula(guess, made, option) for option in options)
            found.append(Question(key, "ask_computed", options, made.formula, said, meanings))
    for source, reading in guess.readings.items():
        report = reports[source]
        cents = (replace(reading, style=CentsStyle()),) if may_be_cents(guess, source, reports) else ()
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


def _tell_formula(guess: SourceGuess, made: ComputedGuess, option: str) -> Finding:
    """What a formula makes of the columns of the file, and of a ledger or a bank's list, whose it is."""
    names = {model: each.source for model, each in guess.columns.items()}
    names |= {plain_name(part) or part.casefold(): part for part in guess.parts}
    said = {language: say_formula(option, names, language) for language in i18n.LANGUAGES}
    code = _LEDGERS.get(made.reason.code, "option_formula")
    code = code if option == made.formula else _OTHER_WAY.get(code, code)
    return Finding(code, "info", figures={"formula": said})


def _same_use(one: Reading, other: Reading) -> bool:
    days = ("day", "moment")
    return one.kind == other.kind or (one.kind in days and other.kind in days)
