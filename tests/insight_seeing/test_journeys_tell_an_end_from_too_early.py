"""From one order to the next: who goes where, who has stopped, and of whom it cannot be told yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.insight.groups import by_segment
from vitrail.insight.journeys import JourneysResult, analyse_journeys
from vitrail.plan.pictures import JourneysSpec

AS_OF = dt.date(2025, 7, 1)


def day(month: int, date: int = 1, hour: int = 9) -> dt.datetime:
    return dt.datetime(2025, month, date, hour)


def follow(base: Any, whole: bool = False, **options: Any) -> JourneysResult:
    spec = JourneysSpec(**{"of": "category", "patience": "60 days", **options})
    result, _ = analyse_journeys(base.engine, spec, base.whole if whole else base.groups, AS_OF)
    assert result is not None
    return result


def told(result: JourneysResult, segment: str | None = None) -> set[tuple[int, str, str, int]]:
    return {
        (
            row["step"],
            row["source"] or row["source_kind"],
            row["target"] or row["target_kind"],
            row["customers"],
        )
        for row in result.links
        if row["segment"] == segment
    }


def test_every_customer_is_followed_from_the_first_order_to_the_end_or_to_now(
    make_tables: Callable[..., Any],
) -> None:
    base = make_tables(
        [
            ("ann", day(1), 5, "tea"), ("ann", day(2), 5, "cups"), ("ann", day(3), 5, "tea"),
            ("bob", day(1), 5, "tea"),
            ("cid", day(6, 20), 5, "tea"),
            ("dan", day(1), 5, None), ("dan", day(6), 5, "cups"),
        ],
        {"ann": "a", "bob": "a", "cid": "b", "dan": "b"},
    )  # fmt: skip
    assert told(follow(base)) == {
        (1, "tea", "cups", 1), (2, "cups", "tea", 1), (3, "tea", "no_further_order", 1),
        (1, "tea", "no_further_order", 1), (1, "tea", "too_recent", 1),
        (1, "missing", "cups", 1), (2, "cups", "too_recent", 1),
    }  # fmt: skip


def test_the_day_on_which_patience_ends_is_exact(make_tables: Callable[..., Any]) -> None:
    at = dt.datetime.combine(AS_OF, dt.time(9))
    lines = [("ann", at - dt.timedelta(days=60), 5, "tea"), ("bob", at - dt.timedelta(days=59), 5, "tea")]
    links = told(follow(make_tables(lines, {"ann": "a", "bob": "b"})))
    assert links == {(1, "tea", "no_further_order", 1), (1, "tea", "too_recent", 1)}


def random_base(seed: int) -> tuple[list[Any], dict[str, str]]:
    rng = np.random.default_rng(seed)
    parts = {f"c{n}": str(rng.choice(["a", "b"])) for n in range(120)}
    lines = []
    for who in parts:
        at = dt.datetime(2025, 1, 1) + dt.timedelta(days=int(rng.integers(0, 150)))
        for _ in range(int(rng.integers(1, 7))):
            lines.append((who, at, float(rng.integers(1, 90)), str(rng.choice(list("uvwxyz")))))
            at += dt.timedelta(days=int(rng.integers(0, 40)))
    return [each for each in lines if each[1].date() < AS_OF], parts


def test_what_enters_a_step_leaves_it(make_tables: Callable[..., Any]) -> None:
    lines, parts = random_base(1)
    result = follow(make_tables(lines, parts), most=3)
    customers = {None: {each[0] for each in lines}}
    customers |= {part: {who for who in customers[None] if parts[who] == part} for part in "ab"}
    for segment, links in by_segment(
        [{**row, "segment": row["segment"] or ""} for row in result.links]
    ).items():
        first = sum(row["customers"] for row in links if row["step"] == 1)
        assert first == len(customers[segment])
        for step in (1, 2):
            arrived = sum(
                row["customers"]
                for row in links
                if row["step"] == step and row["target_kind"] not in ("no_further_order", "too_recent")
            )
            assert arrived == sum(row["customers"] for row in links if row["step"] == step + 1)
    assert {row["source_kind"] for row in result.links} == {"value", "other"}


def test_who_had_no_time_to_return_is_in_neither_part_of_the_share(make_tables: Callable[..., Any]) -> None:
    lines, parts = random_base(2)
    result = follow(make_tables(lines, parts), whole=True)
    own: dict[str, list[dt.date]] = {}
    for who, at, _, _ in sorted(lines, key=lambda each: each[1]):
        own.setdefault(who, []).append(at.date())
    for row in result.returns:
        step = row["step"] - 1
        old = [days for days in own.values() if len(days) > step and (AS_OF - days[step]).days >= 60]
        back = [days for days in old if len(days) > step + 1 and (days[step + 1] - days[step]).days < 60]
        assert (row["told"], row["returned"]) == (len(old), len(back))
        assert row["low"] < row["share"] < row["high"]


@pytest.mark.parametrize(("patience", "days"), [("12 months", 365), ("1 year", 365), ("8 weeks", 56)])
def test_patience_in_months_is_that_of_the_calendar(
    make_tables: Callable[..., Any], patience: str, days: int
) -> None:
    base = make_tables([("ann", day(1), 5, "tea")], {"ann": "a"})
    assert follow(base, patience=patience).patience_days == days


def test_patience_is_the_time_of_nine_returns_in_ten(make_tables: Callable[..., Any]) -> None:
    lines = []
    for n in range(40):
        lines += [(f"c{n}", day(1), 5, "tea"), (f"c{n}", day(1) + dt.timedelta(days=n + 1), 5, "tea")]
    result = follow(make_tables(lines, {f"c{n}": "a" for n in range(40)}), patience=None)
    assert (result.patience_days, result.gaps) == (37, 40)
    assert sum(gap < 37 for gap in range(1, 41)) == 36


def test_with_few_returns_nothing_is_called_an_end(make_tables: Callable[..., Any]) -> None:
    base = make_tables([("ann", day(1), 5, "tea"), ("bob", day(1), 5, "tea")], {"ann": "a", "bob": "a"})
    result, findings = analyse_journeys(base.engine, JourneysSpec(of="category"), base.groups, AS_OF)
    assert result is not None and result.patience_days is None and result.returns == ()
    assert [(each.code, each.figures["need"]) for each in findings] == [("journeys_patience_unknown", 30)]
    assert told(result) == {(1, "tea", "too_recent", 2)}


def test_a_step_is_what_most_of_the_money_of_an_order_went_to() -> None:
    lines = pa.table({
        "customer_id": ["ann"] * 3, "order_id": ["1", "1", "1"], "ordered_at": [day(1)] * 3,
        "amount": [4.0, 3.0, 3.0], "category": ["tea", "cups", "cups"],
    })  # fmt: skip
    found = vitrail.journeys(lines, as_of="2025-07-01", of="category", segmentation=None)
    assert found.to_arrow()["source"].to_pylist() == ["cups"]


def test_baskets_are_cut_at_round_quartiles(make_tables: Callable[..., Any]) -> None:
    lines = [(f"c{n}", day(1), float(n), None) for n in range(1, 101)]
    result = follow(make_tables(lines, {f"c{n}": "a" for n in range(1, 101)}), of="basket")
    assert [str(cut) for cut in result.bands] == ["26", "50", "75"]
    counts = {row["source"]: row["customers"] for row in result.links if row["segment"] is None}
    assert counts == {"0": 25, "1": 24, "2": 25, "3": 26}


@pytest.mark.parametrize("of", ["basket", "category"])
def test_the_order_of_rows_does_not_matter(make_tables: Callable[..., Any], of: str) -> None:
    lines, parts = random_base(7)
    one, *others = (follow(make_tables(lines, parts, shuffle=seed), of=of) for seed in (1, 2, 3))
    assert all(other.to_dict() == one.to_dict() for other in others)
