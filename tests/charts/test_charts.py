"""Charts speak the reader's language, carry no foreign request and fit in one page."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from typing import Any

import altair as alt
import pytest

from vitrail.charts import Bar, chart_bars, chart_curve, chart_monthly, render_charts
from vitrail.charts.followed import Followed, Point, chart_followed
from vitrail.charts.monthly import MonthPart
from vitrail.i18n import Language
from vitrail.insight.curve import Curve, CurvePoint

CURVE = Curve((CurvePoint(0.1, 0.6, "a"), CurvePoint(0.4, 0.9), CurvePoint(1.0, 1.0, "b")), 10, 0, 0.7)
BARS = [Bar("France", 1234567.0, "1 234 567 €"), Bar("Belgique", -20.0, "−20 €")]


def months(count: int) -> list[MonthPart]:
    return [
        MonthPart(dt.date(2010 + i // 12, 1 + i % 12, 1), mark, tone, int(mark), 1_250_000.0, f"said {mark}")
        for i in range(count)
        for mark, tone in (("1", "champions"), ("2", "at_risk"))
    ]


def charts(language: Language, width: int = 500) -> dict[str, Any]:
    return {
        "curve": chart_curve(CURVE, language, width, {"a": "A", "b": "B"}),
        "bars": chart_bars(BARS, "€", width),
        "months": chart_monthly(months(14), language, width, "EUR", dt.date(2011, 2, 1)),
    }


def test_every_chart_is_an_altair_chart_a_notebook_can_show() -> None:
    for chart in charts("en").values():
        assert isinstance(chart, alt.TopLevelMixin)
        assert chart.to_dict()["$schema"]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [340, 500, 1000])
def test_drawings_are_whole_and_as_wide_as_asked(language: Language, width: int) -> None:
    for name, svg in render_charts(charts(language, width), language, "EUR").items():
        drawn = ET.fromstring(svg)
        assert 0.75 * width <= float(drawn.attrib["width"]) <= 1.06 * width, name


def test_french_axes_have_french_figures_and_months() -> None:
    drawn = render_charts(charts("fr"), "fr", "EUR", {"curve": "une courbe"})
    assert "60\u202f%" in drawn["curve"] and "60%" not in drawn["curve"]
    assert 'role="img" aria-label="une courbe"' in drawn["curve"]
    assert "févr." in drawn["months"] and "Feb" not in drawn["months"]
    assert "CA (milliers de €)" in drawn["months"]
    assert re.search(r">\d\u202f\d00<", drawn["months"])


def test_the_unfinished_month_bears_a_star() -> None:
    assert "févr.*" in render_charts(charts("fr"), "fr")["months"]


def test_a_month_without_an_order_keeps_its_place() -> None:
    parts = [part for part in months(14) if part.month.month not in (7, 8)]
    chart = chart_monthly(parts, "fr", 1000).to_dict()
    assert len(chart["layer"][0]["encoding"]["x"]["scale"]["domain"]) == 14


@pytest.mark.parametrize("width", [340, 1000])
@pytest.mark.parametrize("years", [1, 4, 12])
def test_every_year_is_named_at_its_january(width: int, years: int) -> None:
    svg = render_charts({"months": chart_monthly(months(12 * years), "fr", width)}, "fr")["months"]
    named = re.findall(r">(20\d\d)<", svg)
    assert named[0] == "2010" and len(named) == len(set(named)) >= min(years, 4)
    assert svg.count(">janv.<") == len(named)


def test_bars_stand_on_a_line_at_zero() -> None:
    parts = [MonthPart(dt.date(2020, 1, 1), "1", "new", 1, revenue, "said") for revenue in (10.0, -4.0)]
    layers = chart_monthly(parts, "fr", 500).to_dict()["layer"]
    assert {"type": "rule"}.items() <= layers[1]["mark"].items() and "x" not in layers[1]["encoding"]


def test_colours_follow_the_theme_of_the_page() -> None:
    drawn = render_charts(charts("en"), "en")["months"]
    assert "var(--champions)" in drawn and "var(--at_risk)" in drawn and "#1f6f5c" not in drawn


def test_bars_carry_marks_for_readers_without_colour() -> None:
    drawn = render_charts(charts("en"), "en")["months"]
    assert drawn.count(">1</text>") == 14


def test_identifiers_of_two_drawings_differ() -> None:
    drawn = render_charts({"one": charts("en")["curve"], "two": charts("en")["curve"]}, "en")
    identifiers = [set(re.findall(r' id="([^"]+)"', svg)) for svg in drawn.values()]
    assert not identifiers[0] & identifiers[1]


def test_a_drawing_is_the_same_whatever_was_drawn_before() -> None:
    points = (Point(0, 1, "1"), Point(1, 0.4, "0.4"))
    line = chart_followed([Followed("all", points)], 500, "months", "share", [0, 1])
    first, again = (render_charts({"line": line}, "en")["line"] for _ in range(2))
    assert "url(#line-clip" in first and first == again


def test_no_drawing_asks_for_anything() -> None:
    for svg in render_charts(charts("en"), "en").values():
        assert not re.search(r"(href|src)=\"(?!#)|@import|url\((?!#)", svg)


def test_names_with_markup_stay_text() -> None:
    bars = [Bar("</svg><script>alert('x')</script>\"'", 1.0, "<b>"), Bar("Model 2.75", 0.97, "0.97")]
    svg = render_charts({"bars": chart_bars(bars, "<i>", 500)}, "en")["bars"]
    ET.fromstring(svg)
    assert "<script" not in svg and "<b>" not in svg
    assert ">Model 2.75<" in svg and ">0.97<" in svg


def test_charts_of_nothing_are_drawn_empty() -> None:
    empty = {
        "curve": chart_curve(Curve((), 0, 0, None), "en", 340),
        "bars": chart_bars([], "", 340),
        "months": chart_monthly([], "en", 340),
    }
    for svg in render_charts(empty, "en").values():
        ET.fromstring(svg)


def test_a_hundred_months_still_fit() -> None:
    svg = render_charts({"m": chart_monthly(months(100), "fr", 1000, "EUR")}, "fr")["m"]
    assert float(ET.fromstring(svg).attrib["width"]) <= 1060
