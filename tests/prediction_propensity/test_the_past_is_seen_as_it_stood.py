"""The profile of an earlier day is the one that a run of that day would have made."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import vitrail
from vitrail.engine import DuckDB, column, compile_drawn, sql
from vitrail.library.frames import read_frame, recognise_frame
from vitrail.plan import Plan, parse_block, shift
from vitrail.prediction.base import PredictionContext
from vitrail.prediction.propensity.past import build_past_profile, recall_past
from vitrail.workspace.segmenting import segment_customers

COLUMNS = {
    "customer_id": "CustomerID", "order_id": "InvoiceNo", "ordered_at": "InvoiceDate",
    "product_id": "StockCode", "product_name": "Description", "quantity": "Quantity",
    "unit_price": "UnitPrice", "country": "Country",
}  # fmt: skip
DAY = dt.date(2011, 6, 13)


def past_profile(
    lines: pa.Table,
    day: dt.date,
    columns: dict[str, str] | None,
    customers: int | None = None,
    since: dt.date = dt.date.min,
) -> pa.Table:
    """The profile of `day`, looked back on from the end of the data."""
    with DuckDB() as engine:
        read = read_frame(engine, "orders", lines)
        source = recognise_frame(engine, "orders", read, columns, "match")
        plan = parse_block(Plan, {"version": 1, "name": "", "sources": {"orders": source}}, "test")
        segmented = segment_customers(engine, plan, {"orders": read})
        context = PredictionContext(engine, plan, segmented.collected, segmented.variables)
        all_of_them = segmented.customers
        sampled = compile_drawn(column("customer_id"), all_of_them, customers or all_of_them)
        recall_past(context, day, sampled)
        build_past_profile(context, day, since)
        return engine.arrow(sql("select * from past_profile order by customer_id"))


@pytest.fixture(scope="module")
def online_retail(shared_data: Path) -> pa.Table:
    lines = pq.read_table(shared_data / "online_retail.parquet")
    kept = pc.equal(pc.bit_wise_and(pc.fill_null(pc.cast(lines["CustomerID"], pa.int64()), 0), 3), 0)
    return lines.filter(kept)


def test_of_online_retail_every_variable_is_what_a_run_of_that_day_finds(online_retail: pa.Table) -> None:
    """Sales that were cancelled later still stand, for nobody knew then."""
    then = vitrail.profiles(online_retail, as_of=DAY, columns=COLUMNS).customers
    now = past_profile(online_retail, DAY, COLUMNS)
    assert then.num_rows > 600
    assert now.select(then.column_names).to_pylist() == then.to_pylist()


def sale(customer: str, day: int, amount: float, **more: Any) -> dict[str, Any]:
    """An order of 2025, on the `day`th of the year."""
    at = dt.datetime(2025, 1, 1, 12) + dt.timedelta(days=day)
    return {
        "customer_id": customer,
        "order_id": f"{customer}{day}",
        "ordered_at": at,
        "amount": amount,
        **more,
    }


def test_a_sale_undone_later_still_stands_on_the_day_between() -> None:
    orders = [sale("ann", 1, 10.0), sale("ann", 5, 30.0), sale("ann", 40, -30.0), sale("bob", 2, 5.0)]
    day = dt.date(2025, 1, 21)
    found = past_profile(pa.Table.from_pylist(orders), day, None).to_pylist()
    assert [(row["customer_id"], row["order_count"], float(row["total_amount"])) for row in found] == [
        ("ann", 2, 40.0),
        ("bob", 1, 5.0),
    ]
    later = past_profile(pa.Table.from_pylist(orders), dt.date(2025, 2, 20), None).to_pylist()
    assert [(row["customer_id"], row["order_count"]) for row in later] == [("ann", 1), ("bob", 1)]


@pytest.mark.parametrize("day", [dt.date(2024, 10, 1), dt.date(2025, 2, 4)])
def test_a_profile_that_looks_back_to_a_day_is_that_of_a_record_begun_then(
    day: dt.date, make_shop: Any
) -> None:
    """Of an earlier day, and of today, to which a model is applied."""
    shop, since = make_shop(1, customers=200), dt.date(2024, 5, 3)
    begun = shop.filter(pc.greater_equal(shop["ordered_at"], dt.datetime(2024, 5, 3)))
    then = vitrail.profiles(begun, as_of=day).customers
    found = past_profile(shop, day, None, since=since)
    assert 0 < then.num_rows < len(set(shop["customer_id"].to_pylist()))
    assert found.select(then.column_names).to_pylist() == then.to_pylist()


def test_a_sample_holds_the_same_customers_whatever_the_order_of_rows(make_shop: Any) -> None:
    shop = make_shop(1, customers=300)
    backwards = shop.take(list(range(shop.num_rows))[::-1])
    day = dt.date(2024, 10, 1)
    one, other = (past_profile(each, day, None, customers=100) for each in (shop, backwards))
    assert one.equals(other)
    assert 60 < one.num_rows < 140


@pytest.mark.parametrize(
    ("within", "times", "expected"),
    [
        ("90 days", -2, dt.date(2011, 6, 13)),
        ("2 weeks", 1, dt.date(2011, 12, 24)),
        ("3 months", -1, dt.date(2011, 9, 10)),
        ("1 year", -2, dt.date(2009, 12, 10)),
        ("99999 years", -3, dt.date(1, 1, 10)),
        ("99999 weeks", -3, dt.date.min),
    ],
)
def test_spans_are_those_of_the_calendar(within: str, times: int, expected: dt.date) -> None:
    assert shift(dt.date(2011, 12, 10), within, times) == expected
