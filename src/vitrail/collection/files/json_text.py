"""JSON: an array of objects, or objects one a line.

An array stands bare, or in an object that wraps it: first, or after the likes of `object` and `count`; in a
file that is one object, after any plain values; or as the `edges` or `nodes` of GraphQL. One object of like
objects, each under its key, is read as if the key were in them; where they number their cells, as a table by
columns (`{"total": {"0": 9, "1": 12}}`).

A number keeps the digits it is written with. Objects inside a record are flattened, `order.total.amount`;
lists, and what lies deeper than eight names, stay JSON text, but for a record that names no money outside its
one list of priced objects: it is a record for each of these. In JSON Lines a line that is no object is
refused; in an array nothing can be trusted after a fault, so the whole file is.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrail.collection.files.dialect import MOST_COLUMNS
from vitrail.collection.files.encodings import Text, settle_encoding
from vitrail.collection.files.formats import Sniffed, extension
from vitrail.collection.files.names import name_columns
from vitrail.collection.files.proof import is_utf8
from vitrail.collection.files.records import LONGEST_RECORD_BYTES
from vitrail.collection.files.results import FileRead, FilesSpec, Part, Refusal
from vitrail.collection.files.rows import RowFile
from vitrail.errors import SourceError
from vitrail.findings import Finding

_LONGEST_ELEMENT = 1 << 23
_LONGEST_KEYED = 1 << 26
_FEWEST_KEYED = 3
_KEYED = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:\s*\{\s*"')
_DEEPEST = 8
_ARRAY = re.compile(r"\s*\[")
_BEFORE = (
    r'"(?:object|url|has_more|count|total|page|status|success|ok)"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*,\s*'
    r'|"(?:jsonapi|meta|metadata|info|pagination|paging|links)"\s*:\s*\{[^{}\[\]]*\}\s*,\s*'
)
_SCALARS = r'"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*,\s*'
_WITHIN = rf'"(?:data|result|results|response|export)"\s*:\s*\{{\s*(?:{_BEFORE})*'
_PAGES = r'"pageInfo"\s*:\s*\{[^{}\[\]]*\}\s*,\s*'
_CONNECTED = rf'"\w+"\s*:\s*\{{\s*(?:{_BEFORE}|{_PAGES})*(?="(?:edges|nodes)")'
_WRAPPED_ARRAY = re.compile(
    rf'\s*\{{\s*(?:{_BEFORE})*(?:{_WITHIN})?(?:{_CONNECTED})?"[^"]*"\s*:\s*\[(?=\s*[{{\]])'
)
_ONLY_ARRAY = re.compile(rf'\s*\{{\s*(?:{_BEFORE}|{_SCALARS})*"[^"]*"\s*:\s*\[(?=\s*[{{\]])')
_BLANK = re.compile(r"\s*")
_MONEY = re.compile(r"(?i)price|prix|total|amount|montant|preis|betrag|precio|importe|prezzo|importo")


class _Number(float):
    """A number with a fraction or an exponent that remembers how it was written."""

    written: str

    def __new__(cls, written: str) -> _Number:
        number = super().__new__(cls, written)
        number.written = written
        return number


class _Unusable(ValueError):
    """Valid JSON that is no record: not an object, a name twice, a number that is none."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Item:
    """One record by column, or the reason why it is none."""

    line: int
    values: dict[str, str]
    reason: str = ""


