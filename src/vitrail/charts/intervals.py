"""Figures with their intervals, a row each: a dot and a line through it, beside a line for what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vitrail.charts.colours import PAGE, TONES, known_tone
from vitrail.charts.theme import chart_config

if TYPE_CHECKING:
    import altair as alt

Unit = Literal["share", "money", "number"]
_FORMATS: dict[Unit, str] = {"share": ".0%", "money": "$,.12~g", "number": ",.12~g"}
_TEXT_PIXELS = 7.6


@dataclass(frozen=True, slots=True)
class Interval:
    """One row: its name, the figure and its interval, the figure as the language writes it, its tone.

    A row without a figure keeps its place. `strong` rows have a filled dot, the others an open one.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    figure: str
    tone: str | None = None
    strong: bool = True


def chart_intervals(
    rows: Sequence[Interval],
    axis_title: str,
    width: int,
    unit: Unit = "number",
    usual: float | None = None,
    domain: tuple[float, float] | None = None,
) -> alt.LayerChart:
    """Dots with intervals in the order given, the first on top.

    Args:
        axis_title: what is measured, with the unit.
        usual: where a dashed line stands: chance, or the figure of all.
        domain: the least and the greatest value shown; from the rows, and zero, unless given.
    """
    import altair as alt

    longest = max((len(row.name) for row in rows), default=0)
    names = min(max(40, round(longest * _TEXT_PIXELS) + 6), round(width * 0.45))
    written = round(max((len(row.figure) for row in rows), default=0) * _TEXT_PIXELS) + 12
    page, tones = PAGE["light"], TONES["light"]
    values = [
        {
            "place": place,
            "name": row.name + "\u200b" * [each.name for each in rows[:place]].count(row.name),  # rows apart
            "value": row.value,
            "low": row.value if row.low is None else row.low,
            "high": row.value if row.high is None else row.high,
            "figure": row.figure,
            "said": f"{row.name} · {row.figure}",
            "colour": tones[known_tone(row.tone)] if row.tone else page["soft"],
            "fill": (tones[known_tone(row.tone)] if row.tone else page["soft"])
            if row.strong
            else page["paper"],
        }
        for place, row in enumerate(rows)
    ]
    seen = [v for row in rows for v in (row.value, row.low, row.high, usual) if v is not None]
    least, most = domain or (min([0.0, *seen]), max([0.0, *seen]) or 1.0)
    base = alt.Chart(alt.InlineData(values=values))
    y = alt.Y("name:N").sort(field="place", op="min").title(None)
    y = y.axis(alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=names, labelColor=page["ink"]))
    plot = max(width - names - written - 36, 60)
    axis = alt.Axis(format=_FORMATS[unit], tickCount=max(2, plot // 80), domain=False, titleLimit=width)
    scale = alt.Scale(domain=[least, most], nice=False, zero=False, clamp=True)
    x = alt.X("value:Q").title(axis_title).scale(scale).axis(axis)
    known = alt.datum.value != None  # noqa: E711
    lines = base.transform_filter(known).mark_rule(strokeWidth=2.5, strokeCap="round")
    layers: list[alt.Chart] = [
        lines.encode(alt.X("low:Q").title(axis_title).scale(scale).axis(axis), alt.X2("high:Q"), y).encode(
            alt.Color("colour:N").scale(None)
        ),
        base.transform_filter(known)
        .mark_point(size=90, filled=True, opacity=1, strokeWidth=2)
        .encode(
            x,
            y,
            alt.Fill("fill:N").scale(None),
            alt.Stroke("colour:N").scale(None),
            alt.Description("said:N"),
        ),
        base.mark_text(align="left", dx=8).encode(y, alt.Text("figure:N"), x=alt.value(plot)),
    ]
    if usual is not None:
        line = alt.Chart(alt.InlineData(values=[{"usual": usual}]))
        rule = line.mark_rule(strokeDash=[4, 3], color=page["ink"], strokeWidth=1)
        layers.insert(0, rule.encode(alt.X("usual:Q").scale(scale).axis(axis).title(axis_title)))
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(width=plot, height=alt.Step(26), padding={"left": 14, "right": 2, "top": 2, "bottom": 2})
        .configure(**chart_config())
    )
    return chart
