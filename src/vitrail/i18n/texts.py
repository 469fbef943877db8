"""Sentences by code, in both languages, filled with typed figures.

A template is a `str.format` template whose fields know the language:

    {rows}               an int, Decimal or float: grouped, with the language's decimal mark
    {rows:row|rows}      the number and its noun in the right form
    {share:percent}      a share in [0, 1] as a percentage; {share:percent0} without decimals;
    {gap:points0}        a difference of shares in points, without decimals nor the word;
                         {share:share} with a decimal only below 10 %, for running text
    {part:word}          a small count in letters
    {days:span}          at least so many days: days, or whole years from two on
    {total:money}        money, in the figure named `currency`
    {total:price}        the same to the smallest coin
    {last}               a date as digits; {last:long} in words
    {column:scalar}      text as a line of the plan has it, quoted where YAML asks for it
    {names:list}         a list of strings, joined with commas; "…" at its end stands for the others
    {step:say}           another sentence, by its code, or what a mapping gives for the language; a word that
                         is no code stands as it is; {step:Say} begins with a capital
"""

from __future__ import annotations

import datetime as dt
import os
import re
import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from vitrail.i18n import formats
from vitrail.i18n.formats import Language
from vitrail.i18n.scalars import scalar

_HEADING = re.compile(r"^\[(\w+)\]$", re.MULTILINE)
_TWO_ENDS = re.compile(r"(…|(?<=\w)\.)\.(?![\w./])")  # a figure that ends in a period at a sentence's end
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Sentences(Mapping[str, Mapping[str, str]]):
    """Every sentence of the product: code → language → template; read when it is said, for few ever are."""

    def __init__(self, folder: Path) -> None:
        self._written: dict[str, str] = {}
        for file in sorted(folder.glob("*.toml")):
            _, *parts = _HEADING.split(file.read_text(encoding="utf-8"))
            for code, written in zip(parts[::2], parts[1::2], strict=True):
                if code in self._written:
                    raise ValueError(
                        f"the sentence {code!r} is written twice, the second time in {file.name}"
                    )
                self._written[code] = written
        self._read: dict[str, Mapping[str, str]] = {}

    def __getitem__(self, code: str) -> Mapping[str, str]:
        if code not in self._read:
            self._read[code] = tomllib.loads(self._written[code])
        return self._read[code]

    def __contains__(self, code: object) -> bool:
        return code in self._written

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


@cache
def sentences() -> Sentences:
    """The sentences in `sentences/*.toml`."""
    return Sentences(Path(__file__).with_name("sentences"))


def text(code: str, language: Language = "en", **figures: Any) -> str:
    """The sentence `code` in `language`, with its figures written as that language writes them.

    Raises:
        KeyError: there is no such sentence, or a figure it quotes is missing.
    """
    return _Sentence(language).vformat(sentences()[code][language], (), figures)


def plain(said: str) -> str:
    """Text without control characters, which a terminal obeys; tabs and ends of lines stay.

    >>> plain("a\\x1b[2Jb\\x9bc\\td\\n")
    'a[2Jbc\\td\\n'
    """
    return _CONTROL.sub("", said)


def environment_language(environment: Mapping[str, str] | None = None) -> Language:
    """The language of the person's environment: VITRAIL_LANGUAGE, else the locale, else English.

    >>> environment_language({"LANG": "fr_FR.UTF-8"}), environment_language({"LANG": "de_DE"})
    ('fr', 'en')
    """
    environment = os.environ if environment is None else environment
    for name in ("VITRAIL_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name)
        if value:
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


class _Sentence(string.Formatter):
    """`str.format` whose format specifications are those of the module's docstring."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.figures: Mapping[str, Any] = {}

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        self.figures = kwargs
        return _TWO_ENDS.sub(r"\1", super().vformat(format_string, args, kwargs))

    def format_field(self, value: Any, format_spec: str) -> str:
        language = self.language
        if "|" in format_spec:
            one, many = format_spec.split("|")
            return f"{formats.number(value, language)} {formats.plural(value, language, one, many)}"
        match format_spec:
            case "percent":
                return formats.percent(value, language)
            case "percent0":
                return formats.percent(value, language, 0)
            case "points0":
                return formats.number(float(value) * 100, language, 0)
            case "share":
                return formats.percent(value, language, 0 if abs(value) >= 0.0995 or not value else 1)
            case "word":
                return formats.word(value, language)
            case "span":
                return formats.span(value, language)
            case "money":
                return formats.money(value, self.figures.get("currency"), language)
            case "price":
                return formats.price(value, self.figures.get("currency"), language)
            case "list":
                return ", ".join(str(item) for item in value).replace(", …", "…")
            case "say" if isinstance(value, Mapping):
                return str(value[language])
            case "say" if isinstance(value, list):
                return ", ".join(self.format_field(each, "say") for each in value)
            case "say":
                return text(value, language) if value in sentences() else str(value)
            case "Say":
                said = self.format_field(value, "say")
                return said[:1].upper() + said[1:]
            case "scalar":
                return scalar(str(value))
            case "long":
                return formats.day(value, language, "long")
        if isinstance(value, dt.datetime):
            return formats.moment(value, language)
        if isinstance(value, dt.date):
            return formats.day(value, language)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return formats.number(value, language)
        return format(value, format_spec)
