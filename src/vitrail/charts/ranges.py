"""Ranges side by side: for each row the middle half of its values as a bar, and their median as a dot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vitrail.charts.colours import known_tone
from vitrail.charts.strokes import cut_text, draw_pane, draw_said, draw_text, frame_drawing
from vitrail.charts.vitrail import text_width

_ROW = 28.0


@dataclass(frozen=True, slots=True)
class Range:
    """One row: its quartiles, and its tone; `figure` is the median as the language writes it."""

    name: str
    mark: str
    tone: str | None
    low: float
    middle: float
    high: float
    figure: str
    said: str


def render_ranges(
    title: str, ranges: Sequence[Range], axis: str, ticks: Sequence[tuple[float, str]], width: int
) -> str:
    """Draw them as one `<svg>` element whose colours are CSS custom properties.

    Args:
        title: what it shows, for those who do not see it.
        axis: what is measured, with the unit.
        ticks: values of the axis as the language writes them, the first zero.
        width: in pixels.
    """
    size = 11 if width < 500 else 12
    left = min(max((text_width(each.name, size) for each in ranges), default=0) + 38, width * 0.4)
    most = max([each.high for each in ranges] + [value for value, _ in ticks], default=1) or 1
    room = width - left - max((text_width(each.figure, size) for each in ranges), default=0) - 16
    foot = len(ranges) * _ROW + 6

    def across(value: float) -> float:
        return left + room * value / most

    parts = []
    for value, words in ticks:
        x = across(value)
        parts.append(f'<path d="M{x:.1f} 0V{foot:.1f}" style="stroke:var(--line)"/>')
        parts.append(draw_text(x, foot + 10, words, size, "middle", "soft"))
    parts.append(draw_text(left + room / 2, foot + 28, axis, size, "middle", "soft"))
    for at, each in enumerate(ranges):
        y = at * _ROW + _ROW / 2
        tone = known_tone(each.tone) if each.tone else "ink"
        name = draw_text(
            28 if each.mark else 0, y, cut_text(each.name, left - 36, size), size, bold=not each.mark
        )
        if each.mark:
            name += draw_pane(each.mark, tone, 0.8, y, 22)
        long = max(across(each.high) - across(each.low), 1.0)
        bar = f'x="{across(each.low):.1f}" y="{y - 6:.1f}" width="{long:.1f}" height="12" rx="2"'
        drawn = f'<rect {bar} fill="var(--{tone})" style="stroke:var(--lead);stroke-width:.5"/>'
        dot = f'cx="{across(each.middle):.1f}" cy="{y:.1f}" r="5.5"'
        drawn += f'<circle {dot} style="fill:var(--paper);stroke:var(--ink);stroke-width:2"/>'
        drawn += draw_text(across(each.high) + 10, y, each.figure, size)
        parts.append(name + draw_said(drawn, each.said))
    return frame_drawing("".join(parts), width, foot + 38, title, "ranges", role="group")


def round_ticks(most: float, count: int = 5) -> list[float]:
    """Round values from zero that cover `most` in about `count` steps.

    >>> round_ticks(165.2), round_ticks(7)
    ([0, 50, 100, 150], [0, 2, 4, 6])
    """
    if most <= 0:
        return [0.0]
    size = 10 ** math.floor(math.log10(most / count))
    step = next(part * size for part in (1, 2, 5, 10) if most / (part * size) <= count)
    return [step * at for at in range(int(most / step) + 1)]
