"""A Sankey diagram: columns of steps, and bands as wide as the customers who go from one to the next.

Drawn by hand, since Vega-Lite has no such mark. Every column stands on the same scale, so that what is lost
from one to the next is seen; the two ends (no further, too recent to tell) stand at the foot of the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from vitrail.charts.strokes import cut_text, draw_said, draw_text, frame_drawing

_NODE = 14.0  # width of a node, in pixels
_GAP = 9.0  # between nodes of a column
_THINNEST = 0.5  # of a band, in pixels: what is thinner is not seen, and stands in the figures
_LEAST = 5.0  # room of the smallest node, so that names do not touch


@dataclass(frozen=True, slots=True)
class Stop:
    """A node: what customers did at a step.

    Args:
        key: unique in its column.
        value: the customers in it.
        figure: as the reader's language writes it.
        said: the whole sentence.
        tone: its colour; `end` nodes are dashed and their bands pale.
    """

    key: str
    name: str
    value: float
    figure: str
    said: str
    tone: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """A band from a node of column `step` (from 0) to one of the next; `said` may be empty."""

    step: int
    source: str
    target: str
    value: float
    said: str


@dataclass(slots=True)
class _Place:
    """Where a node stands, and how much of its sides the bands have taken so far."""

    x: float
    y: float
    high: float
    left: float = 0.0
    right: float = 0.0


def render_sankey(
    title: str, headings: Sequence[str], columns: Sequence[Sequence[Stop]], flows: Sequence[Flow], width: int
) -> str:
    """Draw it as one `<svg>` element whose colours are CSS custom properties.

    Args:
        title: what it shows, for those who do not see it.
        headings: of the columns.
        columns: the nodes of each, from top to bottom; a node without customers is left out.
        flows: the bands; of a node they keep the order of the nodes on the other side.
        width: in pixels.
    """
    narrow = width < 500
    size, height, top = (10, 330.0, 22.0) if narrow else (12, 420.0, 26.0)
    kept = [[stop for stop in column if stop.value > 0] for column in columns]
    places = _lay(kept, width, height, top, last_label=70.0 if narrow else 190.0)
    tones = {(at, stop.key): stop for at, column in enumerate(kept) for stop in column}
    scale = _scale(kept, height)
    bands = [
        f'<g style="fill:var(--{tones[source].tone})">'
        + "".join(_band(flow, places, tones, scale) for flow in own)
        + "</g>"
        for source, own in groupby(_in_order(flows, kept, scale), key=lambda each: (each.step, each.source))
    ]
    pitch = places[1, kept[1][0].key].x - places[0, kept[0][0].key].x if len(kept) > 1 and kept[1] else width
    nodes = []
    for at, column in enumerate(kept):
        x = next((places[at, stop.key].x for stop in column), 0.0)
        room = pitch - _NODE - 10 if at < len(kept) - 1 else width - x - _NODE - 6
        if column:
            nodes.append(draw_text(x, 8, cut_text(headings[at], room + _NODE, size), size, colour="soft"))
        nodes += [_node(stop, places[at, stop.key], room, size, short=narrow) for stop in column]
    foot = max((place.y + place.high for place in places.values()), default=top)
    return frame_drawing("".join([*bands, *nodes]), width, foot + 6, title, "sankey", role="group")


def _scale(columns: Sequence[Sequence[Stop]], height: float) -> float:
    """Pixels a customer: the fullest column, with the gaps between its nodes, is as high as the picture."""
    scales = [
        (height - _GAP * (len(column) - 1)) / sum(stop.value for stop in column)
        for column in columns
        if column
    ]
    return min(scales, default=1.0)


def _lay(
    columns: Sequence[Sequence[Stop]], width: float, height: float, top: float, last_label: float
) -> dict[tuple[int, str], _Place]:
    scale = _scale(columns, height)
    pitch = (width - last_label - _NODE) / max(len(columns) - 1, 1)
    places = {}
    for at, column in enumerate(columns):
        y = top
        for stop in column:
            high = max(stop.value * scale, 0.6)
            places[at, stop.key] = _Place(at * pitch, y, high)
            y += max(high, _LEAST) + _GAP
    return places


def _in_order(flows: Sequence[Flow], columns: Sequence[Sequence[Stop]], scale: float) -> list[Flow]:
    """The bands that can be seen, in the order in which they leave and reach their nodes."""
    order = {(at, stop.key): place for at, column in enumerate(columns) for place, stop in enumerate(column)}
    drawn = [each for each in flows if each.value * scale >= _THINNEST]
    return sorted(
        drawn, key=lambda each: (each.step, order[each.step, each.source], order[each.step + 1, each.target])
    )


def _band(
    flow: Flow, places: Mapping[tuple[int, str], _Place], stops: Mapping[tuple[int, str], Stop], scale: float
) -> str:
    source, target = places[flow.step, flow.source], places[flow.step + 1, flow.target]
    thick = flow.value * scale
    x0, x1 = source.x + _NODE, target.x
    y0, y1 = source.y + source.right, target.y + target.left
    source.right += thick
    target.left += thick
    bend, low0, low1 = (x0 + x1) / 2, y0 + thick, y1 + thick
    path = (
        f"M{x0:.1f} {y0:.1f}C{bend:.1f} {y0:.1f} {bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        f"V{low1:.1f}C{bend:.1f} {low1:.1f} {bend:.1f} {low0:.1f} {x0:.1f} {low0:.1f}Z"
    )
    opacity = ".3" if stops[flow.step + 1, flow.target].end else ".6"
    said = f' data-said="{escape(flow.said)}"' if flow.said else ""
    return f'<path d="{path}" fill-opacity="{opacity}"{said}/>'


def _node(stop: Stop, place: _Place, room: float, size: float, short: bool) -> str:
    box = f'x="{place.x:.1f}" y="{place.y:.1f}" width="{_NODE:g}" height="{place.high:.1f}"'
    edge = "stroke:var(--soft);stroke-dasharray:3 2" if stop.end else "stroke:var(--lead);stroke-width:.5"
    x, middle, colour = place.x + _NODE + 5, place.y + max(place.high, _LEAST) / 2, "soft" if stop.end else ""
    if place.high >= size * 2.4:
        words = draw_text(x, middle - size * 0.6, cut_text(stop.name, room, size), size, colour=colour)
        words += draw_text(x, middle + size * 0.6, cut_text(stop.figure, room, size), size, colour="soft")
    else:
        line = stop.name if short else f"{stop.name} · {stop.figure}"
        words = draw_text(x, middle, cut_text(line, room, size), size, colour=colour)
    halo = (
        f'<g style="paint-order:stroke;stroke:var(--paper);stroke-width:3;stroke-linejoin:round">{words}</g>'
    )
    drawn = f'<rect {box} fill="var(--{stop.tone})" style="{edge}"/>{halo}'
    return draw_said(drawn, stop.said)
