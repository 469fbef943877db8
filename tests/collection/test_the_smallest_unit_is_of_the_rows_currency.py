"""Amounts in a currency's smallest unit: a hundredth, the yen itself, or a thousandth, row by row."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

PLAN = """currency: EUR
rates: {JPY: 0.01, KWD: 3}
sources:
  charges:
    file: charges.csv
    table: orders
    columns: {customer_id: who, order_id: id, ordered_at: date, amount: amount, currency: currency}
    read: {amount: cents}
"""
ROWS = (
    "who,id,date,amount,currency\na,1,2025-01-01,1050,eur\nb,2,2025-01-02,1050,jpy\nc,3,2025-01-03,1050,KWD\n"
)


def test_the_smallest_unit_is_of_the_rows_currency(make_base: Callable[..., Any]) -> None:
    profile = make_base(PLAN, {"charges.csv": ROWS}).run().profile
    spent = {customer: row["total_amount"] for customer, row in profile.items()}
    assert spent == {"a": Decimal("10.5"), "b": Decimal("10.5"), "c": Decimal("3.15")}
