"""Amounts are of the row's currency: its smallest unit, row by row, and the sign beside each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from vitrail.errors import DataError

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


SIGNED = """{head}sources:
  shop:
    file: shop.csv
    table: orders
    columns: {{customer_id: who, order_id: id, ordered_at: date, amount: amount}}
"""
SIGNED_ROWS = "who,id,date,amount\na,1,2025-01-01,€10.50\nb,2,2025-01-02,$10.50\nc,3,2025-01-03,10.50\n"


def test_signs_of_several_currencies_are_never_added_up(make_base: Callable[..., Any]) -> None:
    with pytest.raises(DataError, match="several currencies") as told:
        make_base(SIGNED.format(head=""), {"shop.csv": SIGNED_ROWS}).run()
    assert set(told.value.findings[0].figures["found"]) == {"EUR", "USD"}
    head = "currency: EUR\nrates: {USD: 0.5}\n"
    profile = make_base(SIGNED.format(head=head), {"shop.csv": SIGNED_ROWS}).run().profile
    assert [float(profile[who]["total_amount"]) for who in "abc"] == [10.5, 5.25, 10.5]
