"""The questions of `vitrail init`: what guesses leave open, and the currency where no file tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlglot import exp

from vitrail import i18n
from vitrail.collection.guessing import Question, SourceGuess
from vitrail.collection.guessing.choosing import SURE
from vitrail.collection.guessing.content import content_fit, fitting_reading
from vitrail.collection.guessing.questions import list_questions
from vitrail.collection.model import TABLES
from vitrail.engine import Engine, column, sql
from vitrail.findings import Finding
from vitrail.plan import read_currency
from vitrail.workspace.drafting import DraftedSource

Answers = Callable[[Question], str | None]
"""Is asked a question; None takes its default."""

_UNSURE = "?"
_LOOKED_AT = 100_000
_DECIDING = ("customer_id", "order_id", "ordered_at", "amount")


def ask_questions(
    engine: Engine, sources: Sequence[DraftedSource], answers: Answers | None
) -> tuple[list[DraftedSource], list[Question]]:
    """The sources as answered, and the questions that nobody answered; of sheets alike each is asked once.

    Which column comes before how it is read. Asked too is whether what was taken for the customer, the date
    or the amount with little to go by is that.
    """
    asked: list[DraftedSource] = []
    left: list[Question] = []
    said: dict[object, str | None] = {}

    def ask(source: DraftedSource, question: Question) -> str | None:
        key = question.key.removeprefix(f"sources.{source.guess.name}.")
        alike = (str(source.files), source.read.columns, key) if source.sheet else question.key
        if alike not in said:
            told = _with_a_cell(engine, source, question)
            said[alike] = answers(told) if answers else None
            left.extend([told] if said[alike] is None else [])
        return said[alike]

    for source in _leave_to_lines(sources):
        guess = source.guess
        doubts = {
            each.key: each for each in (*guess.unsure, *_list_doubts(source)) if not _asks_reading(each)
        }
        for question in doubts.values():
            answer = ask(source, question)
            if answer not in (None, _UNSURE):
                guess = _take(source, guess, question, str(answer))
        for question in filter(_asks_reading, guess.unsure):
            if (answer := ask(source, question)) is not None:
                guess = guess.answered(question, answer)
        asked.append(replace(source, guess=guess))
    return asked, left


def find_priced_lines(guesses: Iterable[SourceGuess]) -> str | None:
    """The first source of order lines with money of their own, which counts before that of their orders."""
    prices = {"quantity", "unit_price"}
    priced = (each for each in guesses if "amount" in each.columns or prices <= each.columns.keys())
    return next((each.name for each in priced if each.table == "order_lines"), None)


def _leave_to_lines(sources: Sequence[DraftedSource]) -> list[DraftedSource]:
    """The sources; which column is an order's amount is left open by none where its lines bring theirs."""
    if not find_priced_lines(source.guess for source in sources):
        return [*sources]
    found = []
    for source in sources:
        guess = source.guess
        if guess.table == "orders" and (amount := guess.columns.get("amount")):
            settled = replace(amount, score=max(amount.score, SURE), alternatives=())
            key = f"sources.{guess.name}.columns.amount"
            left = tuple(each for each in guess.unsure if each.key != key)
            guess = replace(guess, columns={**guess.columns, "amount": settled}, unsure=left)
        found.append(replace(source, guess=guess))
    return found


def _asks_reading(question: Question) -> bool:
    return question.code == "ask_reading"


def _take(source: DraftedSource, guess: SourceGuess, question: Question, answer: str) -> SourceGuess:
    """The guess as answered; another column comes with how it is read, and the question that this leaves."""
    guess = guess.answered(question, answer)
    report = source.reports.get(answer)
    if question.code == "ask_computed" or answer == question.default or report is None:
        return guess
    model = question.key.rpartition(".")[2]
    taken = {*(each.source for each in guess.columns.values()), *guess.parts}
    reading = fitting_reading(model, report)
    readings = {name: each for name, each in guess.readings.items() if name in taken and name != answer}
    readings |= {answer: reading} if reading and reading.name != "text" else {}
    old, new = (f"sources.{guess.name}.read.{name}" for name in (question.default, answer))
    left = [each for each in guess.unsure if each.key not in (old, new)]
    now = {name: each for name, each in readings.items() if name == answer}
    left += [each for each in list_questions(replace(guess, readings=now), source.reports) if each.key == new]
    return replace(guess, readings=readings, unsure=tuple(left))


