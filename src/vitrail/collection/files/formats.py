"""Which format a file has: its content decides, its name only where the content leaves a choice."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.plan.sources import Format

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
NAMES: dict[Format, str] = {
    "csv": "CSV",
    "tsv": "TSV",
    "excel": "Excel",
    "parquet": "Parquet",
    "json": "JSON",
    "jsonl": "JSON Lines",
}
_UNREADABLE = (
    (b"%PDF", "PDF"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3\0", "SQLite"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_GZIP, _OLE, _ZIP, _PARQUET = b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"PAR1"
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The format of a file's content, and whether it is packed by gzip."""

    format: Format
    packed: bool
    notes: tuple[Finding, ...] = ()


def extension(file: Path) -> Format | None:
    """The format a file's name promises; `.gz` is looked through.

    >>> extension(Path("orders.CSV.gz")), extension(Path("notes.docx"))
    ('csv', None)
    """
    name = file.name.lower().removesuffix(".gz")
    return EXTENSIONS.get(Path(name).suffix)


def sniff_format(file: Path, shown: str, given: Format | None) -> Sniffed:
    """The format of `file`.

    Raises:
        SourceError: it is a format Vitrail does not read, is damaged or locked by a password, or is not what
            the plan says.
    """
    head, packed = _head(file, shown)
    found = _by_content(file, shown, head)
    promised = given or extension(file)
    if found is None:
        if not head:
            raise SourceError(Finding("file_empty", "error", shown))
        if promised in ("parquet", "excel"):
            is_text = b"\0" not in head and any(mark in head for mark in (b",", b";", b"\t"))
            figures = {"format": NAMES[promised], "looks": NAMES[_text_format(head, None, None)]}
            code = "format_is_text" if is_text else "format_is_other"
            raise SourceError(Finding(code, "error", shown, figures))
        return Sniffed(_text_format(head, given, promised), packed)
    if given is not None and given != found:
        raise SourceError(Finding("format_is_other", "error", shown, {"format": NAMES[given]}))
    if packed:
        raise SourceError(Finding("format_packed", "error", shown, {"format": NAMES[found]}))
    if promised == found:
        return Sniffed(found, packed)
    return Sniffed(found, packed, (Finding("format_by_content", "info", shown, {"format": NAMES[found]}),))


def _head(file: Path, shown: str) -> tuple[bytes, bool]:
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.startswith(_GZIP):
        return head, False
    try:
        with gzip.open(file) as stream:
            return stream.read(_HEAD_BYTES), True
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(Finding("file_damaged", "error", shown, {"format": "gzip"})) from error


def _by_content(file: Path, shown: str, head: bytes) -> Format | None:
    """The format of a file that is no text; None for text."""
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in file.read_bytes():
            raise SourceError(Finding("file_locked", "error", shown))
        return "excel"
    if head.startswith(_ZIP):
        return _in_zip(file, shown)
    unreadable = next((name for mark, name in _UNREADABLE if head.startswith(mark)), None)
    if unreadable is None and re.match(
        rb"\s*(<!doctype html|<html|<\?xml)", head.lstrip(b"\xef\xbb\xbf"), re.I
    ):
        unreadable = "XML" if b"<?xml" in head[:64].lower() else "HTML"
    if unreadable:
        raise SourceError(Finding("format_unknown", "error", shown, {"format": unreadable}))
    return None


def _in_zip(file: Path, shown: str) -> Format:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise SourceError(Finding("file_damaged", "error", shown, {"format": "Excel"})) from error
    if any(name.startswith("xl/") for name in names):
        return "excel"
    raise SourceError(Finding("format_unknown", "error", shown, {"format": "zip"}))


def _text_format(head: bytes, given: Format | None, promised: Format | None) -> Format:
    if given is not None:
        return given
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.match(rb'\{\s*"|\[\s*(\{|\])', start):
        return "json" if start.startswith(b"[") else "jsonl"
    return promised or "csv"
