"""Codes that are read alike, and rows of the register that share one: what was made of them is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

SALES = "number,who,date,total\n" + "".join(f"{n},00{n % 3 + 1},2025-01-0{n},10\n" for n in range(1, 7))
PEOPLE = "who,name,agrees\n1,Ann,yes\n2,Bob,yes\n3,Eve,yes\n"


@pytest.mark.parametrize(
    ("sales", "people", "told"),
    [
        pytest.param(
            SALES, PEOPLE, {"codes_read_alike": {"forms": 6, "customers": 3, "several": 0}}, id="a way each"
        ),
        pytest.param(
            SALES + "7,2.0,2025-01-07,10\n8,nan,2025-01-07,10\n",
            PEOPLE,
            {"codes_read_alike_within": {"forms": 7, "customers": 3, "several": 1}},
            id="two ways in one file",
        ),
        pytest.param(SALES.replace("00", ""), PEOPLE, {}, id="one way in all"),
        pytest.param(
            SALES.replace("00", ""),
            PEOPLE + "2,Bea,yes\n",
            {"register_doubled": {"customers": 1, "rows": 2, "refusing": 0}},
            id="a code on two rows",
        ),
        pytest.param(
            SALES.replace("00", ""),
            PEOPLE + "2,Bob,no\n2,Bob,\n3,Eve,\n",
            {"register_doubled_consent": {"customers": 2, "rows": 5, "refusing": 1}},
            id="who agrees on one row and refuses on another",
        ),
    ],
)
def test_codes_made_one_are_counted(
    make_base: Callable[..., Any], sales: str, people: str, told: dict[str, dict[str, int]]
) -> None:
    plan = """sources:
  sales:
    {file: sales.csv, table: orders, read: {who: code},
     columns: {customer_id: who, order_id: number, ordered_at: date, amount: total}}
  people:
    {file: people.csv, table: customers, read: {who: code},
     columns: {customer_id: who, first_name: name, accepts_marketing: agrees}}
"""
    base = make_base(plan, {"sales.csv": sales, "people.csv": people})
    base.run()
    found = {row["code"]: json.loads(row["figures"]) for row in base.rows("findings.parquet")}
    mine = {code: each for code, each in found.items() if code.startswith(("codes_", "register_d"))}
    assert {code: {key: each[key] for key in told.get(code, {})} for code, each in mine.items()} == told
