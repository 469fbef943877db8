"""What pictures drawn by hand share: words at a place, cut to the room there is, and the frame around all."""

from __future__ import annotations

from html import escape
from typing import Literal

from vitrail.charts.vitrail import text_width

Anchor = Literal["start", "middle", "end"]


def draw_text(
    x: float,
    y: float,
    words: str,
    size: float = 12,
    anchor: Anchor = "start",
    colour: str = "",
    bold: bool = False,
) -> str:
    """Words at a place, `y` being their middle, in the ink of the page unless a colour is named."""
    weight = ' font-weight="600"' if bold else ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    fill = f' style="fill:var(--{colour})"' if colour else ""
    place = f'x="{x:.1f}" y="{y + size * 0.35:.1f}" font-size="{size:g}"'
    return f"<text {place}{side}{weight}{fill}>{escape(words)}</text>"


def cut_text(words: str, room: float, size: float = 12) -> str:
    """Words cut with an ellipsis so that they fit in so many pixels; nothing where not even two letters do.

    >>> cut_text("Champions", 200), cut_text("Champions", 45), cut_text("Champions", 5)
    ('Champions', 'Cham…', '')
    """
    if text_width(words, size) <= room:
        return words
    for length in range(len(words) - 1, 1, -1):
        if text_width(words[:length] + "…", size) <= room:
            return words[:length].rstrip() + "…"
    return ""


def draw_pane(mark: str, tone: str, x: float, y: float, wide: float) -> str:
    """A segment's mark on its colour, `y` being its middle."""
    box = f'x="{x:.1f}" y="{y - 10:.1f}" width="{wide:.1f}" height="20" rx="4"'
    pane = f'<rect {box} fill="var(--{tone})" style="stroke:var(--lead);stroke-width:1.5"/>'
    return pane + draw_text(x + wide / 2, y, mark, 11, "middle", f"on-{tone}", bold=True)


def draw_said(inner: str, said: str, focus: bool = True) -> str:
    """A group that says a sentence under the pointer and, where keyboards reach it, on focus."""
    words = escape(said)
    reach = f' tabindex="0" role="img" aria-label="{words}"' if focus else ""
    return f'<g data-said="{words}"{reach}>{inner}</g>'


def frame_drawing(inner: str, width: float, height: float, title: str, kind: str, role: str = "img") -> str:
    """The whole picture as one `<svg>` element that says what it shows.

    Args:
        role: `group` where parts of it can be reached by keyboard.
    """
    box = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" fill="currentColor"'
    return f'<svg class="{kind}" {box} role="{role}" aria-label="{escape(title)}">{inner}</svg>'
