"""JSON: an array of objects, or objects one a line.

An array stands bare, or in an object that wraps it: first, or after the likes of `object` and `count`; in a
file that is one object, after any plain values; or as the `edges` or `nodes` of GraphQL. One object of like
objects, each under its key, is read as if the key were in them; one of columns as the table it is.

A number keeps the digits it is written with. Objects inside a record are flattened, `order.total.amount`;
lists, and what lies deeper than eight names, stay JSON text, but for a record that names no money outside its
one list of priced objects: it is a record for each of these. Of objects that only say what they hold
(`{"invoice": {…}}`), the name becomes `document_type` where there are several. In JSON Lines a line
that is no object is refused; in an array nothing can be trusted after a fault, so the whole file is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vitrail.collection.files.dialect import MOST_COLUMNS
from vitrail.collection.files.encodings import Text, settle_encoding
from vitrail.collection.files.formats import Sniffed
from vitrail.collection.files.json_arrays import Around, is_error_answer, read_array, start_of_array
from vitrail.collection.files.json_tables import read_table
from vitrail.collection.files.json_values import DECODER, Unusable, write_value
from vitrail.collection.files.names import name_columns
from vitrail.collection.files.proof import is_utf8
from vitrail.collection.files.records import LONGEST_RECORD_BYTES
from vitrail.collection.files.results import FileRead, FilesSpec, Part, Refusal
from vitrail.collection.files.rows import RowFile
from vitrail.errors import SourceError
from vitrail.findings import Finding

_DEEPEST = 8
_DOCUMENT = "document_type"
_WORDS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")
_MONEY = re.compile(r"(?i)price|prix|total|amount|montant|preis|betrag|precio|importe|prezzo|importo")


@dataclass(frozen=True, slots=True)
class _Item:
    """One record by column, or the reason why it is none."""

    line: int
    values: dict[str, str]
    reason: str = ""
    document: str = ""


def read_json(file: Path, shown: str, spec: FilesSpec, sniffed: Sniffed, scratch: Path) -> Part:
    """One JSON file.

    Raises:
        SourceError: it holds no record, is an array with a fault in it, or has too many names.
    """
    text = settle_encoding(file, shown, sniffed.packed, spec.encoding)
    start = start_of_array(text)
    table = None if start else read_table(text)
    around = Around(shown)
    documents: set[str] = set()

    def items() -> Iterator[_Item]:
        found = (
            (_item(row, 1) for row in table)
            if table
            else _array_items(text, start, around)
            if start
            else _line_items(text)
        )
        several = len(documents) > 1
        for item in found:
            if item.document:
                documents.add(item.document)
            yield replace(item, values={_DOCUMENT: item.document} | item.values) if several else item

    columns: dict[str, None] = {}
    sink, refused = _write(items, columns, scratch, shown)
    if len(documents) > 1 or sink.width < len(columns):
        Path(sink.path).unlink()
        sink, refused = _write(items, columns, scratch, shown)
    if is_error_answer(list(columns), sink.rows + len(refused)):
        raise SourceError(Finding("json_is_error", "error", shown))
    if not columns:
        twice = any(each.reason == "name_twice" for each in refused.values())
        code = "json_names_twice" if twice else "json_without_objects" if refused else "file_empty"
        raise SourceError(Finding(code, "error", shown))
    names, renamed = name_columns(list(columns), shown)
    report = FileRead(
        file=shown,
        format="json" if start or table else "jsonl",
        encoding=text.encoding,
        delimiter=None,
        header_line=None,
        records=sink.rows + len(refused),
        accepted=sink.rows,
        refused=len(refused),
        notes=(*sniffed.notes, *around.told(), *renamed),
    )

    def find_lines(ordinals: Sequence[int]) -> list[int]:
        accepted = (item.line for number, item in enumerate(items()) if number not in refused)
        wanted = set(ordinals)
        return [line for ordinal, line in enumerate(accepted) if ordinal in wanted]

    return Part(report, sink.scan(names), tuple(refused.values()), find_lines)


def _write(
    items: Callable[[], Iterator[_Item]], columns: dict[str, None], scratch: Path, shown: str
) -> tuple[RowFile, dict[int, Refusal]]:
    """Write the records and collect their columns; refusals by the number of their item.

    When a column turns up after the first row was written, the rest is only looked at: the caller writes
    again, with all columns known.
    """
    refused: dict[int, Refusal] = {}
    with RowFile(scratch) as sink:
        for number, item in enumerate(items()):
            columns.update(dict.fromkeys(item.values))
            if len(columns) > MOST_COLUMNS:
                figures = {"columns": len(columns), "most": MOST_COLUMNS}
                raise SourceError(Finding("too_many_columns", "error", shown, figures))
            reason = item.reason
            if not reason and sink.width in (0, len(columns)):
                reason = sink.write([item.values.get(name, "") for name in columns]) or ""
            if reason:
                detail = {"most": LONGEST_RECORD_BYTES // 1024} if reason == "record_too_long" else {}
                refused[number] = Refusal(item.line, reason, detail)
    return sink, refused


def _line_items(text: Text) -> Iterator[_Item]:
    rest = b""
    number = 1
    for chunk in text.chunks():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield from _in_line(line, number)
            number += 1
    if rest.strip():
        yield from _in_line(rest, number)


def _in_line(line: bytes, number: int) -> list[_Item]:
    if not is_utf8(line):
        return [_Item(number, {}, "bad_encoding")]
    try:
        return _items(DECODER.decode(line.decode("utf-8")), number)
    except Unusable as fault:
        return [_Item(number, {}, fault.reason)]
    except (ValueError, RecursionError):
        return [_Item(number, {}, "not_json")]


def _array_items(text: Text, start: int, around: Around) -> Iterator[_Item]:
    """The elements of an array, decoded as they come; only one element is held at a time."""
    for line, value, reason in read_array(text, start, around):
        try:
            yield from [_Item(line, {}, reason)] if reason else _items(value, line)
        except Unusable as fault:
            yield _Item(line, {}, fault.reason)


def _items(value: Any, line: int) -> list[_Item]:
    """A record, or one for each of its priced lines where nothing else in it says what they cost."""
    value, document = _unwrapped(value)
    lists = (
        [name for name, held in value.items() if isinstance(held, list)] if isinstance(value, dict) else []
    )
    priced = [name for name in lists if _is_priced(value[name])]
    if len(priced) != 1 or any(
        _MONEY.search(name) for name, _ in _leaves(value, _DEEPEST) if name not in lists
    ):
        return [_item(value, line, document)]
    return [_item(value | {priced[0]: each}, line, document) for each in value[priced[0]]]


def _unwrapped(value: Any) -> tuple[Any, str]:
    """What an object holds that only says what it is (`{"invoice": {…}}`), or where a page goes on; and what
    it says that it is."""
    inner = [each for each in value.items() if each[0] != "cursor"] if isinstance(value, dict) else []
    if len(inner) == 1 and isinstance(inner[0][1], dict) and inner[0][1]:
        return inner[0][1], _WORDS.sub(" ", inner[0][0])
    return value, ""


def _is_priced(held: list[Any]) -> bool:
    """Whether these are objects that each name a price or an amount."""
    return bool(held) and all(isinstance(each, dict) and any(map(_MONEY.search, each)) for each in held)


def _item(value: Any, line: int, document: str = "") -> _Item:
    """A record, flattened."""
    if not isinstance(value, dict):
        raise Unusable("not_json")
    flat: dict[str, str] = {}
    for name, found in _leaves(value, _DEEPEST):
        if name in flat:
            raise Unusable("name_twice")
        flat[name] = write_value(found)
    return _Item(line, flat, document=document)


def _leaves(record: dict[str, Any], deep: int) -> Iterator[tuple[str, Any]]:
    for name, held in record.items():
        if isinstance(held, dict) and held and deep > 1:
            yield from ((f"{name}.{inner}", found) for inner, found in _leaves(held, deep - 1))
        else:
            yield name, held
