"""Calibration: what was predicted beside what happened, a dot a tenth of the customers, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE, TONES
from vitrail.charts.theme import hold

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """Customers of like probability: its mean, the share to whom it happened with its interval, in words."""

    predicted: float
    happened: float
    low: float
    high: float
    said: str


def chart_calibration(
    points: Sequence[CalibrationPoint], x_title: str, y_title: str, right: str, width: int
) -> alt.LayerChart:
    """Dots with intervals; on the dashed line predictions are right.

    Args:
        right: what is written along the line.
    """
    import altair as alt

    page, ink = PAGE["light"], TONES["light"]["new"]
    most = max((value for each in points for value in (each.predicted, each.high)), default=1.0)
    step = 0.2 if most > 0.5 else 0.1 if most > 0.2 else 0.05
    ticks = [round(step * at, 2) for at in range(math.ceil(round(most / step, 6)) + 1)]
    top = ticks[-1]
    size = min(width - 74, 420)
    rows: list[dict[str, float | str]] = [
        {"x": each.predicted, "y": each.happened, "low": each.low, "high": each.high, "said": each.said}
        for each in points
    ]
    axis = alt.Axis(values=ticks, format=".0%", domain=False)
    scale = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("x:Q", title=x_title, scale=scale, axis=axis)
    y = alt.Y("y:Q", title=y_title, scale=scale, axis=axis)
    ends = alt.Chart(hold([{"x": 0.0, "y": 0.0}, {"x": top, "y": top}]))
    line = ends.mark_line(color=page["soft"], strokeDash=[3, 4], strokeWidth=1, aria=False).encode(x, y)
    told = alt.Chart(hold([{"x": top, "y": top, "name": right}]))
    name = told.mark_text(align="right", baseline="bottom", dx=-12, dy=4, color=page["soft"]).encode(
        x, y, alt.Text("name:N")
    )
    base = alt.Chart(hold(rows))
    spans = base.mark_rule(color=ink, strokeWidth=1.5, aria=False).encode(x, alt.Y("low:Q"), alt.Y2("high:Q"))
    dots = base.mark_point(
        size=64, filled=True, color=ink, stroke=page["paper"], strokeWidth=1.5, opacity=1
    ).encode(x, y, alt.Description("said:N"))
    return alt.LayerChart(layer=[line, name, spans, dots], width=size, height=round(size * 0.8))
