"""A very different segment neither lends its difference to the others nor hides theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail


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
