"""An age pyramid: bands of age from the young at the foot to the old at the top, one side a gender.

With one side only (no gender recorded) it is a plain set of bars. Each bar has its figure at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from vitrail.charts.strokes import draw_text, frame_drawing
from vitrail.charts.vitrail import text_width

LEFT_TONE, RIGHT_TONE = "other_1", "other_5"
_BAR = 22.0


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an age band."""

    value: float
    figure: str
    said: str


@dataclass(frozen=True, slots=True)
class AgeBand:
    """One age band, with one side or two."""

    name: str
    sides: tuple[Side, ...]


def render_pyramid(
    title: str, bands: Sequence[AgeBand], headings: Sequence[str], axis: str, width: int
) -> str:
    """Draw it as one `<svg>` element whose colours are CSS custom properties.

    Args:
        title: what it shows, for those who do not see it.
        bands: the youngest first.
        headings: of the sides, the left one first.
        axis: what the bars measure, with the unit.
        width: in pixels.
    """
    size = 11 if width < 500 else 12
    middle = max((text_width(band.name, size) for band in bands), default=0) + 14
    figures = max((text_width(side.figure, size) for band in bands for side in band.sides), default=0) + 8
    both = len(headings) > 1
    room = (width - middle) / (2 if both else 1) - figures
    longest = max((side.value for band in bands for side in band.sides), default=0) or 1
    centre = width / 2 if both else middle / 2
    top = 24.0
    parts = []
    if both:
        parts.append(draw_text(centre - middle / 2, 8, headings[0], size, "end", bold=True))
        parts.append(draw_text(centre + middle / 2, 8, headings[1], size, bold=True))
    elif headings:
        parts.append(draw_text(middle, 8, headings[0], size, bold=True))
    for at, band in enumerate(reversed(bands)):
        y = top + at * (_BAR + 4)
        parts.append(draw_text(centre, y + _BAR / 2, band.name, size, "middle"))
        for place, side in enumerate(band.sides):
            long = room * side.value / longest
            left = both and place == 0
            start = centre - middle / 2 - long if left else centre + middle / 2
            tone = LEFT_TONE if left else RIGHT_TONE
            box = f'x="{start:.1f}" y="{y:.1f}" width="{max(long, 0.5):.1f}" height="{_BAR:g}"'
            bar = f'<rect {box} fill="var(--{tone})" data-said="{escape(side.said)}"/>'
            edge = start - 5 if left else start + long + 5
            words = draw_text(edge, y + _BAR / 2, side.figure, size, "end" if left else "start", "soft")
            parts.append(bar + words)
    foot = top + len(bands) * (_BAR + 4) + 12
    parts.append(
        draw_text(centre if both else middle, foot, axis, size, "middle" if both else "start", "soft")
    )
    return frame_drawing("".join(parts), width, foot + 12, title, "pyramid")
