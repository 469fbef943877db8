"""Columns without names, known by what they hold: a customer's code, a day, how many, how much (CDNOW).

Four columns in this order and nothing else: a code that comes back, dates, whole numbers, and amounts that
are not all whole. Anything less certain is for a person to name.
"""

from __future__ import annotations

from collections.abc import Mapping

from vitrail.collection.files import FileRead
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.content import fitting_reading

_SHAPE = ("customer_id", "ordered_at", "quantity", "amount")


def is_unnamed(file: FileRead) -> bool:
    """Whether a text file was read without a header."""
    return file.delimiter is not None and file.header_line is None


def name_by_content(reports: Reports) -> Mapping[str, str]:
    """Model column → column; empty where the columns are no code, day, count and amount."""
    if len(reports) != len(_SHAPE):
        return {}
    code, day, count, paid = reports.values()
    whole = [each for each in (count, paid) if each.reading.kind == "number" and each.is_integer]
    certain = (
        not code.unique
        and code.reading.kind in ("text", "number")
        and fitting_reading("ordered_at", day) is not None
        and whole == [count]
        and paid.reading.kind == "number"
    )
    return dict(zip(_SHAPE, reports, strict=True)) if certain else {}
