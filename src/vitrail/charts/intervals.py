"""Figures with their intervals, a row each: a dot and a line through it, beside a line for what is usual.

Names stand beside the rows, or above them where they are sentences; zero is then marked on each row alone, so
that it crosses no name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from vitrail.charts.colours import PAGE, TONES, known_tone
from vitrail.charts.theme import hold, limit_text

if TYPE_CHECKING:
    import altair as alt

Unit = Literal["share", "money", "number"]
_FORMATS: dict[Unit, str] = {"share": ".0%", "money": "$,.12~g", "number": ",.12~g"}
_TEXT_PIXELS = 7.6
_BESIDE, _ABOVE = 26, 52  # the height of a row, in pixels
_UNDER = 10  # how far below the middle of its row a line stands whose name is above it


@dataclass(frozen=True, slots=True)
class Interval:
    """One row. One without a figure keeps its place.

    Args:
        figure: as the language writes it.
        strong: a filled dot, else an open one.
        before: the figure without adjusting, an open diamond; None for none.
        matters_from: figures between minus this and this do not matter; None for no such band.
        said: the whole in words, for who points at it; the name and the figure unless given.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    figure: str = ""
    tone: str | None = None
    strong: bool = True
    before: float | None = None
    matters_from: float | None = None
    said: str = ""


def chart_intervals(
    rows: Sequence[Interval],
    axis_title: str,
    width: int,
    unit: Unit = "number",
    usual: float | None = None,
    domain: tuple[float, float] | None = None,
    above: bool = False,
) -> alt.LayerChart:
    """Dots with intervals in the order given, the first on top.

    Args:
        axis_title: what is measured, with the unit.
        usual: where a dashed line stands: chance, or the figure of all.
        domain: the least and the greatest value shown; from the rows, and zero, unless given.
        above: names above their rows, figures left to who points at them; zero is marked.
    """
    import altair as alt

    page = PAGE["light"]
    longest = max((len(row.name) for row in rows), default=0)
    names = 0 if above else _name_room(longest, width)
    written = 0 if above else round(max((len(row.figure) for row in rows), default=0) * _TEXT_PIXELS) + 12
    plot = width - 20 if above else max(width - names - written - 36, 60)
    least, most = domain or _find_domain(rows, usual, 0.04 if above else 0.0)
    scale = alt.Scale(domain=[least, most], nice=False, zero=False, clamp=True)
    ticks = max(2, plot // 80)
    said = limit_text(len(axis_title), _TEXT_PIXELS, width)
    axis = alt.Axis(
        format=_FORMATS[unit],
        tickCount=ticks,
        labelSeparation=8,
        domain=above,
        grid=not above,
        titleLimit=said,
    )
    base = alt.Chart(hold([_describe(row, rows, at) for at, row in enumerate(rows)]))
    cut = limit_text(longest, _TEXT_PIXELS, names)
    beside = alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=cut, labelColor=page["ink"])
    by_place = alt.EncodingSortField(field="place", op="min")
    y = alt.Y("name:N", sort=by_place, title=None, axis=None if above else beside)

    def x(name: str) -> Any:
        return alt.X(f"{name}:Q", title=axis_title, scale=scale, axis=axis)

    under: dict[str, Any] = {"yOffset": _UNDER} if above else {}
    known = base.transform_filter(alt.datum.value != None)  # noqa: E711
    tone = alt.Color("colour:N", scale=None)
    lines = known.mark_rule(strokeWidth=2.5, strokeCap="round", **under).encode(
        x("low"), alt.X2("high:Q"), y, tone
    )
    dots = known.mark_point(size=90, filled=True, opacity=1, strokeWidth=2, **under).encode(
        x("value"),
        y,
        alt.Fill("fill:N", scale=None),
        alt.Stroke("colour:N", scale=None),
        alt.Description("said:N"),
    )
    layers: list[alt.Chart] = [lines, dots]
    if any(row.before is not None for row in rows):
        mark = base.mark_point(
            shape="diamond", size=90, filled=False, stroke=page["soft"], aria=False, **under
        )
        layers.insert(1, mark.encode(x("before"), y))
    if above:
        zero = base.mark_tick(color=page["lead"], thickness=1.5, size=24, aria=False, **under)
        layers.insert(0, zero.encode(x("zero"), y))
        title = base.mark_text(
            align="left", baseline="bottom", dy=-4, limit=limit_text(longest, _TEXT_PIXELS, width - 20)
        )
        layers.append(title.encode(y, alt.Text("name:N"), x=alt.value(0)))
    else:
        figures = base.mark_text(align="left", dx=8).encode(y, alt.Text("figure:N"), x=alt.value(plot))
        layers.append(figures)
    if any(row.matters_from is not None for row in rows):
        band = base.mark_bar(height=20, color=page["track"], aria=False, **under)
        layers.insert(0, band.encode(x("from"), alt.X2("to:Q"), y))
    if usual is not None:
        line = alt.Chart(hold([{"usual": usual}]))
        layers.insert(
            0, line.mark_rule(strokeDash=[4, 3], color=page["ink"], strokeWidth=1).encode(x("usual"))
        )
    side = 2 if above else 14
    return alt.LayerChart(
        layer=layers,
        width=plot,
        height=alt.Step(_ABOVE if above else _BESIDE),
        padding={"left": side, "right": 2, "top": 2, "bottom": 2},
    )


def _name_room(longest: int, width: int) -> int:
    return min(max(40, round(longest * _TEXT_PIXELS) + 6), round(width * 0.45))


def _find_domain(rows: Sequence[Interval], usual: float | None, margin: float) -> tuple[float, float]:
    """The least and the greatest of all that is drawn, and zero, with a margin as a share of the whole."""
    band = [side * (row.matters_from or 0.0) for row in rows for side in (-1, 1)]
    drawn = [v for row in rows for v in (row.value, row.low, row.high, row.before) if v is not None]
    seen = [0.0, *band, *drawn, *([usual] if usual is not None else [])]
    least, most = min(seen), max(seen)
    if least == most:
        return least, most or 1.0
    return least - margin * (most - least), most + margin * (most - least)


def _describe(row: Interval, rows: Sequence[Interval], place: int) -> dict[str, Any]:
    colour = TONES["light"][known_tone(row.tone)] if row.tone else PAGE["light"]["soft"]
    return {
        "place": place,
        "name": row.name + "\u200b" * [each.name for each in rows[:place]].count(row.name),  # rows apart
        "value": row.value,
        "low": row.value if row.low is None else row.low,
        "high": row.value if row.high is None else row.high,
        "before": row.before,
        "from": None if row.matters_from is None else -row.matters_from,
        "to": row.matters_from,
        "zero": 0,
        "figure": row.figure,
        "said": row.said or f"{row.name} · {row.figure}",
        "colour": colour,
        "fill": colour if row.strong else PAGE["light"]["paper"],
    }
