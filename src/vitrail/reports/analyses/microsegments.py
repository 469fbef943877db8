"""The small groups that stand out, in the report: each with its figures and its condition for the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.standouts import Standout, chart_standouts
from vitrail.charts.theme import WIDE
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.reports.analyses.differences import (
    name_kpi,
    title_axis,
    unit_of,
    write_bounds,
    write_difference,
    write_interval,
    write_p,
    write_signed,
)
from vitrail.reports.analyses.part import Part
from vitrail.reports.conditions import Labels, say_comparison, write_value
from vitrail.reports.drawings import Drawing
from vitrail.reports.notebook import render_table
from vitrail.reports.run import ReportedRun, SegmentationRow
from vitrail.reports.words import Words, clean

Record = Mapping[str, Any]

_COLUMNS = ("group", "customers", "value", "rest", "difference", "interval", "p")


def tell_microsegments(content: Record, run: ReportedRun, words: Words) -> Part | None:
    """The searches of a run; none where the plan asks for none."""
    searches = content["searches"]
    if not searches:
        return None
    drawn = {
        place: _draw(search, place, words, run.labels, run.segmentations)
        for place, search in enumerate(searches)
        if len(search["groups"]) > 1
    }
    told = [
        {
            **_tell(search, words, run.labels, run.segmentations),
            "chart": drawn[place].name if place in drawn else None,
        }
        for place, search in enumerate(searches)
    ]
    return Part(
        title=words.text("microsegments_title"),
        note=words.text("microsegments_note"),
        verdict=told[0]["found"],
        content={"searches": told},
        drawings=tuple(drawn.values()),
    )


def tell_search(search: Record, language: Language) -> str:
    """A search and what it found, a line each, as plain text."""
    words = Words(language, None)
    said = _tell(search, words, {}, ())
    return "\n".join(
        [said["found"].striptags(), *(f"{group['name']}  ({group['when']})" for group in said["groups"])]
    )


def render_search(search: Record, language: Language, currency: str | None = None) -> str:
    """The groups of a search as an HTML table for a notebook, after a sentence on the search."""
    words = Words(language, currency)
    said = _tell(search, words, {}, ())
    titles = {name: words.text(f"microsegments_column_{name}") for name in _COLUMNS}
    table = render_table([each["row"] for each in said["groups"]], titles, language) if said["groups"] else ""
    notes = "".join(Markup("<p>{}</p>").format(note) for note in (said["found"], *said["notes"]))
    return f"{notes}{table}"


def _tell(
    search: Record, words: Words, labels: Labels, segmentations: Sequence[SegmentationRow]
) -> dict[str, Any]:
    kpi = name_kpi(search["kpi"], words, labels, search["label"])
    groups = [
        _tell_group(group, place, search, words, labels, segmentations)
        for place, group in enumerate(search["groups"], start=1)
    ]
    return {
        "kpi": kpi,
        "found": _say_found(search, kpi, words),
        "groups": groups,
        "notes": [_say(note, words, labels) for note in search["notes"]],
        "left_out": _say_left_out(search["left_out"], words, labels),
        "left_out_count": len(search["left_out"]),
        "plan": _write_plan(search),
    }


def _say_left_out(notes: Sequence[Record], words: Words, labels: Labels) -> list[Markup]:
    """Why variables were left out, a sentence a reason, with the names of all that share it."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for note in notes:
        shared = tuple(note["figures"].get("names", ()))
        alike.setdefault((note["code"], shared), []).append(words.variable(note["figures"]["name"], labels))
    said = []
    for (code, shared), names in alike.items():
        same = [words.variable(each, labels) for each in shared]
        said.append(words.html(code, name=Markup(", ").join(names), names=same))
    return said


def _say(note: Record, words: Words, labels: Labels) -> Markup:
    """A note of the search, its variables by their names for people."""
    figures = dict(note["figures"])
    if "names" in figures:
        figures["names"] = [words.variable(each, labels) for each in figures["names"]]
    return words.finding(Finding(note["code"], note["level"], "", figures))


def _say_found(search: Record, kpi: Markup, words: Words) -> Markup:
    """What was searched, and how much of it held."""
    if not search["conditions"]:
        return kpi
    figures = {
        "customers": search["customers"],
        "value": words.figure(search["value"], unit_of(search["kind"], search["unit"])),
        "conditions": search["conditions"],
        "candidates": search["candidates"],
        "confirmed": len(search["groups"]),
    }
    code = "microsegments_found" if search["groups"] else "microsegments_found_none"
    return words.html(code, kpi=kpi, **figures)


