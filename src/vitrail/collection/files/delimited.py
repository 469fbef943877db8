"""CSV, TSV and their kin: decoded, their layout settled, every record counted, then left to the engine.

A file that is well formed UTF-8 is read by the engine where it lies, packed or not. Of any other, the good
records are first written to a scratch file as well-formed UTF-8.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from vitrail.collection.files.blanks import BLANKS, is_apart_by_blanks, write_with_tabs
from vitrail.collection.files.dialect import Dialect, settle_dialect
from vitrail.collection.files.encodings import Text, settle_encoding
from vitrail.collection.files.names import name_columns
from vitrail.collection.files.records import LONGEST_RECORD_BYTES
from vitrail.collection.files.results import CsvScan, FileRead, FilesSpec, Part
from vitrail.collection.files.rows import FIRST_LINE
from vitrail.collection.files.scanning import Scan, scan_records
from vitrail.findings import Finding

_PACKED_PLAINLY = 0b1100  # an extra field and a name (RFC 1952), which the engine passes over


def read_delimited(
    file: Path, shown: str, spec: FilesSpec, packed: bool, scratch: Path, notes: Sequence[Finding] = ()
) -> Part:
    """One delimited file.

    Args:
        shown: its path as people are shown it.
        packed: it is compressed by gzip.
        scratch: the folder to write the good records to, if they must be written.

    Raises:
        SourceError: its encoding, delimiter or header cannot be decided on, or it is empty or damaged.
    """
    text = settle_encoding(file, shown, packed, spec.encoding)
    encoding, delimiter = text.encoding, _delimiter(spec)
    head, whole = _head(text)
    by_blanks = delimiter == BLANKS or (delimiter is None and is_apart_by_blanks(head))
    if by_blanks:
        file, packed, delimiter = write_with_tabs(text.chunks(), scratch), False, "\t"
        text = Text(file, shown, packed, "utf-8", 0)
        head, whole = _head(text)
    dialect = settle_dialect(head, whole, shown, delimiter, spec.header_line)
    names, renamed = name_columns(dialect.names, shown)
    preamble = head[: dialect.data_start]
    as_it_lies = text.is_utf8 and _can_be_skipped(preamble, dialect) and not (packed and _oddly_packed(file))
    found = scan_records(text.chunks(), dialect, shown) if as_it_lies else None
    if found is None or found.rewritten or (found.quoted_line_ends and not preamble):
        with NamedTemporaryFile("wb", dir=scratch, suffix=".csv", delete=False) as sink:
            sink.write(FIRST_LINE.encode() + dialect.terminator)
            found = scan_records(text.chunks(), dialect, shown, sink)
        scan = CsvScan(sink.name, names, dialect.delimiter, 1, parallel=not found.quoted_line_ends)
    else:
        skipped = dialect.data_line - 1
        parallel = not found.quoted_line_ends
        scan = CsvScan(str(file), names, dialect.delimiter, skipped, packed, parallel)
    report = FileRead(
        file=shown,
        format="tsv" if dialect.delimiter == "\t" and not by_blanks else "csv",
        encoding=encoding,
        delimiter=BLANKS if by_blanks else dialect.delimiter,
        header_line=dialect.header_line,
        records=found.accepted + len(found.refusals),
        accepted=found.accepted,
        refused=len(found.refusals),
        notes=(*notes, *_notes(shown, encoding, dialect, found), *renamed),
    )

    def find_lines(ordinals: Sequence[int]) -> list[int]:
        return scan_records(text.chunks(), dialect, shown, wanted=ordinals).lines

    return Part(report, scan, tuple(found.refusals), find_lines)


def _delimiter(spec: FilesSpec) -> str | None:
    return spec.delimiter or ("\t" if spec.format == "tsv" else None)


def _head(text: Text) -> tuple[bytes, bool]:
    """The beginning of a text, and whether it is all of it."""
    head = b""
    for chunk in text.chunks():
        if len(head) > LONGEST_RECORD_BYTES:
            return head, False
        head += chunk
    return head, True


def _oddly_packed(file: Path) -> bool:
    """Whether the engine would not unpack it: more in its head than a name, or zeros after its end."""
    with file.open("rb") as stream:
        flags = stream.read(4)[3]
        stream.seek(-4, os.SEEK_END)
        return bool(flags & ~_PACKED_PLAINLY) or stream.read(4) == bytes(4)


def _can_be_skipped(preamble: bytes, dialect: Dialect) -> bool:
    """Whether the engine can skip the lines above the data by their number: all end alike, none in quotes."""
    ends = preamble.count(dialect.terminator)
    others = preamble.replace(dialect.terminator, b"")
    alike = b"\n" not in others and b"\r" not in others and ends == dialect.data_line - 1
    whole = not preamble or preamble.endswith(dialect.terminator)
    return alike and whole and (b'"' not in preamble or ends == 1)


def _notes(shown: str, encoding: str, dialect: Dialect, found: Scan) -> Iterator[Finding]:
    if encoding != "utf-8":
        yield Finding("file_transcoded", "info", shown, {"encoding": encoding})
    if dialect.title_lines:
        figures = {"lines": dialect.title_lines, "header": dialect.header_line}
        yield Finding("title_lines_skipped", "info", shown, figures)
    if dialect.header_line is None:
        yield Finding("header_absent", "info", shown, {"columns": dialect.width})
    if found.doubtful_total:
        yield Finding("total_line_kept", "warning", f"{shown}:{found.doubtful_total}")
    if found.blank_lines:
        yield Finding("blank_lines_skipped", "info", shown, {"lines": found.blank_lines})
