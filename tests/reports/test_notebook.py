"""Results render in a notebook as small tables, in the reader's language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa

from vitrail.reports.notebook import render_segments, render_table

LABELS = {"who": "Qui", "share": "Part", "spent": "Dépensé", "since": "Depuis", "yes": "Oui ?"}
ROW = {
    "who": "<b>Anne</b>\n",
    "share": 0.25,
    "spent": Decimal("1234.5"),
    "since": dt.date(2024, 5, 1),
    "yes": True,
}


def test_figures_are_written_as_the_language_writes_them() -> None:
    table = render_table([ROW], LABELS, "fr", "Clients", "EUR")
    for said in (
        "25,0\u202f%",
        "1\u202f234\u202f€",
        "1ᵉʳ mai 2024",
        ">oui<",
        "&lt;b&gt;Anne",
        "Clients</caption>",
    ):
        assert said in table
    assert "<b>" not in table


def test_missing_values_and_long_tables_are_said() -> None:
    table = render_table([{"who": None}] * 250, {"who": "Who"}, "en")
    assert table.count("<tr>") == 201 and "50 more rows" in table and "–" in table


def test_no_rows_give_an_empty_table() -> None:
    assert "<tbody></tbody>" in render_table([], LABELS)


def test_segments_of_a_run_have_titled_columns() -> None:
    segments = pa.table(
        {
            "segmentation": ["value"],
            "segment": ["champions"],
            "label": ["Champions"],
            "customers": [604],
            "share": [0.139],
            "revenue": [Decimal("4303871.89")],
            "revenue_share": [0.483],
        }
    )
    table = render_segments(segments, "fr", "GBP")
    assert "Clients" in table and "4\u202f303\u202f872\u202f£" in table and "48,3\u202f%" in table