def _tell_group(
    group: Record,
    place: int,
    search: Record,
    words: Words,
    labels: Labels,
    segmentations: Sequence[SegmentationRow],
) -> dict[str, Any]:
    kind, unit = search["kind"], search["unit"]
    name = " · ".join(_name(each, words, labels, segmentations) for each in group["conditions"])
    figures = {
        "value": words.figure(group["value_group"], unit_of(kind, unit)),
        "rest": words.figure(group["value_rest"], unit_of(kind, unit)),
        "difference": write_difference(group["difference"], kind, unit, words),
        "interval": write_interval(group["low"], group["high"], kind, unit, words),
        "confirmed": group["confirmed_on"],
    }
    higher = group["difference"] > 0
    lines = [words.html("microsegments_said_higher" if higher else "microsegments_said_lower", **figures)]
    sizes = {"customers": group["customers"], "share": group["share"]}
    if group["revenue"] is not None:
        revenue = words.money(Decimal(str(group["revenue"])), 0)
        lines.append(words.html("microsegments_size_worth", **sizes, revenue=revenue))
    else:
        lines.append(words.html("microsegments_size", **sizes))
    if kind == "share":
        extra = round(abs(group["difference"]) * group["customers"])
        code = "microsegments_more" if higher else "microsegments_fewer"
        lines.append(words.html(code, count=extra))
        if group["value_group"] in (0, 1):
            lines.append(words.html("microsegments_all_or_nobody"))
    return {
        "mark": str(place),
        "name": name,
        "when": group["when"],
        "lines": lines,
        "row": {
            "group": f"{place}. {name}",
            "customers": words.number(group["customers"]),
            "value": figures["value"],
            "rest": figures["rest"],
            "difference": write_signed(group["difference"], kind, unit, words),
            "interval": write_bounds(group["low"], group["high"], kind, unit, words),
            "p": write_p(group["p_adjusted"], words),
        },
    }


def _name(condition: Record, words: Words, labels: Labels, segmentations: Sequence[SegmentationRow]) -> str:
    """A condition as people say it."""
    operator, value, variable = condition["operator"], condition["value"], condition["variable"]
    label = words.variable(variable, labels)
    if operator == "within":
        known = {each.key: each for each in segmentations}
        if variable in known:
            label = clean(known[variable].name(words.language))
            value = next((s.name(words.language) for s in known[variable].segments if s.key == value), value)
        return words.text("condition_is", variable=label, value=clean(value, 60))
    label = label[:1].upper() + label[1:]
    if operator in ("at_least", "below"):
        unit = condition["unit"]
        return say_comparison(operator, label, write_value(value, unit, words), unit, words)
    if operator == "is":
        value = words.country(value) if variable == "country" else clean(value, 60)
    return words.text(f"condition_{operator}", variable=label, value=value)


def _write_plan(search: Record) -> str:
    """The groups as overlapping rules, to paste under `segmentations` in the plan."""
    lines = [f"{search['key']}_groups:", "  method: rules", "  overlapping: true", "  segments:"]
    for place, group in enumerate(search["groups"], start=1):
        lines.append(f"    group_{place}: {{when: {json.dumps(group['when'], ensure_ascii=False)}}}")
    return "\n".join(lines)


def _draw(
    search: Record, place: int, words: Words, labels: Labels, segmentations: Sequence[SegmentationRow]
) -> Drawing:
    scale = 100 if search["kind"] == "share" else 1
    said = _tell(search, words, labels, segmentations)
    groups = [
        Standout(
            told["mark"],
            group["customers"],
            scale * group["difference"],
            scale * group["low"],
            scale * group["high"],
            f"{told['row']['group']}: {told['row']['difference']}",
        )
        for told, group in zip(said["groups"], search["groups"], strict=True)
    ]
    up = title_axis("microsegments_axis", search["kind"], search["unit"], words)
    across = words.text("microsegments_axis_customers")
    alternative = words.text("microsegments_chart_said", groups=[each.said for each in groups])
    chart = partial(chart_standouts, groups, across, up)
    return Drawing(f"microsegments{place}", alternative, WIDE, chart)
