"""Who buys what: shares of the right members, gaps that are sure, potential as an upper bound."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vitrail.insight.portfolio import analyse_portfolio
from vitrail.plan.pictures import PortfolioSpec
from vitrail.statistics.shares import estimate_share_difference

AS_OF = dt.date(2025, 7, 1)
NOON = dt.datetime(2025, 3, 1, 12)


def look(base: Any, whole: bool = False, **options: Any) -> dict[tuple[str | None, str], dict[str, Any]]:
    result, _ = analyse_portfolio(
        base.engine, PortfolioSpec(**options), base.whole if whole else base.groups, AS_OF
    )
    assert result is not None
    return {(row["segment"], row["item"]): row for row in result.rows}


def random_base(seed: int, customers: int = 300, gap: float = 0.0) -> tuple[list[Any], dict[str, str]]:
    """Customers of two parts who buy tea and cups by chance; those of `a` buy cups less by `gap`."""
    rng = np.random.default_rng(seed)
    parts = {f"c{n}": "a" if n % 3 == 0 else "b" for n in range(customers)}
    lines = []
    for who, part in parts.items():
        lines.append((who, NOON, 5.0, "bread"))
        for what, share in (("tea", 0.5), ("cups", 0.45 - gap * (part == "a"))):
            if rng.random() < share:
                lines.append((who, NOON, float(rng.integers(5, 40)), what))
    return lines, parts


def test_penetration_buyers_and_amounts_are_those_of_a_plain_count(make_tables: Callable[..., Any]) -> None:
    lines, parts = random_base(1)
    found = look(make_tables(lines, parts))
    bought, amount = defaultdict(set), defaultdict(float)
    for who, _, paid, what in lines:
        for segment in (None, parts[who]):
            bought[segment, what].add(who)
            amount[segment, what] += paid
    sizes = {
        None: len(parts),
        "a": sum(p == "a" for p in parts.values()),
        "b": sum(p == "b" for p in parts.values()),
    }
    for (segment, item), row in found.items():
        assert row["buyers"] == len(bought[segment, item])
        assert row["penetration"] == row["buyers"] / sizes[segment]
        assert row["without"] == sizes[segment] - row["buyers"]
        assert float(row["amount"]) == pytest.approx(amount[segment, item])
        assert row["potential"] == pytest.approx(row["without"] * row["spend"])


def test_segments_add_up_to_everyone_and_are_compared_with_all_others(
    make_tables: Callable[..., Any],
) -> None:
    lines, parts = random_base(2)
    found = look(make_tables(lines, parts))
    for item in ("tea", "cups", "bread"):
        one, two, whole = found["a", item], found["b", item], found[None, item]
        assert one["buyers"] + two["buyers"] == whole["buyers"]
        assert one["amount"] + two["amount"] == whole["amount"]
        expected = estimate_share_difference(one["buyers"], one["members"], two["buyers"], two["members"])
        assert (one["difference"], one["difference_low"], one["p"]) == (
            expected.value,
            expected.low,
            expected.p,
        )
        assert two["others"] == one["members"]


def test_a_planted_gap_is_found_and_chance_is_not_taken_for_one(make_tables: Callable[..., Any]) -> None:
    planted = look(make_tables(*random_base(3, customers=900, gap=0.25)))
    assert planted["a", "cups"]["verdict"] == "under_used" and planted["a", "cups"]["beyond_orders"]
    assert planted["a", "tea"]["verdict"] == "like_others"
    claims = [
        any(
            row["verdict"] in ("under_used", "over_used")
            for row in look(make_tables(*random_base(seed))).values()
        )
        for seed in range(10, 50)
    ]
    assert sum(claims) <= 5, "5 % of bases at most, give or take"


def test_a_small_segment_is_not_over_read(make_tables: Callable[..., Any]) -> None:
    lines, parts = random_base(4, customers=200)
    lines += [("x1", NOON, 5.0, "bread"), ("x2", NOON, 5.0, "bread")]
    found = look(make_tables(lines, {**parts, "x1": "c", "x2": "c"}))
    assert found["c", "tea"]["penetration"] == 0
    assert found["c", "tea"]["verdict"] == "like_others"
    assert found["c", "tea"]["spend_of"] == "everyone"


def test_fewer_orders_are_told_from_a_gap(make_tables: Callable[..., Any]) -> None:
    """Part `rare` orders once and `often` ten times; what is bought an order is the same."""
    rng = np.random.default_rng(5)
    parts = {f"c{n}": "rare" if n % 2 else "often" for n in range(600)}
    lines = []
    for who, part in parts.items():
        many = 1 if part == "rare" else int(rng.integers(1, 12))
        lines += [(who, NOON, 10.0, "tea" if rng.random() < 0.3 else "bread") for _ in range(many)]
    row = look(make_tables(lines, parts))["rare", "tea"]
    assert row["verdict"] == "under_used" and not row["beyond_orders"]
    assert row["like_difference_low"] < 0 < row["like_difference_high"]


def test_the_gap_is_what_the_others_share_would_bring(make_tables: Callable[..., Any]) -> None:
    row = look(make_tables(*random_base(6, customers=900, gap=0.25)), least_buyers=1)["a", "cups"]
    short = row["others_penetration"] * row["members"] - row["buyers"]
    assert row["gap"] == pytest.approx(short * row["spend"])
    assert row["gap"] < row["potential"]


def test_who_never_ordered_is_no_member_and_returns_are_subtracted(make_tables: Callable[..., Any]) -> None:
    lines = [("ann", NOON, 30.0, "tea"), ("ann", NOON, -10.0, "tea"), ("bob", NOON, 20.0, "cups")]
    found = look(make_tables(lines, {"ann": "a", "bob": "a", "cid": "a"}), whole=True)
    tea = found[None, "tea"]
    assert (tea["members"], tea["buyers"], float(tea["amount"])) == (2, 1, 20.0)
    assert tea["verdict"] is None, "everyone is compared with nobody"


def test_only_recent_purchases_count_where_the_plan_says_so(make_tables: Callable[..., Any]) -> None:
    old, new = dt.datetime(2024, 1, 1), dt.datetime(2025, 6, 1)
    base = make_tables([("ann", old, 5.0, "tea"), ("bob", new, 5.0, "tea"), ("bob", new, 5.0, "cups")],
                       {"ann": "a", "bob": "b"})  # fmt: skip
    found = look(base, within="90 days")
    assert found[None, "tea"]["buyers"] == 1 and found[None, "tea"]["members"] == 2


def test_overlapping_segments_each_count_their_own_members(make_tables: Callable[..., Any]) -> None:
    lines = [("ann", NOON, 5.0, "tea"), ("bob", NOON, 5.0, "cups"), ("cid", NOON, 5.0, "tea")]
    found = look(make_tables(lines, {"ann": ["a", "b"], "bob": ["b"], "cid": []}))
    assert (found[None, "tea"]["buyers"], found[None, "tea"]["members"]) == (2, 3)
    assert (found["a", "tea"]["buyers"], found["b", "tea"]["buyers"], found["b", "cups"]["buyers"]) == (
        1,
        1,
        1,
    )


def test_nothing_is_shown_where_lines_name_nothing(make_tables: Callable[..., Any]) -> None:
    base = make_tables([("ann", NOON, 5.0, None)], {"ann": "a"})
    assert analyse_portfolio(base.engine, PortfolioSpec(), base.groups, AS_OF) == (None, ())


def test_who_only_returned_an_item_is_no_buyer_of_it(make_tables: Callable[..., Any]) -> None:
    lines = [("ann", NOON, 30.0, "tea"), ("bob", NOON, -10.0, "tea"), ("bob", NOON, 20.0, "cups")]
    tea = look(make_tables(lines, {"ann": "a", "bob": "a"}), whole=True)[None, "tea"]
    assert (tea["members"], tea["buyers"], tea["penetration"], float(tea["amount"])) == (2, 1, 0.5, 30.0)


@pytest.mark.parametrize(("days", "still"), [(36, True), (37, False)])
def test_a_segment_still_buys_within_the_days_of_nine_returns_in_ten(
    make_tables: Callable[..., Any], days: int, still: bool
) -> None:
    """Forty customers came back after 1 to 40 days: nine in ten within 36."""
    lines = [
        (f"c{n}", NOON + dt.timedelta(days=gap), 5.0, what)
        for n in range(1, 41)
        for gap, what in ((0, "tea"), (n, "cups"))
    ]
    parts = {f"c{n}": "a" if n <= 10 else "b" for n in range(1, 41)}
    recency = [days] * 5 + [90] * 5 + [3] * 30
    result, _ = analyse_portfolio(
        (base := make_tables(lines, parts, recency_days=recency)).engine, PortfolioSpec(), base.groups, AS_OF
    )
    assert result is not None and result.still_buying_days == 36
    found = {row["segment"]: row["still_buying"] for row in result.rows}
    assert found == {None: True, "a": still, "b": True}