def _list_doubts(source: DraftedSource) -> Iterator[Question]:
    """Whether a column on which the figures rest is what it was taken for, or which other one may be."""
    guess = source.guess
    taken = {*(each.source for each in guess.columns.values()), *guess.parts}
    others = {name: source.reports[name] for name in source.read.columns if name not in taken}
    open_ = {each.key for each in guess.unsure}
    for model in _DECIDING:
        key, known = f"sources.{guess.name}.columns.{model}", guess.columns.get(model)
        if known and known.score < SURE and key not in open_ and known.source not in source.joined:
            label = dict(TABLES[guess.table].columns[model].label)
            why = {language: known.reason.message(language) for language in i18n.LANGUAGES}
            figures = {"source": guess.name, "label": label, "column": known.source, "why": why}
            fitting = [name for name, report in others.items() if content_fit(model, report)]
            columns = (known.source, *fitting)
            meanings = [Finding("option_column", "info", figures={"name": each}) for each in columns]
            meanings.append(Finding("option_unsure", "info"))
            code = "ask_doubted" if fitting else "ask_doubted_only"
            yield Question(key, code, (*columns, _UNSURE), known.source, figures, meanings=tuple(meanings))


def _with_a_cell(engine: Engine, source: DraftedSource, question: Question) -> Question:
    """A question of how a column is written, with a cell of the file that each answer reads otherwise."""
    if question.code != "ask_reading":
        return question
    readings = question.figures["readings"]
    values = [each.expression(column(question.figures["column"])) for each in readings]
    first = exp.select("*").from_(source.read.relation.subquery("records")).limit(_LOOKED_AT)
    read = exp.select(column(question.figures["column"]).as_("cell"))
    read = read.select(*(value.as_(f"value_{at}") for at, value in enumerate(values)))
    names = [column(f"value_{at}") for at in range(len(values))]
    apart = [sql("$one <> $other", one=one, other=other) for one, other in pairwise(names)]
    telling = exp.select("*").from_(read.from_(first.subquery("first")).subquery("cells"))
    found = engine.records(telling.where(exp.and_(*apart)).order_by("cell").limit(1))
    if not found:
        return question
    cell, *seen = found[0].values()
    meanings = tuple(
        Finding("option_reading", "info", figures={"value": _say(value), "name": name})
        for value, name in zip(seen, question.options, strict=True)
    )
    figures = {**question.figures, "cell": str(cell)}
    return replace(question, code="ask_reading_cell", figures=figures, meanings=meanings)


def _say(value: Any) -> dict[str, str]:
    """A value in each language: days in words, and every decimal of a number."""

    def say(language: i18n.Language) -> str:
        if isinstance(value, Decimal):
            decimals = -int(value.normalize().as_tuple().exponent)
            return i18n.number(value, language, max(decimals, 0))
        if isinstance(value, dt.datetime):
            return i18n.moment(value, language)
        return i18n.day(value, language, "long") if isinstance(value, dt.date) else str(value)

    return {language: say(language) for language in i18n.LANGUAGES}


def ask_currency(guesses: Sequence[SourceGuess], answers: Answers | None) -> str | None:
    """The plan's currency: the one the files tell, else the one answered."""
    told = sorted({guess.currency for guess in guesses if guess.currency})
    if len(told) == 1:
        return told[0]
    options = tuple(told) or ("EUR", "GBP", "USD", "CHF")
    question = Question("currency", "ask_currency", options, "", free=read_currency)
    answer = answers(question) if answers else None
    return question.accept(answer) or None if answer else None
