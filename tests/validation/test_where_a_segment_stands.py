"""A very different segment neither lends its difference to the others nor hides theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.statistics.superiority import Superiority, smallest_superiority
from vitrail.validation.comparing import Comparison, Part


def judged(**shift: float) -> dict[str, Any]:
    """Segments of 400 customers each, shifted in one KPI."""
    draw = np.random.default_rng(1)
    labels = np.repeat(list(shift), 400)
    spend = draw.normal(size=len(labels)) + np.repeat(list(shift.values()), 400)
    kept = pa.table(
        {"segment": labels.tolist(), "spend": np.exp(spend), "noise": draw.normal(size=len(labels))}
    )
    found = vitrail.validate(kept, "segment", formed_by=[])
    return {card.segment: card.judgements["distinct"] for card in found.result.cards}


def test_what_only_another_segment_makes_different_is_not_distinct_and_says_whose_it_is() -> None:
    found = judged(far=3.0, one=0.0, two=0.0, three=0.0)
    assert found["far"].verdict == "pass"
    for name in ("one", "two", "three"):
        assert (found[name].verdict, found[name].figures["other"]["en"]) == ("fail", "far")
        assert found[name].reason == "validation_distinct_fail_carried_number"
        assert found[name].figures["rest"] == pytest.approx(0.5, abs=0.04)


def test_a_segment_between_another_and_the_rest_is_distinct() -> None:
    found = judged(far=3.0, middle=1.0, one=0.0, two=0.0)["middle"]
    assert (found.verdict, found.reason) == ("pass", "validation_distinct_pass_between_number")
    assert (
        found.figures["other"]["en"] == "far" and found.figures["against"] < 0.2 < 0.7 < found.figures["rest"]
    )


def test_of_two_segments_each_differs_from_the_other() -> None:
    assert {each.verdict for each in judged(high=1.0, low=0.0).values()} == {"pass"}


@pytest.mark.parametrize("share", [None, 0.06])
def test_small_segments_that_are_alike_do_not_pass_beside_one_that_differs(share: float | None) -> None:
    labels = np.repeat(list("ABCDEF"), [640, 80, 80, 80, 80, 480])
    for seed in range(4):
        draw = np.random.default_rng(seed)
        odds = np.where(labels == "A", 0.5, share or 0.0)
        columns = {
            f"kpi_{i}": draw.random(len(labels)) < odds
            if share
            else draw.normal(size=len(labels)) + 2 * (labels == "A")
            for i in range(5)
        }
        found = vitrail.validate(pa.table({"segment": labels, **columns}), "segment", formed_by=[])
        verdicts = {each.segment: each.judgements["distinct"].verdict for each in found.result.cards}
        assert verdicts == {"A": "pass", **dict.fromkeys("BCDEF", "fail")}, seed


def test_a_segment_with_a_difference_of_its_own_passes_beside_a_greater_one() -> None:
    assert judged(far=2.0, own=-0.7, one=0.0, two=0.0, three=0.0)["own"].verdict == "pass"


def test_a_difference_whose_interval_holds_50_percent_does_not_count() -> None:
    effect = Superiority(0.62, 0.49, 0.74, 0.01)
    found = Comparison("s", "wide", "kpi", Part("kpi"), 40, 2000, None, None, effect, 0.01, 0.01)
    assert not found.is_found(0.05)


def test_what_would_have_been_seen_is_said_after_correction_and_only_where_something_would() -> None:
    draw, segment = np.random.default_rng(1), ["a"] * 100 + ["b"] * 1900
    noise = {f"noise_{i}": draw.normal(size=2000) for i in range(8)}
    shown = vitrail.validate(pa.table({"segment": segment, **noise}), "segment", formed_by=[]).card(
        "segment.a"
    )
    figures = shown.judgements["distinct"].figures
    assert figures["shown"] == smallest_superiority(100, 1900, level=0.05 / 16)
    alike = vitrail.validate(pa.table({"segment": segment, "same": [1.0] * 2000}), "segment", formed_by=[])
    judged = alike.card("segment.a").judgements["distinct"]
    assert (judged.verdict, judged.reason) == ("fail", "validation_distinct_fail_blind")
