"""One customer that holds a great share of the orders or the revenue is told, without a word on who it is."""

from __future__ import annotations

import pytest
from sqlglot import exp

from vitrail.engine import DuckDB, sql
from vitrail.profile import check_concentration, check_likeness


def told(others: int, orders: int, spent: int) -> dict[str, dict[str, object]]:
    """Customers of one order of 10, and beside them one of `orders` orders and `spent` money."""
    with DuckDB() as engine:
        rows = "select 1::bigint as order_count, 10::decimal(38,4) as total_amount from range($others)"
        first = "select $orders::bigint, $spent::decimal(38,4)"
        query = sql(f"{rows} union all {first}", others=others, orders=orders, spent=spent)
        engine.create("profile", query)
        return {each.code: dict(each.figures) for each in check_concentration(engine, "here")}


@pytest.mark.parametrize(
    "orders, spent, code",
    [(11, 10, "one_customer_orders"), (1, 110, "one_customer_revenue"), (11, 110, "one_customer_both")],
)
def test_a_tenth_of_either_is_told(orders, spent, code):
    assert list(told(99, orders, spent)) == [code]
    assert told(100, orders - (orders > 1), spent - 10 * (spent > 10)) == {}  # just under a tenth


def test_few_customers_and_what_was_given_back_are_no_concentration():
    assert told(48, 40, 4000) == {}
    assert told(99, 1, -5000) == {}
    assert told(99, 0, 0) == {}


def test_a_run_tells_of_an_account_of_walk_in_sales_until_it_is_nobody(make_base):
    """As a till writes them: every sale without a customer under one code."""
    lines = ["who,number,at,total"]
    lines += [f"C{i % 60},{i},2024-0{i % 9 + 1}-1{i % 9},20" for i in range(120)]
    lines += [f"COMPTOIR,W{i},2024-0{i % 9 + 1}-1{i % 9},9" for i in range(80)]
    plan = """
sources:
  shop: {file: orders.csv, table: orders, clean: {nobody: [NOBODY]},
         columns: {customer_id: who, order_id: number, ordered_at: at, amount: total}}
segmentations: {value: {method: rfm}}
"""
    files = {"orders.csv": "\n".join(lines) + "\n"}
    found = {row["code"]: row for row in make_base(plan, files).run().rows("findings.parquet")}
    said = str(found["one_customer_both"])
    assert "40.0%" in said and "23.1%" in said and "COMPTOIR" not in said
    assert "no row has NOBODY under “who”" in found["nobody_unmet"]["message"]
    after = make_base(plan.replace("NOBODY", "Comptoir"), files).run().rows("findings.parquet")
    assert not [row for row in after if row["code"].startswith(("one_customer", "nobody_unmet"))]


@pytest.mark.parametrize(
    ("codes", "customers"),
    [(["ab", "AB", "c"], 2), (["é", "e\u0301", "É", "z"], 3), (["a1", "b1"], 0), (["A1", "B1", "01"], 0)],
)
def test_codes_that_differ_by_capitals_or_by_how_accents_are_stored_are_told(codes, customers):
    with DuckDB() as engine:
        engine.create(
            "profile",
            sql(
                "select unnest($codes) as customer_id",
                codes=exp.Array(expressions=[exp.Literal.string(each) for each in codes]),
            ),
        )
        found = [each.figures["customers"] for each in check_likeness(engine, "here")]
    assert found == [customers][: bool(customers)]
