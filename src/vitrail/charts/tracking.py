"""What was expected beside what happened, week after week, and from when on the model did not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE, TONES
from vitrail.charts.theme import hold
from vitrail.i18n import Language, text

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, slots=True)
class TrackedWeek:
    """A week by number: the totals up to its end, and both as a sentence for hover and screen readers."""

    week: int
    expected: float
    happened: float
    said: str


def chart_tracking(
    weeks: Sequence[TrackedWeek], cut: float, language: Language, width: int
) -> alt.LayerChart:
    """Two lines, the expected one dashed, each with its name at the end; a rule where the model's data end.

    Args:
        cut: the week in which what the model knew ends.
    """
    import altair as alt

    page, narrow = PAGE["light"], width < 500
    last = weeks[-1]
    room = last.week * (0.34 if narrow else 0.14)
    x = alt.X(
        "week:Q",
        title=text("chart_tracking_weeks", language),
        scale=alt.Scale(domain=[0, last.week + room], nice=False),
        axis=alt.Axis(grid=False, tickCount=5 if narrow else 10, format=",.0f"),
    )
    axis = alt.Axis(format=",~r", tickCount=5, domain=False)
    y = alt.Y("orders:Q", title=text("chart_tracking_orders", language), axis=axis)
    lines = {
        "happened": (page["ink"], [1, 0]),
        "expected": (TONES["light"]["at_risk"], [6, 4]),
    }
    height, late = round(min(width, 620) * 0.5), cut > last.week * 0.6
    unknown = text("chart_tracking_cut_short" if narrow else "chart_tracking_cut", language)
    marked = alt.Chart(hold([{"week": cut, "name": unknown}]))
    layers = [
        marked.mark_rule(color=page["soft"], strokeDash=[2, 3], aria=False).encode(x),
        marked.mark_text(align="right" if late else "left", dx=-6 if late else 6).encode(
            x, alt.Text("name:N"), y=alt.value(height - 12)
        ),
    ]
    apart = (0.1 if narrow else 0.05) * max(last.expected, last.happened, 1)
    gap = last.expected - last.happened
    push = max(apart - abs(gap) / 2, 0) * (1 if gap >= 0 else -1)
    for name, (colour, dash) in lines.items():
        values = [{"week": each.week, "orders": getattr(each, name), "said": each.said} for each in weeks]
        drawn = alt.Chart(hold([{"week": 0, "orders": 0}, *values]))
        layers.append(
            drawn.mark_line(color=colour, strokeDash=dash, strokeWidth=2.5, aria=False).encode(x, y)
        )
        at = getattr(last, name) + (push if name == "expected" else -push)
        label = {"week": last.week, "orders": at, "name": text(f"chart_tracking_{name}", language)}
        layers.append(
            alt.Chart(hold([label]))
            .mark_text(align="left", dx=6, color=page["ink"], fontWeight="bold")
            .encode(x, y, alt.Text("name:N"))
        )
        layers.append(
            alt.Chart(hold(values))
            .mark_point(size=60, opacity=0.001, filled=True, color=colour)
            .encode(x, y, alt.Description("said:N"))
        )
    return alt.LayerChart(layer=layers, width=width - 70, height=height)
