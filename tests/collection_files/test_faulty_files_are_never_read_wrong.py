"""A corpus of nasty files: each is read exactly, or refused line by line, or as a whole with a clear error.

Every base file is known; every fault is put at every place. Whatever is accepted must be a true row, and
only the rows that a fault touches may be missing.
"""

from __future__ import annotations

import gzip
import io
import itertools
import random
import zipfile

import pytest

from vitrail.collection.files import encodings, scanning
from vitrail.errors import SourceError

BASES = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "pipe": "|",
}
PLACES = {"first": 0, "middle": 10, "last": 19}


def lines(delimiter: str) -> list[str]:
    """A header and twenty rows; rows 5 and 15 have quoted fields."""
    rows = [delimiter.join(["order_id", "name", "city", "price"])]
    for i in range(20):
        name = f'"na{delimiter}me ""{i}"""' if i in (5, 15) else f"name{i}"
        rows.append(delimiter.join([f"{i:05d}", name, "Orléans", f"{i}.50"]))
    return rows


def truth(delimiter: str) -> list[tuple[str, ...]]:
    names = [f'na{delimiter}me "{i}"' if i in (5, 15) else f"name{i}" for i in range(20)]
    return [(f"{i:05d}", name, "Orléans", f"{i}.50") for i, name in enumerate(names)]


def broken(line: str, fault: str, d: str) -> bytes:
    """`line` with a fault in it."""
    fields = line.split(d)
    match fault:
        case "field_missing":
            return d.join(fields[:-1]).encode()
        case "field_too_many":
            return (line + d + "x").encode()
        case "quote_unclosed":
            return d.join([fields[0], '"' + fields[1], *fields[2:]]).encode()
        case "quote_unclosed_last":
            return d.join([*fields[:-1], '"' + fields[-1]]).encode()
        case "quote_then_text":
            return d.join([fields[0], '"a"b', *fields[2:]]).encode()
        case "nul":
            return d.join([fields[0] + "\0", *fields[1:]]).encode()
        case "broken_utf8":
            return d.join(fields).encode().replace("é".encode(), b"\xc3")
        case "too_long":
            return d.join([fields[0], "x" * 1_200_000, *fields[2:]]).encode()
    raise ValueError(fault)


