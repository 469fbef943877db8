"""Revenue month by month, each month's bar cut by segment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE, TONES, known_tone, text_on
from vitrail.charts.theme import chart_config, money_unit
from vitrail.i18n import Language, text
from vitrail.i18n.formats import currency_sign, month

if TYPE_CHECKING:
    import altair as alt


@dataclass(frozen=True, slots=True)
class MonthPart:
    """What one segment brought in one month; `mark` is the segment's number in the page."""

    month: dt.date
    mark: str
    tone: str
    place: int  # order in the bar, the first at the bottom
    revenue: float
    said: str  # the figure as a sentence, for hover and screen readers


def chart_monthly(
    parts: Sequence[MonthPart],
    language: Language,
    width: int,
    currency: str | None = None,
    unfinished: dt.date | None = None,
) -> alt.LayerChart:
    """Stacked bars, a bar a month; tall parts carry their segment's number, for readers without colour.

    Args:
        unfinished: the month that is not over; its name bears a star.
    """
    import altair as alt

    months = sorted({part.month for part in parts})
    narrow = width < 500
    names = {
        day: month(day, language, "short" if not narrow else "narrow", year=at == 0 or day.month == 1)
        + ("*" if day == unfinished else "")
        for at, day in enumerate(months)
    }
    totals = [sum(max(part.revenue, 0) for part in parts if part.month == day) for day in months]
    size, unit = money_unit(max(totals, default=0))
    height = 300
    tall = max(totals, default=0) / height * 13
    stacked: list[dict[str, object]] = []
    for day in months:
        up = down = 0.0
        for part in sorted((part for part in parts if part.month == day), key=lambda part: part.place):
            if part.revenue == 0:
                continue
            low = up if part.revenue > 0 else down
            high = low + part.revenue
            up, down = (high, down) if part.revenue > 0 else (up, high)
            colour = TONES["light"][known_tone(part.tone)]
            stacked.append(
                {
                    "at": day.isoformat(),
                    "low": low / size,
                    "high": high / size,
                    "middle": (low + high) / 2 / size,
                    "colour": colour,
                    "on": text_on(colour),
                    "mark": part.mark
                    if abs(part.revenue) >= tall and not (narrow and len(months) > 14)
                    else "",
                    "said": part.said,
                }
            )
    labels = " : ".join(
        f"datum.value == '{day.isoformat()}' ? {list(name.split(' '))!r}" for day, name in names.items()
    )
    rotated = len(months) > 26
    every = max(1, round(len(months) / (24 if not narrow else 8)))
    shown = [day.isoformat() for at, day in enumerate(months) if at % every == 0]
    x = (
        alt.X("at:O")
        .title(None)
        .sort([day.isoformat() for day in months])
        .scale(paddingInner=0.18, paddingOuter=0.1)
    )
    x = x.axis(
        alt.Axis(
            values=shown,
            labelExpr=f"{labels} : ''" if labels else "''",
            labelAngle=-90 if rotated and not narrow else 0,
            ticks=False,
            labelOverlap=False,
        )
    )
    title = text(unit, language, sign=currency_sign(currency)) if currency else text(f"{unit}_bare", language)
    y = alt.Y("low:Q").title(title).axis(alt.Axis(format=",~r", tickCount=5, domain=False))
    base = alt.Chart(alt.InlineData(values=stacked))
    bars = base.mark_bar(stroke=PAGE["light"]["paper"], strokeWidth=1).encode(
        x, y, alt.Y2("high:Q"), alt.Color("colour:N").scale(None), alt.Description("said:N")
    )
    marks = base.mark_text(fontSize=10).encode(
        x, alt.Y("middle:Q"), alt.Text("mark:N"), alt.Color("on:N").scale(None)
    )
    chart: alt.LayerChart = (
        alt.layer(bars, marks)
        .properties(width=min(width - 80, 60 + 90 * len(months)), height=height)
        .configure(**chart_config())
    )
    return chart
