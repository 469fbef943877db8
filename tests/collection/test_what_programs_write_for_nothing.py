"""`NULL` and its like are empty cells, but in names; an apostrophe before digits is no part of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_PLAN = """sources:
  sales:
    file: sales.csv
    table: orders
    columns: {customer_id: who, order_id: number, ordered_at: day, amount: total, country: land}
  people:
    file: people.csv
    table: customers
    columns: {customer_id: who, email: mail, last_name: name, postal_code: zip}
"""


def test_they_are_no_values(make_base: Callable[..., Any]) -> None:
    base = make_base(
        _PLAN,
        {
            "sales.csv": "who,number,day,total,land\n'01,Z1,2025-01-01,10,NULL\n02,Z2,2025-01-02,10,NA\n",
            "people.csv": "who,mail,name,zip\n01,null,Null,'05668\n02,a@b.fr,O'Hara,'s-1\n",
        },
    )
    base.run()
    first, second = base.profile["01"], base.profile["02"]
    assert (first["email"], first["last_name"], first["postal_code"]) == (None, "Null", "05668")
    assert (first["country"], second["country"]) == (None, "NA")
    assert (second["last_name"], second["postal_code"]) == ("O'Hara", "'s-1")
    told = [row for row in base.rows("findings.parquet") if row["code"] == "marks_read_as_nothing"]
    assert len(told) == 2
