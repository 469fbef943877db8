"""Segments side by side: each with its intervals in a table; those that open the report in charts too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from vitrail.charts.intervals import Interval, Unit, chart_intervals
from vitrail.charts.theme import HALF
from vitrail.insight.groups import choose_main
from vitrail.reports.analyses.part import Part
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import FEWEST_IN_RANGE, ReportedRun, SegmentationRow
from vitrail.reports.words import Words, clean

MOST_DRAWN = 16

Row = Mapping[str, Any]


def tell_comparison(content: Row, run: ReportedRun, words: Words) -> Part | None:
    """The part on segments side by side; none without segmentations."""
    drawings: list[Drawing] = []
    told: list[dict[str, Any]] = []
    main = choose_main(run.segmentations)
    for cut in sorted(run.segmentations, key=lambda cut: cut is not main):
        compared = [each for each in content["compared"] if each["segmentation"] == cut.key]
        if compared and len(cut.segments) > 1:
            told.append(_tell(cut, compared, run, words, None if told else drawings))
    if not told:
        return None
    return Part(
        verdict=told[0]["pictures"][0]["said"],
        title=words.text("comparison_title"),
        note=words.text("comparison_note"),
        content={"segmentations": told},
        drawings=tuple(drawings),
    )


def _tell(
    cut: SegmentationRow,
    compared: Sequence[Row],
    run: ReportedRun,
    words: Words,
    drawings: list[Drawing] | None,
) -> dict[str, Any]:
    """One segmentation as its template lays it out; its charts, if it has any, are added to `drawings`."""
    names = {each.key: clean(each.name(words.language), 40) for each in cut.by_place}
    pictures = []
    for number, each in enumerate(compared):
        measured = {measure["segment"]: measure for measure in each["segments"]}
        kept = [measured[key] for key in names if key in measured and measured[key]["customers"]]
        title = _title(each, run, words)
        said = _said(each, kept, names, title, words)
        picture = {"title": title, "formed": each["formed"], "chart": None, "said": said}
        if drawings is not None and kept:
            picture["chart"] = f"comparison-{number}"
            chart = partial(_chart, each, kept[:MOST_DRAWN], names, cut, words)
            drawings.append(Drawing(picture["chart"], said, HALF, chart))
        pictures.append(picture)
    rows = [
        {"name": name, "cells": [_cell(each, key, words) for each in compared]} for key, name in names.items()
    ]
    everyone = [_write(each, each["whole"], words) for each in compared]
    return {
        "title": clean(cut.name(words.language), 80),
        "pictures": pictures,
        "columns": [picture["title"] for picture in pictures],
        "rows": [*rows, {"name": words.text("comparison_all"), "cells": everyone}],
        "shown": min(len(names), MOST_DRAWN),
        "all": len(names),
    }


def _title(each: Row, run: ReportedRun, words: Words) -> str:
    if each["label"]:
        name = clean(each["label"][words.language], 60)
    elif each["variable"]:
        name = words.variable(each["variable"], run.labels)
    else:
        name = words.known(f"comparison_{each['measure']}", each["measure"])
    return words.text(f"comparison_measure_{each['kind']}", name=name[:1].upper() + name[1:])


def _unit(each: Row) -> str:
    return "share" if each["kind"] == "share" else str(each["unit"])


def _said(each: Row, kept: Sequence[Row], names: Mapping[str, str], title: str, words: Words) -> str:
    """The chart in words: its least and its greatest segment."""
    if not kept:
        return title
    order = sorted(kept, key=lambda measured: measured["value"])
    return words.text(
        "comparison_said",
        measure=title,
        low=words.figure(order[0]["value"], _unit(each)),
        least=names[order[0]["segment"]],
        high=words.figure(order[-1]["value"], _unit(each)),
        most=names[order[-1]["segment"]],
    )


def _chart(
    each: Row, kept: Sequence[Row], names: Mapping[str, str], cut: SegmentationRow, words: Words, width: int
) -> Any:
    kinds: dict[str, Unit] = {"share": "share", "money": "money"}
    tones = {segment.key: segment.tone for segment in cut.segments}
    dots = [
        Interval(
            clean(names[measured["segment"]], 24),
            measured["value"],
            None if _too_few(each, measured) else measured["low"],
            None if _too_few(each, measured) else measured["high"],
            words.figure(measured["value"], _unit(each)),
            tones[measured["segment"]],
        )
        for measured in kept
    ]
    axis = words.text(f"comparison_axis_{each['kind']}")
    return chart_intervals(dots, axis, width, kinds.get(_unit(each), "number"), each["whole"]["value"])


def _too_few(each: Row, measured: Row) -> bool:
    return bool(each["kind"] == "mean" and 0 < measured["customers"] < FEWEST_IN_RANGE)


def _cell(each: Row, key: str, words: Words) -> str:
    measured = next((found for found in each["segments"] if found["segment"] == key), None)
    return _write(each, measured, words) if measured else "–"


def _write(each: Row, measured: Row, words: Words) -> str:
    """A figure with its interval; a mean of a handful has none that could be believed.

    >>> measured = {"customers": 2, "value": 1156.0, "low": -7267.0, "high": 9579.0}
    >>> _write({"kind": "mean", "unit": "number"}, measured, Words("en", None))
    '1,156 (too few customers)'
    """
    value, low, high = (words.figure(measured[side], _unit(each)) for side in ("value", "low", "high"))
    if _too_few(each, measured):
        return words.text("report_interval_few", value=value)
    if measured["low"] is None:
        return value
    return words.text("comparison_cell", value=value, low=low, high=high)
