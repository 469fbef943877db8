"""The questions of `vitrail init`: what guesses leave open, and the currency where no file tells it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from vitrail.collection.guessing import Question, SourceGuess
from vitrail.workspace.drafting import DraftedSource

Answers = Callable[[Question], str | None]
"""Is asked a question; None takes its default."""


def ask_questions(
    sources: Sequence[DraftedSource], answers: Answers | None
) -> tuple[list[DraftedSource], list[Question]]:
    """The sources as answered, and the questions that nobody answered; of sheets alike each is asked once."""
    asked: list[DraftedSource] = []
    left: list[Question] = []
    said: dict[object, str | None] = {}
    for source in sources:
        guess = source.guess
        for question in guess.unsure:
            key = question.key.removeprefix(f"sources.{guess.name}.")
            alike = (str(source.files), source.read.columns, key) if source.sheet else question.key
            if alike not in said:
                said[alike] = answers(question) if answers else None
                left += [question] if said[alike] is None else []
            if (answer := said[alike]) is not None:
                guess = guess.answered(question, answer)
        asked.append(replace(source, guess=guess))
    return asked, left


def ask_currency(guesses: Sequence[SourceGuess], answers: Answers | None) -> str | None:
    """The plan's currency: the one the files tell, else the one answered."""
    told = sorted({guess.currency for guess in guesses if guess.currency})
    if len(told) == 1:
        return told[0]
    options = tuple(told) or ("EUR", "GBP", "USD", "CHF")
    question = Question("currency", "ask_currency", options, "", free=True)
    answer = (answers(question) or "").strip().upper() if answers else ""
    return answer if re.fullmatch("[A-Z]{3}", answer) else None
