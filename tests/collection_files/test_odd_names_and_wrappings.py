"""Arrays in their wrappings, names that stand twice, names that no plan could write."""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vitrail.collection.files.paths import find_files
from vitrail.errors import SourceError

ROWS = [{"id": at, "total": at + 0.5} for at in range(3)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "whole",
    [
        {"data": ROWS, "has_more": False},
        {"object": "list", "url": "/v1/charges", "has_more": True, "data": ROWS},
        {"count": 3, "orders": ROWS},
        {"meta": {"made": "2025-06-01", "count": 3}, "data": {"total": 3, "orders": ROWS}},
        {"list": [{"invoice": row} for row in ROWS], "next_offset": "x"},
        {
            "data": {
                "orders": {"pageInfo": {"next": True}, "edges": [{"cursor": "c", "node": r} for r in ROWS]}
            }
        },
        {name: {str(at): row[name] for at, row in enumerate(ROWS)} for name in ("id", "total")}
        | {"none": dict.fromkeys("012")},
    ],
)
def test_a_wrapped_array_is_read_however_it_is_laid_out(read, whole, indent):
    outcome = read(json.dumps(whole, indent=indent), "o.json")
    assert outcome.columns[:2] == ("id", "total")
    assert [row[:2] for row in outcome.rows] == [("0", "0.5"), ("1", "1.5"), ("2", "2.5")]


@pytest.mark.parametrize("indent", [None, 2])
def test_objects_under_their_keys_are_records(read, indent):
    held = {f"A{at}": {"date": "2025-01-01", "total": at} for at in range(3)}
    outcome = read(json.dumps(held, indent=indent), "o.json")
    assert (outcome.columns, outcome.rows[1]) == (("id", "date", "total"), ("A1", "2025-01-01", "1"))
    alone = read(json.dumps({"id": 1, "customer": {"id": 2}, "total": 3}), "o.json")
    assert alone.columns == ("id", "customer.id", "total")


def test_a_record_that_begins_with_a_list_stays_a_record_in_json_lines(read):
    assert read('{"lines": [{"sku": "a"}], "id": 1}', "o.jsonl").columns == ("lines", "id")


def test_an_order_that_only_its_lines_price_is_a_record_for_each_of_them(read):
    lines = [{"sku": "a", "price": 2}, {"sku": "b", "price": 3}]
    for text, name in (
        (json.dumps([{"id": 1, "lines": lines}]), "o.json"),
        ('{"id": 1, "lines": %s}', "o.jsonl"),
    ):
        outcome = read(text % json.dumps(lines) if "%s" in text else text, name)
        assert outcome.columns == ("id", "lines.sku", "lines.price")
        assert outcome.rows == [("1", "a", "2"), ("1", "b", "3")]
    assert read(json.dumps([{"id": 1, "lines": lines, "total": 5}]), "o.json").columns == (
        "id",
        "lines",
        "total",
    )


def test_names_that_stand_twice_once_flattened_are_told(read):
    with pytest.raises(SourceError) as caught:
        read(json.dumps([{"a.b": 1, "a": {"b": 2}}]), "o.json")
    assert [each.code for each in caught.value.findings] == ["json_names_twice"]


