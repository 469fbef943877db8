"""A texture for each tone, so that the printed page is told apart without colour.

Only the stylesheet of print uses them: the drawings name colours, and these rules lay a pattern over each.
"""

from __future__ import annotations

from collections.abc import Mapping

from vitrail.charts.colours import TONES, text_on

_LINES: Mapping[str, str] = {
    "dots": "M2 2h1.6v1.6h-1.6z",
    "upright": "M3 0v6",
    "level": "M0 3h6",
    "rising": "M-1 7 7-1M-1 1 1-1M5 7 7 5",
    "falling": "M-1-1 7 7M5-1 7 1M-1 5 1 7",
    "squares": "M3 0v6M0 3h6",
    "lattice": "M-1 7 7-1M-1-1 7 7",
}
TEXTURES: Mapping[str, str] = {
    "loyal": "dots", "potential": "upright", "new": "squares", "promising": "falling",
    "attention": "level", "sleepy": "dots", "at_risk": "rising", "critical": "lattice",
    "asleep": "falling", "dormant": "dots", "lost": "level", "no_order": "rising", "rest": "level",
    "other_2": "dots", "other_3": "rising", "other_4": "level", "other_5": "upright",
    "other_6": "lattice", "other_7": "falling", "other_8": "squares",
}  # fmt: skip
_ANGLES: Mapping[str, tuple[int, ...]] = {
    "dots": (45, 135), "upright": (90,), "level": (0,), "rising": (135,), "falling": (45,),
    "squares": (0, 90), "lattice": (45, 135),
}  # fmt: skip


def texture_patterns() -> str:
    """The patterns, as the `<pattern>` elements of a page: `texture-at_risk` …, each on its tone's colour."""
    return "".join(
        f'<pattern id="texture-{tone}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" style="fill:var(--{tone})"/>'
        f'<path d="{_LINES[name]}" fill="none" stroke="{_stroke(tone)}" stroke-opacity=".55"/></pattern>'
        for tone, name in TEXTURES.items()
    )


def texture_rules() -> str:
    """The style rules that lay them over panes, bars and marks."""
    return "".join(
        f'polygon[style*="var(--{tone})"],.chart [fill="var(--{tone})"]'
        f"{{fill:url(#texture-{tone})!important}}"
        f'.mark[style^="background:var(--{tone})"]{{background-image:{_stripes(tone, name)}!important}}'
        for tone, name in TEXTURES.items()
    )


def _stroke(tone: str) -> str:
    return text_on(TONES["light"][tone])


def _stripes(tone: str, name: str) -> str:
    colour = f"{_stroke(tone)}40"
    return ",".join(
        f"repeating-linear-gradient({angle}deg,{colour} 0 .7px,transparent .7px 4px)"
        for angle in _ANGLES[name]
    )
