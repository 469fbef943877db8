"""Order numbers that begin again each year or at each till are orders with the year, or with the till."""

from __future__ import annotations

from pathlib import Path

import pytest

from vitrail.plan import load_plan
from vitrail.workspace.init import init_workspace

TILLS = ("North", "South", "Port")


def row(number: int, place: int, who: int) -> str:
    return f"{number};C{who};202{place}-0{number % 9 + 1}-11;{TILLS[place]};Item {number % 4};9.50\n"


@pytest.mark.parametrize(
    ("left", "changed", "computed"),
    [
        pytest.param("", "", "order_number || '-' || year(ordered_at)", id="each year"),
        pytest.param("202", "2021", "order_number || '-' || channel", id="each till"),
        pytest.param("till", "", None, id="nothing tells when"),
        pytest.param("twice", "", None, id="each number is one customer's"),
    ],
)
def test_numbers_that_begin_again_are_split(
    tmp_path: Path, left: str, changed: str, computed: str | None
) -> None:
    rows = [row(n, place, (n * 7 + place * 5) % 13) for place in range(3) for n in range(1, 41)]
    head = "order_number;customer;date;store;product;amount\n"
    if changed:
        rows = [each.replace(each.split(";")[2][:4], changed) for each in rows]
    if left == "till":
        rows = [
            each.replace(each.split(";")[2][:4], "2021").replace(each.split(";")[3], "X") for each in rows
        ]
    if left == "twice":
        rows = [row(n, 0, n % 13) for n in range(1, 41) for _ in range(2)]
    (tmp_path / "sales.csv").write_text(head + "".join(rows), encoding="utf-8")
    result = init_workspace(tmp_path, [tmp_path / "sales.csv"])
    source = load_plan(result.plan).sources["sales"]
    assert source.computed.get("order_id") == computed
    assert ("order_id" in source.columns) == (computed is None)
    said = {each.code for each in result.findings} & {"guess_numbers_shared"}
    assert said == ({"guess_numbers_shared"} if left == "till" else set())
