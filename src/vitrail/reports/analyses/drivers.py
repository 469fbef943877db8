"""The variables that matter: what to segment by, how each separates, what the KPI is at each level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.intervals import Interval, Unit, chart_intervals
from vitrail.charts.theme import HALF, WIDE
from vitrail.reports.analyses.differences import say_kpi
from vitrail.reports.analyses.part import Part
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import TWO_POINTS, Words, clean

MOST_DRAWN = 12
NAME = 34
_CAUTIONS = ("suspicious", "counted")  # why a variable that separates is not recommended

Row = Mapping[str, Any]


def tell_drivers(content: Row, run: ReportedRun, words: Words) -> Part | None:
    """The part on the variables that matter; none where no KPI was asked about."""
    if not content["analyses"]:
        return None
    drawings: list[Drawing] = []
    told = [
        _tell(each, content["units"], place, run, words, drawings)
        for place, each in enumerate(content["analyses"])
    ]
    return Part(
        verdict=next((told[0][name] for name in ("gate", "story", "caution") if told[0][name]), ""),
        title=words.text("drivers_title"),
        note=words.text("drivers_note"),
        content={"analyses": told},
        drawings=tuple(drawings),
    )


def _tell(
    found: Row, units: Mapping[str, str], place: int, run: ReportedRun, words: Words, drawings: list[Drawing]
) -> dict[str, Any]:
    """One KPI as its template lays it out; its charts are added to `drawings`."""

    def name(variable: str) -> str:
        return words.variable(variable, run.labels)

    label = clean(found["label"][words.language], 80)
    said = say_kpi(found["kpi"], words, run.labels) if label == found["kpi"] else label
    kpi = (said or label)[:1].upper() + (said or label)[1:]
    basis = [words.text(f"drivers_base_{found['kind']}", **_base(found))]
    if found["unknown"]:
        basis.append(words.text("drivers_unknown", customers=found["unknown"]))
    told: dict[str, Any] = {
        **dict.fromkeys(("gate", "caution", "story", "chart", "undrawn")),
        **{listed: [] for listed in ("steps", "rows", "alike", "levels")},
        "title": kpi,
        "basis": " · ".join(basis),
        "refused": _gather(
            ((name(each["variable"]), _reason(each, name, words)) for each in found["refused"]), words
        ),
        "aside": _gather(
            ((name(each), words.html(f"drivers_aside_{why}")) for each, why in found["aside"].items()), words
        ),
    }
    if found["gate"]:
        return told | {"gate": words.html(found["gate"]["code"], **found["gate"]["figures"])}
    ranked = found["ranked"]
    cautions = {mark: [name(each["variable"]) for each in ranked if each[mark]] for mark in _CAUTIONS}
    doubts = [words.html(f"drivers_{mark}", names=names) for mark, names in cautions.items() if names]
    told["caution"] = Markup(" ").join(doubts) or None
    told["story"] = _story(found, name, words)
    told["steps"] = [_step(step, first, name, words) for first, step in _firsts(found["recommended"])]
    told["alike"] = [
        words.text("drivers_alike", names=[name(each) for each in group]) for group in _groups(ranked)
    ]
    told["rows"] = [_figures(each, name, words) for each in ranked]
    if ranked:
        told["chart"] = f"drivers-{place}"
        said = words.text(
            "drivers_chart_said",
            name=name(ranked[0]["variable"]),
            separation=ranked[0]["separation"]["value"],
        )
        drawings.append(Drawing(told["chart"], said, WIDE, partial(_chart_ranked, ranked, name, words)))
        told["undrawn"] = max(0, len(ranked) - MOST_DRAWN)
    unit = "share" if found["kind"] == "share" else units.get(found["kpi"], "")
    told["levels"] = [
        _tell_levels(each, found, kpi, unit, units, f"drivers-{place}-{at}", name, words, drawings)
        for at, each in enumerate(_recommended(found))
    ]
    return told


def _base(found: Row) -> dict[str, Any]:
    return {"customers": found["customers"], "yes": found["yes"], "share": found["base"]}


def _gather(reasons: Iterable[tuple[str, Markup]], words: Words) -> list[Markup]:
    """Variables with why they are not ranked, those with the same reason together."""
    gathered: dict[Markup, list[str]] = {}
    for name, reason in reasons:
        gathered.setdefault(reason, []).append(name)
    return [
        words.html("drivers_named_reason", names=names, reason=reason) for reason, names in gathered.items()
    ]


def _reason(refusal: Row, name: Any, words: Words) -> Markup:
    figures = dict(refusal["figures"])
    if "names" in figures:
        figures["names"] = [name(each) for each in figures["names"]]
    return words.html(refusal["code"], **figures)


def _story(found: Row, name: Any, words: Words) -> Markup:
    """What to segment by, in a sentence."""
    steps = found["recommended"]
    if len(steps) > 1:
        names = [name(step["variable"]) for step in steps]
        return words.html("drivers_story_several", names=names, separation=steps[-1]["separation"])
    if steps:
        only = name(steps[0]["variable"])
        return words.html("drivers_story_one", name=only, separation=steps[0]["separation"])
    if not found["ranked"]:
        return words.html("drivers_story_left")
    if any(each["verdict"] in _CAUTIONS for each in found["ranked"]):
        return words.html("drivers_story_suspicious")
    weak = any(each["verdict"] != "chance" for each in found["ranked"])
    return words.html("drivers_story_weak" if weak else "drivers_story_none")


def _firsts(steps: Sequence[Row]) -> list[tuple[bool, Row]]:
    return [(at == 0, step) for at, step in enumerate(steps)]


def _step(step: Row, first: bool, name: Any, words: Words) -> str:
    gain = words.text(
        "drivers_point" if abs(step["gain"]) < TWO_POINTS else "drivers_points",
        points=words.points(step["gain"]),
        low=words.points(step["low"]),
        high=words.points(step["high"]),
    )
    code = "drivers_step_first" if first else "drivers_step_next"
    return words.text(code, name=name(step["variable"]), separation=step["separation"], gain=gain)


def _groups(ranked: Sequence[Row]) -> list[list[str]]:
    """The variables that say nearly the same, the best of each group first."""
    groups: dict[str, list[str]] = {}
    for each in ranked:
        groups.setdefault(each["group"], []).append(each["variable"])
    return [group for group in groups.values() if len(group) > 1]


def _figures(each: Row, name: Any, words: Words) -> dict[str, str]:
    """A variable in the table."""
    separation = each["separation"]
    bounds = [words.points(separation[side]) for side in ("low", "high")]
    p = each["p_adjusted"]
    verdict = words.text(f"drivers_verdict_{each['verdict']}", name=name(each["group"]))
    to_check = each["suspicious"] and each["verdict"] != "suspicious"
    return {
        "name": name(each["variable"]),
        "separation": words.share(separation["value"]),
        "interval": words.text("drivers_level_range", low=bounds[0], high=bounds[1]),
        "p": f"< {words.number(0.001, 3)}" if p < 0.001 else words.number(p, 3),
        "verdict": words.text("drivers_verdict_to_check", verdict=verdict) if to_check else verdict,
    }


def _chart_ranked(ranked: Sequence[Row], name: Any, words: Words, width: int) -> Any:
    tones = {"recommended": "champions", "driver": "loyal", "alike": "loyal"}
    tones |= dict.fromkeys(_CAUTIONS, "attention")
    rows = [
        Interval(
            clean(name(each["variable"]), NAME),
            each["separation"]["value"],
            each["separation"]["low"],
            each["separation"]["high"],
            words.share(each["separation"]["value"], 0),
            tones.get(each["verdict"]),
            each["verdict"] == "recommended",
        )
        for each in ranked[:MOST_DRAWN]
    ]
    least = min(0.45, *(row.low for row in rows if row.low is not None))
    most = max(0.6, *(row.high for row in rows if row.high is not None))
    title = words.text("drivers_chart_axis")
    return chart_intervals(rows, title, width, "share", 0.5, (least, most))


def _recommended(found: Row) -> list[Row]:
    by_name = {each["variable"]: each for each in found["ranked"]}
    return [by_name[step["variable"]] for step in found["recommended"]]


def _tell_levels(
    each: Row, found: Row, kpi: str, unit: str, units: Mapping[str, str], chart: str, name: Any, words: Words,
    drawings: list[Drawing],
) -> dict[str, Any]:  # fmt: skip
    """What the KPI is at each level of a variable."""
    own = units.get(each["variable"], "")
    bounds = [level[side] for level in each["levels"] if level["kind"] == "range" for side in ("low", "high")]
    if says_yes_no(bounds, own):
        each = {**each, "kind": "yes_no"}
    title = words.text(f"drivers_levels_title_{found['kind']}", kpi=kpi, name=name(each["variable"]))
    rows = [(_level(level, each, own, words), level) for level in each["levels"]]
    drawings.append(Drawing(chart, title, HALF, partial(_chart_levels, rows, found, unit, words)))
    return {
        "title": title,
        "chart": chart,
        "column": words.text(f"drivers_column_figure_{found['kind']}"),
        "rows": [
            {
                "name": said,
                "customers": words.number(level["customers"]),
                "figure": words.figure(level["figure"], unit),
                "interval": words.text(
                    "drivers_level_range",
                    low=words.figure(level["figure_low"], unit),
                    high=words.figure(level["figure_high"], unit),
                ),
            }
            for said, level in rows
        ],
    }


def _chart_levels(rows: Sequence[tuple[str, Row]], found: Row, unit: str, words: Words, width: int) -> Any:
    kinds: dict[str, Unit] = {"share": "share", "money": "money"}
    dots = [
        Interval(
            clean(said, 26),
            level["figure"],
            level["figure_low"],
            level["figure_high"],
            words.figure(level["figure"], unit),
            "champions",
        )
        for said, level in rows
    ]
    title = words.text(f"drivers_levels_axis_{found['kind']}")
    return chart_intervals(dots, title, width, kinds.get(unit, "number"), found["base"])


def _level(level: Row, each: Row, unit: str, words: Words) -> str:
    """A level in words."""
    match level["kind"]:
        case "range":
            low, high = (write_value(level[side], each["kind"], unit, words) for side in ("low", "high"))
            return low if low == high else words.text("drivers_level_range", low=low, high=high)
        case "value":
            return (
                words.country(level["value"]) if each["variable"] == "country" else clean(level["value"], 60)
            )
        case "others" if level["folded"]:
            return words.text("drivers_level_others", count=level["folded"])
        case "others":
            return words.text("drivers_level_other")
    return words.text(f"drivers_level_{level['kind']}")


def says_yes_no(values: Sequence[Any], unit: str) -> bool:
    """Whether numbers without a unit are a yes and a no: all of them 0 or 1, and both.

    >>> says_yes_no([0.0, 0.0, 1.0, 1.0], ""), says_yes_no([0, 1], "orders"), says_yes_no([0, 1, 4], "")
    (True, False, False)
    """
    return not unit and set(values) == {0, 1}


def write_value(value: Any, kind: str, unit: str, words: Words) -> str:
    """A value of a variable with its unit; `kind` as of a coding, `yes_no` for 0 and 1."""
    if kind == "yes_no":
        return words.text("drivers_level_yes" if value else "drivers_level_no")
    if kind == "day":
        return words.text("drivers_day", day=dt.date.fromisoformat(str(value)[:10]))
    if unit == "weekday":
        return words.text(f"weekday_{int(value)}")
    return words.figure(value, unit)
