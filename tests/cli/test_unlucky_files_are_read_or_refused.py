"""Hostile and unlucky exports through `vitrail run`: a right answer or a clear refusal, and nobody quoted."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

WIDE = ",".join(f"c{i}" for i in range(100_000))


def parquet(folder: Path) -> bytes:
    pq.write_table(pa.table({"Customer ID": ["canary"] * 99, "Price": [1.5] * 99}), folder / "tmp.parquet")
    return (folder / "tmp.parquet").read_bytes()


REFUSED = {
    "empty": b"",
    "blank": b"\n\n  \n",
    "header only": b"Customer ID,Order ID,Order Date,Price\n",
    "noise": random.Random(1).randbytes(20_000),
    "wide": f"{WIDE}\n{WIDE}\n".encode(),
    "wider": (WIDE * 12 + "\n").encode(),
    "no orders": "nom,note\ncanary Zoé Mésange,canary@secret.example\nb,c\n".encode(),
    "web page": b"<!DOCTYPE html><html><body>canary</body></html>",
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_of_orders_is_refused(tmp_path, vitrail, content):
    (tmp_path / "orders.csv").write_bytes(content)
    said = vitrail("run", tmp_path / "orders.csv", "-C", tmp_path)
    assert (said.code, said.out) == (1, "")
    assert "fault of ours" not in said.err and said.quotes_nobody
    assert [each.name for each in tmp_path.iterdir()] == ["orders.csv"]


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.parquet", "orders.json", "orders.csv.gz"])
@pytest.mark.parametrize("kind", ["noise", "cut zip", "cut parquet", "cut gzip"])
def test_damaged_files_are_refused(tmp_path, vitrail, name, kind):
    noise = random.Random(2).randbytes(5000)
    contents = {
        "noise": noise,
        "cut zip": b"PK\x03\x04" + noise,
        "cut parquet": parquet(tmp_path)[:700],
        "cut gzip": b"\x1f\x8b\x08" + noise,
    }
    (tmp_path / name).write_bytes(contents[kind])
    said = vitrail("run", tmp_path / name, "-C", tmp_path)
    assert said.code == 1 and "fault of ours" not in said.err and said.quotes_nobody
    assert not (tmp_path / "vitrail.yml").exists()


def test_a_parquet_file_with_flipped_bits_is_no_fault_of_ours(tmp_path, vitrail):
    table = pa.table({"Customer ID": [f"c{i % 9}" for i in range(99)], "Price": [1.5] * 99,
                      "Order Date": ["2024-01-02"] * 99})  # fmt: skip
    pq.write_table(table, tmp_path / "orders.parquet")
    good, draw = (tmp_path / "orders.parquet").read_bytes(), random.Random(3)
    for number in range(8):
        bad = bytearray(good)
        for _ in range(30):
            bad[draw.randrange(len(bad))] ^= 1 << draw.randrange(8)
        (tmp_path / "orders.parquet").write_bytes(bad)
        said = vitrail("run", tmp_path / "orders.parquet", "-C", tmp_path / f"ws{number}", "--no-report")
        assert said.quotes_nobody and said.code in (0, 1)


def test_pipes_loops_and_folders_are_told_apart(tmp_path, vitrail, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    for name, words in (
        ("folder.csv", "holds no file"), ("loop.csv", "leads to no file"), ("pipe.csv", "a pipe"),
        ("absent.csv", "does not exist"), ("*.tsv", "matches"), ("x" * 300, "does not exist"),
        ("~nobody/x.csv", "does not exist"),
    ):  # fmt: skip
        said = vitrail("run", name)
        assert said.code == 1 and words in said.err and len(said.err) < 300
    assert not (tmp_path / "vitrail.yml").exists()


def test_a_file_that_may_not_be_read_is_told(tmp_path, orders, vitrail, monkeypatch):
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda *_: False)
    said = vitrail("run", tmp_path / "orders.csv", "-C", tmp_path)
    assert said.code == 1 and "may not be read" in said.err


def test_a_files_name_may_be_anything(tmp_path, orders, vitrail, monkeypatch):
    names = ("-dash.csv", "it's.csv", 'we"ird\nname 🎉.csv', "a[1].csv", "é à.csv", "$(x).csv")
    header, *lines = orders.splitlines(keepends=True)
    for at, name in enumerate(names):
        (tmp_path / name).write_text(header + "".join(lines[at :: len(names)]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = vitrail("run", "--no-report", "--", *names)
    assert said.code == 0 and "23 customers" in said.err
    [run] = (tmp_path / ".vitrail" / "runs").iterdir()
    read = json.loads((run / "manifest.json").read_text())["sources"]
    assert sorted(file["file"] for source in read for file in source["files"]) == sorted(names)
    assert sum(file["accepted"] for source in read for file in source["files"]) == len(lines)


GOOD_LINE = "C001,O1,2024-01-02,P,1,5.50,canary@secret.example,Zoé Mésange\n"
UNLUCKY = {
    "a long field": [GOOD_LINE.replace(",P,", f',"{"x" * 50_000_000}",')],
    "NUL bytes, and an open quote": [GOOD_LINE.replace(",P,", ",P\0Q,"), GOOD_LINE.replace(",P,", ',"P,')],
    "a short line, a day and an amount that are none": [
        "C001,canary@secret.example\n",
        GOOD_LINE.replace("2024-01-02", "Zoé Mésange canary"),
        GOOD_LINE.replace("5.50", "canary"),
    ],
}


def test_where_no_line_can_be_read_the_reason_of_the_first_is_told(tmp_path, vitrail):
    (tmp_path / "orders.csv").write_text("customer_id,ordered_at,amount\n" + "c\0,2024-01-02,5\n" * 3)
    said = vitrail("run", tmp_path / "orders.csv", "-C", tmp_path, "--no-report")
    assert said.code == 1 and "line 2: this line holds NUL bytes" in said.err


@pytest.mark.parametrize("lines", UNLUCKY.values(), ids=UNLUCKY)
def test_an_unlucky_line_is_refused_by_number_and_the_rest_counts(tmp_path, orders, vitrail, lines):
    (tmp_path / "orders.csv").write_text(orders + "".join(lines), encoding="utf-8")
    said = vitrail("run", tmp_path / "orders.csv", "-C", tmp_path, "--no-report")
    assert said.code == 0 and said.quotes_nobody
    assert all(f"    orders.csv:{122 + at}: " in said.err for at in range(len(lines)))
    assert "23 customers" in said.err


def test_broken_lines_are_counted_alike_wherever_they_are_counted(tmp_path, orders, vitrail):
    lines = orders.splitlines()
    lines[5] = "C001,O9"
    lines[7] = lines[7].replace(",2024-", ",never ")
    lines[9] += ",a,b,c"
    lines.append("TOTAL" + "," * lines[0].count(","))
    (tmp_path / "orders.csv").write_text("\n".join(lines), encoding="utf-8")
    said = vitrail("run", tmp_path / "orders.csv", "-C", tmp_path)
    assert "2 lines of the file are malformed" in said.err and "1 record of the file has a value" in said.err
    assert "1 line is a total, not a record" in said.err
    assert all(f"orders.csv:{line}: " in said.err for line in (6, 8, 10, len(lines)))
    [run] = (tmp_path / ".vitrail" / "runs").iterdir()
    assert [row["line"] for row in pq.read_table(run / "refused.parquet").to_pylist()] == [
        6,
        8,
        10,
        len(lines),
    ]
    [file] = json.loads((run / "manifest.json").read_text())["sources"][0]["files"]
    steps = {row["step"]: row["rows"] for row in pq.read_table(run / "funnel.parquet").to_pylist()}
    assert (file["records"], file["refused"]) == (121, 3)
    assert (steps["read"], steps["unreadable"], steps["kept"]) == (118, 1, 117)
    page = (run / "report.en.html").read_text(encoding="utf-8")
    assert "2 malformed lines" in page and "1 unreadable value" in page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_is_read(tmp_path, orders, vitrail, encoding):
    (tmp_path / "orders.csv").write_bytes(orders.encode(encoding))
    said = vitrail("run", tmp_path / "orders.csv", "-C", tmp_path, "--no-report")
    assert said.code == 0 and "23 customers" in said.err


def test_a_plan_that_was_written_stays_when_its_run_is_refused(tmp_path, header, vitrail):
    """The refusal asks for a change in the plan: there it is."""
    free = "".join(
        f"C{i},O{i},2024-01-0{i},P,1,0.00,canary@secret.example,Zoé Mésange\n" for i in range(1, 9)
    )
    (tmp_path / "orders.csv").write_text(header + free, encoding="utf-8")
    said = vitrail("run", tmp_path / "orders.csv", "-C", tmp_path)
    assert said.code == 1 and "zero_price" in said.err and said.quotes_nobody
    assert (tmp_path / "vitrail.yml").is_file()
    assert not any((tmp_path / ".vitrail" / "work").iterdir())
