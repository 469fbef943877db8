"""Figures and sentences as a page shows them: in one language, in one currency, safe to put in HTML."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from vitrail import i18n
from vitrail.collection.files import explain_refusal
from vitrail.findings import Finding, read_figures
from vitrail.i18n import Language, formats
from vitrail.i18n.texts import sentences

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_BEYOND = 1e15


def clean(text: object, most: int = 200) -> str:
    """Text from the data on one line, without characters that hide or reorder others, cut at `most`.

    >>> clean("two\\nlines \u202edesrever"), clean("long name", 5)
    ('two lines desrever', 'long…')
    """
    line = " ".join(_INVISIBLE.sub("", re.sub(r"\s*[\n\r\t]\s*", " ", str(text))).split(" "))
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def unbroken(text: str) -> str:
    """Text whose “e-mail” no line breaks in two; what stands between backquotes is to be copied as it is.

    >>> unbroken("Add an e-mail: `e-mail: Address`") == "Add an e\u2011mail: `e-mail: Address`"
    True
    """
    if "e-mail" not in text:
        return text
    parts = text.split("`")
    parts[::2] = [part.replace("e-mail", "e\u2011mail") for part in parts[::2]]
    return "`".join(parts)


def count_digits(value: float) -> int:
    """The decimals a figure deserves: none from a hundred on, one from one on, more below."""
    size = abs(value)
    return 0 if size >= 100 or size == 0 else 1 if size >= 1 else 2 if size >= 0.1 else 3


TWO_POINTS = 0.02
"""The difference of shares from which French says points."""


@dataclass(frozen=True, slots=True)
class Words:
    """The reader's language and the plan's currency."""

    language: Language
    currency: str | None

    def text(self, code: str, **figures: Any) -> str:
        """A sentence as plain text, without its marks of emphasis."""
        return self._fill(code, figures, lambda value: clean(value)).replace("**", "")

    def html(self, code: str, **figures: Any) -> Markup:
        """A sentence as HTML: what it quotes is escaped unless it is HTML; `**` and backquotes make strong
        and code."""

        def quote(value: str) -> str:
            safe = value if isinstance(value, Markup) else escape(clean(value))
            return str(safe).replace("*", "&#42;").replace("`", "&#96;")

        filled = self._fill(code, figures, quote)
        filled = re.sub(r"`([^`]+)`", r"<code>\1</code>", filled)
        return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", filled))

    def finding(self, finding: Finding) -> Markup:
        """A finding made here, as HTML."""
        return self.html(finding.code, **finding.figures)

    def stored(self, row: Mapping[str, Any]) -> Markup:
        """A finding read back from a run, in this language; as it was written where its figures are lost."""
        try:
            code = str(row["code"])
            return self.html(code, **read_figures(code, row.get("figures")))
        except (KeyError, ValueError, TypeError, ArithmeticError):
            return escape(clean(row.get("message") or row["code"], 1000))

    def known(self, code: str, otherwise: object) -> str:
        """The sentence `code` where there is one, else text from the data."""
        return self.text(code) if code in sentences() else clean(otherwise)

    def variable(self, name: str, labels: Mapping[str, Mapping[str, str]]) -> str:
        """A variable's name for people: that of the run, else of the catalogue, else its column."""
        label = labels.get(name, {}).get(self.language)
        return unbroken(clean(label)) if label else self.known(f"variable_{name}", name)

    def reason(self, row: Mapping[str, Any]) -> str:
        """Why records were refused, told of the first of them."""
        try:
            return clean(explain_refusal(row["reason"], json.loads(row["detail"] or "{}"), self.language))
        except (KeyError, ValueError, TypeError):
            return clean(row.get("message") or row["reason"])

    def country(self, name: str) -> str:
        return clean(formats.country(name, self.language))

    def number(self, value: int | float | Decimal | None, digits: int | None = None) -> str:
        return "–" if value is None else formats.number(value, self.language, digits)

    def signed(self, value: int | Decimal) -> str:
        return ("+" if value > 0 else "") + formats.number(value, self.language, 0)

    def money(self, value: int | float | Decimal | None, digits: int | None = None) -> str:
        return "–" if value is None else formats.money(value, self.currency, self.language, digits)

    def share(self, value: float | None, digits: int = 1) -> str:
        return "–" if value is None else formats.percent(value, self.language, digits)

    def points(self, value: float | None) -> str:
        """A share as a bare percentage, for a column whose title says `%`."""
        return "–" if value is None else formats.number(Decimal(str(value)) * 100, self.language, 1)

    def figure(self, value: float | None, unit: str) -> str:
        """A figure with its unit, in the digits it deserves.

        >>> words = Words("en", "EUR")
        >>> [words.figure(*each) for each in ((0.1234, "share"), (12.5, "money"), (4.26, ""), (1234.5, ""))]
        ['12.3%', '€12.50', '4.3', '1,234']
        """
        if value is None:
            return "–"
        if unit == "share":
            return self.share(value, count_digits(100 * value))
        if unit == "money":
            return self.money(value, 0 if abs(value) >= 100 or value == int(value) else 2)
        if abs(value) >= _BEYOND:  # beyond all counting: by its size
            return f"{value:.1e}"
        return self.number(value, 0 if float(value).is_integer() else count_digits(value))

    def day(self, value: dt.date | None) -> str:
        return "–" if value is None else formats.day(value, self.language, "long")

    def days(self, value: float | None) -> str:
        return "–" if value is None else formats.duration_days(round(value), self.language)

    def _fill(self, code: str, figures: Mapping[str, Any], quote: Any) -> str:
        quoted = {
            name: [quote(item) for item in value]
            if isinstance(value, list | tuple)
            else {language: quote(item) for language, item in value.items()}
            if isinstance(value, Mapping)
            else quote(value)
            if isinstance(value, str)
            else value
            for name, value in figures.items()
        }
        return unbroken(i18n.text(code, self.language, **{"currency": self.currency, **quoted}))