def test_control_characters_are_no_part_of_a_columns_name(read):
    outcome = read("order\x07 id,no\x1bte\n1,a\n2,b\n", "o.csv")
    assert outcome.columns == ("order id", "note")


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    name = os.fsdecode(b"d\xe9.csv")
    try:
        (tmp_path / name).write_text("id\n1\n", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes no such name")
    with pytest.raises(SourceError) as caught:
        find_files(name, tmp_path)
    assert [(each.code, each.figures["file"]) for each in caught.value.findings] == [
        ("file_name_not_utf8", "d\ufffd.csv")
    ]


def test_parquet_columns_without_a_name_or_with_one_twice_are_read_and_told(read, tmp_path):
    cells = [pa.array([number]) for number in range(4)]
    odd = pa.Table.from_arrays(cells, names=["id", "", "Price", "price"])
    pq.write_table(odd, tmp_path / "odd.parquet")
    outcome = read((tmp_path / "odd.parquet").read_bytes(), "o.parquet")
    assert outcome.columns == ("id", "C1", "Price", "price_1")
    assert outcome.rows == [(0, 1, 2, 3)]
    assert [each.code for each in outcome.read.files[0].notes] == ["columns_renamed"]
    pq.write_table(pa.table({}), tmp_path / "none.parquet")
    with pytest.raises(SourceError, match="no record"):
        read((tmp_path / "none.parquet").read_bytes(), "n.parquet")


@pytest.mark.parametrize(
    ("flags", "head", "tail"),
    [(1, b"", b""), (2, None, b""), (4, b"\2\0BC", b""), (16, b"made by hand\0", b""), (0, b"", bytes(512))],
)
def test_a_file_is_unpacked_whatever_else_its_packing_holds(read, flags, head, tail):
    text = b"id,total\n1,2.5\n"
    begin = b"\x1f\x8b\x08" + bytes([flags]) + bytes(5) + b"\xff"
    head = struct.pack("<H", zlib.crc32(begin) & 0xFFFF) if head is None else head
    packer = zlib.compressobj(wbits=-15)
    end = struct.pack("<II", zlib.crc32(text), len(text))
    outcome = read(begin + head + packer.compress(text) + packer.flush() + end + tail, "o.csv.gz")
    assert outcome.rows == [("1", "2.5")]


A, B = json.dumps(ROWS[:2]), json.dumps(ROWS[2:])


def _wrap(**lists: list[object]) -> str:
    return json.dumps(lists)


@pytest.mark.parametrize(
    "text",
    [
        A + B,
        A + "\n" + B,
        _wrap(orders=ROWS[:2]) + _wrap(orders=ROWS[2:]),
        json.dumps({"orders": ROWS[:2]}, indent=1) + "\n" + _wrap(orders=ROWS[2:]),
        _wrap(errors=[], orders=ROWS),
        _wrap(**{name: [row[name] for row in ROWS] for name in ("id", "total")}),
        _wrap(columns=["id", "total"], data=[list(row.values()) for row in ROWS]),
    ],
)
def test_pages_put_together_and_columns_of_lists_are_read_whole(read, text):
    assert read(text, "o.json").rows == [("0", "0.5"), ("1", "1.5"), ("2", "2.5")]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (A + "\n<html>Fatal error: out of memory</html>", "json_after_array", 2),
        (A + "\n" + json.dumps(ROWS[2]), "json_after_array", 2),
        (_wrap(orders=ROWS) + " x", "json_after_array", 1),
        (_wrap(orders=ROWS[:2]) + _wrap(archived=ROWS[2:]), "json_after_array", 1),
        ('{"orders": ' + A + ',\n"archived": ' + B + "}", "json_two_lists", 2),
        (_wrap(customers=ROWS[:2], orders=ROWS[2:]), "json_two_lists", 1),
        ('{"orders": ' + A + ', "page": ', "json_broken", 1),
        ('{"errors": [{"message": "no", "customer": "b"}]}', "json_is_error", 1),
        ('{"error": {"code": 401, "message": "no"}}', "json_is_error", None),
        ('{"id": [1, 2], "total": [1]}', "json_lists_uneven", None),
    ],
)
def test_what_stands_around_an_array_is_never_dropped_without_a_word(read, text, code, line):
    with pytest.raises(SourceError) as caught:
        read(text, "o.json")
    [found] = caught.value.findings
    assert (found.code, found.place) == (code, f"o.json:{line}" if line else "o.json")


@pytest.mark.parametrize(
    ("around", "codes"),
    [
        ({"customers": [{"id": 1}], "tags": ["a"]}, ["json_list_left_out"]),
        ({"errors": [{"message": "timeout"}]}, ["json_errors_beside"]),
        ({"has_more": True}, ["json_page_of_several"]),
        ({"pageInfo": {"hasNextPage": True}}, ["json_page_of_several"]),
        ({"links": {"next": "/orders?page=2"}}, ["json_page_of_several"]),
        ({"next": None, "has_more": False}, []),
    ],
)
def test_what_is_no_record_is_left_out_and_told(read, around, codes):
    for whole in ({"orders": ROWS} | around, {"meta": {}, "orders": ROWS} | around):
        outcome = read(json.dumps(whole), "o.json")
        assert len(outcome.rows) == len(ROWS)
        assert [each.code for each in outcome.read.files[0].notes] == codes


def test_kinds_of_documents_in_their_envelopes_are_told_apart(read):
    outcome = read(json.dumps([{"invoice": ROWS[0]}, {"credit_note": ROWS[1]}]), "o.json")
    assert outcome.columns == ("id", "total", "document_type")
    assert [row[2] for row in outcome.rows] == ["invoice", "credit note"]


def test_a_cell_missing_of_a_table_by_columns_is_blank(read):
    outcome = read(json.dumps({"id": {"0": "a", "1": "b"}, "total": {"1": 2}}), "o.json")
    assert outcome.rows == [("a", ""), ("b", "2")]
