"""Numbers such as `1.234` that nothing in their own file settles: read as people write who write the rest.

What else the file shows speaks for a decimal comma or a decimal point; the answer is still asked for, and
only the default moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.values import ColumnReport
from vitrail.collection.values.moment_styles import MomentStyle
from vitrail.collection.values.number_styles import NumberStyle

_DELIMITERS = {";": 2}
_ORDERS = {"dmy": 1, "ymd": -1, "mdy": -2}
_CURRENCIES = {"EUR": 1, "GBP": -2, "USD": -2}


def prefer_habits(reports: Reports, delimiter: str | None) -> dict[str, ColumnReport]:
    """The reports, with the likelier of two open readings of a number first.

    Args:
        delimiter: what separates the fields of the file; None where it is no delimited text.
    """
    comma = _lean_to_comma(reports, delimiter)
    mark = "," if comma > 0 else "." if comma < 0 else None
    return {name: _with_mark(report, mark) for name, report in reports.items()}


def _lean_to_comma(reports: Mapping[str, ColumnReport], delimiter: str | None) -> int:
    """Above zero where the file speaks for a decimal comma, below for a decimal point."""
    orders = {
        report.reading.style.order
        for report in reports.values()
        if report.certain and isinstance(report.reading.style, MomentStyle)
    }
    currencies = {code for report in reports.values() for code in report.currencies}
    return (
        _DELIMITERS.get(delimiter or "", 0)
        + sum(_ORDERS.get(order, 0) for order in orders)
        + sum(_CURRENCIES.get(code, 0) for code in currencies)
    )


def _with_mark(report: ColumnReport, mark: str | None) -> ColumnReport:
    style = report.reading.style
    if mark is None or report.certain or not isinstance(style, NumberStyle) or style.mark == mark:
        return report
    for other in report.alternatives:
        if isinstance(other.style, NumberStyle) and other.style.mark == mark:
            rest = tuple(each for each in report.alternatives if each != other)
            return replace(report, reading=other, alternatives=(report.reading, *rest))
    return report
