"""Names of columns as a table can have them: trimmed, none empty, none twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from vitrail.findings import Finding

_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")

_ROW_INDEX = re.compile("__index_level_[0-9]+__")


def is_row_index(name: str) -> bool:
    """Whether a column is the row numbers that pandas puts beside the data: no answer of anybody's.

    >>> is_row_index("__index_level_0__"), is_row_index("customer_id")
    (True, False)
    """
    return _ROW_INDEX.fullmatch(name) is not None


def name_columns(written: Sequence[str], shown: str) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Column names made of a header's fields, and a note when some had to be changed.

    Two names that differ in case only are the same to SQL. A second `Price` becomes `Price_2`; an empty
    name becomes `column_` and its position. Control characters, which no text file may hold, are dropped; an
    accent and its letter are one character, as most programs write them (NFC).

    >>> names, notes = name_columns(["id", "Price", "price", ""], "orders.csv")
    >>> names
    ('id', 'Price', 'price_2', 'column_4')
    """
    taken: set[str] = set()
    wanted = [unicodedata.normalize("NFC", " ".join(_UNWRITABLE.sub("", name).split())) for name in written]
    reserved = {name.casefold() for name in wanted}
    names: list[str] = []
    for position, name in enumerate(wanted, 1):
        base = name or f"column_{position}"
        unique, copy = base, 1
        while unique.casefold() in taken or (unique != name and unique.casefold() in reserved):
            copy += 1
            unique = f"{base}_{copy}"
        taken.add(unique.casefold())
        names.append(unique)
    changed = [new for old, new in zip(wanted, names, strict=True) if old != new]
    if not changed or not any(wanted):
        return tuple(names), ()
    figures = {"names": changed[:10], "count": len(changed)}
    return tuple(names), (Finding("columns_renamed", "info", shown, figures),)
