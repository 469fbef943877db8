"""What was given back takes from the sale, whatever sign it is written with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_refunded_amount_is_taken_off_with_a_minus_or_without(
    make_base: Callable[..., Any], sign: str
) -> None:
    columns = "customer_id: who, order_id: no, ordered_at: date, amount: total, refunded_amount: back"
    rows = f"a,1,2025-01-05,10,{sign}10\na,2,2025-01-06,20,{sign}5\nb,3,2025-01-07,30,\n"
    base = make_base(
        f"sources:\n  sales: {{file: s.csv, table: orders, columns: {{{columns}}}}}\n",
        {"s.csv": "who,no,date,total,back\n" + rows},
    )
    base.run()
    told = {key: (row["order_count"], row["total_amount"]) for key, row in base.profile.items()}
    assert told == {"a": (1, Decimal(15)), "b": (1, Decimal(30))}
