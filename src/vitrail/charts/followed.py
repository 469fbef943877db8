"""What becomes of groups over time: lines or steps with their intervals, named at their end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from vitrail.charts.colours import PAGE, TONES, known_tone
from vitrail.charts.theme import hold, limit_text

if TYPE_CHECKING:
    import altair as alt

_DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (7, 3), (2, 3), (9, 3, 2, 3), (5, 5), (12, 4))
_LETTER = 6.6  # width of a letter at 12 pixels
_LINE = 15  # height of a line of text
_NUMBER = 46  # width of a number below the axis
_SAMPLE = 18  # width of the piece of line before a name
_APART = 18  # between the plot and what stands at its right


@dataclass(frozen=True, slots=True)
class Point:
    """Where a line stands at `x`: its value, interval if known, and the same in words."""

    x: float
    y: float
    said: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A group over time.

    Args:
        name: at the end of its line; empty for none.
        tone: of its colour; the page's ink where None.
        faint: one of many in the background.
        at_risk: how many are still followed at each tick of the axis, as written.
    """

    name: str
    points: Sequence[Point]
    tone: str | None = None
    faint: bool = False
    at_risk: Sequence[str] = field(default=())


def chart_followed(
    lines: Sequence[Followed],
    width: int,
    x_title: str,
    y_title: str,
    ticks: Sequence[float],
    y_format: str = ".0%",
    steps: bool = False,
    top: float | None = None,
    at_risk_title: str = "",
) -> alt.LayerChart:
    """Lines over time from zero, the faint ones first.

    Args:
        ticks: of the axis of time, increasing.
        y_format: d3's; `.0%` for shares.
        steps: whether values stay until the next point.
        top: of the axis of values; the highest value where None.
        at_risk_title: above the numbers still followed, written below the axis at each tick; empty for none.
    """
    import altair as alt

    page = PAGE["light"]
    names = round(min(max((len(line.name) for line in lines), default=0) * _LETTER + 8, width * 0.32))
    aside = names + _APART + _SAMPLE + 6 if any(line.name for line in lines) else 8
    plot_width, height = width - aside - 62, round(min(width, 560) * 0.5)
    highest = max((p.high or p.y for line in lines for p in line.points if not line.faint), default=0.0)
    highest = max(highest, max((p.y for line in lines for p in line.points), default=0.0))
    top = top or highest * 1.05 or 1.0
    end = max([*ticks, *(p.x for line in lines for p in line.points)], default=1.0)
    below = alt.Axis(values=list(ticks), grid=False, format=",~f", labelFlush=False)
    x = alt.X("x:Q", title=x_title, scale=alt.Scale(domain=[0, end], nice=False), axis=below)
    beside = alt.Axis(format=y_format, tickCount=5, domain=False)
    y = alt.Y("y:Q", title=y_title, scale=alt.Scale(domain=[0, top], nice=False), axis=beside)
    shape: Any = "step-after" if steps else "linear"
    layers: list[Any] = []
    bold = [line for line in lines if not line.faint and line.points]
    faint = [line for line in lines if line.faint and line.points]
    if faint:
        rows = [{"line": place, **row} for place, line in enumerate(faint) for row in _rows(line)]
        drawn = alt.Chart(hold(rows)).mark_line(
            color=page["soft"], strokeWidth=1, opacity=0.45, interpolate=shape, aria=False
        )
        layers.append(drawn.encode(x, y, alt.Detail("line:N")))
    for place, line in enumerate(bold):
        colour = _colour(line)
        base = alt.Chart(hold(_rows(line)))
        if any(point.low is not None for point in line.points):
            band = base.mark_area(color=colour, opacity=0.16, interpolate=shape, aria=False)
            layers.append(band.encode(x, alt.Y("low:Q"), alt.Y2("high:Q")))
        dash = list(_DASHES[place % len(_DASHES)])
        drawn = base.mark_line(
            color=colour, strokeWidth=2.5, strokeDash=dash, interpolate=shape, aria=False, clip=True
        )
        layers += [drawn.encode(x, y), _seen(base, colour).encode(x, y, alt.Description("said:N"))]
    layers += _names(bold, plot_width, height, top, names)
    if at_risk_title:
        layers += _at_risk(bold, ticks, end, plot_width, height, at_risk_title, names)
    return alt.LayerChart(
        layer=layers or [alt.Chart(hold([])).mark_point().encode(x, y)], width=plot_width, height=height
    )


