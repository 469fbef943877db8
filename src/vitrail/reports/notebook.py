"""Small tables for notebooks: a result as HTML in the reader's language, in the notebook's own look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from markupsafe import Markup, escape

from vitrail import i18n
from vitrail.i18n import Language
from vitrail.reports.words import Words, clean

_CELL = "padding:4px 12px;border-bottom:1px solid rgba(128,128,128,.3)"
_MOST_ROWS = 200
_LONGEST_WHOLE, _WHOLE = 16, ";white-space:nowrap"  # a month, a figure or a name is not broken


def render_table(
    rows: Sequence[Mapping[str, Any]],
    labels: Mapping[str, str],
    language: Language = "en",
    caption: str = "",
    currency: str | None = None,
) -> str:
    """Rows as an HTML table: figures right-aligned and written as `language` writes them.

    Columns whose name ends in `_share`, or is `share`, hold shares and are shown as percentages; decimals
    are money. Only the first 200 rows are shown.

    Args:
        labels: column → its title, in the order shown; other columns are left out.

    >>> table = render_table([{"who": "<Ann>", "orders": 1200}], {"who": "Who", "orders": "Orders"})
    >>> "&lt;Ann&gt;" in table, "1,200" in table
    (True, True)
    """
    words = Words(language, currency)
    head = "".join(_cell("th", title, _is_figure(rows, name)) for name, title in labels.items())
    body = "".join(
        "<tr>"
        + "".join(_cell("td", _write(name, row.get(name), words), _is_figure(rows, name)) for name in labels)
        + "</tr>"
        for row in rows[:_MOST_ROWS]
    )
    more = (
        f"<p>{words.html('notebook_more', count=len(rows) - _MOST_ROWS)}</p>"
        if len(rows) > _MOST_ROWS
        else ""
    )
    title = f'<caption style="text-align:left">{escape(clean(caption))}</caption>' if caption else ""
    return (
        f'<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">{title}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"
    )


def render_segments(segments: pa.Table, language: Language = "en", currency: str | None = None) -> str:
    """The segments of a run (rows of `segments.parquet`) as an HTML table."""
    shown = ("segmentation", "label", "customers", "share", "revenue", "revenue_share")
    names = [name for name in shown if name in segments.column_names]
    labels = {name: i18n.text(f"notebook_{name}", language) for name in names}
    return render_table(segments.select(names).to_pylist(), labels, language, currency=currency)


def _is_figure(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    found = next((row[name] for row in rows if row.get(name) is not None), None)
    return isinstance(found, int | float | Decimal) and not isinstance(found, bool)


def _write(name: str, value: Any, words: Words) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return i18n.text("notebook_yes" if value else "notebook_no", words.language)
    if isinstance(value, Decimal):
        return words.money(value)
    if isinstance(value, int | float):
        return words.share(value) if name == "share" or name.endswith("_share") else words.number(value)
    return clean(
        value if isinstance(value, str) else words.day(value) if hasattr(value, "isoformat") else value
    )


def _cell(kind: str, text: str, figure: bool) -> Markup:
    style = (
        f"{_CELL};text-align:{'right' if figure else 'left'}{_WHOLE if len(text) <= _LONGEST_WHOLE else ''}"
    )
    return Markup(f'<{kind} style="{style}">{escape(text)}</{kind}>')
