"""Stripes for each tone, so that the printed page is told apart without colour.

Only the stylesheet of print uses them: the drawings name colours, and these rules lay stripes over each. The
stripes are gradients, which a printed file keeps as a formula: a `<pattern>` is written into it as a picture
of every shape that bears it (15 MB a report instead of one).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians, sin

from vitrail.charts.colours import TONES, text_on

_ANGLES: Mapping[str, int] = {"upright": 90, "level": 0, "rising": 135, "falling": 45}
_WEIGHTS: Mapping[str, tuple[float, int]] = {"thin": (0.2, 60), "wide": (0.45, 38)}
TEXTURES: Mapping[str, str] = {
    "loyal": "level thin", "potential": "upright thin", "new": "upright wide", "promising": "falling thin",
    "attention": "level wide", "sleepy": "rising thin", "at_risk": "rising wide", "critical": "level wide",
    "asleep": "falling wide", "dormant": "upright thin", "lost": "level thin", "no_order": "falling wide",
    "rest": "level wide",
    "other_2": "falling thin", "other_3": "rising wide", "other_4": "level thin", "other_5": "upright wide",
    "other_6": "level wide", "other_7": "falling wide", "other_8": "rising thin",
}  # fmt: skip
_PERIOD = 6  # pixels from stripe to stripe


def texture_patterns() -> str:
    """The stripes, as the `<linearGradient>` elements of a page: `texture-at_risk` …, each on its colour."""
    return "".join(_gradient(tone, *name.split()) for tone, name in TEXTURES.items())


def texture_rules() -> str:
    """The style rules that lay them over panes, bars and marks; text on a pane keeps a rim of its colour."""
    return "".join(
        f'polygon[style*="var(--{tone})"],.chart [fill="var(--{tone})"]'
        f"{{fill:url(#texture-{tone})!important}}"
        f'.pane[style*="var(--on-{tone})"] text{{stroke:var(--{tone})}}'
        f'.mark[style^="background:var(--{tone})"]'
        f"{{background-image:{_stripes(tone, *name.split())}!important}}"
        for tone, name in TEXTURES.items()
    )


def _gradient(tone: str, direction: str, weight: str) -> str:
    """CSS counts degrees clockwise from upwards; in a drawing, y goes down."""
    angle, (dark, percent) = radians(_ANGLES[direction]), _WEIGHTS[weight]
    ground = f'style="stop-color:var(--{tone})"'
    stripe = f'style="stop-color:color-mix(in srgb,{_stripe(tone)} {percent}%,var(--{tone}))"'
    return (
        f'<linearGradient id="texture-{tone}" gradientUnits="userSpaceOnUse" spreadMethod="repeat" '
        'x1="0" y1="0" '
        f'x2="{_PERIOD * sin(angle):.2f}" y2="{-_PERIOD * cos(angle):.2f}">'
        f'<stop offset="0" {stripe}/><stop offset="{dark}" {stripe}/>'
        f'<stop offset="{dark}" {ground}/><stop offset="1" {ground}/></linearGradient>'
    )


def _stripes(tone: str, direction: str, weight: str) -> str:
    dark, _ = _WEIGHTS[weight]
    return (
        f"repeating-linear-gradient({_ANGLES[direction]}deg,{_stripe(tone)}40 0 {dark * _PERIOD:.1f}px,"
        f"transparent {dark * _PERIOD:.1f}px {_PERIOD}px)"
    )


def _stripe(tone: str) -> str:
    return text_on(TONES["light"][tone])
