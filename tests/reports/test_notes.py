"""A note is told in whole sentences: it is cut between two of them, or not at all."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from markupsafe import Markup

from vitrail.i18n.texts import sentences, text
from vitrail.reports.notes import name_place, split_note
from vitrail.reports.words import Words

SOURCE = Path(__file__).resolve().parents[2] / "src" / "vitrail"
LEVEL = r'"([a-z][a-z0-9_]+)",\s*(?:level=)?"(?:warning|info)"'
CODES = sorted(
    {code for file in SOURCE.rglob("*.py") for code in re.findall(LEVEL, file.read_text(encoding="utf-8"))}
    & set(sentences())
)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("code", CODES)
def test_every_note_is_cut_between_sentences(code: str, language: str) -> None:
    template = re.sub(r"`([^`]+)`", r"<code>\1</code>", sentences()[code][language])
    template = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", template)
    parts = [part for part in split_note(Markup(template)) if part]
    assert re.sub(r"\W", "", "".join(parts)).lower() == re.sub(r"\W", "", template).lower()
    for part in parts:
        for one, other in ("()", "[]", "«»", "{}"):
            assert part.count(one) == part.count(other)
        for tag in ("code", "strong"):
            assert part.count(f"<{tag}>") == part.count(f"</{tag}>")
        first = re.sub(r"^(<\w+>)?[“«]?\s*", "", part)
        assert first.startswith("{") or part.startswith("<code>") or not first[0].islower()
        assert part.rstrip()[-1] in ".!?…"


def test_a_prediction_that_bears_a_segmentations_key_keeps_its_own_notes() -> None:
    cut = SimpleNamespace(key="value", name=lambda language: "Customer value")
    run: Any = SimpleNamespace(segmentations=(cut,), sources=())
    names = {"predictions.value": {"en": "Value to come"}}
    assert name_place(run, "value", names, Words("en", None)) == "Customer value"
    assert name_place(run, "predictions.value", names, Words("en", None)) == "Value to come"


def test_there_are_notes_to_look_at() -> None:
    assert len(CODES) > 60


def test_one_segment_agrees_with_its_verb() -> None:
    for criterion in ("distinct", "measurable", "accessible", "substantial", "actionable"):
        figures = {"segments": 1, "judged": 28, "names": ["Acheteurs en nombre"]}
        said = text(f"validation_failed_{criterion}", "fr", **figures)
        assert (
            re.match(r"1\W+segment (n’est|n’a|ne se|repose|est) ?", said) and "Acheteurs en nombre." in said
        )
        assert not re.search(r"\b(sont|ne se distinguent|ont|reposent)\b", said)
