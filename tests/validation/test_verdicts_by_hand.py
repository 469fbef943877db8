"""Verdicts and figures on cases small enough to do by hand."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sqlglot import exp

import vitrail
from vitrail.statistics.superiority import Superiority
from vitrail.validation.actionable import find_levers
from vitrail.validation.comparing import Comparison, Part, assign_parts
from vitrail.validation.cuts import Cut
from vitrail.validation.distinct import _look_again, judge_distinct
from vitrail.validation.measures import Measure
from vitrail.validation.merging import _rank
from vitrail.validation.standing import Standing
from vitrail.validation.substantial import judge_substantial, smallest_gain

NAMES = {"en": "x", "fr": "x"}
MEASURES = {name: Measure(name, (name,), "number", exp.column(name), NAMES) for name in "xy"}
CUT = Cut("one", NAMES, dict.fromkeys(("a", "far", "b"), NAMES), True, ("x",))


def compared(measure: str, effect: Superiority) -> Comparison:
    return Comparison("s", "a", measure, Part("kpi"), 400, 400, None, None, effect, 0.001, 0.001)


def test_no_test_shows_a_gain_beyond_everybody() -> None:
    assert smallest_gain(41, 0.5) == pytest.approx(2.8 * 0.5 * (1 / 20 + 1 / 21) ** 0.5, rel=0.001)
    assert smallest_gain(20, 0.5) is None  # 0.63 more than one half


@pytest.mark.parametrize(("value", "verdict"), [(100, "pass"), (99, "weak"), (80, "weak"), (79, "fail")])
def test_value_near_what_is_asked_is_weak(value: int, verdict: str) -> None:
    each = judge_substantial(4000, Decimal(value), 50, Decimal(100), 0.1, 0.1)
    assert (each.verdict, each.figures["value"]) == (verdict, value)


@pytest.mark.parametrize(
    ("whole", "rest", "kept"),
    [
        (0.58, 0.545, "own"),  # 0.045 is left of 0.08, more than half
        (0.58, 0.535, "weak"),  # less than half of it, and less than what matters
        (0.80, 0.565, "own"),  # what matters is left, though less than half
        (0.80, 0.555, "weak"),
        (0.42, 0.455, "own"),
        (0.58, 0.455, "fail"),  # the other way round
    ],
)
def test_what_is_left_without_another_segment_matters_or_is_half(
    whole: float, rest: float, kept: str
) -> None:
    effects = [Superiority(each, each - 0.01, each + 0.01, 0.001) for each in (whole, rest)]
    standing = Standing("far", effects[1], effects[0], 0.0, 0.0)
    assert _look_again(compared("x", effects[0]), standing, 0.01, 0.56) == kept


@pytest.mark.parametrize(("p", "verdict"), [(0.012, "pass"), (0.013, "fail")])
def test_what_is_left_counts_as_often_as_it_could_have_been_chosen(p: float, verdict: str) -> None:
    """Of two segments to leave out and two measures to find a difference on: a level of 0.05 / 4."""
    standing = Standing("far", Superiority(0.68, 0.64, 0.72, p), Superiority(0.9, 0.8, 1, 0.001), 0.0, 0.0)
    among: Any = SimpleNamespace(
        choices=2, comparisons=2, find_carrier=lambda *_: standing, find_between=lambda *_: None, cut=CUT
    )
    found = [compared("x", Superiority(0.7, 0.65, 0.75, 0.001)), compared("y", Superiority(0.5, 0.4, 0.6, 1))]
    judged = judge_distinct(found, MEASURES, among, 400, 800, 0.05, 0.56)
    assert judged.verdict == verdict
    if verdict == "fail":  # as large as before, only not surely: no reason to merge
        assert judged.reason == "validation_distinct_fail_few_left_number"
        assert judged.change == "validation_distinct_few_left_change"


@pytest.mark.parametrize(
    ("correlation", "role"), [(0.8, "redundant"), (-0.8, "redundant"), (0.79, "kpi"), (float("nan"), "kpi")]
)
def test_what_goes_with_a_defining_variable_says_the_same(correlation: float, role: str) -> None:
    correlations = np.array([[1, correlation], [correlation, 1]])
    parts = assign_parts(CUT, list(MEASURES.values()), frozenset("xy"), {}, correlations)
    assert (parts["x"].role, parts["y"].role) == ("defining", role)


def test_grades_have_mid_ranks() -> None:
    assert _rank([2, 2]) == [0.25, 0.75]
    assert _rank([1, 0, 3]) == [0.125, 0.25, 0.625]


def test_the_members_that_a_channel_lacks_are_counted_to_the_threshold() -> None:
    reached = ["a@b.c"] * 20 + [None] * 180
    customers = pa.table({"segment": ["a"] * 200, "email": reached})
    card = vitrail.validate(customers, "segment", formed_by=[], accessible=0.45).card("segment.a")
    each = card.judgements["accessible"]
    assert (each.figure, each.threshold, each.figures["missing"]) == (0.1, 0.45, 70)
    enough = vitrail.validate(customers, "segment", formed_by=[], accessible=0.05).card("segment.a")
    assert enough.judgements["accessible"].figures["missing"] == 0


def test_levers_are_told_the_strongest_first() -> None:
    lows = {"usual_hour": 0.62, "refund_share": 0.75, "recency_days": 0.66, "total_amount": 0.9}
    measures = {name: Measure(name, (name,), "number", exp.column(name), {}) for name in lows}
    found = [compared(name, Superiority(low + 0.02, low, low + 0.04, 0.001)) for name, low in lows.items()]
    assert find_levers(found, measures, (), 0.05, 0.56) == ("refund_share", "recency_days", "usual_hour")
