"""Orders whose customers are hardly ever in the register: told with the column that may join them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("taken", "told"),
    [("Name", "customers_unmatched_beside"), ("Mark", "customers_unmatched"), ("Customer #", None)],
)
def test_a_register_that_knows_nobody_is_told(
    make_base: Callable[..., Any], taken: str, told: str | None
) -> None:
    rows = "".join(f"{at},{at % 7},n{at % 7},2025-01-{at:02},10\n" for at in range(1, 20))
    key = "Mark" if taken == "Mark" else "Customer #"
    plan = f"""sources:
  sales:
    file: sales.csv
    table: orders
    columns: {{customer_id: "{taken}", order_id: number, ordered_at: date, amount: total}}
  people: {{file: people.csv, table: customers, columns: {{customer_id: "{key}"}}}}
"""
    header = "Customer #" if taken != "Mark" else "code"
    files = {
        "sales.csv": f"number,{header},{taken if taken != header else 'Name'},date,total\n{rows}",
        "people.csv": f"{key}\n" + "\n".join(map(str, range(7))) + "\n",
    }
    base = make_base(plan, files)
    base.run()
    found = [row["code"] for row in base.rows("findings.parquet") if row["code"].startswith("customers_unm")]
    assert found == ([told] if told else [])
    advice = [
        row["message"] for row in base.rows("findings.parquet") if row["code"] == "customers_unmatched_beside"
    ]
    assert all('`customer_id: "Customer #"`' in said for said in advice), (
        "as YAML reads it: # begins a comment"
    )
