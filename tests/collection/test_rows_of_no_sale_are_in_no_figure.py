"""A row that a step of the cleaning takes out is in no figures, and is counted among those that exist."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

PLAN = """sources:
  sales:
    file: sales.csv
    table: order_lines
    columns: {customer_id: who, order_id: id, ordered_at: day, product_name: item, amount: total}
"""


def test_what_is_written_off_as_bad_debt_changes_nobody_s_total(make_base: Callable[..., Any]) -> None:
    rows = "a,1,2025-01-01,Teapot,40\na,2,2025-01-02,Adjust bad debt,-15\nb,3,2025-01-03,Bad debt,900\n"
    base = make_base(PLAN, {"sales.csv": f"who,id,day,item,total\n{rows}"}).run()
    assert base.funnel["bad_debt"] == (2, Decimal(885)) and base.funnel["kept"] == (1, Decimal(40))
    assert {who: row["total_amount"] for who, row in base.profile.items()} == {"a": Decimal(40)}


def test_shares_of_rows_are_of_those_that_exist_at_the_as_of_date(make_base: Callable[..., Any]) -> None:
    rows = "".join(f"{'' if at < 3 else f'c{at}'},{at},2025-01-{at:02},Teapot,5\n" for at in range(1, 11))
    later = "".join(f"c{at},{at},2025-06-01,Teapot,5\n" for at in range(11, 21))
    base = make_base(PLAN, {"sales.csv": f"who,id,day,item,total\n{rows}{later}"}).run("2025-03-01")
    shares = {row["code"]: json.loads(row["figures"]).get("share") for row in base.rows("findings.parquet")}
    assert shares["funnel_no_customer"] == 0.2, "two of the ten rows before the day"
    assert shares["funnel_after_as_of"] == 0.5, "ten of the twenty in the file"


#: Rows (order, day of January, item, amount, status), and what is left of them by `refunds:`.
UNDONE = {
    "a minus under a word undoes its sale": (
        "1,1,Teapot,40,paid;2,2,Cup,10,paid;R1,5,Teapot,-40,{word}", {"match": 10, "net": 10, "drop": 50}),
    "under the number of the sale": (
        "1,1,Teapot,40,paid;2,2,Cup,10,paid;1,5,Teapot,-40,{word}", {"match": 10, "net": 10, "drop": 50}),
    "a part of it is subtracted": (
        "1,1,Teapot,40,paid;2,2,Cup,10,paid;R1,5,Teapot,-15,{word}", {"match": 35, "net": 35, "drop": 50}),
    "a sale under the same word is off by itself": (
        "1,1,Teapot,40,{word};2,2,Teapot,40,paid;R1,5,Teapot,-40,{word}",
        {"match": 40, "net": 40, "drop": 40}),
    "so are the discount and the refund of its order": (
        "1,1,Teapot,40,{word};1,1,Discount,-4,{word};1,5,Refund,-36,{word};2,2,Cup,10,paid",
        {"match": 10, "net": 10, "drop": 10}),
    "and what says nothing itself": (
        "1,1,Teapot,40,{word};1,1,Discount,-4,paid;2,2,Cup,10,paid", {"match": 10, "net": 10, "drop": 10}),
    "of an order that is off in part only its own": (
        "1,1,Teapot,40,paid;1,1,Cup,10,{word};1,5,Cup,-10,{word};2,2,Tray,25,paid",
        {"match": 65, "net": 65, "drop": 65}),
}  # fmt: skip


@pytest.mark.parametrize("refunds", ["match", "net", "drop"])
def test_what_was_taken_back_is_taken_off_once_whatever_its_status(
    make_base: Callable[..., Any], refunds: str
) -> None:
    text, expected = "", {}
    for case, (rows, left) in UNDONE.items():
        for word in ("returned", "Remboursé", "cancelled", "Annulée par le client"):
            who = f"{case}: {word}"
            expected[who] = left[refunds]
            for row in rows.format(word=word).split(";"):
                order, day, rest = row.split(",", 2)
                text += f"{who},{order},2025-01-0{day},{rest}\n"
    plan = PLAN.replace("amount: total", "amount: total, status: state") + f"    refunds: {refunds}\n"
    base = make_base(plan, {"sales.csv": f"who,id,day,item,total,state\n{text}"}).run()
    assert {who: row["total_amount"] for who, row in base.profile.items()} == expected


def test_a_refund_that_failed_takes_nothing_back(make_base: Callable[..., Any]) -> None:
    plan = PLAN.replace("amount: total", "amount: total, status: state")
    rows = "a,1,2025-01-01,Teapot,40,paid\na,R1,2025-01-05,Teapot,-40,failed\n"
    rows += "b,2,2025-01-02,Cup,10,returned\n"
    base = make_base(plan, {"sales.csv": f"who,id,day,item,total,state\n{rows}"}).run()
    assert {who: row["total_amount"] for who, row in base.profile.items()} == {"a": 40}


@pytest.mark.parametrize(("refunds", "left"), [("match", 440), ("net", 440)])
def test_a_refund_exported_twice_undoes_one_sale(
    make_base: Callable[..., Any], refunds: str, left: int
) -> None:
    """Equal rows are dropped before any is matched, else the second would be kept as what undoes nothing."""
    rows = "a,1,2025-01-01,Teapot,40\n" + "a,C1,2025-01-05,Teapot,-40\n" * 2 + "a,2,2025-01-05,Tray,440\n"
    more = f"    refunds: {refunds}\n    clean: {{duplicates: drop}}\n"
    base = make_base(PLAN + more, {"sales.csv": f"who,id,day,item,total\n{rows}"}).run()
    assert base.profile["a"]["total_amount"] == left and base.funnel["duplicates"] == (1, Decimal(-40))


@pytest.mark.parametrize("refunds", ["match", "net"])
def test_an_amount_without_the_minus_of_its_quantity_is_read_with_it(
    make_base: Callable[..., Any], refunds: str
) -> None:
    plan = PLAN.replace("amount: total", "amount: total, quantity: pieces") + f"    refunds: {refunds}\n"
    rows = "a,1,2025-01-01,Teapot,120,3\na,C1,2025-01-05,Teapot,40,-1\na,2,2025-01-05,Tray,4,1\n"
    base = make_base(plan, {"sales.csv": f"who,id,day,item,total,pieces\n{rows}"}).run()
    assert base.profile["a"]["total_amount"] == 84
    assert "amounts_unsigned" in {row["code"] for row in base.rows("findings.parquet")}
