"""One colour a tone, everywhere: greens for those who stay, blues for those who arrive, ambers for those to
watch, orange and red for those about to be lost, grey for those asleep.

Tones without a meaning (`other_1`, `other_2` …: classes, rules, clusters) take an ordered set after Paul
Tol's "muted" scheme (SRON technical note 2021-09), which stays apart for colour-blind readers.
Contrast after WCAG 2.2, success criterion 1.4.3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Theme = Literal["light", "dark"]

_PAGE_LIGHT = {
    "paper": "#fbfaf7",
    "ink": "#1c1b22",
    "soft": "#5d5b68",
    "line": "#e4e1da",
    "lead": "#2b2932",
    "track": "#edeae3",
}
_PAGE_DARK = {
    "paper": "#17161b",
    "ink": "#f3f1ec",
    "soft": "#aba8b4",
    "line": "#36343d",
    "lead": "#09090c",
    "track": "#2a2830",
}
_TONES_LIGHT = {
    "champions": "#1f6f5c",
    "loyal": "#3f9c7a",
    "potential": "#8cc3a0",
    "new": "#2c6fb3",
    "promising": "#7fb2dd",
    "attention": "#e8b84a",
    "sleepy": "#efd08a",
    "at_risk": "#d9772f",
    "critical": "#b5382f",
    "asleep": "#8d8a93",
    "dormant": "#9a5636",
    "lost": "#63606c",
    "no_order": "#c4c1ca",
    "rest": "#b9a48c",
    "other_1": "#443d90",
    "other_2": "#88ccee",
    "other_3": "#cc6677",
    "other_4": "#ddcc77",
    "other_5": "#44aa99",
    "other_6": "#882255",
    "other_7": "#999933",
    "other_8": "#aa4499",
}
_TONES_DARK = _TONES_LIGHT | {
    "champions": "#26806a",
    "loyal": "#4dae8a",
    "new": "#3677bb",
    "critical": "#c64339",
    "asleep": "#9a97a1",
    "other_1": "#6a62c0",
    "other_6": "#b0487f",
    "other_8": "#ad4f9d",
}

PAGE: Mapping[Theme, Mapping[str, str]] = {"light": _PAGE_LIGHT, "dark": _PAGE_DARK}
TONES: Mapping[Theme, Mapping[str, str]] = {"light": _TONES_LIGHT, "dark": _TONES_DARK}
TONE_ORDER: tuple[str, ...] = tuple(_TONES_LIGHT)
_OTHERS = sum(tone.startswith("other_") for tone in _TONES_LIGHT)
_WHITE, _BLACK = "#ffffff", "#14131a"


def known_tone(tone: str | None) -> str:
    """The tone whose colour a segment takes: its own, or one of the ordered set.

    >>> known_tone("at_risk"), known_tone("other_3"), known_tone("other_11"), known_tone("mauve")
    ('at_risk', 'other_3', 'other_3', 'other_1')
    """
    if tone in _TONES_LIGHT:
        return str(tone)
    numbered = re.fullmatch(r"other_([0-9]{1,9})", tone or "")
    return f"other_{(int(numbered[1]) - 1) % _OTHERS + 1}" if numbered else "other_1"


def text_on(colour: str) -> str:
    """White or near-black, whichever reads better on `colour`; a tone takes the same in both themes.

    >>> text_on("#1f6f5c"), text_on("#e8b84a")
    ('#ffffff', '#14131a')
    """
    return max((_WHITE, _BLACK), key=lambda text: contrast(text, colour))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((lighter + 0.05) / (darker + 0.05), 4)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def colour_variables(theme: Theme) -> dict[str, str]:
    """The CSS custom properties of a theme: `--ink`, `--champions`, and `--on-champions` for text on it."""
    tones = TONES[theme]
    return {
        **{f"--{name}": colour for name, colour in PAGE[theme].items()},
        **{f"--{tone}": colour for tone, colour in tones.items()},
        **{f"--on-{tone}": text_on(colour) for tone, colour in tones.items()},
    }
