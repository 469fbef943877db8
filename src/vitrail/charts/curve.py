"""The concentration (ABC) curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE
from vitrail.charts.theme import hold
from vitrail.i18n import Language, percent, text
from vitrail.insight.curve import Curve

if TYPE_CHECKING:
    import altair as alt


def chart_curve(
    curve: Curve,
    language: Language,
    width: int,
    classes: Mapping[str, str] | None = None,
    variable: str | None = None,
) -> alt.LayerChart:
    """The share of revenue that the best customers bring, from the best down.

    Args:
        classes: the label of each segment marked on the curve; a dot stands where it ends.
        variable: the name of what is shared, where it is not revenue.
    """
    import altair as alt

    def described(customers: float, value: float) -> str:
        return text(
            "chart_curve_point_of" if variable else "chart_curve_point",
            language,
            variable=variable,
            customers=percent(customers, language),
            value=percent(value, language),
        )

    line = [{"x": 0.0, "y": 0.0}, *({"x": point.customers, "y": point.value} for point in curve.points)]
    labels = classes or {}
    ends = [
        {
            "x": point.customers,
            "y": point.value,
            "name": labels[point.segment],
            "said": described(point.customers, point.value),
        }
        for point in curve.points
        if point.segment is not None and point.segment in labels
    ]
    page = PAGE["light"]
    title = text("chart_curve_value_of" if variable else "chart_curve_value", language, variable=variable)
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    axis, scale = alt.Axis(values=ticks, format=".0%", grid=True), alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("x:Q", title=text("chart_curve_customers", language), scale=scale, axis=axis)
    y = alt.Y("y:Q", title=title, scale=scale, axis=axis)
    even = alt.Chart(hold([{"x": 0, "y": 0}, {"x": 1, "y": 1}])).mark_line(
        color=page["soft"], strokeDash=[3, 4], strokeWidth=1, aria=False
    )
    drawn = alt.Chart(hold(line)).mark_line(color=page["ink"], strokeWidth=3, aria=False)
    seen = alt.Chart(
        hold(
            [
                {"x": point.customers, "y": point.value, "said": described(point.customers, point.value)}
                for point in curve.points
            ]
        )
    ).mark_point(size=60, opacity=0.001, filled=True, color=page["ink"])
    dots = alt.Chart(hold(ends)).mark_point(
        size=70, filled=True, color=page["paper"], stroke=page["ink"], strokeWidth=2, opacity=1
    )
    names = alt.Chart(hold(ends)).mark_text(align="left", baseline="top", dx=8, dy=6, fontWeight="bold")
    layers = [
        even.encode(x, y),
        drawn.encode(x, y),
        seen.encode(x, y, alt.Description("said:N")),
        dots.encode(x, y, alt.Description("said:N")),
        names.encode(x, y, alt.Text("name:N")),
    ]
    return alt.LayerChart(layer=layers, width=width - 70, height=round(min(width, 460) * 0.72))
