"""When people order: months by segment, the hours of the week, and the rhythm from order to order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts import Bar, chart_bars
from vitrail.charts.heatmap import Heat, HeatLabel, render_heatmap
from vitrail.charts.ranges import Range, render_ranges, round_ticks
from vitrail.charts.theme import HALF, NARROW
from vitrail.i18n.formats import month
from vitrail.reports.analyses.compared import (
    MOST_COMPARED,
    Compared,
    Rows,
    Table,
    by_key,
    draw_both,
    list_compared,
)
from vitrail.reports.analyses.part import Part
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words

LEVEL = 0.05
TWICE = 2.0  # the mean month: from there on a month is drawn darkest
_ANY_YEAR = 2001


def tell_seasonality(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The part of the report; None where nobody ordered."""
    parts = {
        name: [row for row in content["rows"] if row["part"] == name]
        for name in ("month", "season", "hour", "rhythm")
    }
    compared = list_compared(content, run, words)
    title = words.text("seasonality_title_season" if content["tells_season"] else "seasonality_title_months")
    rows = by_key(parts["season"] if content["tells_season"] else parts["month"])
    shown = [each for each in compared[: MOST_COMPARED + 1] if rows.get(each.key)]
    lay = _lay_season if content["tells_season"] else _lay_months
    columns, cells = lay(rows, shown, words)
    everyone = words.text("pictures_everyone_short")
    names = [replace(each.label, short="" if each.key else everyone) for each in shown]
    axis = words.text("seasonality_axis_season")
    draw = partial(_draw, title, names, columns, cells, axis)
    hours = [row for row in parts["hour"] if row["segment"] is None]
    drawings = () if content["has_hours"] else (_draw_weekdays(hours, words),)
    told = _tell_season(rows, compared, words) if content["tells_season"] else []
    return Part(
        title,
        _note(content, parts["month"], words),
        told[0] if told else _tell_hours(hours, content["has_hours"], words),
        {
            "picture": draw_both(draw) if shown else None,
            "shown": shown[1:],
            "told": told,
            "unsure": _tell_unsure(content, rows, shown, words),
            "dates": words.html("seasonality_note_dates")
            if content["tells_dates"] and len(shown) > 1
            else "",
            "few": _tell_few(content, compared, words),
            "table": _months_table(parts["month"], compared, words),
            "hours_title": words.text("seasonality_hours"),
            "hours_note": _tell_hours(hours, content["has_hours"], words),
            "hours": draw_both(_lay_hours(hours, words)) if content["has_hours"] else None,
            "hours_table": _hours_table(hours, words),
            **_tell_rhythm(by_key(parts["rhythm"]), compared, words),
        },
        drawings,
    )


def _draw(
    title: str,
    rows: Sequence[HeatLabel],
    columns: Sequence[HeatLabel],
    cells: Sequence[Sequence[Heat]],
    axis: str,
    width: int,
) -> str:
    """A heat map whose many columns become rows on a phone."""
    if width > NARROW:
        return render_heatmap(title, rows, columns, cells, width, axis)
    across = [replace(each, name=each.short or each.name) for each in rows]
    down = [replace(each, name=f"{each.name} {each.above}".strip(), above="") for each in columns]
    return render_heatmap(title, down, across, list(zip(*cells, strict=True)), width, axis)


def _note(content: Mapping[str, Any], months: Rows, words: Words) -> str:
    measure = "_revenue" if content["measure"] == "revenue" else ""
    if content["tells_season"]:
        return words.text(f"seasonality_note_season{measure}", years=content["years"])
    need = 12 * content["least_years"]
    note = words.text(f"seasonality_note_months{measure}", have=len(content["whole"]), need=need)
    partial_months = any(not row["whole"] for row in months if row["segment"] is None)
    return f"{note} {words.text('seasonality_note_partial')}" if partial_months else note


def _tell_few(content: Mapping[str, Any], compared: Sequence[Compared], words: Words) -> str:
    names = [each.name for each in compared if each.key in content["too_few"]]
    return words.text("seasonality_too_few", names=names) if names else ""


Laid = tuple[list[HeatLabel], list[list[Heat]]]


def _lay_season(rows: Mapping[str | None, Rows], shown: Sequence[Compared], words: Words) -> Laid:
    """The twelve months of the year."""
    days = [dt.date(_ANY_YEAR, at, 1) for at in range(1, 13)]
    columns = [HeatLabel(month(day, words.language, "short", year=False)) for day in days]
    cells = []
    for each in shown:
        sure = _returns(rows[each.key])
        by_month = {row["month_of_year"]: row["index"] for row in rows[each.key]}
        line = []
        for day in days:
            index, when = by_month[day.month], month(day, words.language, year=False)
            said = words.text("seasonality_cell", segment=each.name, month=when, index=round(100 * index))
            line.append(Heat(index / TWICE if sure else None, words.number(round(100 * index)), said))
        cells.append(line)
    return columns, cells


