"""Revenue by month and segment: the parts of each month's bar, and the figures behind them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace

from vitrail.charts.monthly import MonthPart
from vitrail.i18n.formats import month
from vitrail.reports.run import ReportedRun, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

MOST_SERIES = 10  # segments told apart in a month's bar; beyond, the smaller ones are drawn together
REST = "rest"  # the tone of those drawn together


def choose_series(run: ReportedRun, segmentation: SegmentationRow) -> tuple[tuple[SegmentRow, ...], int]:
    """The segments with a part of their own in the months' bars, and how many more are drawn together.

    A segment without revenue has no part; one alone is never drawn as "others".
    """
    if not segmentation.partition:
        return (), 0
    paid = {
        row["segment"] for row in run.monthly if row["segmentation"] == segmentation.key and row["revenue"]
    }
    drawn = tuple(segment for segment in segmentation.segments if segment.key in paid)
    named = drawn if len(drawn) <= MOST_SERIES + 1 else drawn[:MOST_SERIES]
    return named, len(drawn) - len(named)


def list_parts(run: ReportedRun, segmentation: SegmentationRow, words: Words) -> list[MonthPart]:
    """Monthly revenue of a segmentation's segments; beyond the largest ones, all others as one part."""
    named, folded = choose_series(run, segmentation)
    by_key = {segment.key: segment for segment in named}
    parts: list[MonthPart] = []
    others: dict[dt.date, MonthPart] = {}
    for row in run.monthly:
        if row["segmentation"] != segmentation.key or not row["revenue"]:
            continue
        when = month(row["month"], words.language)
        segment = by_key.get(str(row["segment"]))
        if segment is not None:
            said = words.text(
                "chart_month_part",
                name=segment.name(words.language),
                orders=int(row["orders"] or 0),
                month=when,
                revenue=row["revenue"],
            )
            revenue = float(row["revenue"])
            parts.append(
                MonthPart(row["month"], segment.mark, segment.tone, int(segment.mark), revenue, said)
            )
        else:
            said = f"{when} · {words.text('report_pane_rest', count=folded)}"
            part = others.get(row["month"]) or MonthPart(row["month"], "…", REST, 10**6, 0.0, said)
            others[row["month"]] = replace(part, revenue=part.revenue + float(row["revenue"]))
    return [*parts, *others.values()]


def unfinished_month(run: ReportedRun) -> dt.date | None:
    """The first day of the month that the as-of date cuts, if it cuts one."""
    last = run.as_of - dt.timedelta(days=1)
    return None if run.as_of.day == 1 else last.replace(day=1)


def list_monthly_revenue(
    run: ReportedRun, segmentation: SegmentationRow, words: Words
) -> tuple[list[str], list[tuple[str, list[str]]], list[str]] | None:
    """The figures behind the monthly bars: the segments and their total, a row of revenue a month, marked
    where it is not over, and the row of all months; months are many, so they go down the page."""
    parts = list_parts(run, segmentation, words)
    if not parts:
        return None
    months = sorted({part.month for part in parts})
    names = {segment.mark: clean(segment.name(words.language), 60) for segment in segmentation.segments}
    marks = [mark for _, mark in sorted({(part.place, part.mark) for part in parts})]
    revenue = {(part.month, part.mark): part.revenue for part in parts}
    partial = unfinished_month(run)

    def write(days: Sequence[dt.date]) -> list[str]:
        sums = [math.fsum(revenue.get((day, mark), 0.0) for day in days) for mark in marks]
        return [words.money(each, 0) for each in (*sums, math.fsum(sums))]

    rows = [
        (month(day, words.language, "short").replace(" ", "\u00a0") + "*" * (day == partial), write([day]))
        for day in months
    ]
    columns = [names.get(mark, words.text("report_others")) for mark in marks]
    return [*columns, words.text("report_total")], rows, write(months)
