"""Triangles: the published one, the definition by brute force, periods not over, who is followed."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import defaultdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.insight_cohorts.conftest import number

import vitrail

DAY = dt.date(2024, 1, 1)


COLUMNS = {name: name for name in ("customer_id", "order_id", "ordered_at", "amount")}


@pytest.fixture(scope="module")
def online_retail(shared_data):
    """Cohorts of the first orders of Online Retail, by month."""
    columns = ["CustomerID", "InvoiceNo", "InvoiceDate", "Quantity", "UnitPrice"]
    table = pq.read_table(shared_data / "online_retail.parquet", columns=columns)
    return vitrail.cohorts(table, as_of="2011-12-10", by="first_order", period="month", refunds="drop")


def test_the_published_monthly_triangle_of_online_retail(online_retail, shared_data) -> None:
    with (shared_data / "reference" / "online_retail_cohort_counts.csv").open() as file:
        published = {row.pop("c"): row for row in csv.DictReader(file)}
    triangle = {row.pop("cohort"): row for row in online_retail.triangle("active").to_pylist()}
    assert triangle.keys() == published.keys()
    for cohort, cells in published.items():
        assert triangle[cohort] == {n: float(cell) if cell else None for n, cell in cells.items()}


def test_the_month_that_stops_on_the_ninth_is_marked_and_left_out(online_retail) -> None:
    found = online_retail
    for cohort in found.table.cohorts:
        assert [cell.complete for cell in cohort.cells] == [True] * (len(cohort.cells) - 1) + [False]
    assert found.triangle(complete=True).num_columns == found.triangle().num_columns - 1
    assert max(cell.period for cell in found.table.whole) == 10
    assert not any(each.cohort == "2011-12" for each in found.comparisons)


def test_the_first_cohort_holds_older_customers_and_is_not_compared(online_retail) -> None:
    found = online_retail
    assert found.table.not_new == "2010-12"
    assert "cohorts_not_new" in [each.code for each in found.findings]
    assert not any(each.cohort == "2010-12" for each in found.comparisons)


def by_definition(orders, period, as_of):
    """(cohort, n) → customers active, orders, revenue; cohorts by the period of the first order."""
    first = {}
    for who, day, _ in orders:
        first[who] = min(first.get(who, day), day)
    cells = defaultdict(lambda: [set(), 0, 0])
    for who, day, amount in orders:
        start = number(period, first[who])
        cell = cells[start, number(period, day) - start]
        cell[0].add(who)
        cell[1] += 1
        cell[2] += amount
    last = number(period, as_of - dt.timedelta(days=1))
    starts = {number(period, day) for day in first.values()}
    return {
        (start, n): (len(cells[start, n][0]), cells[start, n][1], cells[start, n][2])
        for start in starts
        for n in range(last - start + 1)
    }


some_orders = st.lists(
    st.tuples(
        st.sampled_from("abcdefg"),
        st.integers(0, 200).map(lambda n: DAY + dt.timedelta(n)),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=12)
@given(orders=some_orders, period=st.sampled_from(["week", "month", "quarter"]), quiet=st.integers(1, 6))
def test_cells_are_those_of_the_definition(frame, orders, period, quiet) -> None:
    as_of = max(day for _, day, _ in orders) + dt.timedelta(quiet)
    found = vitrail.cohorts(frame(orders), as_of=as_of, period=period, columns=COLUMNS)
    expected = by_definition(orders, period, as_of)
    assert {
        (number(period, cohort.start), cell.period): (cell.active, cell.orders, int(cell.revenue))
        for cohort in found.table.cohorts
        for cell in cohort.cells
    } == expected
    for cohort in found.table.cohorts:
        assert cohort.cells[0].active == cohort.customers
        for cell in cohort.cells:
            over = number(period, cohort.start) + cell.period < number(period, as_of)
            assert cell.complete is over
            told = cohort.cells[: cell.period + 1]
            assert cell.revenue_to_date == sum(each.revenue for each in told)
            assert cell.orders_to_date == sum(each.orders for each in told)


@settings(max_examples=4)
@given(orders=some_orders, seed=st.integers(0, 9))
def test_the_order_of_rows_does_not_matter(frame, orders, seed) -> None:
    mixed = list(orders)
    random.Random(seed).shuffle(mixed)
    one, other = (
        vitrail.cohorts(frame(each), period="week").to_dict()["cohorts"] for each in (orders, mixed)
    )
    assert one == other


def test_groups_count_only_who_has_lived_through_the_period(frame) -> None:
    orders = [
        ("old", dt.date(2024, 1, 5), 10),
        ("old", dt.date(2024, 3, 5), 5),
        ("new", dt.date(2024, 3, 2), 7),
    ]
    found = vitrail.cohorts(frame(orders, plan=["gold"] * 3), as_of="2024-05-01", by="plan", period="month")
    (gold,) = found.table.cohorts
    assert [(cell.period, cell.customers, cell.active) for cell in gold.cells] == [
        (0, 2, 2), (1, 2, 0), (2, 1, 1), (3, 1, 0),
    ]  # fmt: skip
    assert [int(cell.revenue_to_date) for cell in gold.cells] == [17, 17, 15, 15]
    assert all(cell.complete for cell in gold.cells)


def test_all_cohorts_together_take_no_step_where_a_young_one_leaves(frame) -> None:
    orders = [("old", dt.date(2024, month, 5), 100) for month in range(1, 5)]
    orders += [(f"new{i}", dt.date(2024, 3, 2), 10) for i in range(9)]
    found = vitrail.cohorts(frame(orders), as_of="2024-05-01", period="month")
    whole = found.table.to_dict()["whole"]
    assert [float(cell["cumulative_revenue_per_customer"]) for cell in whole] == [19, 29, 129, 229]
    assert [cell["cumulative_orders_per_customer"] for cell in whole] == pytest.approx([1, 1.1, 2.1, 3.1])


def test_groups_are_those_of_the_first_order(frame) -> None:
    orders = [("a", DAY, 1), ("a", DAY + dt.timedelta(40), 1), ("b", DAY, 1)]
    table = frame(orders, channel=["shop", "web", "web"])
    found = vitrail.cohorts(table, as_of="2024-04-01", by="channel", period="month")
    assert {each.key: each.customers for each in found.table.cohorts} == {"shop": 1, "web": 1}


def test_a_column_of_ones_own_hides_no_other(frame) -> None:
    """It keeps its own name, so that `channel` still is the channel, and may be asked about as well."""
    orders = [("a", DAY, 1), ("a", DAY + dt.timedelta(40), 1), ("b", DAY, 1), ("c", DAY, 1)]
    table = frame(orders, channel=["shop", "web", "web", "shop"]).append_column(
        "Welcome offer", pa.array(["mug", "tea", "tea", "mug"])
    )
    for adopted, count in (
        ("channel = 'web'", {"mug": 1, "tea": 1}),
        ("welcome_offer = 'tea'", {"mug": 1, "tea": 1}),
    ):
        found = vitrail.cohorts(
            table, as_of="2024-04-01", by="Welcome offer", period="month", adopted=adopted
        )
        assert {each.key: each.customers for each in found.table.cohorts} == {"mug": 2, "tea": 1}
        assert {each.key: each.cells[1].adopted for each in found.table.cohorts} == count
        assert found.table.by_label["fr"] == "Welcome offer"


def test_revenue_is_that_of_every_other_call(frame) -> None:
    """What is taken back is taken out, as everywhere, unless it is asked otherwise."""
    orders = frame([("a", DAY, 30), ("a", DAY + dt.timedelta(3), -30), ("b", DAY, 20)])
    spent = sum(row["total_amount"] for row in vitrail.profiles(orders).to_arrow().to_pylist())
    cells = [cell for each in vitrail.cohorts(orders, period="month").table.cohorts for cell in each.cells]
    assert sum(cell.revenue for cell in cells) == spent == 20


def test_customers_are_followed_from_their_sign_up_too(frame) -> None:
    register = pa.table(
        {
            "customer_id": ["a", "b", "c", "d"],
            "signed_up_at": pa.array([dt.date(2024, 1, 9)] * 3 + [dt.date(2025, 1, 1)], pa.date32()),
        }
    )
    orders = [("a", dt.date(2023, 12, 5), 9), ("a", dt.date(2024, 2, 5), 9), ("b", dt.date(2024, 1, 20), 9)]
    found = vitrail.cohorts(
        frame(orders), as_of="2024-04-01", by="signup", period="month", customers=register, columns=COLUMNS
    )
    assert [(each.key, each.customers) for each in found.table.cohorts] == [("2024-01", 3)]
    assert [cell.active for cell in found.table.cohorts[0].cells] == [1, 1, 0]


def test_what_is_taken_up_is_counted_once_and_by_the_period(frame) -> None:
    """A thing given back, bought before anyone looked, is not taken up."""
    days = [dt.date(2024, month, 3) for month in (1, 2, 3, 1, 1)]
    orders = list(zip("aaabb", days, [1, 1, 1, 1, -2], strict=True))
    table = frame(orders, category=["Tea", "Bikes", "Bikes", "Tea", "Bikes"])
    found = vitrail.cohorts(table, as_of="2024-04-01", period="month", adopted="category = 'Bikes'")
    assert found.table.cohorts[0].customers == 2
    assert [cell.adopted for cell in found.table.cohorts[0].cells] == [0, 1, 1]


def test_what_was_taken_up_before_the_start_counts_from_it_on(frame) -> None:
    register = pa.table(
        {"customer_id": ["a", "b"], "signed_up_at": pa.array([dt.date(2024, 2, 9)] * 2, pa.date32())}
    )
    orders = [("a", dt.date(2023, 12, 5), 9), ("a", dt.date(2024, 3, 5), 9), ("b", dt.date(2024, 3, 20), 9)]
    found = vitrail.cohorts(
        frame(orders, category=["Bikes", "Tea", "Bikes"]), as_of="2024-04-01", by="signup", period="month",
        customers=register, adopted="category = 'Bikes'",
    )  # fmt: skip
    assert [cell.adopted for cell in found.table.cohorts[0].cells] == [1, 2]


def test_the_first_of_a_month_follows_the_last_of_the_one_before(frame) -> None:
    days = [dt.date(2024, 1, 30), dt.date(2024, 1, 31), dt.date(2024, 2, 1), dt.date(2024, 2, 2)]
    found = vitrail.cohorts(frame([("a", day, 1) for day in days]), as_of="2024-03-01", period="month")
    assert [(cell.active, cell.orders) for cell in found.table.cohorts[0].cells] == [(1, 2), (1, 2)]


@pytest.mark.parametrize(
    ("days", "period"), [(100, "week"), (119, "week"), (120, "month"), (700, "month"), (800, "quarter")]
)
def test_the_period_follows_from_the_length_of_the_record(frame, days, period) -> None:
    orders = [("a", DAY + dt.timedelta(n), 1) for n in range(0, days, 5)] + [
        ("a", DAY + dt.timedelta(days - 1), 1)
    ]
    assert vitrail.cohorts(frame(orders)).table.period == period


def test_weeks_begin_on_monday_and_are_written_by_it(frame) -> None:
    orders = [("a", dt.date(2024, 1, 7), 1), ("b", dt.date(2024, 1, 8), 1)]
    found = vitrail.cohorts(frame(orders), period="week")
    assert [each.key for each in found.table.cohorts] == ["2024-01-01", "2024-01-08"]


def test_data_that_stop_are_not_taken_for_customers_who_left(frame) -> None:
    orders = [
        (who, DAY + dt.timedelta(n), 1) for n, who in enumerate("abcabcabcabcabcabcabcabcabcabcabc" * 2)
    ]
    found = vitrail.cohorts(frame(orders), as_of="2024-12-01", period="month")
    assert "cohorts_data_stop" in [each.code for each in found.findings]
    assert found.table.until == orders[-1][1] + dt.timedelta(1)
    assert len(found.table.cohorts[0].cells) == 3


def test_one_order_and_one_customer_have_their_triangle(frame) -> None:
    found = vitrail.cohorts(frame([("a", DAY, 1)]))
    (cohort,) = found.table.cohorts
    assert (cohort.customers, len(cohort.cells), found.table.at) == (1, 1, None)
    assert not cohort.cells[0].complete
    assert found.comparisons == ()
    assert found.to_arrow().num_rows == 1
