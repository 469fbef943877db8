"""Whatever a CSV writer wrote comes back as it was, by the fast way and by the exact one."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.collection.files import scanning

WORDS = st.one_of(
    st.text("ab,;\t|\"'\n\r \\#é€🎉0", max_size=8),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["", "NULL", "01000", "1E5", "12,50", "\n1,2\n", '",\n"', "Total", "x" * 3000]),
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(WORDS, min_size=width, max_size=width), max_size=12))
    # Without any value a line is blank, and one that says `Total` at the end may be a total.
    rows = [["k" + row[0], *row[1:]] for row in rows]
    while rows and scanning.names_total(rows[-1]):
        rows.pop()
    return rows


def write(rows: list[list[str]], delimiter: str, end: str, everything: bool) -> str:
    stream = io.StringIO(newline="")
    foreign = "\n\r" if end == "\r" else "\r"  # line ends that QUOTE_MINIMAL leaves without quotes
    bare = not everything and not any(mark in value for row in rows for value in row for mark in foreign)
    quoting = csv.QUOTE_MINIMAL if bare else csv.QUOTE_ALL
    width = len(rows[0]) if rows else 2
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow([f"name {i}" for i in range(width)])
    writer.writerows(rows)
    return stream.getvalue()


@settings(max_examples=150)
@given(tables(), st.sampled_from(",;\t|"), ENDS, st.booleans(), st.booleans(), st.booleans())
def test_any_table_comes_back(read, rows, delimiter, end, everything, last_end, exactly):
    text = write(rows, delimiter, end, everything)
    if not last_end:
        text = text.removesuffix(end)
    with pytest.MonkeyPatch.context() as patch:
        if exactly:  # nothing is ever proved: every record goes through the exact way
            patch.setattr(scanning.Proof, "count_records", lambda *_: None)
        outcome = read(text, delimiter=delimiter, header_line=1)
    assert outcome.rows == [tuple(row) for row in rows]
    assert outcome.refused == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_layout_is_found_without_help(read, end, delimiter):
    rows = [["id", "name", "price"], ["01000", f"a{delimiter}b", "12,50"], ["1E5", 'say "hi"\nyou', "3,00"]]
    outcome = read(write(rows[1:], delimiter, end, False).replace("name 0", "ref"))
    assert outcome.columns == ("ref", "name 1", "name 2")
    assert outcome.rows == [tuple(row) for row in rows[1:]]
    assert outcome.read.files[0].delimiter == delimiter


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_accents_survive_every_encoding(read, encoding, packed):
    data = "réf;ville;prix\r\n1;Orléans;2,50 €\r\n2;L’Haÿ-les-Roses;3,00\r\n".encode(encoding)
    name = "export.csv.gz" if packed else "export.csv"
    outcome = read(gzip.compress(data) if packed else data, name)
    assert outcome.columns == ("réf", "ville", "prix")
    assert outcome.rows == [("1", "Orléans", "2,50 €"), ("2", "L’Haÿ-les-Roses", "3,00")]


def test_the_encoding_of_the_plan_has_the_last_word(read):
    data = "réf;ville\n1;Orléans\n2;Besançon\n".encode("mac-roman")
    assert read(data, encoding="mac-roman").rows == [("1", "Orléans"), ("2", "Besançon")]


def test_a_far_accent_decides_for_the_whole_file(read):
    rows = "".join(f"{i};plain\n" for i in range(90_000))
    outcome = read(("id;ville\n" + rows + "90000;Orléans\n").encode("cp1252"))
    assert outcome.read.files[0].encoding == "cp1252"
    assert outcome.rows[-1] == ("90000", "Orléans")


def test_long_files_keep_their_order_and_their_lines(read):
    rows = [[str(i), 'a\n"b"' if i % 7 == 0 else "c"] for i in range(60_000)]
    outcome = read(write(rows, ",", "\n", False))
    assert outcome.rows == [tuple(row) for row in rows]
    expected, line = [], 2
    for row in rows:
        expected.append(line)
        line += 1 + row[1].count("\n")
    assert outcome.lines == expected


def test_a_good_file_is_read_where_it_lies(read):
    outcome = read("id,price\n1,2\n2,3\n")
    assert ".scratch" not in outcome.read.relation.sql("duckdb")


@pytest.mark.parametrize("rows", [0, 1])
@pytest.mark.parametrize("end", ["", "\n"])
def test_the_smallest_files(read, rows, end):
    outcome = read("id,name" + rows * "\n1,a" + end)
    assert outcome.columns == ("id", "name")
    assert outcome.rows == rows * [("1", "a")]


BLANKS = b" 00001 19970101  1   11.77\r\n 00002 19970112  12  12.00  \r\n\r\n 00002 19970112 5\t77.00\r\n"


@pytest.mark.parametrize("packed", [False, True])
def test_columns_may_stand_apart_by_runs_of_blanks(read, packed):
    plain = BLANKS.replace(b"\t", b"   ")
    content = gzip.compress(plain) if packed else plain
    found = read(content, file="CDNOW_master.txt", header_line=0)
    assert found.columns == ("column_1", "column_2", "column_3", "column_4")
    assert found.rows[0] == ("00001", "19970101", "1", "11.77") and len(found.rows) == 3
    assert found.lines == [1, 2, 4] and found.read.files[0].delimiter == "blanks"
    told = read(BLANKS + b"00003 19970112 5\n", header_line=0, delimiter="blanks")
    assert told.rows == found.rows and [line for line, _ in told.refused] == [5]
    assert read(b"cust  sales\n1    2.5\n", delimiter="blanks").rows == [("1", "2.5")]
    assert read(b"cust date  sales\n1 19970101    2.5\n").columns == ("cust", "date", "sales")
    assert read(b"first,last of\nann lee,13\nbob roe,14\n").columns == ("first", "last of")


def test_runs_of_blanks_may_lie_across_blocks(read):
    lines = [f" {at:05}   19970101   {at}" for at in range(45_000)]
    found = read("\n".join(lines), header_line=0)
    assert found.rows == [(f"{at:05}", "19970101", str(at)) for at in range(45_000)]