FAULTS = {
    "field_missing": "ragged_row",
    "field_too_many": "ragged_row",
    "quote_unclosed": "unclosed_quote",
    "quote_unclosed_last": "unclosed_quote",
    "quote_then_text": "stray_quote",
    "nul": "nul_byte",
    "broken_utf8": "bad_encoding",
    "too_long": "record_too_long",
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("fault", FAULTS)
def test_one_broken_line_costs_that_line_alone(read, fault, base, place, end):
    d, index = BASES[base], PLACES[place]
    written = lines(d)
    data = [line.encode() for line in written]
    data[index + 1] = broken(written[index + 1], fault, d)
    outcome = read(end.encode().join(data) + end.encode())
    expected = [row for i, row in enumerate(truth(d)) if i != index]
    assert outcome.rows == expected
    assert outcome.refused == [(index + 2, FAULTS[fault])]
    assert outcome.lines == [i + 2 for i in range(20) if i != index]


@pytest.mark.parametrize("pair", list(itertools.combinations(FAULTS, 2)), ids="-".join)
def test_two_broken_lines_cost_two(read, pair):
    written = lines(",")
    data = [line.encode() for line in written]
    for fault, index in zip(pair, (3, 12), strict=True):
        data[index + 1] = broken(written[index + 1], fault, ",")
    outcome = read(b"\n".join(data))
    assert outcome.rows == [row for i, row in enumerate(truth(",")) if i not in (3, 12)]
    assert [line for line, _ in outcome.refused] == [5, 14]


EXACT = {
    "quote inside a bare field": ('id,name\n1,12" vinyl\n2,b\n', [("1", '12" vinyl'), ("2", "b")]),
    "spaces around quotes": ('id, name\n1, "a, b" \n2,"c"\n', [("1", "a, b"), ("2", "c")]),
    "line end in a value": ('id,name\n1,"a\nb"\n2,"c\r\nd"\n', [("1", "a\nb"), ("2", "c\r\nd")]),
    "rows inside a value": ('id,name\n1,"x\n2,y\n3,z"\n4,b\n', [("1", "x\n2,y\n3,z"), ("4", "b")]),
    "mixed line ends": ("id,name\r\n1,a\n2,b\r\n3,c\r4,d", [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")]),
    "blank lines": ("id,name\n\n1,a\n\n\n2,b\n\n", [("1", "a"), ("2", "b")]),
    "lines of delimiters": ("id,name,city\n1,a,x\n,,\n2,b,y\n,,\n", [("1", "a", "x"), ("2", "b", "y")]),
    "decimal commas": ("id;prix\na;12,50\nb;13,20\n", [("a", "12,50"), ("b", "13,20")]),
    "decimal commas in every field": (
        "n;p;q\n1,5;2,5;3,5\n1,6;2,6;3,6\n",
        [("1,5", "2,5", "3,5"), ("1,6", "2,6", "3,6")],
    ),
    "delimiter of the workbook": ("sep=;\r\nid;name\r\n1;a,b\r\n", [("1", "a,b")]),
    "titles above": ("Export of 3 March\nShop: Paris\n\nid,name\n1,a\n", [("1", "a")]),
    "padded titles": ("Export;;;\n;;;\nid;a;b;c\n1;x;y;z\n", [("1", "x", "y", "z")]),
    "no line end at the end": ("id,name\n1,a", [("1", "a")]),
    "one column": ("email\na@b.fr\nc@d.fr\n", [("a@b.fr",), ("c@d.fr",)]),
    "a column of numbers": ("id\n1\n2\n", [("1",), ("2",)]),
    "quoted blanks": ('id,name\n1,""\n"",b\n', [("1", ""), ("", "b")]),
    "text that looks like null": (
        "id,name\n1,NULL\n2,\\N\n3,NA\n",
        [("1", "NULL"), ("2", "\\N"), ("3", "NA")],
    ),
    "text that looks like a comment": ("id,name\n#1,a\n", [("#1", "a")]),
    "backslash before a quote": ('id,name\n1,"a\\"\n2,b\n', [("1", "a\\"), ("2", "b")]),
    "single quotes": ("id,name\n1,'a\n2,b'\n", [("1", "'a"), ("2", "b'")]),
    "emoji": ("id,name\n🎉,👩‍👩‍👧\n", [("🎉", "👩‍👩‍👧")]),
    "odd white space": (
        "id,name\n1,\u00a0\u202f\u2028\x0b\x0c\x1c\x85\n",
        [("1", "\u00a0\u202f\u2028\x0b\x0c\x1c\x85")],
    ),
    "trailing delimiters": ("a;b\n1;2;\n3;4;\n", [("1", "2", ""), ("3", "4", "")]),
    "long digits": ("id,code\n00012345678901234567890,1E5\n", [("00012345678901234567890", "1E5")]),
    "a product called Total": ("id,name\nTotal Recall,1\nx,2\n", [("Total Recall", "1"), ("x", "2")]),
    "header only": ("id,name\n", []),
    "header without line end": ("id,name", []),
}


@pytest.mark.parametrize("case", EXACT)
def test_what_only_looks_faulty_is_read_exactly(read, case):
    text, rows = EXACT[case]
    outcome = read(text)
    assert outcome.rows == rows
    assert outcome.refused == []


REFUSED = {
    "total": ("id,name,price\n1,a,2\n2,b,3\nTOTAL,,5\n", 2, [(4, "total_line")]),
    "French totals": (
        "id;nom;prix\n1;a;2,00\nSous-total;;2,00\nTotal général :;;2,00\n\n",
        1,
        [(3, "total_line"), (4, "total_line")],
    ),
    "ragged total": ("id;nom;prix\n1;a;2\nTotal;2\n", 1, [(3, "total_line")]),
    "footer": ("id,name,price\n1,a,2\n(1 row)\n", 1, [(3, "note_line")]),
    "notes below the table": (
        "id;nom;prix\n" + "1;Le Goff;2\n" * 6 + "Total;;5\n;Nombre de clients : 2;\nÉdité le 12/11/2025;;\n",
        6,
        [(8, "total_line"), (9, "note_line"), (10, "note_line")],
    ),
    "every quote unclosed": ('a,b\n1,"x\n2,"y\n3,z\n', 1, [(2, "unclosed_quote"), (3, "unclosed_quote")]),
    "a quote that swallows to the end": ('a,b\n1,"x\n2,y\n3,z\n', 2, [(2, "unclosed_quote")]),
    "a broken value of several lines": (
        'a,b\n1,"x\ny"z\n3,z\n',
        1,
        [(2, "unclosed_quote"), (3, "stray_quote")],
    ),
    "a broken value whose rest looks like a row": (
        'a,b\n1,"x\n2" inches" high,5\n3,z\n',
        1,
        [(2, "unclosed_quote"), (3, "stray_quote")],
    ),
    "a long row of several lines": ('a,b\n1,"x\ny",5\n3,z\n', 1, [(2, "ragged_row")]),
    "NULs only": (b"a,b\n1,2\n" + b"\0" * 500, 1, [(3, "nul_byte")]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_record_is_refused_with_its_line(read, case):
    content, accepted, refused = REFUSED[case]
    outcome = read(content)
    assert len(outcome.rows) == accepted
    assert [line for line, _ in outcome.refused] == [line for line, _ in refused]
    assert outcome.refused == refused


ERRORS = {
    "empty": (b"", "file_empty"),
    "mark only": (b"\xef\xbb\xbf", "file_empty"),
    "blank lines only": (b"\n\n\r\n", "file_empty"),
    "no header": (b"1,alice,2020-01-01\n2,bob,2020-02-01\n", "header_missing"),
    "two delimiters": (b"a;b,c\n1;2,3\n4;5,6\n", "delimiter_undecided"),
    "header of another width": (b"a,b,c\nx,y,z,t\nu,v,w,s\n", "header_undecided"),
    "a million columns": (
        ",".join(f"c{i}" for i in range(1_000_000)).encode() + b"\n",
        "first_line_too_long",
    ),
    "five thousand columns": (",".join(f"c{i}" for i in range(5000)).encode() + b"\n", "too_many_columns"),
    "one endless line": (b"x" * 3_000_000, "first_line_too_long"),
    "old Mac accents": ("réf;é\nné;été\n".encode("mac-roman"), "encoding_undecided"),
    "DOS accents": ("nom;ville\nélève;Orléans\n".encode("cp850"), "encoding_undecided"),
    "two encodings": ("nom;ville\né;à\n".encode() + "è;ù\nê;ë\nî;ï\n".encode("cp1252"), "encoding_mixed"),
    "a web page": (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "format_unknown"),
    "a PDF": (b"%PDF-1.7 ...", "format_unknown"),
    "half a gzip": (b"\x1f\x8b\x08\0\0\0\0\0\0\x03KLJ", "file_damaged"),
    "half a Parquet": (b"PAR1" + b"x" * 100, "file_damaged"),
    "half a workbook": (b"PK\x03\x04" + b"x" * 100, "file_damaged"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_decided_is_asked(read, case):
    content, code = ERRORS[case]
    with pytest.raises(SourceError) as caught:
        read(content)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert caught.value.message("fr") != caught.value.message("en")


def test_a_field_of_fifty_megabytes_is_refused_and_the_rest_read(read):
    outcome = read(b'a,b\n1,2\n3,"' + b"x" * 50_000_000 + b'"\n4,5\n')
    assert outcome.rows == [("1", "2"), ("4", "5")]
    assert outcome.refused == [(3, "record_too_long")]


@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.xlsx"])
def test_a_file_packed_to_fill_the_memory_is_refused(read, monkeypatch, name):
    monkeypatch.setattr(encodings, "_MUCH_BYTES", 1 << 20)
    packed = io.BytesIO()
    if name.endswith("gz"):
        packed.write(gzip.compress(b"a,b\n" + b"0" * 5_000_000))
    else:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr("[Content_Types].xml", "<Types/>")
            book.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    with pytest.raises(SourceError) as caught:
        read(packed.getvalue(), name)
    assert [finding.code for finding in caught.value.findings] == ["file_swells"]


def test_refusals_without_end_are_one_refusal(read, monkeypatch):
    monkeypatch.setattr(scanning, "MOST_REFUSALS", 1000)
    with pytest.raises(SourceError) as caught:
        read(b"a,b\n1,2\n" * 500 + b"1\n" * 1001, header_line=1)
    assert [(finding.code, finding.place) for finding in caught.value.findings] == [
        ("too_many_refused", "orders.csv:1001")
    ]


def test_answers_of_the_plan_settle_what_was_asked(read):
    assert read("a;b,c\n1;2,3\n", delimiter=";").rows == [("1", "2,3")]
    outcome = read("1,alice\n2,bob\n", header_line=0)
    assert outcome.columns == ("column_1", "column_2")
    assert outcome.rows == [("1", "alice"), ("2", "bob")]
    assert read("a,b,c\nx,y,z,t\nu,v,w\n", header_line=1).refused == [(2, "ragged_row")]
    assert read("2019,2020\n1,2\n", header_line=1).columns == ("2019", "2020")
    assert read("1\n2\n", header_line=0).rows == [("1",), ("2",)]


def test_names_are_made_usable_and_it_is_said(read):
    outcome = read("id,Price,price,,price_2\n1,2,3,4,5\n")
    assert outcome.columns == ("id", "Price", "price_3", "column_4", "price_2")
    assert outcome.notes == {"columns_renamed"}


SALES = """Client;Date;Article;Montant
C1;01/12/2025;Bol;10,00
C2;02/12/2025;Tasse;20,00
C3;03/12/2025;Bol;5,00
"""


@pytest.mark.parametrize(
    "last",
    [
        ";31/12/2025;TOTAL;35,00 €",
        ";;Total général;35,00",
        "TOTAL;;;35,00",
        ";;Sous-total;35,00\n;;Total;35,00",
    ],
)
def test_a_total_at_the_end_is_known_whatever_cell_says_so(read, last):
    outcome = read(SALES + last + "\n")
    assert len(outcome.rows) == 3
    assert {reason for _, reason in outcome.refused} == {"total_line"}


@pytest.mark.parametrize("last", ["C9;31/12/2025;Total;9,00", "Total;31/12/2025;Bol;9,00"])
def test_a_record_that_speaks_of_a_total_is_kept_and_said(read, last):
    outcome = read(SALES + last + "\n")
    assert (len(outcome.rows), outcome.refused) == (4, [])
    assert "total_line_kept" in outcome.notes


def test_what_was_skipped_is_said(read):
    assert read("Export\n\nid,name\n1,a\n\n2,b\n").notes == {"title_lines_skipped", "blank_lines_skipped"}
    assert "file_transcoded" in read("id,ville\n1,Orléans\n".encode("cp1252")).notes


def test_the_fast_way_and_the_exact_way_agree_on_faults(read, monkeypatch):
    pieces = [
        "1,a\n",
        '2,"b"\n',
        '3,"c\nd"\n',
        '4,"e\n',
        '5,f"g\n',
        '6,"h"i\n',
        "7\n",
        "8,9,10\n",
        "\n",
        ",\n",
    ]
    pieces += ['11,"x,""y"\r\n', "12,z\r\n", "13,é\r", "14,\0\n", '"\n', "Total,5\n"]
    monkeypatch.setattr(scanning, "_SHORTEST_PROOF_BYTES", 4)
    choose = random.Random(2025)
    for _ in range(120):
        text = "id,name\n" + "".join(choose.choices(pieces, k=choose.randint(1, 25)))
        fast = read(text, delimiter=",", header_line=1)
        with monkeypatch.context() as patch:
            patch.setattr(scanning.Proof, "count_records", lambda *_: None)
            exact = read(text, delimiter=",", header_line=1)
        assert (fast.rows, fast.lines, fast.refused) == (exact.rows, exact.lines, exact.refused), text
