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
    """The sources as answered, and the questions that nobody answered."""
    asked: list[DraftedSource] = []
    left: list[Question] = []
    for source in sources:
        guess = source.guess
        for question in guess.unsure:
            answer = answers(question) if answers else None
            if answer is None:
                left.append(question)
            else:
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
