"""The vitrail: one pane a segment, area = what it brings, dark leads between the panes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from vitrail.charts.colours import TONE_ORDER, known_tone
from vitrail.charts.panes import Polygon, fit_panes, polygon_centroid

MOST_PANES = 60  # beyond, the smallest segments share one pane
LEAST_SHARE = 0.0004  # of the frame: below, a pane would hide under its lead
LEAD = 5.0  # width of the leads, in pixels
_LINE, _SMALL = 1.25, 0.74  # line height, and size of the second line, as parts of the first's


@dataclass(frozen=True, slots=True)
class Pane:
    """One segment in the picture.

    Args:
        mark: its number in the page, written where the name does not fit.
        figure: the short second line, such as `48 %`.
        said: the whole sentence, for hover, focus and screen readers.
        link: the identifier of the row that tells of it, or empty.
    """

    name: str
    mark: str
    tone: str
    value: float
    figure: str
    said: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Vitrail:
    """The picture, and what it could not say inside.

    Args:
        marked: panes that carry a mark or nothing instead of their name, to be listed beside the picture.
        undrawn: segments without a positive value, or too small to be seen.
    """

    svg: str
    marked: tuple[Pane, ...]
    undrawn: tuple[Pane, ...]


def render_vitrail(
    panes: Sequence[Pane], title: str, width: int, height: int, rest: Pane | None = None
) -> Vitrail:
    """Draw the panes as one `<svg>` element whose colours are CSS custom properties.

    Args:
        title: what the picture shows, for those who do not see it.
        rest: how to name the smallest panes together when there are more than `MOST_PANES`.
    """
    total = sum(pane.value for pane in panes if pane.value > 0)
    drawn = [pane for pane in panes if pane.value > 0 and pane.value >= LEAST_SHARE * total]
    undrawn = tuple(pane for pane in panes if pane not in drawn)
    if len(drawn) > MOST_PANES and rest is not None:
        drawn.sort(key=lambda pane: (-pane.value, pane.mark))
        drawn = [*drawn[: MOST_PANES - 1], rest]
    drawn.sort(key=lambda pane: (TONE_ORDER.index(known_tone(pane.tone)), -pane.value, pane.mark))
    polygons = fit_panes(tuple(pane.value for pane in drawn), float(width), float(height))
    shapes, marked = [], []
    for pane, polygon in zip(drawn, polygons, strict=True):
        label = _label(pane, polygon)
        if label.count("<text") != 2:
            marked.append(pane)
        shapes.append(_shape(pane, polygon, label))
    edge = f'<rect class="frame" x="0" y="0" width="{width}" height="{height}"/>'
    frame = f'viewBox="-3 -3 {width + 6} {height + 6}" role="group" aria-label="{escape(title)}"'
    svg = f'<svg class="vitrail" {frame}>{"".join(shapes)}{edge}</svg>'
    return Vitrail(svg, tuple(sorted(marked, key=lambda pane: -pane.value)), undrawn)


def _shape(pane: Pane, polygon: Polygon, label: str) -> str:
    tone = known_tone(pane.tone)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in polygon)
    shape = f'<polygon points="{points}" style="fill:var(--{tone})"/>{label}'
    said = escape(pane.said)
    link = f' href="#{escape(pane.link)}"' if pane.link else ' tabindex="0" role="img"'
    words = f'data-said="{said}" aria-label="{said}"'
    return f'<a class="pane" {words}{link} style="color:var(--on-{tone})">{shape}</a>'


def _label(pane: Pane, polygon: Polygon) -> str:
    """The name and its figure as large as the pane allows, else the mark, else nothing."""
    whole, *broken = _broken(pane.name)
    tries = [(whole, 22), (whole, 19), (whole, 17), (whole, 15)]
    tries += [(lines, size) for size in (22, 19, 17, 15, 13) for lines in broken] + [(whole, 13)]
    for lines, size in tries:
        wide = max(*(text_width(line, size) for line in lines), text_width(pane.figure, size * _SMALL))
        high = size * (_LINE * len(lines) + _SMALL * _LINE)
        middle = _place(polygon, wide, high)
        if middle:
            return _texts(lines, pane.figure, size, middle, high)
    for size in (13, 10):
        middle = _place(polygon, text_width(pane.mark, size), size * 0.8, margin=LEAD / 2 + 0.5)
        if middle:
            spot = f'x="{middle[0]:.1f}" y="{middle[1] + size * 0.35:.1f}"'
            return f'<text {spot} font-size="{size}">{escape(pane.mark)}</text>'
    return ""


def _texts(lines: tuple[str, ...], figure: str, size: int, middle: tuple[float, float], high: float) -> str:
    x, top = middle[0], middle[1] - high / 2 + size
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{top + at * size * _LINE:.1f}">{escape(line)}</tspan>'
        for at, line in enumerate(lines)
    )
    below = top + (len(lines) - 1) * size * _LINE + size * _SMALL * _LINE + 2
    return (
        f'<text class="name" font-size="{size}">{spans}</text>'
        f'<text x="{x:.1f}" y="{below:.1f}" font-size="{size * _SMALL:.1f}">{escape(figure)}</text>'
    )


def _broken(name: str) -> list[tuple[str, ...]]:
    """A name on one line, then on two, broken where the halves are most even."""
    words = name.split(" ")
    if len(words) == 1 or len(name) > 60:
        return [(name,)]
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    return [(name,), min(halves, key=lambda half: max(map(len, half)))]


def text_width(text: str, size: float) -> float:
    """About how wide a bold line is, in pixels; on the generous side.

    >>> text_width("", 10), text_width("MM", 10) > text_width("ii", 10)
    (0.0, True)
    """
    narrow, wide = "iljtfrI1.,:;’' ()\u202f\xa0", "mwMWŒœ@%"
    ems = sum(
        0.36 if char in narrow else 0.95 if char in wide else 0.64 if char.isascii() else 0.8 for char in text
    )
    return float(ems * size)


def _place(
    polygon: Polygon, wide: float, high: float, margin: float = LEAD / 2 + 5
) -> tuple[float, float] | None:
    """Where a box of that size fits inside the pane, nearest its middle; None where nowhere."""
    half_wide, half_high = wide / 2 + margin, high / 2 + margin
    turns = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    cx, cy = polygon_centroid(polygon)
    left, right = min(x for x, _ in polygon) + half_wide, max(x for x, _ in polygon) - half_wide
    top, bottom = min(y for _, y in polygon) + half_high, max(y for _, y in polygon) - half_high
    if left > right or top > bottom:
        return None

    def room(x: float, y: float) -> float:
        """How far the box at (x, y) stays from the nearest edge; negative where it crosses one."""
        least = float("inf")
        for (x0, y0), (x1, y1) in turns:
            dx, dy = x1 - x0, y1 - y0
            length = (dx * dx + dy * dy) ** 0.5
            if length > 1e-9:
                inward = (dx * (y - y0) - dy * (x - x0)) / length
                least = min(least, inward - (abs(dy) * half_wide + abs(dx) * half_high) / length)
        return least

    steps = 12
    spots = [
        (left + (right - left) * i / steps, top + (bottom - top) * j / steps)
        for i in range(steps + 1)
        for j in range(steps + 1)
    ]
    fitting = [spot for spot in spots if room(*spot) >= 0]
    if not fitting:
        return None
    return min(fitting, key=lambda spot: ((spot[0] - cx) ** 2 + (spot[1] - cy) ** 2, spot))
