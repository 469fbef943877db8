"""Five sentences at most, each with a figure, none that the data cannot carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from vitrail.i18n import Language
from vitrail.insight.base import BaseFigures, Country
from vitrail.insight.story import tell_story

DAY = dt.date(2011, 12, 9)
BASE = BaseFigures(4338, 4338, 1493, Decimal("8911407.90"), 51.0, dt.date(2010, 12, 1), DAY)


@dataclass(frozen=True)
class Told:
    label: str
    tone: str
    customers: int
    share: float | None
    revenue: Decimal | None
    revenue_share: float | None

    def name(self, language: Language) -> str:
        return self.label


SEGMENTS = [
    Told("Champions", "champions", 604, 0.1392, Decimal(4303872), 0.483),
    Told("En hibernation", "asleep", 1335, 0.3077, Decimal(683557), 0.0767),
    Told("À risque", "at_risk", 357, 0.0823, Decimal(539260), 0.0605),
    Told("À ne pas perdre", "critical", 35, 0.0081, Decimal(119807), 0.0134),
]


def told(language: Language = "fr", base: BaseFigures = BASE, **more: Any) -> list[str]:
    given: Mapping[str, Any] = {"segments": SEGMENTS, "currency": "GBP", "shortest_silence": 73, **more}
    return [
        finding.message(language).replace("\u202f", " ")
        for finding in tell_story(base, language=language, **given)
    ]


def test_the_real_shop_is_told_in_french() -> None:
    assert told(top_fifth=0.746171) == [
        "Un client sur sept est dans le segment **Champions**, qui apporte **48 % du chiffre d’affaires**.",
        "À l’autre bout, **1 335 clients en hibernation** (31 %) n’apportent que "
        "7,7 % du chiffre d’affaires.",
        "**392 clients réguliers se taisent** depuis au moins 73 jours (À risque, À ne pas perdre) : "
        "**659 067 £** d’achats en tout.",
        "**1 493 acheteurs n’ont commandé qu’une fois**, sur 4 338 (34 %).",
        "Le cinquième des acheteurs qui dépense le plus apporte **75 % du chiffre d’affaires**.",
    ]


def test_and_in_english() -> None:
    assert (
        told("en")[0]
        == "One customer in seven is in the segment **Champions**, which brings **48% of revenue**."
    )


def test_a_sentence_that_cannot_be_told_gives_its_place_to_another() -> None:
    countries = (Country("Royaume-Uni", 1, 3920, Decimal(7308391)), Country("EIRE", 1, 3, Decimal(265545)))
    sentences = told(segments=[], countries=countries)
    assert any(
        "82 % du chiffre d’affaires** vient d’un seul pays : Royaume-Uni" in each for each in sentences
    )
    assert any("2 054 £" in each for each in sentences)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "base",
    [
        replace(BASE, one_time=4338),
        replace(BASE, one_time=0),
        replace(BASE, revenue=Decimal(0)),
        replace(BASE, revenue=Decimal(-5)),
        replace(BASE, customers=1, buyers=1),
        replace(BASE, customers=9, buyers=0, one_time=0, revenue=Decimal(0), median_recency_days=None),
    ],
)
def test_any_base_has_a_story_of_five_sentences_at_most(language: Language, base: BaseFigures) -> None:
    sentences = told(language, base, segments=[])
    assert 1 <= len(sentences) <= 5
    assert len(set(sentences)) == len(sentences)


def test_nobody_has_no_story() -> None:
    assert told(base=replace(BASE, customers=0, buyers=0)) == []


def test_one_buyer_who_ordered_once_is_told_in_the_singular() -> None:
    base = replace(BASE, one_time=1)
    assert any("**1 acheteur n’a commandé qu’une fois**, sur 4 338" in line for line in told(base=base))


def test_a_segment_of_any_other_name_is_told_at_the_other_end() -> None:
    segments = [SEGMENTS[0], replace(SEGMENTS[1], label="Les oubliés")]
    assert any(
        line.startswith("À l’autre bout, **Les oubliés** : **1 335 clients**")
        for line in told(segments=segments)
    )
