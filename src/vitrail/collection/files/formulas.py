"""Formulas in a workbook whose results it does not keep, as programs write them: read, they are blank cells.

A spreadsheet works them out when it opens the file; whoever only reads the file has nothing to read.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

_UNKEPT = re.compile(rb'<c r="([A-Z]{1,3})[0-9]+"[^>]*><f(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>')
_CHUNK = 1 << 20
_LONGEST_CELL = 1 << 14
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"


def count_unkept(file: Path, sheet: str) -> Mapping[int, int]:
    """The cells of a sheet whose formula has no stored result, by the number of their column from 0."""
    if not zipfile.is_zipfile(file):
        return {}
    with zipfile.ZipFile(file) as packed:
        part = _find_part(packed, sheet)
        if part is None:
            return {}
        found: Counter[bytes] = Counter()
        rest = b""
        with packed.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                text = rest + chunk
                last = 0
                if b"<f" in text:
                    for cell in _UNKEPT.finditer(text):
                        found[cell[1]] += 1
                        last = cell.end()
                rest = text[max(last, len(text) - _LONGEST_CELL) :]
    return {_number(letters): cells for letters, cells in sorted(found.items())}


def _find_part(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of a workbook where a sheet is; None in a book that is laid out in another way."""
    names = set(packed.namelist())
    if not {_BOOK, _RELATIONS} <= names:
        return None
    try:
        book, relations = (ElementTree.fromstring(packed.read(each)) for each in (_BOOK, _RELATIONS))
    except ElementTree.ParseError:
        return None
    ids = [
        value
        for each in book.iter()
        if each.tag.endswith("}sheet") and each.get("name") == sheet
        for key, value in each.attrib.items()
        if key.endswith("}id")
    ]
    for each in relations:
        if each.get("Id") in ids:
            part = posixpath.normpath(posixpath.join("/xl", each.get("Target", ""))).lstrip("/")
            return part if part in names else None
    return None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1
