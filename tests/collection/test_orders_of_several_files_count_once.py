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


def test_credit_notes_beside_orders_and_lines_are_taken_off_each(make_base: Callable[..., Any]) -> None:
    """Taken for orders, those of one customer, or of the number of a sale, would be repeats of one order."""
    heads = "number,customer,date\n1,ann,2025-01-02\n2,ann,2025-01-05\n3,bob,2025-01-06\n"
    lines = "number,item,quantity,price\n1,cup,2,10\n2,pot,1,40\n3,cup,1,10\n"
    back = HEADER + "ann,1,2025-01-09,-3\nann,,2025-01-10,-4\nann,,2025-01-11,-4\n"
    plan = PLAN + (
        "  heads: {file: heads.csv, table: orders, "
        "columns: {order_id: number, customer_id: customer, ordered_at: date}}\n"
        "  lines: {file: lines.csv, table: order_lines, "
        "columns: {order_id: number, product_name: item, quantity: quantity, unit_price: price}}\n"
    )
    base = make_base(
        plan + source("back", "back.csv"), {"heads.csv": heads, "lines.csv": lines, "back.csv": back}
    )
    base.run()
    ann = base.profile["ann"]
    assert (ann["order_count"], ann["total_amount"]) == (2, 49)


def test_credit_notes_that_name_nobody_are_those_of_whoever_placed_their_order(
    make_base: Callable[..., Any],
) -> None:
    back = "number,date,total\n2,2025-01-09,15\n99,2025-01-10,7\n"
    columns = "columns: {order_id: number, ordered_at: date, amount: total}, credits: 'true'"
    plan = PLAN + source("sales", "sales.csv")
    base = make_base(
        plan + f"  back: {{file: back.csv, table: orders, {columns}}}\n",
        {"sales.csv": SALES, "back.csv": back},
    )
    base.run()
    assert [base.profile[name]["total_amount"] for name in ("ann", "bob")] == [35, 10]
    steps = {
        (row["source"], row["step"]): (row["rows"], row["amount"]) for row in base.rows("funnel.parquet")
    }
    assert steps[("back", "no_customer")] == (1, -7)


