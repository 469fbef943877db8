"""How stable each number of segments is, beside what data without groups show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE
from vitrail.charts.theme import hold

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, slots=True)
class Steadiness:
    """One number of segments: its stability, and the range of structureless data with as many.

    Args:
        said: the figures in words.
    """

    count: int
    stability: float
    low: float
    high: float
    chosen: bool
    said: str


def chart_stability(
    points: Sequence[Steadiness], across: str, up: str, names: tuple[str, str], width: int
) -> alt.LayerChart:
    """A line over bars: the line is the data, the bars are data without groups; the choice is ringed.

    Args:
        across, up: what the axes measure.
        names: of the line and of the bars, written at their ends.
    """
    import altair as alt

    page = PAGE["light"]
    rows = [
        {
            "count": each.count,
            "stability": each.stability,
            "low": each.low,
            "high": max(each.high, each.low + 0.004),
            "chosen": each.chosen,
            "said": each.said,
        }
        for each in points
    ]
    base = alt.Chart(hold(rows))
    x = alt.X("count:O", title=across, axis=alt.Axis(labelAngle=0, grid=False))
    scale = alt.Scale(domain=[0, 1], clamp=True)
    axis = alt.Axis(tickCount=5, format=".1f", domain=False, ticks=False)
    y = alt.Y("stability:Q", title=up, scale=scale, axis=axis)
    low = alt.Y("low:Q", title=up, scale=scale, axis=axis)
    bars = base.mark_bar(width=14, color=page["line"], stroke=page["soft"], strokeWidth=0.5).encode(
        x, low, alt.Y2("high:Q")
    )
    line = base.mark_line(color=page["ink"], strokeWidth=2).encode(x, y)
    dots = base.mark_point(filled=True, opacity=1, size=60, color=page["ink"]).encode(
        x, y, alt.Description("said:N")
    )
    ring = (
        base.transform_filter("datum.chosen")
        .mark_point(filled=False, opacity=1, size=260, strokeWidth=2, color=page["ink"])
        .encode(x, y)
    )
    last = alt.Chart(hold(rows[-1:])).transform_calculate(line=f"{names[0]!r}", bars=f"{names[1]!r}")
    named = last.mark_text(align="left", dx=14, dy=-12, color=page["ink"]).encode(x, y, alt.Text("line:N"))
    under = last.mark_text(align="left", dx=14, dy=8, color=page["soft"]).encode(x, low, alt.Text("bars:N"))
    room = round(max(map(len, names)) * 6.6) + 16
    return alt.LayerChart(layer=[bars, line, dots, ring, named, under], width=width - room - 56, height=220)
