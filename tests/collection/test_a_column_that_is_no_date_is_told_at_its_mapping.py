"""A column of which no cell is what it is mapped to is told at that line, with the columns that are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vitrail.errors import SourceError

FILE = "who,raised,gross\n" + "".join(f"C{n},0{n % 9 + 1}/12/2024,{n}.5\n" for n in range(20))
PLAN = """sources:
  o:
    file: o.csv
    table: orders
    columns:
      customer_id: who
      ordered_at: {date}
      amount: {amount}
    read: {{{read}}}
"""


@pytest.mark.parametrize(
    ("date", "amount", "read", "code", "line", "options"),
    [
        ("gross", "gross", "gross: dd/mm/yyyy", "column_wrong_near", 9, ["raised"]),
        ("raised", "gross", "raised: yyyy-mm-dd", "reading_wrong", 11, None),
    ],
)
def test_the_line_that_is_wrong_is_told(
    make_base: Callable[..., Any],
    date: str,
    amount: str,
    read: str,
    code: str,
    line: int,
    options: list[str] | None,
) -> None:
    base = make_base(PLAN.format(date=date, amount=amount, read=read), {"o.csv": FILE})
    with pytest.raises(SourceError) as refused:
        base.run()
    (finding,) = refused.value.findings
    assert (finding.code, finding.place) == (code, f"vitrail.yml:{line}")
    assert finding.figures.get("options") == options
