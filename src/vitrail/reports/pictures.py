"""The pictures of a report: the vitrail in its four drawings, and the charts, rendered in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from vitrail.charts import (
    Bar,
    Pane,
    Vitrail,
    chart_bars,
    chart_curve,
    chart_monthly,
    render_charts,
    render_vitrail,
)
from vitrail.charts.monthly import MonthPart
from vitrail.charts.theme import HALF, NARROW, WIDE
from vitrail.i18n.formats import month
from vitrail.insight.base import Country
from vitrail.insight.curve import Curve
from vitrail.reports.run import Run, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

MOST_SERIES = 10  # segments told apart in a month's bar; the others are drawn together
FRAMES = {"wide": (760, 450), "narrow": (360, 440)}


@dataclass(frozen=True, slots=True)
class Window:
    """The vitrail by one measure, for a wide and a narrow page; None where nothing has an area."""

    measure: str
    wide: Vitrail
    narrow: Vitrail


def draw_windows(segmentation: SegmentationRow, words: Words) -> tuple[Window, ...]:
    """The vitrail by revenue and by customers; a measure that is zero throughout is left out."""
    windows = []
    for measure in ("revenue", "customers"):
        panes = [_pane(segmentation, segment, measure, words) for segment in segmentation.segments]
        if any(pane.value > 0 for pane in panes):
            title = words.text(f"report_vitrail_by_{measure}")
            rest = _rest(panes, words)
            drawn = {
                name: render_vitrail(panes, title, width, height, rest)
                for name, (width, height) in FRAMES.items()
            }
            windows.append(Window(measure, **drawn))
    return tuple(windows)


def _pane(segmentation: SegmentationRow, segment: SegmentRow, measure: str, words: Words) -> Pane:
    name = clean(segment.name(words.language), 60)
    if measure == "revenue":
        value, share = float(segment.revenue or 0), segment.revenue_share
        said = words.text(
            "report_pane_revenue",
            name=name,
            revenue=segment.revenue or Decimal(0),
            customers=segment.customers,
        )
    else:
        value, share = float(segment.customers), segment.share
        said = words.text("report_pane_customers", name=name, customers=segment.customers)
    figure = words.text("report_pane_share", share=share) if share is not None else ""
    return Pane(
        name,
        segment.mark,
        segment.tone,
        value,
        figure,
        f"{said} {figure}".strip(),
        row_id(segmentation, segment),
    )


def _rest(panes: Sequence[Pane], words: Words) -> Pane:
    from vitrail.charts.vitrail import MOST_PANES

    small = sorted((pane for pane in panes if pane.value > 0), key=lambda pane: -pane.value)[MOST_PANES - 1 :]
    name = words.text("report_pane_rest", count=len(small))
    return Pane(name, "…", "asleep", sum(pane.value for pane in small) or 1.0, "", name)


def row_id(segmentation: SegmentationRow, segment: SegmentRow) -> str:
    """The identifier of a segment's row in the page; made of marks, so that no data is in it."""
    return f"s{segmentation_id(segmentation.key)}-{segment.mark}"


def segmentation_id(key: str) -> str:
    """A segmentation's key as an identifier of the page."""
    return "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in key)


