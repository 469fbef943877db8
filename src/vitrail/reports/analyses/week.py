"""When in the week people order: the hours of its days, or the days where orders have no time."""

from __future__ import annotations

from functools import partial
from typing import Any

from vitrail.charts import Bar, chart_bars
from vitrail.charts.heatmap import Heat, HeatLabel, render_turning_heatmap
from vitrail.charts.theme import HALF
from vitrail.reports.analyses.compared import Picture, Rows, Table, draw_both
from vitrail.reports.drawings import Drawing
from vitrail.reports.words import Words


def tell_week(hours: Rows, has_hours: bool, words: Words) -> dict[str, Any]:
    """The week as its template lays it out.

    Args:
        hours: orders by weekday and hour, of everybody; the hour is None where orders have no time.
    """
    return {
        "hours_title": words.text("seasonality_hours"),
        "hours_note": _tell_hours(hours, has_hours, words),
        "hours": _draw_hours(hours, words) if has_hours else None,
        "hours_table": _hours_table(hours, words),
    }


def _weekdays(words: Words) -> list[str]:
    return [words.text(f"weekday_{at}") for at in range(1, 8)]


def _hour(at: int, words: Words) -> str:
    return words.text("seasonality_hour", hour=at, next=at + 1)


def _draw_hours(hours: Rows, words: Words) -> Picture:
    """The heat map of the week; hours without an order at either end left out."""
    whole = sum(row["orders"] for row in hours) or 1
    found = {(row["weekday"], row["hour"]): row["orders"] for row in hours}
    first, last = min(row["hour"] for row in hours), max(row["hour"] for row in hours)
    deepest = max(found.values()) or 1
    cells = []
    for day, name in enumerate(_weekdays(words), start=1):
        line = []
        for at in range(first, last + 1):
            count = found.get((day, at), 0)
            figures = {"weekday": name, "hour": _hour(at, words), "orders": count, "share": count / whole}
            line.append(
                Heat(
                    count / deepest,
                    words.number(count) if count else "",
                    words.text("seasonality_hours_cell", **figures),
                )
            )
        cells.append(line)
    days = [HeatLabel(name, short=name[:3]) for name in _weekdays(words)]
    columns = [HeatLabel(str(at)) for at in range(first, last + 1)]
    title, axis = words.text("seasonality_hours"), words.text("seasonality_hours_axis")
    return draw_both(partial(render_turning_heatmap, title, days, columns, cells, axis=axis))


def draw_weekdays(hours: Rows, words: Words) -> Drawing:
    """Bars by weekday, where orders have no time."""
    whole = sum(row["orders"] for row in hours) or 1
    found = {row["weekday"]: row["orders"] for row in hours}
    bars = [
        Bar(name, count, f"{words.number(count)} ({words.share(count / whole)})")
        for day, name in enumerate(_weekdays(words), start=1)
        for count in (found.get(day, 0),)
    ]
    title = words.text("seasonality_hours")
    return Drawing(
        "weekdays", title, HALF, partial(chart_bars, bars, words.text("seasonality_weekdays_axis"))
    )


def _tell_hours(hours: Rows, has_hours: bool, words: Words) -> str:
    whole = sum(row["orders"] for row in hours)
    best = max(hours, key=lambda row: (row["orders"], -row["weekday"], -(row["hour"] or 0)))
    figures = {
        "orders": whole,
        "weekday": _weekdays(words)[best["weekday"] - 1],
        "share": best["orders"] / whole,
    }
    if not has_hours:
        return words.text("seasonality_weekdays_note", **figures)
    return words.text("seasonality_hours_note", hour=_hour(best["hour"], words), **figures)


def _hours_table(hours: Rows, words: Words) -> Table:
    found = {(row["weekday"], row["hour"]): row["orders"] for row in hours}
    every = sorted({row["hour"] for row in hours}, key=lambda at: -1 if at is None else at)
    heads = [words.text("seasonality_column_orders") if at is None else str(at) for at in every]
    rows = tuple(
        (name, *(words.number(found.get((day, at), 0)) for at in every))
        for day, name in enumerate(_weekdays(words), start=1)
    )
    return Table(words.text("seasonality_hours"), (words.text("seasonality_column_weekday"), *heads), rows)
