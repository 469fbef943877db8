"""Charts as SVG for a page: drawn beforehand, so that they print, work without scripts and ask nobody.

Colours become CSS custom properties, so that one drawing serves the light, the dark and the printed page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from vitrail.charts.colours import PAGE, TONES
from vitrail.charts.theme import chart_config, number_locale
from vitrail.i18n import Language

_PLACES = re.compile(r' (?:d|transform|points|[xy][12]?|width|height)="[^"]*"')
"""What says where something is drawn, for which a tenth of a pixel will do; figures and names stay whole."""


def render_charts(
    charts: Mapping[str, Any],
    language: Language,
    currency: str | None = None,
    alternatives: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Each Altair chart as an `<svg>` element, under its own name.

    Args:
        charts: name → chart; names are words, they make the identifiers inside the drawings unique.
        alternatives: name → what the picture shows, in words.
    """
    import vl_convert

    numbers = number_locale(language, currency)
    drawn = {}
    for name, chart in charts.items():
        specification = chart.to_dict(validate=False) | {"config": chart_config()}
        svg = vl_convert.vegalite_to_svg(specification, format_locale=numbers)
        drawn[name] = _embed(svg, name, (alternatives or {}).get(name, ""))
    return drawn


def _embed(svg: str, name: str, alternative: str) -> str:
    from html import escape

    clips: dict[str, int] = {}  # Vega counts them up from drawing to drawing
    svg = re.sub(
        r'(id="|url\(#)clip(\d+)', lambda it: f"{it[1]}clip{clips.setdefault(it[2], len(clips) + 1)}", svg
    )
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'"(#[0-9a-f]{6})"', lambda found: f'"{_variables().get(found[1], found[1])}"', svg)
    svg = re.sub(r' font-family="[^"]*"', "", svg)
    svg = re.sub(r'aria-label="([^"]*)" role="graphics-symbol"', r'data-said="\1"', svg)
    svg = re.sub(r' (role="graphics-[a-z]*"|aria-roledescription="[^"]*")', "", svg)
    svg = _PLACES.sub(lambda it: re.sub(r"(\d+\.\d)\d+", r"\1", it[0]), svg)
    said = f'role="img" aria-label="{escape(alternative, quote=True)}"'
    return re.sub(
        r"^<svg ", f"<svg {said} ", svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', ""), count=1
    )


@cache
def _variables() -> dict[str, str]:
    """Light colour → the CSS variable that holds it."""
    tones = TONES["light"]
    return {
        **{colour: f"var(--{tone})" for tone, colour in tones.items()},
        **{colour: f"var(--{name})" for name, colour in PAGE["light"].items()},
    }