def draw_charts(
    run: Run,
    words: Words,
    main: SegmentationRow | None,
    curves: Mapping[str, Curve],
    countries: Sequence[Country],
) -> dict[str, str]:
    """Every chart of the page as SVG: `name` for a wide page, `name-narrow` for a phone."""
    charts: dict[str, Any] = {}
    alternatives: dict[str, str] = {}

    def draw(name: str, alternative: str, wide: int, chart: Any) -> None:
        for suffix, width in (("", wide), ("-narrow", NARROW)):
            charts[name + suffix] = chart(width)
            alternatives[name + suffix] = alternative

    named = {each.key: each for each in run.segmentations}
    for key, curve in curves.items():
        if not curve.points:
            continue
        segments = named[key].segments if key in named else ()
        labels = {segment.key: clean(segment.name(words.language), 24) for segment in segments}
        draw(
            f"curve{segmentation_id(key)}",
            words.text("report_curve_said", share=curve.top_fifth or 0.0),
            HALF,
            lambda width, curve=curve, labels=labels: chart_curve(curve, words.language, width, labels),
        )
    for segmentation in run.segmentations:
        if segmentation.method == "lifecycle" and segmentation.segments:
            bars = [
                Bar(
                    clean(segment.name(words.language), 24),
                    segment.customers,
                    f"{words.number(segment.customers)} ({words.share(segment.share)})",
                    segment.tone,
                )
                for segment in sorted(segmentation.segments, key=lambda segment: segment.place)[:20]
            ]
            title = words.text("chart_customers")
            draw(
                f"stages{segmentation_id(segmentation.key)}",
                title,
                HALF,
                lambda width, bars=bars, title=title: chart_bars(bars, title, width),
            )
    if len(countries) > 1:
        rows = [_country_bar(country, run, words) for country in countries]
        title = words.text("chart_revenue")
        draw("countries", title, HALF, lambda width: chart_bars(rows, title, width))
    parts = month_parts(run, main, words) if main else []
    if parts:
        alternative = words.text("report_monthly_title")
        partial = partial_month(run)
        draw(
            "monthly",
            alternative,
            WIDE,
            lambda width: chart_monthly(parts, words.language, width, run.currency, partial),
        )
    return render_charts(charts, words.language, run.currency, alternatives)


def _country_bar(country: Country, run: Run, words: Words) -> Bar:
    name = (
        words.text("report_other_countries", count=country.countries)
        if country.name is None
        else words.country(country.name)
    )
    return Bar(clean(name, 24), float(country.revenue), words.money(country.revenue, 0))


def month_parts(run: Run, segmentation: SegmentationRow, words: Words) -> list[MonthPart]:
    """Monthly revenue of a segmentation's segments; beyond the largest ones, all others as one part."""
    if not segmentation.partition:
        return []
    by_key = {segment.key: segment for segment in segmentation.segments}
    named = {
        segment.key
        for segment in segmentation.segments[: MOST_SERIES if len(by_key) <= MOST_SERIES else MOST_SERIES - 1]
    }
    parts: list[MonthPart] = []
    others: dict[dt.date, MonthPart] = {}
    for row in run.monthly:
        segment = by_key.get(str(row["segment"]))
        if row["segmentation"] != segmentation.key or segment is None:
            continue
        figures = {"month": month(row["month"], words.language), "revenue": row["revenue"] or Decimal(0)}
        if segment.key in named:
            said = words.text(
                "chart_month_part",
                name=segment.name(words.language),
                orders=int(row["orders"] or 0),
                **figures,
            )
            revenue = float(row["revenue"] or 0)
            parts.append(
                MonthPart(row["month"], segment.mark, segment.tone, int(segment.mark), revenue, said)
            )
        else:
            name = words.text("report_pane_rest", count=len(by_key) - len(named))
            part = others.get(row["month"]) or MonthPart(row["month"], "…", "asleep", 10**6, 0.0, name)
            others[row["month"]] = replace(part, revenue=part.revenue + float(row["revenue"] or 0))
    parts += others.values()
    return parts if any(part.revenue for part in parts) else []


def partial_month(run: Run) -> dt.date | None:
    """The first day of the month that the as-of date cuts, if it cuts one."""
    last = run.as_of - dt.timedelta(days=1)
    return None if run.as_of.day == 1 else last.replace(day=1)


def month_table(
    run: Run, segmentation: SegmentationRow, words: Words
) -> tuple[list[str], list[tuple[str, list[str]]]] | None:
    """The figures behind the monthly bars: the months, and a row of revenue a segment."""
    parts = month_parts(run, segmentation, words)
    if not parts:
        return None
    months = sorted({part.month for part in parts})
    names = {segment.mark: clean(segment.name(words.language), 60) for segment in segmentation.segments}
    rows = []
    for _, mark in sorted({(part.place, part.mark) for part in parts}):
        revenue = {part.month: part.revenue for part in parts if part.mark == mark}
        others = words.text("report_others")
        rows.append((names.get(mark, others), [words.money(round(revenue.get(day, 0.0))) for day in months]))
    return [month(day, words.language, "short") for day in months], rows
