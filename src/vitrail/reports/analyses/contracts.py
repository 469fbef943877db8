"""Contractual value: who leaves, what a subscriber is worth, whether a model holds, what was observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from vitrail.charts.followed import Followed, Point, chart_followed
from vitrail.charts.ranges import round_ticks
from vitrail.charts.theme import WIDE
from vitrail.prediction.contracts.predicting import tell_contract_value
from vitrail.prediction.contracts.valuing import HELD
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

_MOST_ROWS = 24


def tell_contract(
    content: Mapping[str, Any], run: ReportedRun, words: Words, drawings: list[Drawing]
) -> dict[str, Any]:
    """What the template of a contractual value lays out."""
    cautions = [
        words.finding(each)
        for each in tell_contract_value({**content}, str(content["key"]))
        if each.level == "warning"
    ]
    name = f"stays-{str(content['key']).replace('_', '-')}"
    return {
        "title": clean(content["label"][words.language], 80),
        "counted": _tell_counted(content, words),
        "said": _tell_values(content, words),
        "cautions": cautions,
        "curve": _draw_curve(content, words, drawings, name),
        "table": _list_periods(content, words),
    }


def _period(content: Mapping[str, Any], words: Words, count: float) -> str:
    return words.text(f"report_contract_period_{content['period']}", count=count)


def _tell_counted(content: Mapping[str, Any], words: Words) -> str:
    return words.text(
        "report_contract_counted",
        customers=content["customers"],
        leavers=content["leavers"],
        lived=_period(content, words, content["exposure"]),
    )


def _tell_values(content: Mapping[str, Any], words: Words) -> list[Markup]:
    """One sentence a figure that can be told, the surest first."""
    simple, unit = content["simple"], words.text(f"report_contract_per_{content['period']}")
    churn, value = simple["churn"], simple["value"]
    said = []
    holds = content["status"] in (*HELD, "everybody_left")
    if churn["value"]:
        rates = {name: words.share(churn[name], 2) for name in ("value", "low", "high")}
        said.append(words.html("report_contract_churn", unit=unit, **rates))
    seen = content["observed"]
    if seen is not None and seen["value"]["value"] is not None:
        figures = _money(seen["value"], words)
        lived = _period(content, words, seen["periods"])
        said.append(
            words.html("report_contract_observed", lived=lived, discount=content["discount"], **figures)
        )
        if not holds:
            said.insert(0, said.pop())
    if value["low"] is not None and value["value"] is not None and holds:
        said.append(words.html("report_contract_simple", margin=content["margin"], **_money(value, words)))
    elif value["low"] is not None and value["value"] is None:
        said.append(words.html("report_contract_at_least", low=words.money(value["low"], 0)))
    new = (content["model"] or {}).get("new")
    if content["status"] == "heterogeneous" and new and new["value"]["value"] is not None:
        said.append(
            words.html("report_contract_new", discount=content["discount"], **_money(new["value"], words))
        )
    held, remaining = content["holdout"], content["remaining"]
    if held is not None and held["holds"]:
        figures = {name: round(held[name]) for name in ("expected", "low", "high", "left")}
        lived = _period(content, words, held["period"])
        said.append(words.html("report_contract_holds", lived=lived, **figures))
    if remaining is not None:
        mean = words.money(remaining["mean"]["value"], 0)
        figures = _money(remaining["total"], words)
        customers = remaining["customers"]
        said.append(words.html("report_contract_remaining", customers=customers, mean=mean, **figures))
    return said


def _money(interval: Mapping[str, Any], words: Words) -> dict[str, str]:
    return {name: words.money(interval[name], 0) for name in ("value", "low", "high")}


def _draw_curve(
    content: Mapping[str, Any], words: Words, drawings: list[Drawing], name: str
) -> dict[str, str] | None:
    """The share still there by tenure: observed with its interval, and the model's where there is one."""
    points: Sequence[Mapping[str, Any]] = [each for each in content["curve"] if each["survival"] is not None]
    if len(points) < 2:
        return None

    def say(each: Mapping[str, Any], value: float) -> str:
        tenure = _period(content, words, each["period"])
        return words.text("report_contract_point", tenure=tenure, share=words.share(value))

    observed = [Point(0, 1.0, words.text("report_contract_start"))]
    observed += [
        Point(each["period"], each["survival"], say(each, each["survival"]), each["low"], each["high"])
        for each in points
    ]
    lines = [Followed(words.text("report_contract_observed_name"), observed, "new")]
    if any("model" in each for each in points):
        model = [Point(0, 1.0, words.text("report_contract_start"))]
        model += [Point(each["period"], each["model"], say(each, each["model"])) for each in points]
        lines.append(Followed(words.text("report_contract_model_name"), model, "at_risk"))
    title = words.text("report_contract_curve")
    x_title = words.text(f"report_contract_axis_{content['period']}")
    y_title = words.text("report_contract_axis_share")
    ticks = round_ticks(points[-1]["period"], 8)

    def chart(width: int) -> Any:
        return chart_followed(lines, width, x_title, y_title, ticks, top=1.0)

    drawings.append(Drawing(name, title, WIDE, chart))
    return {"title": title, "chart": name, "note": words.text("report_contract_curve_note")}


def _list_periods(content: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The curve's figures, some of the periods where there are many."""
    curve = content["curve"]
    step = max(1, -(-len(curve) // _MOST_ROWS))
    names = ["tenure", "at_risk", "left", "churn", "survival"]
    modelled = any("model" in each for each in curve)
    rows = [
        [
            words.number(each["period"]),
            words.number(each["at_risk"]),
            words.number(each["left"]),
            words.share(each["churn"]),
            words.share(each["survival"]),
            *([words.share(each["model"])] if modelled else []),
        ]
        for each in curve[::step]
    ]
    columns = [words.text(f"report_contract_column_{name}") for name in names]
    columns += [words.text("report_contract_column_model")] if modelled else []
    return {"columns": columns, "rows": rows}
