"""Rows that `keep` sets aside tell no newest day; they and what is cancelled are told with their money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_a_payment_after_the_last_sale_tells_no_day(make_base: Callable[..., Any]) -> None:
    plan = """sources:
  ledger:
    file: ledger.csv
    table: orders
    columns: {customer_id: who, order_id: number, ordered_at: day, amount: total, status: state}
    keep: "journal = 'VE'"
"""
    rows = (
        "who,number,day,total,state,journal\n"
        "ann,1,2025-01-01,10,paid,VE\nbob,2,2025-01-02,20,cancelled,VE\nann,3,2025-03-02,10,paid,BQ\nann,4,2025-01-01,5,paid,BQ\n"
    )
    base = make_base(plan, {"ledger.csv": rows})
    base.run()
    assert base.profile["ann"]["recency_days"] == 2
    codes = {row["code"] for row in base.rows("findings.parquet")}
    assert {"funnel_cancelled", "funnel_not_kept"} <= codes
