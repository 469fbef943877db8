"""Revenue month by month, each month's bar cut by segment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.charts.colours import PAGE, TONES, known_tone, text_on
from vitrail.charts.ranges import round_ticks
from vitrail.charts.theme import hold, money_unit
from vitrail.i18n import Language, text
from vitrail.i18n.formats import currency_sign, month
from vitrail.insight.seasons import list_months

if TYPE_CHECKING:
    import altair as alt

MOST_NAMES, MOST_NAMES_NARROW = 24, 8  # months named under a wide chart, and on a phone
_STEPS = (1, 2, 3, 4, 6, 12, 24, 60, 120, 240, 600)  # months from one name to the next: Januaries stay


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

    shown = [part.month for part in parts]
    months = list_months(min(shown), max(shown)) if shown else []
    narrow = width < 500
    totals = [sum(max(part.revenue, 0) for part in parts if part.month == day) for day in months]
    size, unit = money_unit(max(totals, default=0))
    height = 300
    tall = max(totals, default=0) / height * 13
    wide = min(width - 80, 60 + 90 * len(months))
    roomy = wide >= 15 * len(months)
    stacked = [
        row
        for day in months
        for row in _stack([part for part in parts if part.month == day], size, tall if roomy else None)
    ]
    names = name_months(months, language, MOST_NAMES_NARROW if narrow else MOST_NAMES, unfinished)
    labels = " : ".join(f"datum.value == '{day.isoformat()}' ? {name!r}" for day, name in names.items())
    x = alt.X(
        "at:O",
        title=None,
        scale=alt.Scale(domain=[day.isoformat() for day in months], paddingInner=0.18, paddingOuter=0.1),
        axis=alt.Axis(
            values=[day.isoformat() for day in names],
            labelExpr=f"{labels} : ''" if labels else "''",
            labelAngle=0,
            ticks=False,
            domain=False,
            labelOverlap=False,
        ),
    )
    title = text(unit, language, sign=currency_sign(currency)) if currency else text(f"{unit}_bare", language)
    lowest, highest = (
        pick([0.0, *(float(str(row[end])) for row in stacked for end in ("low", "high"))])
        for pick in (min, max)
    )
    ticks = round_ticks(highest)
    ticks += [ticks[-1] + ticks[1]] if ticks[-1] < highest else []
    ticks += [-tick for tick in ticks if 0 < tick <= -lowest]
    scale = alt.Scale(domain=[lowest, max(highest, *ticks)], nice=False)
    axis = alt.Axis(format=",~r", values=ticks, domain=False)
    y = alt.Y("low:Q", title=title, scale=scale, axis=axis)
    base = alt.Chart(hold(stacked))
    bars = base.mark_bar(stroke=PAGE["light"]["paper"], strokeWidth=1 if roomy else 0).encode(
        x, y, alt.Y2("high:Q"), alt.Color("colour:N", scale=None), alt.Description("said:N")
    )
    zero = alt.Chart(hold([{"zero": 0}])).mark_rule(color=PAGE["light"]["lead"], aria=False)
    marks = base.mark_text(fontSize=10).encode(
        x, alt.Y("middle:Q"), alt.Text("mark:N"), alt.Color("on:N", scale=None)
    )
    return alt.LayerChart(layer=[bars, zero.encode(alt.Y("zero:Q")), marks], width=wide, height=height)


def name_months(
    months: Sequence[dt.date], language: Language, most: int, unfinished: dt.date | None = None
) -> dict[dt.date, list[str]]:
    """The months that an axis names, at most about `most`: the lines of each name, January's with its year.

    >>> names = name_months(list_months(dt.date(2001, 10, 1), dt.date(2004, 6, 1)), "fr", 12)
    >>> [" ".join(name) for name in names.values()][:4]
    ['oct. 2001', 'janv. 2002', 'avr.', 'juil.']
    """
    step = next((step for step in _STEPS if len(months) / step <= most), 12 * 100)
    named = [day for day in months if (day.year * 12 + day.month - 1) % step == 0]
    named = named or list(months[:1])
    names = {
        day: [month(day, language, "short", year=False)]
        + [str(day.year)] * (day.month == 1 or day == named[0])
        for day in named
    }
    if unfinished is not None and unfinished in months:
        names.setdefault(unfinished, [""])[0] += "*"
    return names


def _stack(parts: Sequence[MonthPart], size: int, tall: float | None) -> list[dict[str, object]]:
    """The parts of one month, one on the other from zero; refunds below it.

    Args:
        size: the unit of the axis.
        tall: the revenue from which a part has room for its number; None where bars are too thin.
    """
    rows: list[dict[str, object]] = []
    up = down = 0.0
    for part in sorted(parts, key=lambda part: part.place):
        if part.revenue == 0:
            continue
        low = up if part.revenue > 0 else down
        high = low + part.revenue
        up, down = (high, down) if part.revenue > 0 else (up, high)
        colour = TONES["light"][known_tone(part.tone)]
        rows.append(
            {
                "at": part.month.isoformat(),
                "low": low / size,
                "high": high / size,
                "middle": (low + high) / 2 / size,
                "colour": colour,
                "on": text_on(colour),
                "mark": part.mark if tall is not None and abs(part.revenue) >= tall else "",
                "said": part.said,
            }
        )
    return rows
