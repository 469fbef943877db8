"""What became of each record of the files: read, refused or set aside, by file, line and reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import Workbook

import vitrail
from vitrail.errors import UsageError
from vitrail.workspace.init import init_workspace

SALES = (
    "who,no,day,product,qty,price\n"
    "a,1,2025-01-02,tea,1,10\na,1,2025-01-02,tea,1,10\nb,2,2025-01-03,cup,2,5\nb,C3,2025-01-04,cup,-2,5\n"
    "c,4,2025-01-05,pen,1,0\n,5,2025-01-05,pen,1,3\nc,6,soon,pen,1,3\nc,7,2025-01-06,pen\nc,8,2025-01-06,pen,1,4\n"
)
ONE = """
sources:
  sales:
    file: sales.csv
    table: order_lines
    columns: {customer_id: who, order_id: no, ordered_at: day, product_id: product,
              quantity: qty, unit_price: price}
    clean: {duplicates: drop}
"""
TWO = """
sources:
  orders:
    file: orders.csv
    table: orders
    columns: {customer_id: who, order_id: no, ordered_at: day, status: status}
  lines:
    file: lines.csv
    table: order_lines
    columns: {order_id: no, product_id: product, amount: amount}
"""
ORDERS = "who,no,day,status\na,1,2025-01-02,paid\nb,2,2025-01-03,cancelled\nc,3,2025-01-04,cancelled\n"
LINES = "no,product,amount\n1,tea,10\n2,cup,5\n2,cup,5\n9,pen,7\n"


def places(table: pa.Table) -> list[tuple[str, int, str]]:
    return [(row["file"], row["line"], row["step"]) for row in table.to_pylist()]


@pytest.fixture(scope="module")
def base(make_base: Callable[..., Any]) -> Any:
    workspace = vitrail.open(make_base(ONE, {"sales.csv": SALES}).folder)
    workspace.run(report=False)
    return workspace


def test_each_line_that_cleaning_took_out_is_found_again(base: Any) -> None:
    assert places(base.records("set_aside")) == [
        ("sales.csv", 3, "duplicates"),
        ("sales.csv", 4, "voided"),
        ("sales.csv", 5, "cancelled"),
        ("sales.csv", 6, "zero_price"),
        ("sales.csv", 7, "no_customer"),
        ("sales.csv", 8, "unreadable"),
    ]
    assert "prix nul" in base.records("set_aside", "fr")["message"].to_pylist()
    assert [(row["line"], row["reason"]) for row in base.records("refused").to_pylist()] == [
        (8, "unreadable_value"),
        (9, "ragged_row"),
    ]


def test_lines_of_orders_are_found_in_their_own_file(make_base: Callable[..., Any]) -> None:
    workspace = vitrail.open(make_base(TWO, {"orders.csv": ORDERS, "lines.csv": LINES}).folder)
    workspace.run(report=False)
    assert places(workspace.records("set_aside")) == [
        ("lines.csv", 3, "cancelled"),
        ("lines.csv", 4, "cancelled"),
        ("lines.csv", 5, "no_date"),
        ("orders.csv", 4, "no_amount"),
    ]


def test_a_file_that_changed_is_not_asked(make_base: Callable[..., Any]) -> None:
    workspace = vitrail.open(make_base(ONE, {"sales.csv": SALES}).folder)
    workspace.run(report=False)
    (workspace.folder / "sales.csv").write_text(SALES + "d,9,2025-01-07,pen,1,4\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"sales\.csv"):
        workspace.records("set_aside")
    with pytest.raises(UsageError, match="plan"):
        plan = workspace.plan_file
        plan.write_text(plan.read_text("utf-8").replace("duplicates: drop", "duplicates: keep"), "utf-8")
        vitrail.open(workspace.folder).records("set_aside")
    plan.write_text(plan.read_text("utf-8").replace("duplicates: keep", "duplicates: drop"), "utf-8")
    for file in (workspace.folder / "sales.csv", plan):
        file.unlink()
        with pytest.raises(UsageError, match=rf"(?s){file.name}.*reading the plan and its files again"):
            type(workspace)(workspace.folder).records("set_aside")


def test_what_is_said_of_a_workbook_names_the_sheet(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Mars"
    rows = [
        ["Client", "Date", "Montant"],
        ["a", "2025-01-02", 1.5],
        ["b", "soon", 2.5],
        ["c", "2025-01-03", 3],
    ]
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "ventes.xlsx")
    result = init_workspace(tmp_path, [tmp_path / "ventes.xlsx"])
    run = vitrail.open(result.plan.parent).run(report=False)
    assert "ventes.xlsx [Mars]" in {each.place for each in run.findings}
    assert vitrail.open(tmp_path).records("refused")["file"].to_pylist() == ["ventes.xlsx [Mars]"]
