"""How well what a column holds fits each column of the customer model: a factor for its name's score.

>>> from types import SimpleNamespace
>>> day = SimpleNamespace(kind="day", name="dd/mm/yyyy")
>>> report = SimpleNamespace(reading=day, alternatives=(), filled=9, distinct=7, email_share=0.0,
...     minimum=None, maximum=None, reason=SimpleNamespace(code=""))
>>> content_fit("ordered_at", report), content_fit("amount", report), content_fit("status", report)
(1.0, 0.0, 0.0)
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from vitrail.collection.guessing.headers import read_header
from vitrail.collection.model import TABLES, Kind
from vitrail.collection.values.readings import KeyStyle

if TYPE_CHECKING:
    from vitrail.collection.values import ColumnReport, Reading

_MOMENTS = ("day", "moment")
_FEW = {"status": 60, "currency": 60, "channel": 2000, "payment_method": 60, "gender": 12, "country": 300}
_SAME_ON_MANY = {"customer_id": 0.65, "order_id": 0.65, "email": 0.8}
_ONE_FOR_ALL = 0.45  # what all of many rows share is the seller's: an account of the books, an address
_MANY_ROWS = 50
_NO_NUMBERS = 12  # so few values on so many rows are the answers to a question, and number no orders
_WORTH = frozenset({"amount", "unit_price"})
_ALL_ZERO = 0.6  # a deposit that nobody pays, a tax that nobody owes: any other amount says more
_CODES = 0.8
_FLOATS = 0.9
_MIGHT_BE_CODES = frozenset({"customer_id", "order_id", "product_id", "postal_code", "phone"})


def fitting_reading(model_column: str, report: ColumnReport) -> Reading | None:
    """The reading that makes the column what `model_column` wants; None where no reading does."""
    wanted = _kind(model_column)
    if wanted == "text" and _are_floats(report) and report.reading.native == "VARCHAR":
        return replace(report.reading, style=KeyStyle())
    kinds = _MOMENTS if wanted in _MOMENTS else (wanted,)
    return next((each for each in (report.reading, *report.alternatives) if each.kind in kinds), None)


def _are_floats(report: ColumnReport) -> bool:
    """Whether codes went through a program that made floats of them (`123.0`), but for words for nobody."""
    shares = report.shares
    return shares.get("whole_float", 0.0) > _FLOATS and not {"digits", "code", "email"} & shares.keys()


def is_worth_nothing(model_column: str, report: ColumnReport) -> bool:
    """Whether the column would be amounts that are all zero."""
    return model_column in _WORTH and report.filled > 1 and is_all_zero(report)


def is_all_zero(report: ColumnReport) -> bool:
    """Whether the column's numbers are all zero."""
    return report.minimum == report.maximum == 0


def is_rate(name_says_only: bool, report: ColumnReport) -> bool:
    """Whether discounts are shares of a price: with a sign of percent, or fractions if no name says else."""
    if report.reading.kind != "number":
        return False
    least, most = report.minimum, report.maximum
    fractions = isinstance(least, Decimal) and isinstance(most, Decimal) and least >= 0 and 0 < most < 1
    return (name_says_only and fractions) or "%" in report.reading.name


def is_shortened(name: str, report: ColumnReport) -> bool:
    """Whether a column that says it holds codes holds what a spreadsheet made of long ones: `1.2E+11`."""
    return report.shares.get("shortened", 0.0) > 0.5 and "id" in read_header(name).concepts


def is_flag(report: ColumnReport) -> bool:
    """Whether the numbers are a zero or a one, which say no or yes and are no money."""
    return report.distinct <= 2 and report.maximum == 1 and report.minimum in (0, 1)


def content_fit(model_column: str, report: ColumnReport) -> float:
    """A factor in [0, 1]: 0 where the content cannot be `model_column`, 1 where nothing speaks against it."""
    if not report.filled:
        return 0.0
    wanted = _kind(model_column)
    if wanted == "number" and report.reason.code == "reading_leading_zeros":
        return 0.0
    if wanted in (*_MOMENTS, "number"):
        if not fitting_reading(model_column, report):
            return 0.0
        return _ALL_ZERO if is_worth_nothing(model_column, report) else 1.0
    same = _SAME_ON_MANY.get(model_column, 1.0) if report.distinct * _MANY_ROWS <= report.filled else 1.0
    if model_column == "email":
        sellers = report.distinct == 1 and same < 1
        return 0.0 if report.email_share < 0.5 else _ONE_FOR_ALL if sellers else same
    kind = report.reading.kind
    if wanted == "boolean":
        return 1.0 if fitting_reading(model_column, report) else 0.0
    if kind in _MOMENTS:
        return 0.0
    if kind == "boolean" and model_column != "status":
        return 0.0  # yes and no answer a question: they are no code, no name and no way to pay
    if model_column == "status" and kind == "number" and report.distinct <= _NO_NUMBERS:
        return _CODES  # what they stand for is asked
    if model_column == "currency" and kind == "number":
        return 0.0
    if model_column == "order_id" and same < 1 and report.distinct <= _NO_NUMBERS:
        return 0.0
    if report.email_share >= 0.5 and model_column != "customer_id":
        return 0.0
    fit = _ONE_FOR_ALL if model_column == "customer_id" and report.distinct == 1 and same < 1 else 1.0
    if model_column == "phone" and report.distinct * 10 < report.filled:
        return 0.0  # a telephone is one person's: `PhoneService: Yes` is none
    if report.distinct > _FEW.get(model_column, report.distinct):
        fit *= 0.4
    if kind == "number" and model_column not in _MIGHT_BE_CODES:
        fit *= 0.3 if model_column == "discount_code" else 0.6
    return fit


def _kind(model_column: str) -> Kind:
    table = next(table for table in TABLES.values() if model_column in table.columns)
    return table.columns[model_column].kind
