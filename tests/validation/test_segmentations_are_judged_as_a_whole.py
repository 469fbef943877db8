"""Overlap, coverage, merges, and what a refresh made obsolete."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vitrail
from vitrail.errors import PlanError
from vitrail.plan import Plan, plan_hash
from vitrail.validation.coverage import measure_coverage
from vitrail.validation.cuts import APART, Cut
from vitrail.validation.measures import Column, _answer
from vitrail.validation.merging import _ACTIONS, _Group, _merge
from vitrail.validation.model import CRITERIA
from vitrail.validation.obsolete import Earlier, _moved, _of_members, find_obsolete
from vitrail.validation.overlap import measure_overlap
from vitrail.validation.sums import Sums
from vitrail.workspace.validating import _find_cause

LABELS: dict[str, dict[str, str]] = {name: {"en": name, "fr": name} for name in "abc"}


def sums(paths: list[tuple[tuple[str, ...], int]]) -> Sums:
    return Sums(sum(n for _, n in paths), {}, {}, {}, tuple(paths))


ONE = Cut("one", {}, LABELS, True, (), frozenset("c"))
MANY = Cut("many", {}, LABELS, False, ())


def test_overlap_counts_shared_customers_of_all_segments_at_once() -> None:
    found = measure_overlap([ONE, MANY], sums([(("a", f"a{APART}b"), 6), (("a", ""), 2), (("b", "b"), 4)]))
    names = list(found.segments)
    place = names.index
    assert found.shared[place("one.a")][place("many.b")] == 6
    assert found.jaccard[place("one.a")][place("many.b")] == pytest.approx(6 / 12)
    assert found.jaccard[place("many.c")][place("one.c")] is None
    assert found.intersections[0] == (("one.a", "many.a", "many.b"), 6)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sets(st.sampled_from("abc"))), min_size=1, max_size=60))
def test_overlap_is_what_counting_one_by_one_gives(customers: list[tuple[str, set[str]]]) -> None:
    paths = [((one, APART.join(sorted(many))), 1) for one, many in customers]
    found = measure_overlap([ONE, MANY], sums(paths))
    memberships = [{f"one.{one}"} | {f"many.{key}" for key in many} for one, many in customers]
    for i, first in enumerate(found.segments):
        for j, second in enumerate(found.segments):
            assert found.shared[i][j] == sum({first, second} <= each for each in memberships)
    assert sum(n for _, n in found.intersections) == len(customers)


def test_coverage_tells_those_in_no_segment_from_those_in_the_rest() -> None:
    one, many, whole = measure_coverage(
        [ONE, MANY], sums([(("a", ""), 5), (("c", ""), 3), (("", ""), 2), (("c", "b"), 1)])
    )
    assert (one.nowhere, one.only_rest, one.share) == (2, 4, pytest.approx(5 / 11))
    assert (many.nowhere, many.only_rest) == (10, 0)
    assert (whole.nowhere, whole.only_rest) == (2, 3)


def test_the_nearest_segments_are_merged_first_and_what_is_lost_is_the_variance_between_them() -> None:
    random = np.random.default_rng(1)
    names = np.repeat(["a", "a_too", "b", "c", "d", "e", "f"], 300)
    centre = dict(zip(["a", "a_too", "b", "c", "d", "e", "f"], [0, 0.01, 2, 4, 6, 8, 10], strict=True))
    visits = random.normal([centre[name] for name in names], 0.3)
    found = vitrail.validate(pa.table({"segment": names.tolist(), "visits": visits}), "segment", formed_by=[])
    crowded = found.result.crowding[0]
    assert (crowded.segments, crowded.fewest, crowded.most, len(crowded.merges)) == (7, 3, 5, 2)
    first, second = crowded.merges
    assert {first.one, first.other} == {("a",), ("a_too",)}
    assert first.lost < 0.001 < 0.01 < second.lost < 0.2
    assert second.lost_in_all == pytest.approx(first.lost + second.lost) and second.left == 5
    large = vitrail.validate(
        pa.table({"segment": names.tolist(), "visits": visits}), "segment", formed_by=[], team="large"
    )
    assert large.result.crowding[0].merges == ()


def test_the_working_table_of_grades_is_the_same_for_any_order_of_rows_and_threads() -> None:
    rows = pa.table(
        {"customer_id": [f"c{i}" for i in range(3000)], "s": ["x", "y", "z"] * 1000, "v": range(3000)}
    )
    shuffled = rows.take(np.random.default_rng(0).permutation(3000))
    assert vitrail.validate(rows, "s").to_dict() == vitrail.validate(shuffled, "s").to_dict()


PLAN = """
as_of: {as_of}
sources:
  orders: {{file: orders.parquet, table: orders, columns: {{customer_id: who, ordered_at: at, amount: paid}}}}
