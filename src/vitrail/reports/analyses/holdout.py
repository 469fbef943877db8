"""How a lifetime value did when it was checked: what was expected of days held out, beside what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from vitrail.charts.theme import WIDE
from vitrail.charts.tracking import TrackedWeek, chart_tracking
from vitrail.reports.drawings import Drawing
from vitrail.reports.words import Words

_NEAR = 0.05
_SAME = 0.02  # errors less than this share apart are told as alike
_MOST_WEEKS = 160
_WEEK_COLUMNS = ("week", "expected_so_far", "happened_so_far")


def tell_holdout(
    content: Mapping[str, Any], words: Words, drawings: list[Drawing], key: str
) -> dict[str, Any]:
    """What was expected of the days held out beside what came."""
    held = content["holdout"]
    cut = dt.date.fromisoformat(held["cut"])
    expected, happened, miss = held["expected"], held["happened"], held["miss"]
    outcome = "near" if abs(miss) < _NEAR else "under" if miss < 0 else "over"
    better = "better" if held["error"] < held["pace_error"] else "worse"
    if better == "better" and held["error"] > (1 - _SAME) * held["pace_error"]:
        better = "same"
    said = [
        words.html("report_lifetime_check", cut=cut, days=held["days"], customers=held["customers"]),
        words.html(
            f"report_lifetime_check_{outcome}",
            expected=round(expected["value"]),
            low=round(expected["low"]),
            high=round(expected["high"]),
            happened=happened,
            miss=abs(miss),
        ),
        words.html(
            f"report_lifetime_check_{better}",
            error=round(held["error"], 2),
            pace_error=words.number(held["pace_error"], 2),
            paced=round(held["paced"]),
        ),
        words.html("report_lifetime_check_covered", share=held["covered"]),
    ]
    if not expected["low"] <= happened <= expected["high"]:
        said.insert(2, words.html("report_lifetime_check_outside"))
    if held["model"] != content["model"]:
        said.insert(1, words.html("report_lifetime_check_model", model=f"lifetime_model_{held['model']}"))
    columns = [words.text(f"report_lifetime_column_{name}") for name in ("repeats", "customers")]
    columns += [words.text(f"report_lifetime_column_{name}") for name in ("expected", "happened")]
    rows = [
        [
            _name_band(band, words),
            words.number(band["customers"]),
            words.number(band["expected"], 2),
            words.number(band["happened"], 2),
        ]
        for band in held["bands"]
    ]
    return {
        "title": words.text("report_lifetime_check_title"),
        "said": said,
        "chart": _draw_weeks(held, cut, words, drawings, key),
        "chart_title": words.text("report_lifetime_tracking"),
        "weeks": {
            "columns": [words.text(f"report_lifetime_column_{name}") for name in _WEEK_COLUMNS],
            "rows": [
                [words.number(number), words.number(each["expected"], 0), words.number(each["happened"])]
                for number, each in enumerate(held["weeks"], start=1)
            ],
        },
        "bands_title": words.text("report_lifetime_bands"),
        "columns": columns,
        "rows": rows,
    }


def _draw_weeks(
    held: Mapping[str, Any], cut: dt.date, words: Words, drawings: list[Drawing], key: str
) -> str | None:
    if len(held["weeks"]) < 3:
        return None
    first = dt.date.fromisoformat(held["weeks"][0]["until"]) - dt.timedelta(days=6)
    step = len(held["weeks"]) // _MOST_WEEKS + 1
    weeks = [
        TrackedWeek(
            week,
            each["expected"],
            each["happened"],
            words.text(
                "report_lifetime_week",
                week=week,
                expected=round(each["expected"]),
                happened=each["happened"],
            ),
        )
        for week, each in enumerate(held["weeks"], start=1)
        if week % step == 0 or week == len(held["weeks"])
    ]
    name = f"tracking-{key.replace('_', '-')}"
    chart = partial(chart_tracking, weeks, (cut - first).days / 7, words.language)
    drawings.append(Drawing(name, words.text("report_lifetime_tracking"), WIDE, chart))
    return name


def _name_band(band: Mapping[str, Any], words: Words) -> str:
    if band["to"] is None:
        return words.text("report_lifetime_band_more", low=band["from"])
    if band["to"] == band["from"]:
        return words.number(band["from"])
    return words.text("report_lifetime_band", low=band["from"], high=band["to"])
