"""Ways of writing numbers, proposed from the different cells of a column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache

from vitrail.collection.values.number_styles import TOKENS, Mark, NumberStyle, currency_code, currency_pattern

_EXPONENT = re.compile(r"-?[0-9]+[.,][0-9]+[eE][+-]?[0-9]+|-?[0-9]+[eE][+-][0-9]+")
_MARKS: tuple[Mark, ...] = (".", ",")
_SPACES, _APOSTROPHES = frozenset(" \u00a0\u2009\u202f"), frozenset("'’")
_BETWEEN_DIGITS = re.compile("(?<=[0-9])[ \u00a0\u2009\u202f'’.,](?=[0-9])")


@cache  # not before the first cell of text: what is typed already needs none of them
def _form(mark: Mark, percent: bool = False) -> re.Pattern[str]:
    return re.compile(NumberStyle(mark, percent=percent).pattern())


@cache
def _money() -> re.Pattern[str]:
    return re.compile(currency_pattern(TOKENS))


@lru_cache(maxsize=1024)  # each of a column's cells is asked about several times in a row
def is_number(cell: str) -> bool:
    """Whether `cell` is written as a number, with either decimal mark."""
    forms = (_form(mark, percent) for percent in (False, True) for mark in _MARKS)
    return any(form.fullmatch(cell) for form in forms) or bool(_EXPONENT.fullmatch(cell))


def list_currencies(cells: Sequence[str]) -> tuple[str, ...]:
    """What stands beside the numbers among `cells`: ISO 4217 codes where beyond doubt, else as written."""
    found = {token for cell in cells if is_number(cell) for token in _money().findall(cell)}
    return tuple(sorted({currency_code(token) or token for token in found}))


def propose_numbers(cells: Sequence[str]) -> tuple[NumberStyle, ...]:
    """One style a decimal mark, the likelier first; one alone where no cell has a mark."""
    numeric = [cell for cell in cells if is_number(cell)]
    if not numeric:
        return ()
    percent = 2 * sum(cell.endswith("%") for cell in numeric) > len(numeric)
    if not any(mark in cell for cell in numeric for mark in ".,"):
        marks: tuple[Mark, ...] = (".",)
    else:
        fits = {mark: sum(bool(_form(mark, percent).fullmatch(cell)) for cell in numeric) for mark in _MARKS}
        point_first = _prefers_point(numeric) if fits["."] == fits[","] else fits["."] > fits[","]
        marks = (".", ",") if point_first else (",", ".")
    currency, before = ("", False) if percent else _currency(numeric)
    return tuple(NumberStyle(mark, _group(numeric, mark), currency, before, percent) for mark in marks)


def _prefers_point(cells: Sequence[str]) -> bool:
    """Which mark is the decimal one when every cell allows both: thousands, if some cells have no mark."""
    plain = any("." not in cell and "," not in cell for cell in cells)
    return ("," in "".join(cells)) == plain


def _group(cells: Sequence[str], mark: Mark) -> str:
    other = "," if mark == "." else "."
    seen = Counter[str]()
    for cell in cells:
        between = set(_BETWEEN_DIGITS.findall(cell))
        if between & _SPACES:
            seen[" "] += 1
        elif between & _APOSTROPHES:
            seen["'"] += 1
        elif other in between:
            seen[other] += 1
    return max(sorted(seen), key=lambda group: seen[group], default="")


def _currency(cells: Sequence[str]) -> tuple[str, bool]:
    """The one currency beside the cells as it is mostly written, and whether before; none if several."""
    tokens = Counter(token for cell in cells for token in _money().findall(cell))
    if len({currency_code(token) or token for token in tokens}) != 1:
        return "", False
    token = max(sorted(tokens), key=lambda each: tokens[each])
    before = sum(bool(re.search(f"{re.escape(token)}.*[0-9]", cell)) for cell in cells)
    return token, 2 * before > tokens[token]