segmentations:
  rhythm: {{method: rules, segments: {{
    fresh: {{when: recency_days <= 30}}, ever: {{when: recency_days <= 400}}, rest: {{otherwise: true}}}}}}
  value: {{method: rfm}}
strategies:
  rhythm.fresh: {{goal: keep, channel: letter, success: orders}}
"""


def orders() -> pa.Table:
    random = np.random.default_rng(3)
    days = np.datetime64("2024-01-01") + random.integers(0, 500, 3000)
    return pa.table(
        {
            "who": [f"c{i}" for i in random.integers(0, 400, 3000)],
            "at": pa.array(days),
            "paid": random.lognormal(3, 1, 3000).round(2),
        }
    )


def test_a_run_judges_every_segment_and_the_next_says_what_is_obsolete(make_base: Callable[..., Any]) -> None:
    base = make_base(PLAN.format(as_of="2025-05-15"), {"orders.parquet": orders()}).run()
    first = read(base)
    assert {card["segmentation"] for card in first["cards"]} == {"rhythm", "value"}
    assert first["obsolete"] == [] and first["thresholds"]["earlier"] is None
    rows = base.rows("validation.parquet")
    assert len(rows) == 5 * len(first["cards"])
    before = base.bytes("validation.parquet")
    again = read(base.run())
    assert base.bytes("validation.parquet") == before
    assert again["obsolete"] == [] and again["cards"] == first["cards"]
    base.run("2025-08-01")  # everybody silent since: nobody fresh, and the data are stale
    later = read(base)
    changes = {(each["segment"], each["change"]) for each in later["obsolete"]}
    assert ("fresh", "emptied") in changes and ("champions", "fell") in changes
    assert later["thresholds"]["earlier"] == "2025-05-15"
    stale = next(card for card in later["cards"] if card["segment"] == "ever")["criteria"]["measurable"]
    assert (stale["verdict"], stale["reason"]) == ("fail", "validation_measurable_stale")
    warned = vitrail.open(base.folder).check_action("rhythm.ever")
    assert "validation_measurable_stale" in {each.code for each in warned}
    told = {each.code: each for each in vitrail.open(base.folder).run(report=False).findings}
    assert told["validation_obsolete_day"].level == "info" and "validation_obsolete" not in told
    assert "(it spoke of 1 August 2025): " in told["validation_obsolete_day"].message("en")


@pytest.mark.parametrize(
    ("plan", "day", "asked", "asked_now", "cause"),
    [
        ("A", "2025-05-15", False, False, None), ("A", "2025-05-14", False, False, None),
        ("A", "2025-05-16", False, False, "day"), ("A", "2025-05-14", True, False, "day"),
        ("A", "2025-05-14", True, True, None), ("A", "2025-05-16", True, True, "day"),
        ("B", "2025-05-14", False, False, "plan"),
    ],
)  # fmt: skip
def test_what_a_person_changed_since_the_run_before_is_no_alarm(
    plan: str, day: str, asked: bool, asked_now: bool, cause: str | None
) -> None:
    hashed = plan_hash(Plan(version=1, name=plan))
    run: Any = SimpleNamespace(manifest={"as_of": day, "as_of_asked": asked, "plan": {"hash": hashed}})
    now = SimpleNamespace(collected=SimpleNamespace(as_of=dt.date(2025, 5, 15)))
    context: Any = SimpleNamespace(plan=Plan(version=1, name="A"), segmented=now, day_asked=asked_now)
    assert _find_cause(run, context) == cause


@pytest.mark.parametrize(
    ("now", "kept", "change"),
    [(0, 0, ["emptied"]), (49, 49, ["shrunk"]), (50, 50, []), (99, 49, ["renewed"]), (99, 50, [])],
)
def test_a_segment_that_keeps_half_of_its_members_is_what_it_was(
    now: int, kept: int, change: list[str]
) -> None:
    card: Any = SimpleNamespace(segmentation="one", segment="a", customers=now)
    assert [each.change for each in _of_members(card, 100, kept, True)] == change


def test_that_nobody_is_new_any_more_is_no_news() -> None:
    cut: Any = SimpleNamespace(
        key="one", tones={"first": "new", "often": "loyal"}, thresholds={}, stages=False
    )
    judged = dict.fromkeys(CRITERIA, SimpleNamespace(verdict="pass"))
    cards: list[Any] = [
        SimpleNamespace(
            segmentation="one", segment=each, reference=f"one.{each}", customers=0, judgements=judged
        )
        for each in cut.tones
    ]
    criteria = {name: {"verdict": "pass"} for name in CRITERIA}
    before = {card.reference: {"customers": 9, "criteria": criteria} for card in cards}
    found = find_obsolete(cast(Any, None), "profile", [cut], cards, Earlier(before, {}, None, "2025-05-15"))
    assert [(each.segment, each.change) for each in found] == [("often", "emptied")]
    cut.stages = True  # of the life cycle: time alone empties them
    found = find_obsolete(cast(Any, None), "profile", [cut], cards, Earlier(before, {}, None, "2025-05-15"))
    assert [(each.segment, each.change) for each in found] == [("often", "aged")]


def test_a_country_asked_about_is_named_in_the_readers_language() -> None:
    country = Column("country", "VARCHAR", {"en": "country", "fr": "pays"})
    assert _answer(country, "Germany").label == {"en": "country: Germany", "fr": "pays\u202f: Allemagne"}


@pytest.mark.parametrize(
    ("was", "now", "moved"),
    [(100, 120, False), (100, 121, True), (-100, -79, True), (0, 0, False), (0, 1, True)],
)
def test_a_threshold_that_moved_by_more_than_a_fifth_means_something_else(
    was: float, now: float, moved: bool
) -> None:
    cut: Any = SimpleNamespace(key="one", thresholds={"x": (now,)})
    assert bool(_moved([cut], Earlier({}, {"one": {"x": (was,)}}, None, "2025-05-15"))) == moved


def test_a_plan_names_columns_that_exist(make_base: Callable[..., Any]) -> None:
    plan = (
        PLAN.format(as_of="2025-05-15") + "validation: {kpis: [recency_day], channels: {post: adress = 1}}\n"
    )
    with pytest.raises(PlanError) as refused:
        make_base(plan, {"orders.parquet": orders()}).run()
    assert "recency_days" in str(refused.value) and len(refused.value.findings) == 2


def test_defining_variables_are_traced_through_scores_and_segments(make_base: Callable[..., Any]) -> None:
    plan = PLAN.format(as_of="2025-05-15").replace(
        "  value: {method: rfm}",
        "  value: {method: rfm}\n  best:\n    method: rules\n    segments:\n"
        "      top: {when: \"segment('value.champions')\"}\n      rest: {otherwise: true}",
    )
    content = read(make_base(plan, {"orders.parquet": orders()}).run())
    roles = {
        each["measure"]: each["role"] for each in content["comparisons"] if each["segmentation"] == "best"
    }
    assert {name for name, role in roles.items() if role == "defining"} == {
        "recency_days",
        "order_count",
        "total_amount",
    }


def test_a_kpi_may_ask_for_a_segment_which_its_own_segmentation_is_not_judged_by(
    make_base: Callable[..., Any],
) -> None:
    plan = PLAN.format(as_of="2025-05-15") + "validation: {kpis: [\"segment('rhythm.ever')\"]}\n"
    content = read(make_base(plan, {"orders.parquet": orders()}).run())
    roles = {
        (each["segmentation"], each["role"])
        for each in content["comparisons"]
        if each["measure"] == "segment('rhythm.ever')"
    }
    assert ("rhythm", "defining") in roles and len(roles) == 2
    unknown = plan.replace("rhythm.ever", "rhythm.evr")
    with pytest.raises(PlanError, match=r"rhythm\.ever"):
        make_base(unknown, {"orders.parquet": orders()}).run()


def read(base: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base.file("validation.json").read_text(encoding="utf-8"))
    return found


def test_segments_to_keep_are_never_merged_with_segments_to_win_back() -> None:
    """`new` and `sleepy` look alike, yet the one is welcomed and the other won back."""
    tones = {"new": "new", "sleepy": "sleepy", "best": "champions", "lost": "lost"}
    places = {"new": 0.0, "sleepy": 0.01, "best": 5.0, "lost": -9.0}
    groups = [_Group((key,), {"x": (100, 100 * places[key])}, _ACTIONS[tones[key]]) for key in places]
    merges = _merge(groups, 1)
    assert [{*each.one, *each.other} for each in merges] == [{"new", "best"}, {"sleepy", "lost"}]
    free = _merge([_Group(each.segments, each.sums, "") for each in groups], 3)
    assert [{*each.one, *each.other} for each in free] == [{"new", "sleepy"}]
