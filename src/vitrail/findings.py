"""A finding: a judgement with a code, a level, a place and its figures.

A finding is data. Its sentence is made when someone reads it, in that person's language, from the texts
in `vitrail.i18n`; so a run stores the same finding whoever reads it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Self

from vitrail import i18n

Level = Literal["info", "warning", "error"]

LONGEST_QUOTE = 300
"""Characters of a text that a sentence quotes."""

MOST_QUOTED = 40
"""Names of a list that a sentence quotes."""

_DAY, _DECIMAL = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"-?\d+\.\d+")


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """A judgement about a plan, a file, a segment or a run.

    Args:
        code: the key of its sentence in `vitrail/i18n/sentences/*.toml`.
        level: `info`, `warning` or `error`.
        place: where it was found: `vitrail.yml:12`, `orders.csv:14`, `value.champions`; empty for the whole.
        figures: what the sentence quotes, as typed values (int, Decimal, date, str), never formatted text.

    >>> finding = Finding("file_not_found", "error", "vitrail.yml:7", {"file": "orders.csv"})
    >>> finding.level, finding.place
    ('error', 'vitrail.yml:7')
    >>> finding
    <error file_not_found at vitrail.yml:7: the file orders.csv does not exist>
    """

    code: str
    level: Level
    place: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: i18n.Language = "en") -> str:
        """The finding as a sentence in `language`, which quotes no name of thousands of characters."""
        return i18n.text(self.code, language, **{name: _cut(each) for name, each in self.figures.items()})

    def told(self, language: i18n.Language = "en") -> str:
        """The sentence after its place, if it has one."""
        return f"{_cut(self.place)}: {self.message(language)}" if self.place else self.message(language)

    def __str__(self) -> str:
        return self.message()

    def __repr__(self) -> str:
        at = f" at {self.place}" if self.place else ""
        return f"<{self.level} {self.code}{at}: {self.message()}>"


class Findings(tuple[Finding, ...]):
    """The findings of a result, which print as sentences in its language.

    >>> Findings([Finding("no_rows", "error"), Finding("no_dated_line", "error")])
    · the sources hold no rows; there is nothing to compute
    · no row has a date that can be read; there is nothing to compute
    """

    language: i18n.Language

    def __new__(cls, findings: Iterable[Finding] = (), language: i18n.Language = "en") -> Self:
        self = super().__new__(cls, findings)
        self.language = language
        return self

    def messages(self) -> list[str]:
        """Each as a sentence, after its place."""
        return [each.told(self.language) for each in self]

    def __repr__(self) -> str:
        none = i18n.text("report_no_findings", self.language)
        return "\n".join(f"· {each}" for each in self.messages()) or none

    __str__ = __repr__


def read_figures(code: str, stored: str | None) -> dict[str, Any]:
    """The figures of a finding as they were before a run stored them as JSON: days, exact decimals.

    >>> read_figures("funnel_voided", '{"rows": 12, "amount": "340", "last": "2011-12-09"}')
    {'rows': 12, 'amount': Decimal('340'), 'last': datetime.date(2011, 12, 9)}

    Raises:
        KeyError: no sentence has this code.
        ValueError: it is no JSON.
        ArithmeticError: text stands where the sentence counts.
    """
    templates = " ".join(i18n.sentences()[code].values())
    return {name: _typed(name, value, templates) for name, value in dict(json.loads(stored or "{}")).items()}


def _typed(name: str, value: Any, templates: str) -> Any:
    """A figure as it was before JSON: a day, an exact decimal, or itself."""
    if not isinstance(value, str):
        return value
    if _DAY.fullmatch(value):
        return dt.date.fromisoformat(value)
    counted = re.search(rf"\{{{re.escape(name)}:(money|share|percent0?|[^{{}}]*\|)", templates)
    return Decimal(value) if counted or _DECIMAL.fullmatch(value) else value


def _cut(figure: Any) -> Any:
    """A figure as a sentence can hold it."""
    if isinstance(figure, str):
        return figure if len(figure) <= LONGEST_QUOTE else figure[: LONGEST_QUOTE - 1] + "…"
    if isinstance(figure, list | tuple) and all(isinstance(each, str) for each in figure):
        return [*map(_cut, figure[:MOST_QUOTED]), *(["…"] if len(figure) > MOST_QUOTED else [])]
    return figure
