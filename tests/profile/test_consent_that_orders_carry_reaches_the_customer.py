"""Whether a customer agreed to be contacted, where the orders alone say so: what the newest of them says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_latest_known_consent_counts(make_base: Callable[..., Any]) -> None:
    plan = """sources:
  sales:
    file: sales.csv
    table: orders
    columns: {customer_id: who, order_id: number, ordered_at: day, amount: total, accepts_marketing: ok}
    read: {ok: yes/no}
"""
    rows = (
        "who,number,day,total,ok\n"
        "ann,1,2025-01-01,10,yes\nann,2,2025-01-02,10,no\nann,3,2025-01-03,10,\n"
        "bob,4,2025-01-01,10,no\nbob,5,2025-01-04,10,yes\n"
    )
    base = make_base(plan, {"sales.csv": rows})
    base.run()
    assert {who: row["accepts_marketing"] for who, row in base.profile.items()} == {"ann": False, "bob": True}