AGAIN = {
    "row for row": (
        source("sales", "[a.csv, b.csv]"),
        HEADER + "ann,2,2025-01-05,40\nann,4,2025-01-08,5\nann,2,2025-01-09,-1\n",
        ("orders_exported_twice", "40"),
    ),
    "though nothing numbers them": (
        source("sales", "[a.csv, b.csv]"),
        HEADER + "ann,,2025-01-09,7\n" * 2,
        ("orders_exported_twice", "7"),
    ),
    "with another total": (
        source("sales", "[a.csv, b.csv]"),
        HEADER + "ann,2,2025-01-05,30\n",
        ("orders_told_twice", "30"),
    ),
    "with one row more": (
        source("sales", "[a.csv, b.csv]"),
        HEADER + "ann,2,2025-01-05,40\nann,2,2025-01-05,30\n",
        ("orders_told_twice", "70"),
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


def test_a_refund_whose_number_two_customers_bear_is_neithers(make_base: Callable[..., Any]) -> None:
    rows = SALES + "bob,2,2025-01-07,5\nus,2,2025-01-09,-15\n"
    base = make_base(PLAN + source("sales", "sales.csv"), {"sales.csv": rows}).run()
    assert {key: row["total_amount"] for key, row in base.profile.items()} == {"ann": 50, "bob": 15}


def test_a_refund_under_the_sellers_name_is_the_buyers(make_base: Callable[..., Any]) -> None:
    rows = SALES + "us,2,2025-01-09,-15\nbob,1,2025-01-10,-1\nus,,2025-01-11,-3\n,3,2025-01-12,-2\n"
    rows += "ann,,2025-01-11,8\n"  # at the moment of a refund without a number, which is nobody's for that
    base = make_base(PLAN + source("sales", "sales.csv"), {"sales.csv": rows})
    base.run()
    assert {key: row["total_amount"] for key, row in base.profile.items()} == {"ann": 43, "bob": 7}
    lost = [row for row in base.rows("findings.parquet") if row["code"] == "funnel_no_purchase"]
    assert [(row["level"], json.loads(row["figures"])["rows"]) for row in lost] == [("warning", 1)]
    assert (base.funnel["no_purchase"], base.funnel["refunds"]) == ((1, -3), (3, -18))


BESIDE = """currency: EUR
sources:
  orders: {file: orders.csv, table: orders, columns: {customer_id: who, order_id: number, ordered_at: at%s}}
  lines: {file: [a.csv, b.csv], table: order_lines, columns: {order_id: number, product_id: what%s}}
"""
ALIKE = "who,number,at,total\nann,1,2025-01-02,10\nbob,1,2025-01-02,200\nann,2,2025-01-03,320\n"
MINE, NOBODYS = "w,number,what,price\n", "number,what,price\n"
NUMBERED_ALIKE = {
    "whose lines say whose they are": (
        ("", ", amount: price, customer_id: w"),
        (MINE + "ann,1,p,10\nbob,1,p,150\n", MINE + "bob,1,q,50\nann,2,q,320\n"),
        {},
    ),
    "whose lines do not": (
        (", amount: total", ", amount: price"),
        (NOBODYS + "1,p,10\n1,p,150\n", NOBODYS + "1,q,50\n2,q,320\n"),
        {"rows": 3, "numbers": 1, "amount": 210, "currency": "EUR"},
    ),
    "whose lines name others": (
        (", amount: total", ", amount: price, customer_id: w, ordered_at: d"),
        ("d," + MINE + "2025-01-02,A,1,p,10\n", "d," + MINE + "2025-01-02,B,1,p,150\n2025-01-03,A,2,q,320\n"),
        {"rows": 2, "numbers": 1, "amount": 160, "currency": "EUR"},
    ),
    "of which the total alone is known": (
        (", amount: total", ", customer_id: w"),
        (MINE + "ann,1,p,\nbob,1,p,\n", MINE + "bob,1,q,\nann,2,q,\n"),
        {},
    ),
}


@pytest.mark.parametrize(("columns", "lines", "told"), NUMBERED_ALIKE.values(), ids=NUMBERED_ALIKE)
def test_orders_of_one_number_count_once_each(
    make_base: Callable[..., Any], columns: tuple[str, str], lines: tuple[str, str], told: dict[str, Any]
) -> None:
    base = make_base(BESIDE % columns, {"orders.csv": ALIKE, "a.csv": lines[0], "b.csv": lines[1]}).run()
    assert {who: (row["total_amount"], row["order_count"]) for who, row in base.profile.items()} == {
        "ann": (330, 2),
        "bob": (200, 1),
    }
    found = [
        json.loads(row["figures"]) for row in base.rows("findings.parquet") if row["code"] == "lines_adrift"
    ]
    assert found == ([told] if told else [])


@pytest.mark.parametrize("one", ["2,p,490\n2,q,20\n", "2,p,245\n2,p,245\n2,q,20\n"], ids=["", "like lines"])
def test_lines_exported_twice_beside_their_orders_are_told_with_their_money(
    make_base: Callable[..., Any], one: str
) -> None:
    orders = "who,number,at\nann,1,2025-01-02\nbob,2,2025-01-02\nann,3,2025-01-02\n"
    a, b = NOBODYS + "1,p,10\n3,p,7\n3,p,7\n" + one, NOBODYS + one + "1,q,1\n"
    base = make_base(BESIDE % ("", ", amount: price"), {"orders.csv": orders, "a.csv": a, "b.csv": b}).run()
    (told,) = [row for row in base.rows("findings.parquet") if row["code"] == "orders_exported_twice"]
    figures = json.loads(told["figures"])
    assert (figures["orders"], float(figures["amount"])) == (1, 510)
