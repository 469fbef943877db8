"""Horizontal bars with their figure written at the end: countries, stages of life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE, TONES, known_tone
from vitrail.charts.theme import hold, limit_text

if TYPE_CHECKING:
    import altair as alt

_LETTER = 7.8  # width of a letter at 12 pixels


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its length, the figure as the reader's language writes it, and its tone."""

    name: str
    value: float
    figure: str
    tone: str | None = None


def chart_bars(bars: Sequence[Bar], axis_title: str, width: int) -> alt.LayerChart:
    """Bars in the order given, the first on top. A negative bar goes left of zero.

    Args:
        axis_title: what the bars measure, with the unit.
    """
    import altair as alt

    longest = max((len(bar.name) for bar in bars), default=0)
    names = min(max(40, round(longest * _LETTER) + 4), round(width * 0.42))
    rows = [
        {
            "place": place,
            "name": bar.name + "\u200b" * [each.name for each in bars[:place]].count(bar.name),  # bands apart
            "value": bar.value,
            "figure": bar.figure,
            "said": f"{bar.name} · {bar.figure}",
            "colour": TONES["light"][known_tone(bar.tone)] if bar.tone else PAGE["light"]["soft"],
        }
        for place, bar in enumerate(bars)
    ]
    base = alt.Chart(hold(rows))
    beside = alt.Axis(
        domain=False,
        ticks=False,
        labelPadding=8,
        labelLimit=limit_text(longest, _LETTER, names),
        labelColor=PAGE["light"]["ink"],
    )
    y = alt.Y("name:N", sort=alt.EncodingSortField(field="place", op="min"), title=None, axis=beside)
    highest, lowest = (
        max((bar.value for bar in bars), default=0.0),
        min((bar.value for bar in bars), default=0.0),
    )
    span = max(highest, 0.0) - min(lowest, 0.0) or 1.0
    room = max((len(bar.figure) for bar in bars), default=0) * 7.5 / max(width - names - 24, 1) * span * 1.6
    scale = alt.Scale(domain=[min(lowest, 0.0), max(highest, 0.0) + room], nice=False)
    below = alt.Axis(grid=False, labels=False, ticks=False, domain=False)
    x = alt.X("value:Q", title=axis_title, scale=scale, axis=below)
    drawn = base.mark_bar(height={"band": 0.62}).encode(
        x, y, alt.Color("colour:N", scale=None), alt.Description("said:N")
    )
    written = base.mark_text(align="left", dx=6).encode(
        alt.X("end:Q", title=axis_title, scale=scale), y, alt.Text("figure:N")
    )
    written = written.transform_calculate(end="max(datum.value, 0)")
    return alt.LayerChart(layer=[drawn, written], width=width - names - 24, height=alt.Step(30))
