"""What a guess is made of: columns with their reasons, and the questions it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from vitrail import i18n
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.values import Reading


@dataclass(frozen=True, slots=True)
class Question:
    """Something a guess is unsure of, with what it takes unless told otherwise.

    Args:
        key: which setting of the plan it decides: `sources.orders.columns.amount`, `currency`.
        code: the sentence that asks it.
        options: the answers, the default among them.
        default: what is taken when nobody answers.
        figures: what the sentence quotes.
        meanings: what each option says of the file, in order; the options speak for themselves unless given.
        free: reads an answer outside `options`, where one may be given; None of what means nothing.
    """

    key: str
    code: str
    options: tuple[str, ...]
    default: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    meanings: tuple[Finding, ...] = ()
    free: Callable[[str], str | None] | None = None

    def text(self, language: i18n.Language = "en") -> str:
        """The question in `language`."""
        return i18n.text(self.code, language, **self.figures)

    def told(self, language: i18n.Language = "en") -> list[str]:
        """The options as people are told them."""
        return [each.message(language) for each in self.meanings] or [*self.options]

    def told_default(self, language: i18n.Language = "en") -> str:
        """The default as people are told it."""
        return self.told(language)[self.options.index(self.default)] if self.default else ""

    def accept(self, given: str) -> str | None:
        """The answer that a person means: an option, its number, nothing for the default, or what is free.

        >>> asked = Question("currency", "ask_currency", ("EUR", "GBP"), "EUR")
        >>> asked.accept("2"), asked.accept(" gbp "), asked.accept(""), asked.accept("3")
        ('GBP', 'GBP', 'EUR', None)
        """
        said = given.strip()
        if not said:
            return self.default
        if said.isdecimal() and 1 <= int(said) <= len(self.options):
            return self.options[int(said) - 1]
        meant = [each for each in self.options if each.casefold() == said.casefold()]
        return meant[0] if meant else self.free(said) if self.free else None


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """A source column taken for a model column.

    Args:
        source: the column's name in the file.
        score: how sure the guess is, in [0, 1]; below 0.7 it wants a look.
        reason: why, as a finding at the model column.
        alternatives: other columns that might have been taken, best first.
    """

    source: str
    score: float
    reason: Finding
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComputedGuess:
    """A column of the model that the plan computes.

    Args:
        formula: the expression.
        reason: why, as a finding at the model column.
        doubted: the columns of the file that it might mistake; they want a look.
        alternatives: what might have been computed instead.
    """

    formula: str
    reason: Finding
    doubted: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceGuess:
    """How a file feeds the customer model.

    Args:
        name: the source's name in the plan.
        table: the table of the customer model it feeds.
        columns: model column → guess, in the model's order.
        readings: source column → how its text is read, for the mapped columns where that is not plain.
        computed: model column → what the plan computes for it, of `parts` of the file and of `columns`.
        order_fields, once_an_order: as in the plan.
        maybe_once: amounts taken for the row's own that may be the whole order's: too few orders tell.
        refunds: as in the plan.
        cancelled: a condition that tells cancelled rows, beside what is recognised by itself.
        tests: a condition that tells orders made as a test.
        credits: a condition that tells rows that take back though their amount has no minus.
        keep: a condition that tells the rows that are sales, among others that are none.
        nobody: values of the customer's column that name no customer.
        preset: who writes such exports, where that is known.
        currency: the currency of the amounts (ISO 4217), where the file says it.
        unsure: the questions left.
        findings: what else is worth saying.
    """

    name: str
    table: str
    columns: Mapping[str, ColumnGuess]
    readings: Mapping[str, Reading]
    computed: Mapping[str, ComputedGuess] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    order_fields: Literal["every_row", "first_row"] = "every_row"
    once_an_order: tuple[str, ...] = ()
    maybe_once: tuple[str, ...] = ()
    refunds: Literal["match", "net", "drop"] = "match"
    cancelled: str | None = None
    tests: str | None = None
    credits: str | None = None
    keep: str | None = None
    nobody: tuple[str, ...] = ()
    preset: str | None = None
    currency: str | None = None
    unsure: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        """The columns of the model that the file tells, as they are or computed."""
        return frozenset({*self.columns, *self.computed})

    def answered(self, question: Question, answer: str) -> SourceGuess:
        """The guess with `answer` in place of what the question left open."""
        left = tuple(each for each in self.unsure if each.key != question.key)
        kind, name = question.key.split(".", 3)[2:]
        if kind == "computed":
            said = ComputedGuess(answer, Finding("guess_answered", "info", name))
            return replace(self, computed={**self.computed, name: said}, unsure=left)
        if kind == "columns":
            reason = Finding("guess_answered", "info", name)
            columns = {
                model: guess
                for model, guess in self.columns.items()
                if model == name or guess.source != answer
            }
            columns[name] = ColumnGuess(answer, 1.0, reason)
            if name == "customer_id" and "email" in self.columns:
                columns["email"] = self.columns["email"]
            return replace(self, columns=columns, unsure=left)
        chosen = next(each for each in (question.figures["readings"]) if each.name == answer)
        return replace(self, readings={**self.readings, name: chosen}, unsure=left)
