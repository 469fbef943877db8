"""Colour never hides a word, and a segment keeps its colour."""

from __future__ import annotations

from itertools import combinations

import pytest

from vitrail.charts.colours import PAGE, TONES, colour_variables, contrast, known_tone, text_on


def test_contrast_is_that_of_the_published_examples() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WCAG's best-known near miss


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_on_every_tone_reads(theme: str) -> None:
    for tone, colour in TONES[theme].items():  # type: ignore[index]
        assert contrast(text_on(colour), colour) >= 4.5, tone


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_on_the_page_reads(theme: str) -> None:
    page = PAGE[theme]  # type: ignore[index]
    for text in ("ink", "soft"):
        for ground in ("paper", "track"):
            assert contrast(page[text], page[ground]) >= 4.5, (text, ground)


def test_tones_of_one_grey_are_told_apart_by_their_texture() -> None:
    """A printer without colour: two tones whose greys are close never share a texture."""
    from vitrail.charts.textures import TEXTURES

    meanings = [tone for tone in TONES["light"] if not tone.startswith("other_")]
    for one, other in combinations(meanings, 2):
        apart = contrast(TONES["light"][one], TONES["light"][other])
        assert apart >= 1.25 or TEXTURES.get(one) != TEXTURES.get(other), (one, other)


def test_textures_are_gradients_which_a_printed_file_holds_in_a_few_bytes() -> None:
    """A `<pattern>` becomes a picture of every shape that it fills: a report printed to 15 MB."""
    from vitrail.charts.textures import TEXTURES, texture_patterns, texture_rules

    drawn = texture_patterns()
    assert drawn.count("<linearGradient ") == len(TEXTURES) and "<pattern" not in drawn
    for tone in TEXTURES:
        assert f'id="texture-{tone}"' in drawn and f"url(#texture-{tone})" in texture_rules()


def test_a_stage_further_gone_is_darker() -> None:
    paper = PAGE["light"]["paper"]
    stages = [contrast(TONES["light"][tone], paper) for tone in ("at_risk", "dormant", "lost")]
    assert stages == sorted(stages) and len(set(stages)) == 3


def test_a_tone_takes_the_same_text_by_day_and_by_night() -> None:
    """Charts are drawn once for both themes: the numbers on their bars must suit both."""
    for tone in TONES["light"]:
        assert text_on(TONES["light"][tone]) == text_on(TONES["dark"][tone]), tone


def test_the_ten_tones_have_the_colours_of_the_look() -> None:
    assert TONES["light"]["champions"] == "#1f6f5c"
    assert TONES["light"]["at_risk"] == "#d9772f"
    assert TONES["light"]["asleep"] == "#8d8a93"


def test_colours_are_distinct_so_that_each_can_be_told_from_its_hex() -> None:
    every = [*TONES["light"].values(), *PAGE["light"].values()]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(
    "tone", [None, "", "mauve", "other_0", "other_-1", "other_999999999999", "other_1; x"]
)
def test_an_unknown_tone_still_has_a_colour(tone: str | None) -> None:
    assert f"--{known_tone(tone)}" in colour_variables("light")