def read_json(file: Path, shown: str, spec: FilesSpec, sniffed: Sniffed, scratch: Path) -> Part:
    """One JSON file.

    Raises:
        SourceError: it holds no record, is an array with a fault in it, or has too many names.
    """
    text = settle_encoding(file, shown, sniffed.packed, spec.encoding)
    start = _start_of_array(text)
    keyed = None if start else _keyed_items(text)

    def items() -> Iterator[_Item]:
        return iter(keyed) if keyed else _array_items(text, start) if start else _line_items(text)

    columns: dict[str, None] = {}
    sink, refused = _write(items, columns, scratch, shown)
    if sink.width < len(columns):
        Path(sink.path).unlink()
        sink, refused = _write(items, columns, scratch, shown)
    if not columns:
        twice = any(each.reason == "name_twice" for each in refused.values())
        code = "json_names_twice" if twice else "json_without_objects" if refused else "file_empty"
        raise SourceError(Finding(code, "error", shown))
    names, renamed = name_columns(list(columns), shown)
    report = FileRead(
        file=shown,
        format="json" if start or keyed else "jsonl",
        encoding=text.encoding,
        delimiter=None,
        header_line=None,
        records=sink.rows + len(refused),
        accepted=sink.rows,
        refused=len(refused),
        notes=(*sniffed.notes, *renamed),
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


def _start_of_array(text: Text) -> int:
    """The number of characters up to and with the bracket that opens the array of records; 0 for lines."""
    head = next(iter(text.chunks()), b"").decode("utf-8", "replace")
    if bare := _ARRAY.match(head):
        return bare.end()
    page = extension(Path(text.shown)) == "json"
    wrapped = _WRAPPED_ARRAY.match(head) or (_ONLY_ARRAY.match(head) if page else None)
    if wrapped is None:
        return 0
    first, _, rest = head.strip().partition("\n")
    try:
        record = json.loads(first)
    except ValueError:
        return wrapped.end()
    alone = not rest and (len(record) == 1 or page)
    return wrapped.end() if alone else 0


def _keyed_items(text: Text) -> list[_Item] | None:
    """The records of a file that is one object of like objects, each under its key; None where it is not."""
    if extension(Path(text.shown)) != "json":
        return None
    whole = b""
    for chunk in text.chunks():
        if (not whole and not _KEYED.match(chunk)) or len(whole) > _LONGEST_KEYED:
            return None
        whole += chunk
    try:
        held = _DECODER.decode(whole.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    first = next(iter(held.values()))
    alike = all(isinstance(each, dict) and each.keys() == first.keys() for each in held.values())
    if len(held) < _FEWEST_KEYED or not alike:
        return None
    if all(name == str(number) for number, name in enumerate(first)):  # a table by columns, as pandas has it
        rows = ({name: cells[row] for name, cells in held.items()} for row in first)
        return [_item(row, 1) for row in rows]
    name = "key" if "id" in first else "id"
    return [_item({name: key, **each}, 1) for key, each in held.items()]


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
        return _items(_DECODER.decode(line.decode("utf-8")), number)
    except _Unusable as fault:
        return [_Item(number, {}, fault.reason)]
    except (ValueError, RecursionError):
        return [_Item(number, {}, "not_json")]


def _array_items(text: Text, start: int) -> Iterator[_Item]:
    """The elements of an array, decoded as they come; only one element is held at a time."""
    pieces = codecs.iterdecode(text.chunks(), "utf-8", "replace")
    buffer, position, line = next(pieces, ""), start, 1
    line += buffer.count("\n", 0, start)
    first = True
    while True:
        blank = _BLANK.match(buffer, position)
        assert blank is not None
        try:
            here = blank.end()
            if buffer.startswith("]", here):
                return
            if not first:
                if not buffer.startswith(",", here):
                    raise ValueError
                blank = _BLANK.match(buffer, here + 1)
                assert blank is not None
                here = blank.end()
            begin = line + buffer.count("\n", position, here)
            value, end = _DECODER.raw_decode(buffer, here)
            items = _items(value, begin)
        except _Unusable as fault:
            value, end = _PLAIN.raw_decode(buffer, here)
            items = [_Item(begin, {}, fault.reason)]
        except (ValueError, RecursionError) as error:
            more = next(pieces, None)
            if more is None or len(buffer) - position > _LONGEST_ELEMENT:
                at = line + buffer.count("\n", position, getattr(error, "pos", position))
                raise SourceError(Finding("json_broken", "error", f"{text.shown}:{at}")) from error
            buffer, position = buffer[position:] + more, 0
            continue
        if "\ufffd" in buffer[here:end] and not items[0].reason:
            items = [_Item(begin, {}, "bad_encoding")]
        yield from items
        line += buffer.count("\n", position, end)
        position, first = end, False


def _items(value: Any, line: int) -> list[_Item]:
    """A record, or one for each of its priced lines where nothing else in it says what they cost."""
    value = _unwrapped(value)
    lists = (
        [name for name, held in value.items() if isinstance(held, list)] if isinstance(value, dict) else []
    )
    priced = [name for name in lists if _is_priced(value[name])]
    if len(priced) != 1 or any(
        _MONEY.search(name) for name, _ in _leaves(value, _DEEPEST) if name not in lists
    ):
        return [_item(value, line)]
    return [_item(value | {priced[0]: each}, line) for each in value[priced[0]]]


def _unwrapped(value: Any) -> Any:
    """What an object holds that only says what it is (`{"invoice": {…}}`), or where a page goes on."""
    inner = [held for name, held in value.items() if name != "cursor"] if isinstance(value, dict) else []
    return inner[0] if len(inner) == 1 and isinstance(inner[0], dict) and inner[0] else value


def _is_priced(held: list[Any]) -> bool:
    """Whether these are objects that each name a price or an amount."""
    return bool(held) and all(isinstance(each, dict) and any(map(_MONEY.search, each)) for each in held)


def _item(value: Any, line: int) -> _Item:
    """A record, flattened."""
    if not isinstance(value, dict):
        raise _Unusable("not_json")
    flat: dict[str, str] = {}
    for name, found in _leaves(value, _DEEPEST):
        if name in flat:
            raise _Unusable("name_twice")
        flat[name] = _written(found)
    return _Item(line, flat)


def _leaves(record: dict[str, Any], deep: int) -> Iterator[tuple[str, Any]]:
    for name, held in record.items():
        if isinstance(held, dict) and held and deep > 1:
            yield from ((f"{name}.{inner}", found) for inner, found in _leaves(held, deep - 1))
        else:
            yield name, held


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number):
        return value.written
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unusable("name_twice")
    return found


def _constant(_: str) -> Any:
    raise _Unusable("not_json")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_Number, parse_constant=_constant)
_PLAIN = json.JSONDecoder()
