"""Which segments meet: each combination as a column of dots, and above it a bar as long as its customers.

Source: Lex et al., "UpSet: visualization of intersecting sets", IEEE Transactions on Visualization and
Computer Graphics 20(12), 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vitrail.charts.colours import known_tone
from vitrail.charts.strokes import cut_text, draw_said, draw_text, frame_drawing
from vitrail.charts.vitrail import text_width

_BARS = 120.0
_ROW = 25.0
_GROUP = 24.0


@dataclass(frozen=True, slots=True)
class MeetingSet:
    """A segment as a row: its name, its mark, its tone, and the segmentation it is of."""

    name: str
    mark: str
    tone: str
    group: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A combination: the places of its segments among the rows, its size, the same in words."""

    members: tuple[int, ...]
    size: float
    figure: str
    said: str


def render_upset(title: str, sets: Sequence[MeetingSet], meetings: Sequence[Meeting], width: int) -> str:
    """Draw it as one `<svg>` element whose colours are CSS custom properties.

    Args:
        title: what it shows, for those who do not see it.
        sets: the rows, from the top.
        meetings: the columns, from the left.
        width: in pixels.
    """
    size = 11 if width < 500 else 12
    widest = max((text_width(each.name, size) for each in sets), default=0) + 34
    left = min(widest, width * (0.42 if width < 500 else 0.3))
    across = min((width - left) / max(len(meetings), 1), 56)
    most = max((each.size for each in meetings), default=1) or 1
    top = _BARS + 26
    places = _place_rows(sets)
    parts = [
        _row(each, at, left, left + across * len(meetings), top + places[at], size)
        for at, each in enumerate(sets)
    ]
    for at, each in enumerate(sets):
        if at == 0 or each.group != sets[at - 1].group:
            parts.append(draw_text(0, top + places[at] - _GROUP / 2, each.group, size, "start", "soft"))
    for at, meeting in enumerate(meetings):
        x = left + (at + 0.5) * across
        parts.append(_column(meeting, [top + y for y in places], x, across, top, most))
    return frame_drawing("".join(parts), width, top + places[-1] + _ROW + 4, title, "upset")


def _place_rows(sets: Sequence[MeetingSet]) -> list[float]:
    """The top of each row; above the first of a segmentation there is room for its name."""
    places, y = [], 0.0
    for at, each in enumerate(sets):
        y += _GROUP if at == 0 or each.group != sets[at - 1].group else 0.0
        places.append(y)
        y += _ROW
    return places or [0.0]


def _row(each: MeetingSet, at: int, left: float, right: float, y: float, size: float) -> str:
    tone = known_tone(each.tone)
    shade = f'<rect x="0" y="{y:.1f}" width="{right:.1f}" height="{_ROW:g}" style="fill:var(--track)"/>'
    box = f'x="0" y="{y + 3:.1f}" width="22" height="19" rx="4"'
    pane = f'<rect {box} fill="var(--{tone})" style="stroke:var(--lead);stroke-width:1.5"/>'
    pane += draw_text(11, y + _ROW / 2, each.mark, 11, "middle", f"on-{tone}", bold=True)
    name = draw_text(28, y + _ROW / 2, cut_text(each.name, left - 34, size), size)
    return (shade if at % 2 == 0 else "") + draw_said(pane + name, each.name)


def _column(meeting: Meeting, rows: Sequence[float], x: float, across: float, top: float, most: float) -> str:
    long = _BARS * meeting.size / most
    wide = min(across * 0.62, 26)
    bar = f'x="{x - wide / 2:.1f}" y="{top - 10 - long:.1f}" width="{wide:.1f}" height="{max(long, 1):.1f}"'
    drawn = f'<rect {bar} style="fill:var(--ink)"/>'
    small = next((s for s in (12, 11, 10, 9) if text_width(meeting.figure, s) * 0.86 <= across), None)
    drawn += draw_text(x, top - 18 - long, meeting.figure, small, "middle") if small else ""
    dots = [rows[at] + _ROW / 2 for at in sorted(meeting.members)]
    radius = min(6.0, across * 0.3)
    for at, y in enumerate(row + _ROW / 2 for row in rows):
        inside = at in meeting.members
        drawn += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius if inside else radius * 0.4:.1f}"'
        drawn += f' style="fill:var(--{"ink" if inside else "line"})"/>'
    if len(dots) > 1:
        line = f"M{x:.1f} {dots[0]:.1f}V{dots[-1]:.1f}"
        drawn += f'<path d="{line}" style="stroke:var(--ink);stroke-width:2.5"/>'
    return draw_said(drawn, meeting.said)
