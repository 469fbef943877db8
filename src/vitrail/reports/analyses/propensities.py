"""Propensities: whether one is of use, whom it finds, whether its percentages hold, what it goes by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.bars import Bar, chart_bars
from vitrail.charts.calibration import CalibrationPoint, chart_calibration
from vitrail.charts.intervals import Interval, chart_intervals
from vitrail.charts.theme import HALF, WIDE
from vitrail.plan import parse_within
from vitrail.reports.analyses.drivers import says_yes_no, write_value
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

_NEAR = 0.1
_OF_ALL_BUYERS = ("next_purchase", "new_category", "product")
_GROUP_COLUMNS = ("group", "customers", "predicted", "happened", "interval", "lift", "reached")


def tell_propensity(
    content: Mapping[str, Any], run: ReportedRun, words: Words, drawings: list[Drawing]
) -> dict[str, Any]:
    """What the template of a propensity lays out."""
    target, span = content["target"], tell_span(content["within"], words)
    label = clean(content["label"][words.language], 80)
    told: dict[str, Any] = {
        "title": label[:1].upper() + label[1:],
        "question": words.text(f"report_propensity_question_{target}", span=span),
        "made": None,
        "said": [],
        "charts": [],
        "groups": None,
        "drivers": None,
        "useful": content["status"] == "useful",
    }
    if content["status"] == "not_estimable":
        return told | {"said": [_tell_reason(content, words)]}
    told |= {"made": _tell_windows(content, words), "groups": _list_groups(content, words)}
    baseline = ", ".join(_name(name, run, words) for name in content["baseline"]["variables"])
    verdict = _tell_verdict(content, baseline, words)
    if content["status"] != "useful":
        return told | {"said": [verdict]}
    name = str(content["key"]).replace("_", "-")
    told["charts"] = _draw_groups(content, words, drawings, name)
    told["drivers"] = _tell_drivers(content, run, words, drawings, name)
    return told | {"said": [_tell_scored(content, words), verdict, *_tell_use(content, words)]}


def tell_span(within: str, words: Words) -> str:
    """`90 days` in the reader's language.

    >>> tell_span("90 days", Words("fr", None)).replace("\\u202f", " ")
    '90 jours'
    """
    span = parse_within(within)
    return words.text(f"report_propensity_span_{span[1]}", count=span[0]) if span else clean(within)


def _tell_reason(content: Mapping[str, Any], words: Words) -> Markup:
    figures = dict(content["figures"])
    for name in ("day", "until"):
        if isinstance(figures.get(name), str):
            figures[name] = dt.date.fromisoformat(figures[name])
    return words.html(content["reason"], **figures)


def _tell_windows(content: Mapping[str, Any], words: Words) -> str:
    """When it learned and was tested, and how far back it looked."""
    learned, tested = content["learned"], content["tested"]
    told = [
        words.text(
            "report_propensity_made",
            learned=learned["customers"],
            tested=tested["customers"],
            day=dt.date.fromisoformat(learned["day"]),
            middle=dt.date.fromisoformat(tested["day"]),
            until=dt.date.fromisoformat(tested["until"]) - dt.timedelta(days=1),
        ),
    ]
    if content["target"] == "conversion":  # asked of people without orders to look back on
        return told[0]
    days = _count_days(tested["since"], tested["day"])
    told.append(words.text("report_propensity_looks_back", days=days))
    if content["status"] == "useful":
        days = _count_days(content["scored"]["since"], tested["until"])
        told.append(words.text("report_propensity_looks_back_today", days=days))
        if content["target"] in _OF_ALL_BUYERS:
            told.append(words.text("report_propensity_silent"))
    return " ".join(told)


def _count_days(since: str, until: str) -> int:
    return (dt.date.fromisoformat(until) - dt.date.fromisoformat(since)).days


def _tell_verdict(content: Mapping[str, Any], baseline: str, words: Words) -> Markup:
    auc, gain = content["auc"], content["gain"]
    if content["status"] == "useful":
        code = "report_propensity_useful"
    elif auc["low"] <= 0.5:
        code = "report_propensity_chance"
    else:
        code = "report_propensity_no_better"
    return words.html(
        code,
        auc=round(100 * auc["value"]),
        low=round(100 * auc["low"]),
        high=round(100 * auc["high"]),
        base=round(100 * content["baseline"]["auc"]["value"]),
        gain=words.number(100 * gain["value"], 1),
        gain_low=words.number(100 * gain["low"], 1),
        gain_high=words.number(100 * gain["high"], 1),
        baseline=baseline,
        column=content["column"],
    )


def _tell_use(content: Mapping[str, Any], words: Words) -> list[Markup]:
    """Whom it finds, whether its level holds, where its column may be used."""
    groups, checked = content["groups"], content["calibration"]
    event = words.text(f"report_propensity_event_{content['target']}")
    all_share = checked["happened"] / content["tested"]["customers"]
    first, half = groups[0], _reach(groups, 0.3)
    said = [
        words.html(
            "report_propensity_top",
            event=event,
            share=first["share"],
            all=all_share,
            lift=words.number(first["lift"], 1),
        ),
        words.html("report_propensity_reach", part=half[0], reached=half[1], event=event),
    ]
    said += _tell_level(checked, words)
    column = words.html("report_propensity_column", column=content["column"])
    return [*said, Markup("<small>{}</small>").format(column)]


def _tell_scored(content: Mapping[str, Any], words: Words) -> Markup:
    """How many customers it expects it of, of those it speaks of today."""
    scored, span = content["scored"], tell_span(content["within"], words)
    code = f"report_propensity_scored_{content['target']}"
    return words.html(code, customers=scored["customers"], expected=round(scored["expected"]), span=span)


def _tell_level(checked: Mapping[str, Any], words: Words) -> list[Markup]:
    """Whether its percentages held, as a whole and at their ends."""
    expected, happened, slope = checked["expected"], checked["happened"], checked["slope"]
    near = abs(happened - expected) <= _NEAR * expected
    code = "report_propensity_level" if near else "report_propensity_level_off"
    side = "report_propensity_too_high" if happened < expected else "report_propensity_too_low"
    said = [words.html(code, expected=round(expected), happened=happened, side=words.text(side))]
    if slope is not None and not checked["slope_low"] <= 1 <= checked["slope_high"] and abs(slope - 1) > 0.15:
        said.append(words.html("report_propensity_extreme" if slope < 1 else "report_propensity_timid"))
    return said


def _reach(groups: list[Mapping[str, Any]], part: float) -> tuple[float, float]:
    """About `part` of the customers, those it holds likeliest, and the share of cases among them."""
    whole = sum(each["customers"] for each in groups)
    met = 0
    for each in groups:
        met += each["customers"]
        if met >= part * whole - 1:
            return met / whole, each["reached"]
    return 1.0, 1.0


def _draw_groups(
    content: Mapping[str, Any], words: Words, drawings: list[Drawing], name: str
) -> list[dict[str, str]]:
    groups = content["groups"]
    usual = content["calibration"]["happened"] / content["tested"]["customers"]
    rows = [
        Interval(
            words.number(place),
            each["share"],
            each["low"],
            each["high"],
            words.text(
                "report_propensity_lift",
                share=words.share(each["share"], 0),
                lift=words.number(each["lift"], 1),
            ),
            "new",
        )
        for place, each in enumerate(groups, start=1)
    ]
    points = [
        CalibrationPoint(
            each["predicted"],
            each["share"],
            each["low"],
            each["high"],
            words.text(
                "report_propensity_point",
                predicted=words.share(each["predicted"]),
                happened=words.share(each["share"]),
                customers=each["customers"],
            ),
        )
        for each in groups
    ]
    titles = [words.text("report_propensity_lift_title"), words.text("report_propensity_calibration_title")]
    event = words.text(f"report_propensity_event_{content['target']}")
    axis = words.text("report_propensity_lift_axis", event=event)
    x_title, y_title = words.text("report_propensity_predicted"), words.text("report_propensity_happened")
    right = words.text("report_propensity_right")

    def lift(width: int) -> Any:
        return chart_intervals(rows, axis, width, unit="share", usual=usual)

    def calibration(width: int) -> Any:
        return chart_calibration(points, x_title, y_title, right, width)

    drawings.append(Drawing(f"lift-{name}", titles[0], HALF, lift))
    drawings.append(Drawing(f"calibration-{name}", titles[1], HALF, calibration))
    return [
        {"title": titles[0], "chart": f"lift-{name}", "note": words.text("report_propensity_lift_note")},
        {
            "title": titles[1],
            "chart": f"calibration-{name}",
            "note": words.text("report_propensity_calibration_note"),
        },
    ]


def _list_groups(content: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The tenths of the customers tested, as a table."""
    rows = [
        [
            str(place),
            words.number(each["customers"]),
            words.share(each["predicted"]),
            words.share(each["share"]),
            f"{words.share(each['low'])} – {words.share(each['high'])}",
            words.number(each["lift"], 2),
            words.share(each["reached"]),
        ]
        for place, each in enumerate(content["groups"], start=1)
    ]
    columns = [words.text(f"report_propensity_column_{name}") for name in _GROUP_COLUMNS]
    return {"columns": columns, "rows": rows}


