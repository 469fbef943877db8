"""The rhythm from order to order: the days between a customer's orders, by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from vitrail.charts.ranges import Range, render_ranges, round_ticks
from vitrail.reports.analyses.compared import MOST_COMPARED, Compared, Rows, Table, draw_both
from vitrail.reports.words import Words


def tell_rhythm(
    rows: Mapping[str | None, Rows], compared: Sequence[Compared], words: Words
) -> dict[str, Any]:
    """The ranges of days between orders, and the figures behind them."""
    shown = [(each, rows[each.key][0]) for each in compared if rows.get(each.key)]
    title = words.text("seasonality_rhythm")
    ranges = [
        Range(
            each.name,
            each.mark,
            each.tone,
            row["gap_days_low"],
            row["gap_days"],
            row["gap_days_high"],
            words.text("seasonality_rhythm_figure", days=round(row["gap_days"])),
            words.text(
                "seasonality_rhythm_said",
                segment=each.name,
                middle=round(row["gap_days"]),
                gaps=row["gaps"],
                low=round(row["gap_days_low"]),
                high=round(row["gap_days_high"]),
            ),
        )
        for each, row in shown[: MOST_COMPARED + 1]
    ]
    most = max((each.high for each in ranges), default=0)
    ticks = [(value, words.number(round(value))) for value in round_ticks(most)]
    head = (
        "report_column_segment",
        "seasonality_column_gaps",
        "seasonality_column_median",
        "seasonality_column_quartiles",
    )
    lines = tuple(
        (
            each.name,
            words.number(row["gaps"]),
            words.number(row["gap_days"], 1),
            words.text(
                "pictures_interval",
                low=words.number(row["gap_days_low"], 1),
                high=words.number(row["gap_days_high"], 1),
            ),
        )
        for each, row in shown
    )
    axis = words.text("seasonality_rhythm_axis")
    return {
        "rhythm_title": title,
        "rhythm_note": words.text("seasonality_rhythm_note"),
        "rhythm": draw_both(partial(render_ranges, title, ranges, axis, ticks)) if ranges else None,
        "rhythm_table": Table(title, tuple(words.text(code) for code in head), lines),
    }