def _pixels(channel: str, at: float) -> Any:
    """A position in the picture: of channel `X`, `X2` or `Y`."""
    import altair as alt

    return getattr(alt, f"{channel}Value")(at)


def _colour(line: Followed) -> str:
    return TONES["light"][known_tone(line.tone)] if line.tone else PAGE["light"]["ink"]


def _rows(line: Followed) -> list[dict[str, Any]]:
    return [{"x": p.x, "y": p.y, "low": p.low, "high": p.high, "said": p.said} for p in line.points]


def _seen(base: Any, colour: str) -> Any:
    """What the pointer and a screen reader find: a point that is hardly drawn."""
    return base.mark_point(size=60, opacity=0.001, filled=True, color=colour)


def _names(lines: Sequence[Followed], width: int, height: int, top: float, room: int) -> list[Any]:
    """Beside the end of each line its name after a piece of it, moved so that none covers another."""
    places = {id(line): place for place, line in enumerate(lines)}
    named = sorted((line for line in lines if line.name), key=lambda line: -line.points[-1].y)
    wanted = [height * (1 - min(line.points[-1].y, top) / top) for line in named]
    placed: list[float] = []
    for at in wanted:
        placed.append(max(at, placed[-1] + _LINE) if placed else at)
    over = max(0.0, placed[-1] - height) if placed else 0.0
    marks: list[Any] = []
    for line, at in zip(named, placed, strict=True):
        marks += _name(line, places[id(line)], width, max(at - over, 0), room)
    return marks


def _name(line: Followed, place: int, width: int, at: float, room: int) -> list[Any]:
    """A piece of a line and its name, at the right of the picture."""
    import altair as alt

    base = alt.Chart(hold([{"name": line.name}]))
    sample = base.mark_rule(
        color=_colour(line), strokeWidth=2.5, strokeDash=list(_DASHES[place % len(_DASHES)]), aria=False
    ).encode(_pixels("X", width + _APART), _pixels("X2", width + _APART + _SAMPLE), _pixels("Y", at))
    said = base.mark_text(
        align="left", baseline="middle", limit=limit_text(len(line.name), _LETTER, room), aria=False
    ).encode(_pixels("X", width + _APART + _SAMPLE + 6), _pixels("Y", at), alt.Text("name:N"))
    return [sample, said]


def _at_risk(
    lines: Sequence[Followed],
    ticks: Sequence[float],
    end: float,
    width: int,
    height: int,
    title: str,
    room: int,
) -> list[Any]:
    """A row a line below the axis: how many are still followed at each tick."""
    import altair as alt

    def write(said: str, x: float, y: float, align: Literal["left", "center"]) -> Any:
        return (
            alt.Chart(hold([{"said": said}]))
            .mark_text(align=align, baseline="middle", fontSize=11, color=PAGE["light"]["soft"], aria=False)
            .encode(_pixels("X", x), _pixels("Y", y), alt.Text("said:N"))
        )

    first = height + 58
    marks = [write(title, 0, first, "left")]
    step = math.ceil(_NUMBER * len(ticks) / width)
    for place, line in enumerate(lines):
        at = first + _LINE * (place + 1)
        numbers = list(zip(ticks, line.at_risk, strict=False))[::step]
        marks += [write(number, width * tick / end, at, "center") for tick, number in numbers]
        marks += _name(line, place, width, at, room) if line.name else []
    return marks