def _tell_drivers(
    content: Mapping[str, Any], run: ReportedRun, words: Words, drawings: list[Drawing], name: str
) -> dict[str, Any] | None:
    """What the prediction goes by: a bar a variable, and which way each points."""
    found = content["drivers"]
    if not found:
        return None
    title = words.text("report_propensity_drivers")
    bars = [
        Bar(
            clean(_name(each["variable"], run, words), 40),
            each["weight"],
            words.number(100 * each["weight"], 1),
        )
        for each in found
    ]
    axis = words.text("report_propensity_drivers_axis")
    drawings.append(Drawing(f"goes-by-{name}", title, WIDE, partial(chart_bars, bars, axis)))
    event = words.text(f"report_propensity_event_{content['target']}")
    columns = [words.text("report_propensity_column_variable"), words.text("report_propensity_column_weight")]
    columns.append(words.text("report_propensity_column_direction", event=event))
    rows = [
        [
            _name(each["variable"], run, words),
            words.number(100 * each["weight"], 1),
            " · ".join(_tell_group(each, group, words) for group in each["groups"]),
        ]
        for each in found
    ]
    return {
        "title": title,
        "note": words.text("report_propensity_drivers_note"),
        "chart": f"goes-by-{name}",
        "columns": columns,
        "rows": rows,
    }


def _tell_group(driver: Mapping[str, Any], group: Mapping[str, Any], words: Words) -> str:
    """What happened to the customers of a value, or of a range of values."""
    share, unit = words.share(group["share"], 0), driver["unit"]
    bounds = [each[name] for each in driver["groups"] if "level" not in each for name in ("least", "most")]
    if says_yes_no(bounds, unit):
        level = write_value(group["least"], "yes_no", unit, words)
        return words.text("report_propensity_of_level", level=level, share=share)
    if "level" in group:
        level = str(group["level"])
        if driver["variable"] == "country":
            level = words.country(level)
        elif unit == "weekday" and level.isdigit():
            level = write_value(int(level), "number", unit, words)
        return words.text("report_propensity_of_level", level=clean(level, 40), share=share)
    low, high = (words.figure(group[name], unit) for name in ("least", "most"))
    if low == high:
        return words.text("report_propensity_of_level", level=low, share=share)
    return words.text("report_propensity_of_range", low=low, high=high, share=share)


def _name(variable: str, run: ReportedRun, words: Words) -> str:
    return words.variable(variable, run.labels)
