"""A cancellation undoes a sale wherever it stands; an order that counts twice is told with its money."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

HEADER = "customer,number,date,total\n"
COLUMNS = "columns: {customer_id: customer, order_id: number, ordered_at: date, amount: total}"
PLAN = "currency: EUR\nsources:\n"


def source(name: str, file: str, more: str = "") -> str:
    return f"  {name}: {{file: {file}, table: orders, {COLUMNS}{more}}}\n"


SALES = HEADER + "ann,1,2025-01-02,10\nann,2,2025-01-05,40\nbob,3,2025-01-06,10\n"
BACK = HEADER + "ann,R9,2025-01-09,-40\nbob,R8,2025-01-01,-10\n"


@pytest.mark.parametrize(("refunds", "orders"), [("", 1), (", refunds: net", 2)])
def test_a_cancellation_undoes_a_sale_of_another_source(
    make_base: Callable[..., Any], refunds: str, orders: int
) -> None:
    plan = PLAN + source("sales", "sales.csv", refunds) + source("back", "back.csv", refunds)
    base = make_base(plan, {"sales.csv": SALES, "back.csv": BACK})
    base.run()
    ann = base.profile["ann"]
    assert (ann["order_count"], ann["total_amount"]) == (orders, 10)
    steps = {(row["source"], row["step"]): row["rows"] for row in base.rows("funnel.parquet")}
    assert steps[("sales", "read")] == 3 and steps[("back", "read")] == 2
    assert steps.get(("sales", "voided"), 0) == steps.get(("back", "cancelled"), 0) == 2 - orders


AGAIN = {
    "row for row": (
        source("sales", "[a.csv, b.csv]"),
        HEADER + "ann,2,2025-01-05,40\nann,4,2025-01-08,5\n",
        ("orders_exported_twice", "40"),
    ),
    "with another total": (
        source("sales", "[a.csv, b.csv]"),
        HEADER + "ann,2,2025-01-05,30\n",
        ("orders_told_twice", "30"),
    ),
    "in another source": (
        source("shop", "a.csv") + source("bank", "b.csv"),
        HEADER + "ann,2,2025-01-06,40\n",
        ("orders_in_two_sources", "40"),
    ),
    "or not at all": (source("sales", "[a.csv, b.csv]"), HEADER + "ann,4,2025-01-05,40\n", None),
    "and rows that are dropped": (
        source("sales", "[a.csv, b.csv]", ", clean: {duplicates: drop}"),
        HEADER + "ann,2,2025-01-05,40\n",
        None,
    ),
}


@pytest.mark.parametrize(("sources", "more", "told"), AGAIN.values(), ids=AGAIN)
def test_an_order_that_counts_twice_is_told_with_its_money(
    make_base: Callable[..., Any], sources: str, more: str, told: tuple[str, str] | None
) -> None:
    base = make_base(PLAN + sources, {"a.csv": SALES, "b.csv": more})
    rows = [row for row in base.run().rows("findings.parquet") if row["code"].startswith("orders_")]
    found = [(row["code"], json.loads(row["figures"])) for row in rows]
    assert [(code, figures["orders"], float(figures["amount"])) for code, figures in found] == (
        [(told[0], 1, float(told[1]))] if told else []
    )


def test_a_refund_under_the_sellers_name_is_the_buyers(make_base: Callable[..., Any]) -> None:
    rows = SALES + "us,2,2025-01-09,-15\nbob,1,2025-01-10,-1\nus,,2025-01-11,-3\n,3,2025-01-12,-2\n"
    base = make_base(PLAN + source("sales", "sales.csv"), {"sales.csv": rows})
    base.run()
    assert {key: row["total_amount"] for key, row in base.profile.items()} == {"ann": 35, "bob": 7}
    lost = [row for row in base.rows("findings.parquet") if row["code"] == "funnel_no_purchase"]
    assert [(row["level"], json.loads(row["figures"])["rows"]) for row in lost] == [("warning", 1)]
