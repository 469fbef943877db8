"""What leaves: exact plain numbers, valid JSON, nothing a spreadsheet would run, and it can come back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrail.workspace.exporting import export_table

RUN = tuple("=+-@\t\r\n＝＋－＠")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


def export(table: pa.Table, format: str, raw: bool = False) -> str:
    stream = io.BytesIO()
    export_table(table, format, stream, raw)
    return stream.getvalue().decode()


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(
    st.lists(TEXT | st.sampled_from(["=1+1", "@SUM(A1)", " =1", "-2", "\t=x", "a;=1", 'b",=1']), min_size=1)
)
def test_no_cell_is_a_formula_and_all_text_is_kept(texts):
    table = pa.table({"name": pa.array(texts, pa.string())})
    found = [row[0] if row else "" for row in cells(export(table, "csv"))[1:]]
    assert not any(cell.lstrip(" ").startswith(RUN) for cell in found)
    assert [
        cell.removeprefix("'") if cell != text else cell for cell, text in zip(found, texts, strict=True)
    ] == texts
    assert [row[0] if row else "" for row in cells(export(table, "csv", raw=True))[1:]] == texts


def test_days_without_a_time_are_days():
    midnight, noon = dt.datetime(2008, 9, 14), dt.datetime(2008, 9, 14, 12)
    table = pa.table({"day": [midnight, None], "at": [midnight, noon]})
    assert [row[0] for row in cells(export(table, "csv"))] == ["day", "2008-09-14", ""]
    assert cells(export(table, "csv"))[2][1].startswith("2008-09-14 12:00")


def test_a_columns_name_is_no_formula_either():
    assert cells(export(pa.table({"=cmd|' /C calc'!A0": [1]}), "csv"))[0] == ["'=cmd|' /C calc'!A0"]


@given(st.lists(st.decimals(-(10**13), 10**13, places=4) | st.none(), min_size=1))
def test_decimals_are_exact_plain_numbers(values):
    table = pa.table({"id": ["x"] * len(values), "total": pa.array(values, pa.decimal128(18, 4))})
    for line, value in zip(export(table, "csv").splitlines()[1:], values, strict=True):
        text = line.removeprefix('"x",')
        assert '"' not in text and "e" not in text.lower()
        assert (Decimal(text) if text else None) == value


def test_decimals_have_no_needless_zeros():
    total = pa.array([Decimal("168.9000"), Decimal("2.2500")], pa.decimal128(18, 4))
    count = pa.array([Decimal(17), Decimal(3)], pa.decimal128(38, 2))
    assert export(pa.table({"total": total, "count": count}), "csv").splitlines()[1:] == [
        "168.90,17",
        "2.25,3",
    ]


def test_what_is_no_number_is_empty_in_csv_and_null_in_json():
    table = pa.table({"a": [float("nan"), float("inf"), None, 1.5], "b": [[{"s": float("nan")}]] * 4})
    assert [row[0] for row in cells(export(table, "csv"))[1:]] == ["", "", "", "1.5"]

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    found = json.loads(export(table, "json"), parse_constant=refuse)
    assert [each["a"] for each in found] == [None, None, None, 1.5]
    assert found[0]["b"] == [{"s": None}]


def test_days_are_iso_and_empty_tables_are_valid():
    table = pa.table({"since": [dt.date(2011, 12, 9)]})
    assert export(table, "csv") == '"since"\n2011-12-09\n'
    assert json.loads(export(table, "json")) == [{"since": "2011-12-09"}]
    assert json.loads(export(table.slice(0, 0), "json")) == []
    assert export(table.slice(0, 0), "csv") == '"since"\n'


def test_no_command_exports_a_formula_unless_asked(tmp_path, orders, vitrail):
    """One of the customers and one of the products are formulas."""
    text = orders.replace("C001,", "=C001,").replace(",P1,", ",@SUM(1),")
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    assert vitrail("run", tmp_path / "orders.csv", "-C", tmp_path, "--no-report").code == 0
    for words in (["profile"], ["members", "revenue.a"], ["segments", "--format", "csv"]):
        found = [cell for row in cells(vitrail(*words, "-C", tmp_path).out) for cell in row]
        texts = [cell for cell in found if not cell.removeprefix("-").replace(".", "").isdigit()]
        assert not any(cell.startswith(("=", "@", "+")) for cell in texts)
        assert words != ["profile"] or "'=C001" in texts
    assert "=C001" in [row[0] for row in cells(vitrail("profile", "--raw", "-C", tmp_path).out)]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_exported_members_come_back_as_customers(shop, vitrail, ending, tmp_path, orders):
    target = tmp_path / f"clients.{ending}"
    assert vitrail("profile", "--format", ending, "-o", target, "-C", shop).code == 0
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    said = vitrail("run", tmp_path / "orders.csv", target, "-C", tmp_path / "again", "--no-report")
    assert said.code == 0
    assert "clients → customers" in said.err
    assert "23 customers" in said.err


def test_a_french_spreadsheet_opens_a_file_and_it_comes_back(shop, vitrail, tmp_path, orders):
    plain = vitrail("profile", "-C", shop).out
    french = ("profile", "--language", "fr", "-C", shop)
    assert vitrail(*french).out == plain
    assert vitrail(*french, "-o", tmp_path / "brut.csv", "--raw").code == 0
    assert (tmp_path / "brut.csv").read_text(encoding="utf-8") == plain
    assert vitrail(*french, "-o", tmp_path / "clients.csv").code == 0
    written = (tmp_path / "clients.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig")), delimiter=";"))
    for row, same in zip(rows, csv.DictReader(io.StringIO(plain)), strict=True):
        assert row["customer_id"] == same["customer_id"]
        for name in ("mean_order_amount", "amount_trend"):
            assert row[name] == same[name].replace(".", ",")
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    said = vitrail(
        "run", tmp_path / "orders.csv", tmp_path / "clients.csv", "-C", tmp_path / "b", "--no-report"
    )
    assert said.code == 0 and "clients → customers" in said.err


def test_orders_come_back_from_parquet_as_from_csv(tmp_path, orders, vitrail):
    rows = list(csv.DictReader(io.StringIO(orders)))
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    seen = []
    for format in ("csv", "parquet"):
        folder = tmp_path / format
        folder.mkdir()
        export_table(table, format, folder / f"orders.{format}")
        assert vitrail("run", folder / f"orders.{format}", "-C", folder, "--no-report").code == 0
        seen.append(vitrail("profile", "-C", folder).out)
    assert seen[0] == seen[1]
    assert pq.read_table(tmp_path / "parquet" / "orders.parquet").equals(table)


@pytest.mark.parametrize(
    ("target", "code"),
    [("vitrail.yml", "the plan"), ("link.csv", "reads its data"), (".vitrail/latest", "keeps its runs")],
)
def test_nothing_is_written_over_the_plan_its_data_or_the_runs(shop, vitrail, target, code):
    (shop / "link.csv").symlink_to("orders.csv")
    before = (shop / target).read_bytes()
    for words in (("profile",), ("show", "cohorts"), ("report",)):
        said = vitrail(*words, "-C", shop, "-o", shop / target)
        assert said.code == 1 and code in said.err
    assert (shop / target).read_bytes() == before
