"""Rules: first match, overlap, missing values, segments of other segmentations, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlglot import exp

from vitrail.engine import sql
from vitrail.errors import PlanError
from vitrail.plan import AbcSpec, RfmSpec, RulesSpec
from vitrail.segments import apply_segmentations, find_empty_rules

PROFILE = {
    "recency_days": [5, 50, 500, None],
    "order_count": [9, 2, 1, 0],
    "total_amount": [Decimal(900), Decimal(90), Decimal(9), None],
}


def rules(overlapping=False, **segments):
    written = {name: {"when": when} if when else {"otherwise": True} for name, when in segments.items()}
    return RulesSpec.model_validate({"method": "rules", "segments": written, "overlapping": overlapping})


def test_the_first_rule_that_is_true_decides_and_the_rest_go_otherwise(segment):
    spec = rules(recent="recency_days < 60", big="total_amount > 50", rest=None)
    found = segment({"x": spec}, PROFILE)
    assert found.column("x") == ["recent", "recent", "rest", "rest"]


def test_a_condition_on_a_missing_value_is_no_match(segment):
    spec = rules(never="recency_days <> 5", rest=None)
    assert segment({"x": spec}, PROFILE).column("x") == ["rest", "never", "never", "rest"]


def test_overlapping_rules_list_every_segment_in_plan_order(segment):
    spec = rules(overlapping=True, big="total_amount > 50", recent="recency_days < 10", all="true")
    found = segment({"x": spec}, PROFILE)
    assert found.column("x") == [["big", "recent", "all"], ["big", "all"], ["all"], ["all"]]
    assert not found.segmentations[0].partition


def test_rules_speak_of_other_segments_wherever_these_stand_in_the_plan(segment):
    specs = {
        "third": rules(both="segment('second.top') and segment('tags.recent')", rest=None),
        "second": rules(top="segment('revenue.a')", waiting="segment('revenue.no_order')", rest=None),
        "tags": rules(overlapping=True, recent="recency_days < 10"),
        "revenue": AbcSpec(method="abc"),
    }
    found = segment(specs, PROFILE)
    assert found.column("second") == ["top", "rest", "rest", "waiting"]
    assert found.column("third") == ["both", "rest", "rest", "rest"]
    order = [each.key for each in found.segmentations]
    assert order.index("revenue") < order.index("second") < order.index("third")
    assert {each.key: each.depends_on for each in found.segmentations}["second"] == ("revenue",)
    buyers = {name: values[:3] for name, values in PROFILE.items()}
    two = {name: specs[name] for name in ("second", "revenue")}
    assert segment(two, buyers).column("second") == ["top", "rest", "rest"], "nobody is without an order"


def test_rules_may_use_scores(segment):
    specs = {"value": RfmSpec(method="rfm"), "x": rules(good="value_m >= 4", rest=None)}
    assert segment(specs, PROFILE).column("x") == ["good", "rest", "rest", "rest"]


def test_two_hundred_rules_are_one_expression_over_one_scan(segment):
    spec = rules(**{f"s{i}": f"total_amount > {1000 - i}" for i in range(200)}, rest=None)
    found = segment({"x": spec}, PROFILE)
    assert found.column("x") == ["s101", "rest", "rest", "rest"]
    assert isinstance(found.segmentations[0].assign, exp.Case)


def test_otherwise_alone_takes_everybody(segment):
    assert segment({"x": rules(rest=None)}, PROFILE).column("x") == ["rest"] * 4


def test_a_rule_may_name_a_score_wherever_its_segmentation_stands(segment):
    specs = {"best": rules(top="value_m = 5", rest=None), "value": RfmSpec(method="rfm")}
    assert segment(specs, PROFILE).column("best") == ["top", "rest", "rest", "rest"]


def test_all_faults_of_all_segmentations_are_told_at_once_each_at_its_place(segment):
    specs = {
        "x": rules(a="recency_day > 3", b="segment('revenue.aa')", rest=None),
        "revenue": AbcSpec(method="abc"),
        "y": RfmSpec(method="rfm", recency="recency_dayz"),
        "z": AbcSpec(method="abc", variable="customer_id"),
        "w": rules(a="segment('y.champions')", rest=None),
    }
    with pytest.raises(PlanError) as refused:
        segment(specs, PROFILE)
    assert {finding.place for finding in refused.value.findings} == {
        "plan:segmentations.x.segments.a.when",
        "plan:segmentations.x.segments.b.when",
        "plan:segmentations.y.recency",
        "plan:segmentations.z.variable",
    }
    english, french = refused.value.message("en"), refused.value.message("fr")
    assert "recency_days" in english
    assert "revenue.a" in english
    assert "vouliez-vous dire" in french


def test_a_condition_that_is_not_true_or_false_or_compares_what_cannot_be_is_refused(segment):
    with pytest.raises(PlanError) as refused:
        segment({"x": rules(a="recency_days > 'soon'", b="recency_days > 3", rest=None)}, PROFILE)
    assert [finding.place for finding in refused.value.findings] == ["plan:segmentations.x.segments.a.when"]


def test_a_yes_no_is_not_compared_with_a_number(segment):
    told = PROFILE | {"opted_in": [True, False, None, True]}
    with pytest.raises(PlanError) as refused:
        segment({"x": rules(a="opted_in > 90", b="recency_days > 3 and opted_in in (2, 3)", rest=None)}, told)
    assert [finding.code for finding in refused.value.findings] == ["expression_truth_compared"] * 2
    assert "`opted_in is true`" in refused.value.message("en")
    spec = rules(a="opted_in is true", b="opted_in = 0", rest=None)
    assert segment({"x": spec}, told).column("x") == ["a", "b", "rest", "a"]


def test_a_rule_that_nobody_is_in_is_told(segment, engine):
    specs = {
        "x": rules(all="true", late="recency_days > 90", rest=None),
        "y": rules(overlapping=True, old="recency_days > 900", late="recency_days > 90"),
        "revenue": AbcSpec(method="abc"),
    }
    found = segment(specs, PROFILE).segmentations
    engine.create("segmented", apply_segmentations(found, exp.select("*").from_("profile")))
    empty = list(find_empty_rules(engine, specs, found, "segmented", lambda path: path))
    assert [each.figures["segment"] for each in empty] == ["x.late", "y.old"]
    assert empty[0].place == "segmentations.x.segments.late.when"


def test_a_segmentation_does_not_take_the_name_of_a_column(segment):
    with pytest.raises(PlanError, match="another name"):
        segment({"value": RfmSpec(method="rfm")}, PROFILE | {"Value_R": [1, 2, 3, 4]})


def test_a_condition_cannot_change_what_stands_around_it(segment):
    spec = rules(a="recency_days = 5 or recency_days = 50", rest=None)
    found = segment({"x": spec, "y": rules(a="not segment('x.a')", rest=None)}, PROFILE)
    assert found.column("y") == ["rest", "rest", "a", "a"]
    inside = sql("$met and false", met=spec and found.segmentations[0].contains("a"))
    assert inside.sql("duckdb").endswith("AND FALSE")