def _lay_months(rows: Mapping[str | None, Rows], shown: Sequence[Compared], words: Words) -> Laid:
    """The months as they were, one after the other; the last ones where there are very many."""
    every = sorted({row["month"]: row["whole"] for row in rows.get(None, ())}.items())
    columns = []
    for at, (day, whole) in enumerate(every):
        first = dt.date.fromisoformat(day)
        name = month(first, words.language, "short", year=False) + ("" if whole else "*")
        columns.append(HeatLabel(name, above=str(first.year) if first.month == 1 or at == 0 else ""))
    cells = []
    for each in shown:
        own = {row["month"]: row for row in rows[each.key]}
        cells.append([_month_cell(own[day], each, words) for day, _ in every])
    return columns, cells


def _month_cell(row: Mapping[str, Any], each: Compared, words: Words) -> Heat:
    when = month(dt.date.fromisoformat(row["month"]), words.language)
    if not row["whole"]:
        said = words.text("seasonality_cell_partial", segment=each.name, month=when, orders=row["orders"])
        return Heat(None, words.number(row["orders"]), said)
    if row["index"] is None:
        return Heat(None, "", words.text("seasonality_cell_unknown", segment=each.name))
    index = round(100 * row["index"])
    figures = {"segment": each.name, "month": when, "index": index, "orders": row["orders"]}
    return Heat(row["index"] / TWICE, words.number(index), words.text("seasonality_cell_orders", **figures))


def _tell_season(rows: Mapping[str | None, Rows], compared: Sequence[Compared], words: Words) -> list[Markup]:
    """Whether the whole base has a season that returns, and which segments have."""
    own = rows.get(None)
    if not own or own[0]["p_adjusted"] is None:
        return []
    best, worst = max(own, key=lambda row: row["index"]), min(own, key=lambda row: row["index"])
    p = own[0]["p_adjusted"]
    chance = words.text("seasonality_p_small") if p < 0.001 else words.share(p)
    if p >= LEVEL:
        return [words.html("seasonality_not_found", p=chance)]
    named = [
        month(dt.date(_ANY_YEAR, row["month_of_year"], 1), words.language, year=False)
        for row in (best, worst)
    ]
    first = named[0][:1].upper() + named[0][1:]
    figures = {"high": round(100 * best["index"]), "low": round(100 * worst["index"])}
    told = [words.html("seasonality_found", month=first, low_month=named[1], p=chance, **figures)]
    names = [each.name for each in compared[1:] if _returns(rows.get(each.key))]
    return [*told, words.html("seasonality_segments", names=names)] if names else told


def _tell_unsure(
    content: Mapping[str, Any], rows: Mapping[str | None, Rows], shown: Sequence[Compared], words: Words
) -> str:
    unsure = content["tells_season"] and not all(_returns(rows[each.key]) for each in shown)
    return words.text("seasonality_dashed") if unsure else ""


def _returns(season: Rows | None) -> bool:
    p = season[0]["p_adjusted"] if season else None
    return p is not None and p < LEVEL


def _months_table(rows: Rows, compared: Sequence[Compared], words: Words) -> Table:
    """Orders by month, a row a segment."""
    own = by_key(rows)
    days = sorted({row["month"]: row["whole"] for row in own.get(None, ())}.items())
    short = [
        month(dt.date.fromisoformat(day), words.language, "short") + ("" if whole else "*")
        for day, whole in days
    ]
    lines = tuple(
        (
            each.name,
            *(
                words.number(row["orders"])
                for row in sorted(own[each.key], key=lambda row: str(row["month"]))
            ),
        )
        for each in compared
        if own.get(each.key)
    )
    return Table(words.text("seasonality_table"), (words.text("report_column_segment"), *short), lines)


def _weekdays(words: Words) -> list[str]:
    return [words.text(f"weekday_{at}") for at in range(1, 8)]


def _hour(at: int, words: Words) -> str:
    return words.text("seasonality_hour", hour=at, next=at + 1)


def _lay_hours(hours: Rows, words: Words) -> Any:
    """The heat map of the week, as a function of the width; hours without an order at either end left out."""
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
    return partial(
        _draw, words.text("seasonality_hours"), days, columns, cells, words.text("seasonality_hours_axis")
    )


def _draw_weekdays(hours: Rows, words: Words) -> Drawing:
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


def _tell_rhythm(
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
            words.number(round(row["gap_days"])),
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
