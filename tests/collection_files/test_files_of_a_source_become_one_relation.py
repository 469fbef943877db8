"""Workbooks, Parquet, JSON, folders, lists and globs: one relation, files in the order of their names."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vitrail.errors import SourceError


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet(**columns: list[object]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def codes(read, *args, **kwargs) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(*args, **kwargs)
    assert caught.value.message("fr")
    return [finding.code for finding in caught.value.findings]


def test_cells_become_the_text_a_person_sees(read):
    rows = [
        ["Ventes 2025"],
        [],
        ["réf", "jour", "instant", "prix", "payé", "code"],
        ["00123", dt.date(2025, 3, 1), dt.datetime(2025, 3, 1, 9, 30), 12.5, True, 4006381333931],
        ["A", dt.date(2025, 3, 2), dt.datetime(2025, 3, 2), 0.1 + 0.2, False, None],
        [],
        ["Total général", None, None, 12.8],
        [None, "Édité par la comptabilité"],
    ]
    outcome = read(workbook(rows), "ventes.xlsx")
    assert outcome.columns == ("réf", "jour", "instant", "prix", "payé", "code")
    assert outcome.rows == [
        ("00123", "2025-03-01", "2025-03-01 09:30:00", "12.5", "true", "4006381333931"),
        ("A", "2025-03-02", "2025-03-02 00:00:00", "0.3", "false", ""),
    ]
    assert outcome.lines == [4, 5]
    assert outcome.refused == [(7, "total_line"), (8, "note_line")]
    assert outcome.notes == {"title_lines_skipped", "blank_lines_skipped"}


def test_days_and_amounts_of_a_workbook_are_written_as_those_typed_beside_them(read):
    day = dt.date(2024, 3, 2)
    rows = [["Date", "Montant"], [day, 12.5], ["25/04/2024", "1 234,50 €"], [day, 7], [day, "8,00 €"]]
    found = read(workbook([*rows, ["02/03/2024", 9.25]]), "ventes.xlsx").rows
    assert [each[0] for each in found] == ["02/03/2024", "25/04/2024", *["02/03/2024"] * 3]
    assert [each[1] for each in found] == ["12,5", "1 234,50 €", "7", "8,00 €", "9,25"]
    undecided = [["Date", "Montant"], [day, "1.5"], ["03/04/2024", 2.5], [day, "1,5"]]
    assert read(workbook(undecided), "ventes.xlsx").rows[0] == ("2024-03-02", "1.5")


def test_what_a_merged_cell_says_stands_on_each_of_its_rows_but_no_amount_twice(read):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [["Client", "N°", "Total"], ["Acme", 1, 9], [None, 2, None], [None] * 3, ["Bolt", 3, 4]]:
        sheet.append(row)
    sheet.merge_cells("A2:A4")
    sheet.merge_cells("C2:C3")
    packed = io.BytesIO()
    book.save(packed)
    assert read(packed.getvalue(), "b.xlsx").rows == [
        ("Acme", "1", "9"),
        ("Acme", "2", ""),
        ("Bolt", "3", "4"),
    ]


def test_a_workbook_of_several_tables_needs_a_sheet(read):
    book = workbook([["a", "b"], [1, 2]], [["a", "b"], [3, 4]], [["only a note"]])
    assert codes(read, book, "b.xlsx") == ["sheet_undecided"]
    assert codes(read, book, "b.xlsx", sheet="Shet 1") == ["sheet_not_there"]
    assert read(book, "b.xlsx", sheet="Sheet 2").rows == [("3", "4")]


def test_formulas_without_their_results_are_told(read):
    book = workbook([["id", "qty", "total"], [1, 2, "=B2*4"], [2, 3, "=B3*4"], [3, 1, 4]])
    outcome = read(book, "b.xlsx")
    assert [row[2] for row in outcome.rows] == ["", "", "4"]
    (told,) = [each for each in outcome.read.files[0].notes if each.code == "formulas_unkept"]
    assert dict(told.figures) == {"cells": 2, "names": ["total"]}


def test_a_hidden_sheet_is_left_out_and_told(read):
    book = openpyxl.load_workbook(io.BytesIO(workbook([["a", "b"], [1, 2]], [["a", "b"], [3, 4]])))
    book.worksheets[1].sheet_state = "hidden"
    packed = io.BytesIO()
    book.save(packed)
    outcome = read(packed.getvalue(), "b.xlsx")
    assert outcome.rows == [("1", "2")]
    assert [each.code for each in outcome.read.files[0].notes] == ["sheet_hidden"]


def test_content_decides_when_the_name_is_wrong(read):
    outcome = read(workbook([["a", "b"], [1, 2]]), "orders.csv")
    assert outcome.read.files[0].format == "excel"
    assert "format_by_content" in outcome.notes
    assert codes(read, "a,b\n1,2\n", "orders.xlsx") == ["format_is_text"]
    assert codes(read, parquet(a=[1]), "orders.csv", format="csv") == ["format_is_other"]


def test_parquet_keeps_its_types(read):
    outcome = read(parquet(id=[1, 2], day=[dt.date(2025, 3, 1), None]), "orders.parquet")
    assert outcome.rows == [(1, dt.date(2025, 3, 1)), (2, "")]
    assert not outcome.read.text
    assert outcome.lines == [1, 2]


def test_a_column_of_numbers_in_one_parquet_file_and_of_text_in_another_is_text(read):
    files = {
        "in/a.parquet": parquet(id=[1, 2], paid=[1.5, 2.5]),
        "in/b.parquet": parquet(id=["x", "3"], paid=[1, 2]),
    }
    assert read(file="in", files=files).rows == [("1", 1.5), ("2", 2.5), ("x", 1.0), ("3", 2.0)]


def test_json_keeps_digits_and_flattens_objects(read):
    records = '{"id": 1.10, "client": {"id": "007", "tags": {"a": [1]}}, "lines": [{"q": 1}]}'
    expected = [("1.10", "007", "[1]", '[{"q":1}]'), ("12345678901234567890", "", "", "")]
    second = '{"id": 12345678901234567890, "client": null}'
    for name, text in {
        "o.jsonl": f"{records}\n\n{second}\n",
        "o.json": f"[{records},\n{second}]",
        "w.json": f'{{"orders": [{records}, {second}]}}',
    }.items():
        outcome = read(text, name)
        chosen = [outcome.columns.index(c) for c in ("id", "client.id", "client.tags.a", "lines")]
        assert [tuple(row[i] for i in chosen) for row in outcome.rows] == expected


def test_a_broken_json_line_is_refused_and_a_broken_array_asked(read):
    lines = ['{"a": 1}', '{"a": 2', "[3]", '{"a": 4, "a": 5}', '{"a": NaN}', '{"a": "\\ud800"}', '{"a": 7}']
    outcome = read("\n".join(lines), "o.jsonl")
    assert outcome.rows == [("1",), ("7",)]
    reasons = ["not_json", "not_json", "name_twice", "not_json", "bad_encoding"]
    assert outcome.refused == list(zip(range(2, 7), reasons, strict=True))
    assert codes(read, '[{"a": 1},\n{"a": 2', "o.json") == ["json_broken"]
    assert codes(read, "[]", "o.json") == ["file_empty"]
    assert codes(read, '{\n"a": 1\n}', "o.json") == ["json_without_objects"]


def test_a_large_array_is_read_element_by_element(read):
    records = [
        {"id": i, "name": "é" * 40, "new": i} if i > 9000 else {"id": i, "name": "x"} for i in range(20_000)
    ]
    outcome = read(json.dumps(records, indent=1), "o.json")
    assert len(outcome.rows) == 20_000
    assert outcome.rows[-1] == ("19999", "é" * 40, "19999")


def test_a_folder_is_read_in_the_order_of_names(read):
    files = {
        "in/b.csv": "id,name\n3,c\n",
        "in/a.csv": "id;name\n1;a\n2;b\n",
        "in/c.csv.gz": gzip.compress(b"name,id,city\nd,4,Lyon\n"),
        "in/.hidden.csv": "x\n1\n",
        "in/readme.md": "text",
    }
    rows = [("1", "a", ""), ("2", "b", ""), ("3", "c", ""), ("4", "d", "Lyon")]
    for wanted in ("in", "in/*.csv*", ["in/c.csv.gz", "in/b.csv", "in/a.csv", "in/b.csv"]):
        outcome = read(files=files, file=wanted)
        assert outcome.columns == ("id", "name", "city")
        assert outcome.rows == rows
        assert outcome.notes == {"header_differs"}
        assert [file.file for file in outcome.read.files] == ["in/a.csv", "in/b.csv", "in/c.csv.gz"]
    assert outcome.read.locate([3, 0]) == [("in/c.csv.gz", 2), ("in/a.csv", 2)]


def test_many_alike_files_are_one_scan(read):
    files = {f"in/{i:03d}.csv": f"id,name\n{i},a\n" for i in range(200)}
    outcome = read(files=files, file="in")
    assert [row[0] for row in outcome.rows] == [str(i) for i in range(200)]
    assert outcome.read.relation.sql("duckdb").count("READ_CSV") == 1


def test_names_of_files_are_not_patterns(read):
    assert read("a,b\n1,2\n", "sales [1] o'clock.csv").rows == [("1", "2")]


def test_all_faults_of_all_files_are_told_at_once(read):
    files = {"a.csv": "", "b.csv": "1,2\n3,4\n", "c.csv": "x;y\n1;2\n"}
    assert codes(read, files=files, file=["a.csv", "b.csv", "c.csv"]) == ["file_empty", "header_missing"]


def test_other_headers_and_other_kinds_are_refused(read):
    files = {
        "a.csv": "id,name,city\n1,a,x\n",
        "b.csv": "sku,stock,shelf\n1,2,3\n",
        "c.parquet": parquet(id=[1]),
    }
    assert codes(read, files=files, file=["a.csv", "b.csv"]) == ["header_is_other"]
    assert "formats_mixed" in codes(read, files=files, file=["a.csv", "c.parquet"])


def test_missing_files_are_told_with_their_likeness(read):
    files = {"orders.csv": "a,b\n1,2\n", "empty/readme.md": ""}
    assert codes(read, files=files, file="order.csv") == ["file_not_found_near"]
    assert codes(read, files=files, file="quite/other.csv") == ["file_not_found"]
    assert codes(read, files=files, file=["empty", "*.tsv"]) == ["folder_empty", "pattern_empty"]


def test_the_fingerprint_is_that_of_the_bytes(read):
    packed = gzip.compress(b"a\n1\n")
    for data, name in ((b"a\n1\n", "a.csv"), (packed, "a.csv.gz"), (parquet(a=[1]), "a.parquet")):
        assert read(data, name).read.files[0].fingerprint == hashlib.sha256(data).hexdigest()


def test_real_exports_are_read_whole(read, shared_data: Path):
    outcome = read((shared_data / "telco_churn_FICTIONAL.csv.gz").read_bytes(), "telco.csv.gz")
    assert (len(outcome.rows), len(outcome.columns)) == (7043, 21)
    outcome = read((shared_data / "hillstrom.csv.gz").read_bytes(), "hillstrom.csv.gz")
    assert len(outcome.rows) == 64_000
