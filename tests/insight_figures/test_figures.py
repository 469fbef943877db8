# ruff: noqa: E501
"""The figures that tell who the customers are: exact, whatever the order of the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.engine import DuckDB, sql
from vitrail.insight.base import load_base, load_countries, load_shortest_silence
from vitrail.insight.curve import load_curve, load_top_fifth
from vitrail.insight.grid import Interval, load_grid, score_intervals

AS_OF = dt.date(2024, 1, 1)


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    with DuckDB() as opened:
        yield opened


def profile(engine: DuckDB, **columns: list[object]) -> None:
    engine.create("profile", sql("select 1 as nothing limit 0"))
    engine.drop("profile")
    table = pa.table(columns)
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(at, field.name, table[field.name].cast(pa.decimal128(18, 4)))
    engine.register("profile", table)


def money(*amounts: float | int) -> list[object]:
    return [Decimal(str(amount)) for amount in amounts]


def test_the_top_fifth_of_the_real_shop_brings_the_published_share(engine: DuckDB, shared_data: Path) -> None:
    lines = sql(
        """select CustomerID as customer_id, sum(Quantity * UnitPrice::decimal(18, 4))::decimal(18, 4) as total_amount
        from read_parquet($file) where CustomerID is not null and InvoiceNo::varchar not like 'C%'
          and Quantity > 0 and UnitPrice > 0 group by all""",
        file=str(shared_data / "online_retail.parquet"),
    )
    engine.create("profile", lines)
    assert load_curve(engine).top_fifth == pytest.approx(0.746171, abs=5e-7)


def test_the_base_counts_buyers_once_and_again(engine: DuckDB) -> None:
    profile(
        engine,
        order_count=[1, 1, 3, 0],
        total_amount=money(10, 0, 5.5, 0),
        recency_days=[1, 30, 10, None],
        first_order_days=[1, 30, 90, None],
    )
    base = load_base(engine, AS_OF)
    assert (base.customers, base.buyers, base.one_time) == (4, 3, 2)
    assert base.revenue == Decimal("15.5")
    assert (base.first_order_on, base.last_order_on) == (dt.date(2023, 10, 3), dt.date(2023, 12, 31))


def test_a_profile_without_orders_still_has_a_size(engine: DuckDB) -> None:
    profile(engine, customer_id=["a", "b"])
    base = load_base(engine, AS_OF)
    assert (base.customers, base.revenue, base.median_recency_days, base.first_order_on) == (2, 0, None, None)
    assert load_countries(engine) == ()
    assert load_grid(engine, "value") == ()
    assert load_curve(engine).points == ()


def test_countries_beyond_the_biggest_are_one(engine: DuckDB) -> None:
    profile(engine, country=["A", "B", "C", "A", None], total_amount=money(5, 9, 1, 5, 100))
    found = [(each.name, each.countries, each.customers, each.revenue) for each in load_countries(engine, 1)]
    assert found == [("A", 1, 2, Decimal(10)), (None, 2, 2, Decimal(10))]


def test_the_shortest_silence_is_that_of_the_segments_asked(engine: DuckDB) -> None:
    profile(engine, value=["x", "y", "z"], recency_days=[5, 40, 70])
    assert load_shortest_silence(engine, "value", ["y", "z"]) == 40
    assert load_shortest_silence(engine, "value", ["none"]) is None
    assert load_shortest_silence(engine, "other", ["y"]) is None


amounts = st.lists(st.integers(-50, 10_000), min_size=1, max_size=400)


@settings(max_examples=25)
@given(amounts, st.randoms(use_true_random=False))
def test_the_curve_rises_from_the_best_to_the_whole_in_any_order(values: list[int], random: object) -> None:
    with DuckDB() as engine:
        profile(engine, total_amount=money(*values))
        curve = load_curve(engine)
        shuffled = list(values)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        profile(engine, total_amount=money(*shuffled))
        assert load_curve(engine) == curve
    positive = [value for value in values if value > 0]
    assert (curve.customers, curve.left_out) == (len(positive), len(values) - len(positive))
    assert len(curve.points) <= 200
    if positive:
        shares = [(point.customers, point.value) for point in curve.points]
        assert shares == sorted(shares) and shares[-1] == pytest.approx((1.0, 1.0))
        assert all(value >= customers - 1e-9 for customers, value in shares)


def test_the_curve_marks_where_each_class_ends(engine: DuckDB) -> None:
    profile(engine, total_amount=money(6, 2, 1, 1), classes=["a", "b", "b", "c"])
    ends = {
        point.segment: point.value
        for point in load_curve(engine, segmentation="classes").points
        if point.segment
    }
    assert ends == {"a": 0.6, "b": 0.9, "c": 1.0}


def test_a_cell_is_named_after_most_of_its_customers(engine: DuckDB) -> None:
    profile(
        engine,
        value=["x", "y", "y", "z"],
        value_r=[5, 5, 5, 1],
        value_f=[1, 1, 1, 2],
        total_amount=money(1, 2, 3, 4),
    )
    worst, best = load_grid(engine, "value")
    assert (best.recency_score, best.frequency_score, best.customers) == (5, 1, 3)
    assert (best.segment, best.segments, best.revenue) == ("y", 2, Decimal(6))
    assert (worst.segment, worst.segments) == ("z", 1)


@given(st.lists(st.integers(0, 30), max_size=9), st.integers(-5, 40), st.booleans())
def test_every_value_is_in_exactly_one_interval(cuts: list[int], value: int, fewer: bool) -> None:
    def holds(interval: Interval) -> bool:
        return (interval.low is None or value >= interval.low) and (
            interval.high is None or value < interval.high
        )

    intervals = score_intervals([Decimal(cut) for cut in cuts], fewer)
    assert [interval.score for interval in intervals] == list(range(1, len(cuts) + 2))
    assert sum(map(holds, intervals)) == 1


def test_the_fifth_is_that_of_all_buyers_where_the_curve_cannot_be_told_from_theirs(engine: DuckDB) -> None:
    few = [*range(100, 198), 0, -1]
    for worth, alike in ((few, True), ([*few[:40], *([-40] * 60)], False)):
        profile(engine, total_amount=money(*worth))
        assert load_curve(engine).buyers_fifth == (load_top_fifth(engine) if alike else None)
