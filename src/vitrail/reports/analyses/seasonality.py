"""When people order: the months by segment, beside the week and the rhythm from order to order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.heatmap import Heat, HeatLabel, render_turning_heatmap
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
from vitrail.reports.analyses.rhythm import tell_rhythm
from vitrail.reports.analyses.week import draw_weekdays, tell_week
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
    draw = partial(render_turning_heatmap, title, names, columns, cells, axis=axis)
    hours = [row for row in parts["hour"] if row["segment"] is None]
    week = tell_week(hours, content["has_hours"], words)
    drawings = () if content["has_hours"] else (draw_weekdays(hours, words),)
    told = _tell_season(rows, compared, content["measure"], words) if content["tells_season"] else []
    return Part(
        title,
        _note(content, parts["month"], words),
        told[0] if told else week["hours_note"],
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
            **week,
            **tell_rhythm(by_key(parts["rhythm"]), compared, words),
        },
        drawings,
    )


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


def _tell_season(
    rows: Mapping[str | None, Rows], compared: Sequence[Compared], measure: str, words: Words
) -> list[Markup]:
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
    figures: dict[str, Any] = {"high": round(100 * best["index"]), "low": round(100 * worst["index"])}
    figures |= {"times": words.number(best["index"], 1), "low_times": words.number(worst["index"], 1)}
    figures["measure"] = f"seasonality_measure_{measure}"
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
