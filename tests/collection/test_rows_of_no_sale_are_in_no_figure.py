"""A row that a step of the cleaning takes out is in no figures, and is counted among those that exist."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

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


def test_a_row_with_a_minus_under_returned_undoes_its_sale(make_base: Callable[..., Any]) -> None:
    """A sale under the same word came to nothing by itself, and its own return takes nothing more off."""
    plan = PLAN.replace("amount: total", "amount: total, status: state")
    rows = "a,1,2025-01-01,Teapot,40,paid\na,2,2025-01-02,Cup,10,paid\na,R1,2025-01-05,Teapot,-40,returned\n"
    rows += "b,3,2025-01-03,Cup,10,returned\nb,R3,2025-01-06,Cup,-10,Returned\nb,4,2025-01-07,Tray,25,paid\n"
    base = make_base(plan, {"sales.csv": f"who,id,day,item,total,state\n{rows}"}).run()
    assert {who: row["total_amount"] for who, row in base.profile.items()} == {"a": 10, "b": 25}
    assert base.funnel["kept"] == (2, Decimal(35))
