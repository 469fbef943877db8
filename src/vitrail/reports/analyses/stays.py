"""How long customers stay, and how soon they come back, as the page shows it: curves, figures, sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.followed import Followed, Point, chart_followed
from vitrail.charts.theme import WIDE
from vitrail.reports.analyses.triangles import TONES, title_block
from vitrail.reports.analyses.verdicts import Verdicts, tell_comparisons, tell_time, write_p
from vitrail.reports.drawings import Drawing
from vitrail.reports.words import Words, clean

FEW = 30  # below so many still followed, a curve is no longer drawn

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stays:
    """A picture of curves: what is said of it, its chart, its table (titles, then rows), its comparisons."""

    title: str
    note: str
    said: tuple[Markup, ...]
    chart: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    verdicts: Verdicts | None = None


def tell_stays(table: Row, place: int, words: Words, drawings: list[Drawing]) -> Stays:
    """A block of customers who leave for good; its chart joins `drawings`."""
    groups = table["groups"]
    at = table["at"]
    names = {group["key"]: clean(group["label"].get(words.language) or group["key"], 40) for group in groups}
    titles = words.text("cohorts_stays_axis"), words.text(f"cohorts_time_{table['unit']}")
    lines = [_stay_line(group, names[group["key"]], words) for group in _biggest(groups)]
    chart = _draw(f"stays{place}", lines, table["ticks"], titles, words, drawings)
    said = [_tell_group(group, names[group["key"]], table, words) for group in groups] if at else []
    test = table["test"]
    if test["p"] is not None:
        figures = {"statistic": words.number(test["statistic"], 2), "freedom": test["freedom"]}
        code = "cohorts_test_differ" if test["p"] < 0.05 else "cohorts_test_same"
        said.append(words.html(code, p=write_p(test["p"], words), **figures))
    columns = ("group", "customers", "left", "median", "at", "mean")
    when = tell_time(table, words) if at else ""
    return Stays(
        title=title_block(table, words),
        note=words.text("cohorts_stays_note"),
        said=tuple(said),
        chart=chart,
        columns=tuple(words.text(f"cohorts_column_{code}", when=when) for code in columns),
        rows=tuple(_stay_row(group, names[group["key"]], words) for group in groups),
        verdicts=tell_comparisons(table, words, names.__getitem__),
    )


def tell_rhythm(rhythm: Row, words: Words, drawings: list[Drawing]) -> Stays:
    """The purchase rhythm; its chart joins `drawings`."""
    first, later = rhythm["first"], rhythm["later"]
    names = {"first": words.text("cohorts_after_first"), "later": words.text("cohorts_after_later")}
    lines = [
        _return_line(curve["points"], curve["at_risk"], names[code], words, code == "first")
        for code, curve in (("first", first), ("later", later))
        if curve
    ]
    titles = words.text("cohorts_rhythm_axis"), words.text("cohorts_time_since")
    chart = _draw("rhythm", lines, rhythm["ticks"], titles, words, drawings)
    said = []
    for code, curve in (("first", first), ("later", later)):
        told = [each for each in curve["within"] if each["days"] in (30, 90, 365)] if curve else []
        if told:
            shares = [
                words.text("cohorts_within_days", days=each["days"], share=each["share"]) for each in told
            ]
            said.append(words.html(f"cohorts_rhythm_{code}", shares=shares))
    if first["half_days"] is not None:
        said.append(words.html("cohorts_rhythm_half", days=round(first["half_days"])))
    after = {each["days"]: each for each in (later or {}).get("within", ())}
    columns = ("days", "back_first", "back_later", "followed")
    return Stays(
        title=words.text("cohorts_rhythm"),
        note=words.text("cohorts_rhythm_note"),
        said=tuple(said),
        chart=chart,
        columns=tuple(words.text(f"cohorts_column_{code}") for code in columns),
        rows=tuple(
            (
                words.days(each["days"]),
                words.text(
                    "report_interval",
                    value=words.share(each["share"]),
                    low=words.share(each["low"]),
                    high=words.share(each["high"]),
                ),
                words.share(after[each["days"]]["share"]) if each["days"] in after else "–",
                words.number(each["followed"]),
            )
            for each in first["within"]
        ),
    )


def _biggest(groups: Sequence[Row]) -> list[Row]:
    big = sorted(groups, key=lambda each: -each["customers"])[: len(TONES)]
    return [group for group in groups if group in big]


def _stay_line(group: Row, name: str, words: Words) -> Followed:
    start = {"time": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0}
    return Followed(
        clean(name, 22),
        [
            Point(
                each["time"],
                each["survival"],
                words.text("cohorts_still_there", name=name, time=each["time"], share=each["survival"]),
                each["low"],
                each["high"],
            )
            for each in (start, *_sure(group["points"]))
        ],
        at_risk=[words.number(number) for number in group["at_risk"]],
    )


def _return_line(points: Sequence[Row], risk: Sequence[int], name: str, words: Words, band: bool) -> Followed:
    """The share back: one less the share still awaited."""
    start = {"time": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0}
    return Followed(
        clean(name, 22),
        [
            Point(
                each["time"],
                1 - each["survival"],
                words.text(
                    "cohorts_back_by", name=name, days=round(each["time"]), share=1 - each["survival"]
                ),
                1 - each["high"] if band else None,
                1 - each["low"] if band else None,
            )
            for each in (start, *_sure(points))
        ],
        at_risk=[words.number(number) for number in risk],
    )


def _sure(points: Sequence[Row]) -> list[Row]:
    """The steps of a curve after its start, as long as enough customers are followed."""
    least = min(FEW, points[0]["at_risk"]) if points else 0
    return [each for each in points if each["time"] > 0 and each["at_risk"] >= least]


def _draw(
    name: str,
    lines: Sequence[Followed],
    ticks: Sequence[float],
    titles: tuple[str, str],
    words: Words,
    drawings: list[Drawing],
) -> str:
    """The name of the chart, which joins `drawings`; empty where there is nothing to draw.

    Args:
        titles: of the axes, values first.
    """
    if not any(len(line.points) > 1 for line in lines):
        return ""
    y_title, x_title = titles
    chart = partial(
        chart_followed,
        [replace(line, tone=tone) for line, tone in zip(lines, TONES, strict=False)],
        x_title=x_title,
        y_title=y_title,
        ticks=ticks,
        steps=True,
        top=1.0,
        at_risk_title=words.text("cohorts_still_followed"),
    )
    drawings.append(Drawing(name, y_title, WIDE, lambda width: chart(width=width)))
    return name


def _tell_group(group: Row, name: str, table: Row, words: Words) -> Markup:
    """The share still there at the time compared, and by when half have left."""
    share, median = group["survival"], group["median"]
    figures = {
        "name": name,
        "when": tell_time(table, words),
        "share": share["value"],
        "low": share["low"],
        "high": share["high"],
    }
    if median["value"] is None:
        return words.html("cohorts_stay", **figures)
    time = words.text(f"cohorts_lasting_{table['unit']}", time=median["value"])
    return words.html("cohorts_stay_median", time=time, **figures)


def _stay_row(group: Row, name: str, words: Words) -> tuple[str, ...]:
    def between(found: Row | None, write: Callable[[float], str]) -> str:
        if not found or found["value"] is None:
            return "–"
        low, high = (write(found[key]) if found[key] is not None else "–" for key in ("low", "high"))
        return words.text("report_interval", value=write(found["value"]), low=low, high=high)

    def lasting(time: float) -> str:
        return words.number(round(time, 1))

    median = between(group["median"], lasting)
    return (
        name,
        words.number(group["customers"]),
        words.number(group["left"]),
        words.text("cohorts_not_reached") if median == "–" else median,
        between(group["survival"], words.share),
        between(group["restricted_mean"], lasting),
    )
