"""The charts of a report, each drawn for a wide page and for a phone, all rendered in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from vitrail.charts import Bar, chart_bars, chart_curve, chart_monthly, render_charts
from vitrail.charts.theme import HALF, NARROW, WIDE
from vitrail.insight.base import Country
from vitrail.insight.curve import Curve
from vitrail.reports.months import list_parts, unfinished_month
from vitrail.reports.run import ReportedRun, SegmentationRow
from vitrail.reports.windows import segmentation_id
from vitrail.reports.words import Words, clean

MOST_BARS = 20


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart by name, what it shows in words, its width on a wide page, and how to make it at a width."""

    name: str
    alternative: str
    width: int
    chart: Callable[[int], Any]


def draw_charts(
    run: ReportedRun,
    words: Words,
    main: SegmentationRow | None,
    curves: Mapping[str, Curve],
    countries: Sequence[Country],
    asked: Sequence[Drawing] = (),
) -> dict[str, str]:
    """Every chart of the page as SVG: `name` for a wide page, `name-narrow` for a phone.

    Args:
        asked: the charts of the analyses.
    """
    drawings = [
        *_curves(run, words, curves),
        *_stages(run, words),
        *_countries(words, countries, WIDE),
        *(_months(run, words, main) if main else ()),
        *asked,
    ]
    from altair.utils.schemapi import debug_mode

    charts, alternatives = {}, {}
    with debug_mode(False):  # Altair then takes each part as it stands, three times faster
        for drawing in drawings:
            for suffix, width in (("", drawing.width), ("-narrow", NARROW)):
                charts[drawing.name + suffix] = drawing.chart(width)
                alternatives[drawing.name + suffix] = drawing.alternative
    return render_charts(charts, words.language, run.currency, alternatives)


def curve_variable(segmentation: SegmentationRow | None, run: ReportedRun, words: Words) -> str | None:
    """The name of what an ABC segmentation shares out, where it is not revenue."""
    variable = (segmentation.variables or ("total_amount",))[0] if segmentation else "total_amount"
    return None if variable == "total_amount" else words.variable(variable, run.labels)


def _curves(run: ReportedRun, words: Words, curves: Mapping[str, Curve]) -> Iterator[Drawing]:
    named = {each.key: each for each in run.segmentations}
    for key, curve in curves.items():
        if curve.points:
            segments = named[key].segments if key in named else ()
            labels = {segment.key: clean(segment.name(words.language), 24) for segment in segments}
            variable = curve_variable(named.get(key), run, words)
            fifth = curve.top_fifth if variable or curve.buyers_fifth is None else curve.buyers_fifth
            said = words.text("report_curve_said", share=fifth or 0.0)
            chart = partial(chart_curve, curve, words.language, classes=labels, variable=variable)
            yield Drawing(f"curve{segmentation_id(key)}", said, HALF, chart)


def _stages(run: ReportedRun, words: Words) -> Iterator[Drawing]:
    title = words.text("chart_customers")
    for each in run.segmentations:
        if each.method == "lifecycle" and each.segments:
            bars = [
                Bar(
                    clean(segment.name(words.language), 24),
                    segment.customers,
                    f"{words.number(segment.customers)} ({words.share(segment.share)})",
                    segment.tone,
                )
                for segment in each.by_place[:MOST_BARS]
            ]
            yield Drawing(f"stages{segmentation_id(each.key)}", title, WIDE, partial(chart_bars, bars, title))


def _countries(words: Words, countries: Sequence[Country], width: int) -> Iterator[Drawing]:
    if len(countries) > 1:
        title = words.text("chart_revenue")
        bars = [
            Bar(name_country(each, words), float(each.revenue), words.money(each.revenue, 0))
            for each in countries
        ]
        yield Drawing("countries", title, width, partial(chart_bars, bars, title))


def name_country(country: Country, words: Words) -> str:
    """A country by its name in the language of the page, or how many others there are."""
    if country.name is None:
        return words.text("report_other_countries", count=country.countries)
    return clean(words.country(country.name), 24)


def _months(run: ReportedRun, words: Words, main: SegmentationRow) -> Iterator[Drawing]:
    parts = list_parts(run, main, words)
    if parts:
        unfinished: dt.date | None = unfinished_month(run)
        chart = partial(chart_monthly, parts, words.language, currency=run.currency, unfinished=unfinished)
        yield Drawing("monthly", words.text("report_monthly_title"), WIDE, chart)
