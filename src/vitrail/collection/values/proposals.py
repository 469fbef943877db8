"""Readings that could be meant, proposed from a few hundred different cells and the column's name.

A proposal is a guess at the way of writing; whether it holds is counted afterwards over the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vitrail.collection.values.blanks import MARKS, NO_DAY, SPACES
from vitrail.collection.values.moment_proposals import (
    date_style,
    names_time,
    propose_counted,
    propose_moments,
)
from vitrail.collection.values.moment_styles import MomentStyle
from vitrail.collection.values.number_proposals import is_number, list_currencies, propose_numbers
from vitrail.collection.values.number_styles import NumberStyle
from vitrail.collection.values.readings import BOOLEANS, BooleanStyle, Kind, Style, TextStyle

Why = Literal["", "leading_zeros", "long_digits", "codes", "empty"]

_CODE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_/-]+")

CODE_DIGITS = 5
"""Whole numbers that all have the same number of digits, this many or more, are taken for identifiers."""
ENOUGH_CODES = 20
"""... when at least so many different ones are seen."""
WORTH_COUNTING = 0.2
"""Numbers and days are proposed from this share of the different cells on; the rows decide."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Readings of one column that could be meant.

    Args:
        rivals: one style, or two that read some cells differently (`.` and `,`; day or month first).
        others: styles of another kind that fit as well, for a caller who knows better.
        why: why digits are taken for text, if they are.
        currencies: what stands beside the numbers.
        share: of the different cells, those that look like it.
    """

    rivals: tuple[Style, ...]
    others: tuple[Style, ...] = ()
    why: Why = ""
    currencies: tuple[str, ...] = ()
    share: float = 1.0


def propose(name: str, cells: Sequence[str], wanted: Kind | None = None) -> Proposal:
    """What the column `name` could be, by its different `cells`; only of the kind `wanted` if one is."""
    filled = [text for cell in cells if (text := cell.strip(SPACES)).upper() not in MARKS]
    if wanted == "text":
        return Proposal((TextStyle(),))
    if not filled:
        return Proposal((_DEFAULTS[wanted],), why="empty")
    match wanted:
        case "number":
            return Proposal(propose_numbers(filled) or (NumberStyle(),), currencies=list_currencies(filled))
        case "boolean":
            return Proposal((_closest_boolean(filled),))
        case "day" | "moment":
            rivals = propose_moments(filled)
            counted = propose_counted(name, filled, wanted=True)
            return Proposal(rivals or counted[:1] or (_DEFAULTS[wanted],), counted if rivals else counted[1:])
    return _propose_any(name, filled)


def _propose_any(name: str, filled: Sequence[str]) -> Proposal:
    words = {cell.lower() for cell in filled}
    pairs = tuple(BooleanStyle(pair) for pair, both in BOOLEANS.items() if words == set(both))
    if pairs and pairs[0].name != "1/0":
        return Proposal(pairs)
    dated = [cell for cell in filled if cell not in NO_DAY]
    share = sum(date_style(cell) is not None for cell in dated) / max(len(dated), 1)
    if share >= WORTH_COUNTING:
        return Proposal(propose_moments(dated), share=share)
    numbers = propose_numbers(filled)
    share = sum(map(is_number, filled)) / len(filled)
    if not numbers or share < WORTH_COUNTING:
        return Proposal((TextStyle(),))
    counted = propose_counted(name, filled, wanted=False)
    if counted and (
        names_time(name) or (isinstance(counted[0], MomentStyle) and len(filled) >= ENOUGH_CODES)
    ):
        return Proposal(counted[:1], (*counted[1:], numbers[0]))
    if why := _why_text(filled):
        return Proposal((TextStyle(),), (numbers[0], *counted), why)
    return Proposal(numbers, (*counted, *pairs), currencies=list_currencies(filled), share=share)


_DEFAULTS: dict[Kind | None, Style] = {
    None: TextStyle(),
    "number": NumberStyle(),
    "day": MomentStyle("ymd"),
    "moment": MomentStyle("ymd", time="hh:mm:ss"),
    "boolean": BooleanStyle("true/false"),
}


def _closest_boolean(cells: Sequence[str]) -> BooleanStyle:
    """The pair of words of which most are seen."""
    seen = {cell.lower() for cell in cells}
    return BooleanStyle(max(BOOLEANS, key=lambda name: len(seen & set(BOOLEANS[name]))))


def _why_text(cells: Sequence[str]) -> Why:
    """Why a column of numbers is a column of identifiers, if it is."""
    digits = [cell for cell in cells if cell.isascii() and cell.isdigit()]
    if any(len(cell) > 1 and cell[0] == "0" for cell in digits):
        return "leading_zeros"
    if any(len(cell) > 15 for cell in digits):
        return "long_digits"
    if any(re.fullmatch("[+][0-9]{8,}", cell) for cell in cells):
        return "codes"
    others = [cell for cell in cells if not is_number(cell)]
    if len(digits) + len(others) < len(cells) or not digits:
        return ""
    lengths = sorted(map(len, digits))
    if lengths[len(lengths) // 2] >= 4 and any(map(_CODE.fullmatch, others)):
        return "codes"
    same = lengths[0] == lengths[-1] >= CODE_DIGITS
    return "codes" if same and not others and len(digits) >= ENOUGH_CODES else ""
