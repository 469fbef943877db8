"""Differences with their intervals, one below another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE, TONES
from vitrail.charts.theme import chart_config

if TYPE_CHECKING:
    import altair as alt

_ROW = 52


@dataclass(frozen=True, slots=True)
class Interval:
    """One difference.

    Args:
        name: written above it.
        said: the figures in words, for who points at it.
        tone: its colour.
        before: the difference without adjusting; None for none.
        matters_from: differences between minus this and this do not matter; None for no such band.
    """

    name: str
    value: float
    low: float
    high: float
    said: str
    tone: str
    before: float | None = None
    matters_from: float | None = None


def chart_forest(intervals: Sequence[Interval], axis_title: str, width: int) -> alt.LayerChart:
    """A dot and a line a difference, in the order given, zero marked.

    Args:
        axis_title: what the differences measure, with the unit.
    """
    import altair as alt

    page = PAGE["light"]
    rows = [
        {
            "place": place,
            "name": each.name,
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "before": each.before,
            "least": None if each.matters_from is None else -each.matters_from,
            "most": each.matters_from,
            "said": each.said,
            "colour": TONES["light"][each.tone],
        }
        for place, each in enumerate(intervals)
    ]
    seen = [
        bound
        for each in intervals
        for bound in (each.low, each.high, each.before, each.matters_from, -(each.matters_from or 0.0), 0.0)
        if bound is not None
    ]
    margin = (max(seen) - min(seen)) * 0.04 or 1.0
    scale = alt.Scale(domain=[min(seen) - margin, max(seen) + margin], nice=False)
    base = alt.Chart(alt.InlineData(values=rows))
    y = alt.Y("place:O").axis(None)
    axis = alt.Axis(grid=True, tickCount=5 if width < 500 else 8)
    x = alt.X("value:Q").title(axis_title).scale(scale).axis(axis)
    zero = alt.Chart(alt.InlineData(values=[{"value": 0}])).mark_rule(color=page["lead"], aria=False)
    band = base.mark_bar(height=20, color=page["track"], yOffset=8, aria=False)
    line = base.mark_rule(strokeWidth=3, yOffset=8, aria=False)
    before = base.mark_point(
        shape="diamond", size=90, yOffset=8, filled=False, stroke=page["soft"], aria=False
    )
    dot = base.mark_point(size=110, filled=True, yOffset=8, opacity=1)
    name = base.mark_text(align="left", baseline="bottom", dy=-4, limit=width - 20)
    layers = [
        band.encode(alt.X("least:Q").scale(scale).title(axis_title), alt.X2("most:Q"), y),
        zero.encode(x),
        line.encode(
            alt.X("low:Q").scale(scale).title(axis_title),
            alt.X2("high:Q"),
            y,
            alt.Color("colour:N").scale(None),
        ),
        before.encode(alt.X("before:Q").scale(scale).title(axis_title), y),
        dot.encode(x, y, alt.Color("colour:N").scale(None), alt.Description("said:N")),
        name.encode(y, alt.Text("name:N"), x=alt.value(0)),
    ]
    chart: alt.LayerChart = (
        alt.layer(*layers).properties(width=width - 20, height=alt.Step(_ROW)).configure(**chart_config())
    )
    return chart
