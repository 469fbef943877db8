"""Groups by their size and by how far they stand out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE, TONES, text_on
from vitrail.charts.theme import hold

if TYPE_CHECKING:
    import altair as alt

_TONE = "other_1"


@dataclass(frozen=True, slots=True)
class Standout:
    """One group: its mark in the list beside, its customers, its difference with an interval."""

    mark: str
    customers: int
    value: float
    low: float
    high: float
    said: str


def chart_standouts(
    groups: Sequence[Standout], across_title: str, up_title: str, width: int
) -> alt.LayerChart:
    """A numbered dot a group: its customers across, its difference from everybody else up; zero marked.

    Args:
        across_title: of the axis of customers.
        up_title: of the axis of differences, with the unit.
    """
    import altair as alt

    page, tone = PAGE["light"], TONES["light"][_TONE]
    rows = [
        {
            "mark": each.mark,
            "customers": each.customers,
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "said": each.said,
        }
        for each in groups
    ]
    bounds = [bound for each in groups for bound in (each.low, each.high)] + [0.0]
    margin = (max(bounds) - min(bounds)) * 0.06 or 1.0
    base = alt.Chart(hold(rows))
    across = alt.Scale(domain=[0, max(each.customers for each in groups) * 1.08], nice=False)
    up = alt.Scale(domain=[min(bounds) - margin, max(bounds) + margin], nice=False)
    below = alt.Axis(grid=False, tickCount=4 if width < 500 else 8, format=",d")
    x = alt.X("customers:Q", title=across_title, scale=across, axis=below)
    y = alt.Y("value:Q", title=up_title, scale=up)
    zero = alt.Chart(hold([{"value": 0}])).mark_rule(color=page["lead"], aria=False)
    line = base.mark_rule(strokeWidth=2, color=page["soft"], aria=False)
    dot = base.mark_point(size=420, filled=True, color=tone, opacity=1, stroke=page["paper"], strokeWidth=1.5)
    number = base.mark_text(color=text_on(tone), fontWeight="bold", baseline="middle", dy=1)
    layers = [
        zero.encode(y),
        line.encode(x, alt.Y("low:Q", title=up_title, scale=up), alt.Y2("high:Q")),
        dot.encode(x, y, alt.Description("said:N")),
        number.encode(x, y, alt.Text("mark:N")),
    ]
    return alt.LayerChart(layer=layers, width=width - 90, height=300 if width > 500 else 240)
