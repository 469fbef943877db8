"""The report says of each segment its five verdicts, in the reader's language, whatever the data hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.charts.upset import Meeting, MeetingSet, render_upset
from vitrail.reports.analyses.clusters import tell_new_verdict
from vitrail.reports.words import Words

PLAN = """
currency: EUR
sources:
  orders: {file: orders.parquet, table: orders, columns: {customer_id: who, ordered_at: at, amount: paid}}
  people: {file: people.parquet, table: customers, columns: {customer_id: who, email: mail}}
segmentations:
  value: {method: rfm}
  sort:
    method: rules
    overlapping: true
    segments:
      regular: {when: order_count > 6, label: {en: Regulars, fr: Habitués}}
      letters: {when: "size = 'x'"}
"""


@pytest.fixture(scope="module")
def pages(make_base: Callable[..., Any]) -> dict[str, str]:
    random = np.random.default_rng(9)
    orders = pa.table(
        {
            "who": [f"c{i}" for i in random.integers(0, 300, 2000)],
            "at": pa.array(np.datetime64("2025-01-01") + random.integers(0, 400, 2000)),
            "paid": random.lognormal(3, 1, 2000).round(2),
        }
    )
    people = pa.table(
        {
            "who": [f"c{i}" for i in range(320)],
            "mail": ["a@b.c" if i % 3 else None for i in range(320)],
            "size": ["<script>alert(1)</script>" if i % 2 else "x" for i in range(320)],
        }
    )
    base = make_base(PLAN, {"orders.parquet": orders, "people.parquet": people})
    result = vitrail.open(base.folder).run()
    return {language: file.read_text(encoding="utf-8") for language, file in result.reports.items()}


def section(page: str) -> str:
    found = re.search(r'<section aria-labelledby="h-validation".*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_each_segment_has_five_verdicts_in_words_and_signs(pages: dict[str, str]) -> None:
    for language, words in (("en", ("pass", "weak", "fail")), ("fr", ("oui", "faible", "non"))):
        told = section(pages[language])
        table = re.findall(r'<table class="verdicts">.*?</table>', told, re.DOTALL)
        assert len(table) == 2
        rows = re.findall(r'<tr><th scope="row">.*?</tr>', table[0], re.DOTALL)
        assert all(row.count('<span class="word">') == 5 for row in rows)
        assert any(f'<span class="word">{word}</span>' in told for word in words)


def test_reasons_changes_overlap_and_merges_are_there(pages: dict[str, str]) -> None:
    told = section(pages["fr"])
    for words in (
        "Les raisons, et ce qui les changerait",
        "Comment les segments se croisent",
        "Réunis dans cet ordre",
    ):
        assert words in told
    assert told.count('class="upset"') == 2  # for a wide page and for a phone
    assert "Habitués" in told and "Regulars" not in told


def test_text_of_the_data_never_becomes_markup(pages: dict[str, str]) -> None:
    for page in pages.values():
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in section(page)


def test_a_combination_is_drawn_by_its_dots_and_says_itself() -> None:
    sets = [MeetingSet("One", "1", "loyal", "Cut"), MeetingSet("Two & a half", "2", "lost", "Cut")]
    drawn = render_upset(
        "Together", sets, [Meeting((0, 1), 9, "9", "both: 9"), Meeting((), 1, "1", "none: 1")], 400
    )
    assert drawn.count("<circle") == 4 and drawn.count('style="stroke:var(--ink)') == 1
    assert "Two &amp; a half" in drawn and 'data-said="both: 9"' in drawn


def test_a_new_verdict_on_clusters_is_told_and_an_old_one_is_not() -> None:
    label = {"en": "Groups", "fr": "Groupes"}
    found: dict[str, Any] = {"kind": "constructed", "segments": [{}], "label": label}
    earlier = {"kind": "reproducible", "as_of": "2025-05-01"}
    said = tell_new_verdict(found | {"earlier": earlier}, Words("en", None))
    assert said == "Groups: the verdict of the run of 1 May 2025 was “Reproducible”; it is now “Constructed”."
    assert tell_new_verdict(found | {"earlier": earlier | {"kind": "constructed"}}, Words("fr", None)) == ""
    assert tell_new_verdict(found | {"earlier": None}, Words("fr", None)) == ""
