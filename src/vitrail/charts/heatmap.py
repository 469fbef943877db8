"""A heat map: a table whose cells are the darker the more they hold, with the figure written where it fits.

One hue, from paper to full: it reads in grey and without colour vision. A cell may carry a sign (more or less
than elsewhere), or be a gap: not known, or not to be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from vitrail.charts.colours import known_tone
from vitrail.charts.strokes import cut_text, draw_pane, draw_text, frame_drawing
from vitrail.charts.theme import NARROW
from vitrail.charts.vitrail import text_width

HUE = "new"
FULL = (
    0.82  # opacity of the darkest cell: text in the page's ink keeps a contrast of 4.5 on it, in both themes
)


@dataclass(frozen=True, slots=True)
class Heat:
    """One cell.

    Args:
        depth: from 0 (paper) to 1 (darkest); None for a gap.
        figure: what is written in it, where it fits.
        said: the whole sentence, for hover.
        sign: `▲` or `▼` after the figure.
    """

    depth: float | None
    figure: str
    said: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class HeatLabel:
    """The name of a row or column; with a `tone` its `mark` is drawn as the segment's pane.

    Args:
        strong: whether it stands out, as the whole among its parts.
        above: of a column: what stands over its name, such as the year of a January.
        short: its name where there is little room, for whoever turns rows into columns.
    """

    name: str
    mark: str = ""
    tone: str | None = None
    strong: bool = False
    above: str = ""
    short: str = ""


def render_heatmap(
    title: str,
    rows: Sequence[HeatLabel],
    columns: Sequence[HeatLabel],
    cells: Sequence[Sequence[Heat]],
    width: int,
    axis: str = "",
) -> str:
    """Draw it as one `<svg>` element whose colours are CSS custom properties.

    Args:
        title: what it shows, for those who do not see it.
        cells: by row, one a column.
        width: in pixels.
        axis: what columns and figures are, with the unit; written over the columns.
    """
    narrow = width < 500
    size, high = (11.0, 26.0) if narrow else (12.0, 30.0)
    widest = max((text_width(each.name, size) + (28 if each.tone else 0) for each in rows), default=0)
    left = min(widest + 10, width * (0.36 if narrow else 0.3))
    across = min((width - left - 2) / max(len(columns), 1), 92)
    top = 26.0 + (18 if axis else 0) + (14 if any(each.above for each in columns) else 0)
    parts = []
    if axis:
        room = left + across * len(columns)
        parts.append(draw_text(room, 8, cut_text(axis, room, size), size, "end", "soft"))
    every = _step(columns, across, size)
    for at, label in enumerate(columns):
        parts.append(
            _column_label(label, left + (at + 0.5) * across, top - 12, across, size, at % every == 0)
        )
    boxes, figures = [], []
    small = _size(cells, across, size)
    for at, (label, line) in enumerate(zip(rows, cells, strict=True)):
        y = top + at * high
        parts.append(_row_label(label, y + high / 2, left - 8, size))
        for place, cell in enumerate(line):
            x = left + place * across
            boxes.append(_box(cell, x + 1, y + 1, across - 2, high - 2))
            figures.append(_figure(cell, x + across / 2, y + high / 2, across, small))
    drawn = f'<g style="fill:var(--{HUE});stroke:var(--line);stroke-width:.5">{"".join(boxes)}</g>'
    written = f'<g text-anchor="middle" font-size="{small:g}" pointer-events="none">{"".join(figures)}</g>'
    return frame_drawing(
        "".join([*parts, drawn, written]), width, top + high * len(rows) + 2, title, "heatmap"
    )


def render_turning_heatmap(
    title: str,
    rows: Sequence[HeatLabel],
    columns: Sequence[HeatLabel],
    cells: Sequence[Sequence[Heat]],
    width: int,
    axis: str = "",
) -> str:
    """A heat map whose many columns become rows on a phone."""
    if width > NARROW:
        return render_heatmap(title, rows, columns, cells, width, axis)
    across = [replace(each, name=each.short or each.name) for each in rows]
    down = [replace(each, name=f"{each.name} {each.above}".strip(), above="") for each in columns]
    return render_heatmap(title, down, across, list(zip(*cells, strict=True)), width, axis)


def _step(columns: Sequence[HeatLabel], across: float, size: float) -> int:
    """Every how many columns a name is written, so that names do not touch."""
    widest = max((text_width(each.name, size) for each in columns if not each.tone), default=0)
    return next((n for n in (1, 2, 3, 4, 6, 12) if 0.86 * widest + 4 <= across * n), 24)


def _column_label(label: HeatLabel, x: float, y: float, across: float, size: float, shown: bool) -> str:
    if label.tone:
        wide = min(across - 2, 25)
        return draw_pane(label.mark, known_tone(label.tone), x - wide / 2, y, wide)
    colour = "" if label.strong else "soft"
    above = draw_text(x, y - 14, label.above, size, "middle") if label.above else ""
    return above + (draw_text(x, y, label.name, size, "middle", colour) if shown else "")


def _row_label(label: HeatLabel, y: float, room: float, size: float) -> str:
    if not label.tone:
        return draw_text(0, y, cut_text(label.name, room, size), size, bold=label.strong)
    name = draw_text(28, y, cut_text(label.name, room - 28, size), size)
    return draw_pane(label.mark, known_tone(label.tone), 0.8, y, 22) + name


def _box(cell: Heat, x: float, y: float, wide: float, high: float) -> str:
    box = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" data-said="{escape(cell.said)}"'
    if cell.depth is None:
        return f'<rect {box} fill-opacity="0" stroke-dasharray="3 3" stroke-width="1.5"/>'
    return f'<rect {box} fill-opacity="{max(0.0, min(cell.depth, 1.0)) * FULL:.2f}"/>'


def _figure(cell: Heat, x: float, y: float, across: float, size: float) -> str:
    """The figure and its sign where they fit, else the figure, else the sign."""
    for words in (f"{cell.figure}\u2009{cell.sign}".strip(), cell.figure, cell.sign):
        if words and text_width(words, size) <= across - 2:
            return f'<text x="{x:.1f}" y="{y + size * 0.35:.1f}">{escape(words)}</text>'
    return ""


def _size(cells: Sequence[Sequence[Heat]], across: float, size: float) -> float:
    """The size at which every figure fits its cell, or the smallest that can be read."""
    longest = max((text_width(cell.figure, 1) for line in cells for cell in line), default=0)
    return next((small for small in (size, 10.0) if longest * small <= across - 2), 9.0)
