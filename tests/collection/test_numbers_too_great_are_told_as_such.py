"""Amounts that cannot be held are told as too great, not as written wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vitrail.errors import SourceError


@pytest.mark.parametrize(("cell", "code"), [("9999999999999999.99", "too_great"), ("5.5.5", "wrong")])
def test_numbers_too_great_are_told_as_such(make_base: Callable[..., Any], cell: str, code: str) -> None:
    columns = "{customer_id: who, ordered_at: date, amount: total}"
    rows = f"a,2025-01-05,{cell}\nb,2025-01-06,{cell}\nc,2025-01-07,5\n"
    plan = f"sources:\n  s: {{file: s.csv, table: orders, columns: {columns}, read: {{total: '1234.56'}}}}\n"
    with pytest.raises(SourceError) as refused:
        make_base(plan, {"s.csv": "who,date,total\n" + rows}).run()
    assert [finding.code for finding in refused.value.findings] == [f"reading_{code}"]


def test_a_single_number_too_great_says_so(make_base: Callable[..., Any]) -> None:
    columns = "{customer_id: who, ordered_at: date, amount: total}"
    rows = (
        "".join(f"a,2025-01-0{day},5\n" for day in range(1, 8)) + "b,2025-01-08,1e300\nb,2025-01-09,5.5.5\n"
    )
    plan = f"sources:\n  s: {{file: s.csv, table: orders, columns: {columns}}}\n"
    refused = make_base(plan, {"s.csv": "who,date,total\n" + rows}).run().rows("refused.parquet")
    assert [row["reason"] for row in refused] == ["number_too_great", "unreadable_value"]
    assert "14 digits" in refused[0]["message"]
