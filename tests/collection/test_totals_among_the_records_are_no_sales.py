"""Totals in the middle of a file: told by their word and by how they are built, never by the word alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_BLANK = "2025-01-31,{label},,30\n2025-01-31,{label},,30\n"
_SUM = "2025-01-31,{label},Z9,60\n"
_OWN = "2025-01-31,{label},Z8,25\n2025-01-31,{label},Z9,60\n"


@pytest.mark.parametrize(
    ("label", "between", "refused", "doubtful"),
    [
        ("Sous-total 01", _BLANK, 2, 0),
        ("TOTAL", _BLANK, 2, 0),
        ("Total mois", _SUM, 1, 0),
        ("TOTAL CLIENT", _SUM, 1, 0),
        ("Grand total", _OWN, 1, 1),
        ("Total Énergies", _OWN, 0, 2),
        ("Sous-Total SARL", "2025-01-31,{label},Z9,25\n2025-01-31,{label},,7\n", 0, 2),
        ("TotalEnergies", _OWN, 0, 0),
    ],
)
def test_a_total_is_refused_where_word_and_build_say_so(
    make_base: Callable[..., Any], label: str, between: str, refused: int, doubtful: int
) -> None:
    rows = [f"2025-01-{at:02},C{at},Z{at},10\n" for at in range(1, 13)]
    text = "".join(["day,who,number,total\n", *rows[:6], between.format(label=label), *rows[6:]])
    plan = """sources:
  sales:
    file: sales.csv
    table: orders
    columns: {customer_id: who, order_id: number, ordered_at: day, amount: total}
"""
    base = make_base(plan, {"sales.csv": text})
    base.run()
    found = [row for row in base.rows("refused.parquet") if row["reason"] == "subtotal_line"]
    assert [row["line"] for row in found] == [8, 9][-refused:] if refused > 1 else len(found) == refused
    told = [row for row in base.rows("findings.parquet") if row["code"] == "totals_doubtful"]
    assert len(told) == bool(doubtful)
    assert not told or f'"rows": {doubtful}' in str(told[0]).replace("'", '"')
