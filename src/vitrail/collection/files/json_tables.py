"""One JSON object that is a whole table: like objects under their keys, or columns of cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vitrail.collection.files.encodings import Text
from vitrail.collection.files.formats import extension
from vitrail.collection.files.json_values import DECODER, LONGEST_MEMBER
from vitrail.errors import SourceError
from vitrail.findings import Finding

_FEWEST_KEYED = 3
_KEYED = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:\s*(?:\{\s*"|\[\s*(?:[^\s{]|\Z))')


def read_table(text: Text) -> Sequence[dict[str, Any]] | None:
    """The records of a file that is one object of like objects or of columns; None where it is not.

    Columns number their cells (`{"total": {"0": 9, "1": 12}}`; a number left out is a blank cell) or list
    them (`{"total": [9, 12]}`), or stand as `columns` beside rows of `data`.

    Raises:
        SourceError: its lists are not of one length, so that no cell has a row.
    """
    if extension(Path(text.shown)) != "json":
        return None
    whole = b""
    for chunk in text.chunks():
        if (not whole and not _KEYED.match(chunk)) or len(whole) > LONGEST_MEMBER:
            return None
        whole += chunk
    try:
        held = DECODER.decode(whole.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if all(isinstance(each, list) for each in held.values()):
        return _listed(held, text.shown)
    if len(held) > 1 and all(isinstance(each, dict) for each in held.values()):
        return _numbered(held) or _keyed(held)
    return None


def _listed(held: dict[str, list[Any]], shown: str) -> list[dict[str, Any]] | None:
    names, rows = held.get("columns"), held.get("data")
    if names and rows and all(isinstance(row, list) for row in rows):
        if {len(row) for row in rows} != {len(names)}:
            raise SourceError(Finding("json_lists_uneven", "error", shown))
        return [{str(name): cell for name, cell in zip(names, row, strict=True)} for row in rows]
    if len(held) < 2 or any(isinstance(cell, dict | list) for cells in held.values() for cell in cells):
        return None
    if len({len(cells) for cells in held.values()}) > 1:
        raise SourceError(Finding("json_lists_uneven", "error", shown))
    return [dict(zip(held, row, strict=True)) for row in zip(*held.values(), strict=True)]


def _numbered(held: dict[str, dict[str, Any]]) -> list[dict[str, Any]] | None:
    """A table by columns, as pandas has it."""
    numbers = {number for cells in held.values() for number in cells}
    rows = [str(number) for number in range(len(numbers))]
    if not rows or numbers != set(rows):
        return None
    return [{name: cells.get(row) for name, cells in held.items()} for row in rows]


def _keyed(held: dict[str, dict[str, Any]]) -> list[dict[str, Any]] | None:
    shared = set.intersection(*(set(each) for each in held.values()))
    named = {name for each in held.values() for name in each}
    if len(held) < _FEWEST_KEYED or 2 * len(shared) <= len(named):
        return None
    name = "key" if "id" in named else "id"
    return [{name: key, **each} for key, each in held.items()]
