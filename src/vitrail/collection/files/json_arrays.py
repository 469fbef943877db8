"""The array of records in JSON, wherever it stands, and all that stands around it: nothing goes unread.

Arrays, or the objects that wrap them, may follow one another, as pages put together do. Beside the records an
object may hold what is plainly none (customers, errors, how to go on); of two lists that could both be the
records neither is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vitrail.collection.files.encodings import Text
from vitrail.collection.files.formats import extension
from vitrail.collection.files.json_values import LONGEST_MEMBER, Cursor
from vitrail.errors import SourceError
from vitrail.findings import Finding

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
_NAMED = re.compile(r'"([^"]*)"\s*:\s*\[\Z')
_STRING = re.compile(r'"[^"\\]*"')
_AHEAD = 1 << 16
_MORE = re.compile(
    r'"(?:has_?more|has_?next(?:_?page)?|more_items_in_collection)"\s*:\s*true'
    r'|"(?:@odata\.)?next(?:_?(?:page|url|page_?url|page_?token|token|cursor|offset|href|link))?"'
    r'\s*:\s*(?:"[^"]|[1-9]|\{\s*")',
    re.IGNORECASE,
)
_ERRORS = frozenset(["error", "errors"])
_BESIDE = _ERRORS | {
    "warnings", "messages", "notices", "customers", "clients", "users", "contacts", "companies", "accounts",
    "included", "includes", "links", "meta", "metadata", "pagination", "paging", "pages", "filters",
    "facets", "fields", "columns", "schema", "currencies", "products", "items_catalog", "categories",
    "channels", "shops", "stores", "locations", "tags", "taxes", "tax_rates", "userErrors", "extensions",
}  # fmt: skip
_ANSWER = _ERRORS | {
    "message", "code", "status", "statuscode", "status_code", "detail", "details", "title", "type",
    "timestamp", "path", "request_id", "requestid", "trace_id", "documentation_url", "success", "ok", "data",
    "extensions",
}  # fmt: skip


@dataclass(slots=True)
class Around:
    """What stands around the records, told once they are read."""

    shown: str
    notes: list[Finding] = field(default_factory=list)
    more: bool = False

    def told(self) -> tuple[Finding, ...]:
        page = [Finding("json_page_of_several", "warning", self.shown)] if self.more else []
        return (*self.notes, *page)


def start_of_array(text: Text) -> int:
    """The number of characters up to and with the bracket that opens the array of records; 0 for lines."""
    head = next(iter(text.chunks()), b"").decode("utf-8", "replace")
    if bare := _ARRAY.match(head):
        return bare.end()
    page = extension(Path(text.shown)) == "json"
    end = _wrapped(head, page)
    if not end:
        return 0
    first, _, rest = head.strip().partition("\n")
    try:
        record = json.loads(first)
    except ValueError:
        return end
    alone = not rest and (len(record) == 1 or page)
    return end if alone else 0


def _wrapped(head: str, page: bool) -> int:
    found = _WRAPPED_ARRAY.match(head) or (_ONLY_ARRAY.match(head) if page else None)
    return found.end() if found else 0


def read_array(text: Text, start: int, around: Around) -> Iterator[tuple[int, Any, str]]:
    """The elements of the array that begins at `start`: line, value, and why it is no record if it is none.

    Raises:
        SourceError: what follows cannot be trusted, is no JSON, or is as likely to be the records.
    """
    around.notes.clear()
    cursor = Cursor(text, start)
    opened = cursor.buffer[:start]
    page = extension(Path(text.shown)) == "json"
    while opened:
        depth = _depth(opened)
        name = found[1] if (found := _NAMED.search(opened)) else ""
        around.more = bool(_MORE.search(opened))
        while True:
            count = 0
            while cursor.peek() != "]":
                if count:
                    cursor.take(",")
                cursor.peek()
                line = cursor.line
                value, reason = cursor.value()
                if name.casefold() in _ERRORS:
                    raise SourceError(Finding("json_is_error", "error", f"{around.shown}:{line}"))
                yield line, value, reason
                count += 1
            cursor.take("]")
            other, depth = _close(cursor, depth, name if count else "", around)
            if not other:
                break
            name = other
        opened = _next(cursor, name, bool(_depth(opened)), page, around)


def _depth(opened: str) -> int:
    """How many objects are open around an array."""
    bare = _STRING.sub("", opened)
    return bare.count("{") - bare.count("}")


def _close(cursor: Cursor, depth: int, name: str, around: Around) -> tuple[str, int]:
    """Read on to the end of the objects around a list called `name`, or "" where it was empty.

    After an empty list, the next one of objects holds the records: its name, and the depth it is at.
    """
    while depth:
        if cursor.peek() == "}":
            cursor.at += 1
            depth -= 1
            continue
        cursor.take(",")
        key, _ = cursor.value()
        cursor.take(":")
        if not isinstance(key, str):
            raise cursor.broken()
        if cursor.peek() == "[" and not name:
            cursor.at += 1
            if cursor.peek() == "{":
                return key, depth
            cursor.at -= 1
        line = cursor.line
        value, _ = cursor.value(LONGEST_MEMBER)
        _judge(key, value, name, f"{around.shown}:{line}", around)
    return "", 0


def _judge(key: str, value: Any, name: str, place: str, around: Around) -> None:
    """Tell what stands beside the records; raise where it may be records too."""
    around.more = around.more or bool(_MORE.search(json.dumps({key: value})))
    if key.casefold() in _ERRORS and value:
        around.notes.append(Finding("json_errors_beside", "warning", place))
        return
    if isinstance(value, dict):
        lists = [value[each] for each in ("edges", "nodes", "data") if isinstance(value.get(each), list)]
        value = lists[0] if lists else None
    if not isinstance(value, list) or not any(isinstance(each, dict) for each in value):
        return
    if name.casefold() in _BESIDE or key.casefold() not in _BESIDE:
        raise SourceError(Finding("json_two_lists", "error", place, {"lists": [name, key]}))
    figures = {"name": key, "rows": len(value)}
    around.notes.append(Finding("json_list_left_out", "info", place, figures))


def _next(cursor: Cursor, name: str, wrapped: bool, page: bool, around: Around) -> str:
    """What opens the next array, as in pages put together; "" at the end of the file.

    Raises:
        SourceError: something else stands there.
    """
    sign = cursor.peek()
    if not sign:
        return ""
    if len(cursor.buffer) - cursor.at < _AHEAD:
        cursor.grow(LONGEST_MEMBER)
    ahead = cursor.buffer[cursor.at : cursor.at + _AHEAD]
    end = 1 if sign == "[" and not wrapped else _wrapped(ahead, page) if sign == "{" and wrapped else 0
    opened = ahead[:end]
    if wrapped and opened and ((found := _NAMED.search(opened)) is None or found[1] != name):
        opened = ""
    if not opened:
        figures = {"found": "{…}" if sign == "{" else ahead.split(maxsplit=1)[0][:12]}
        raise SourceError(Finding("json_after_array", "error", f"{around.shown}:{cursor.line}", figures))
    cursor.at += end
    return opened


def is_error_answer(columns: list[str], rows: int) -> bool:
    """Whether a file's one record is what a server answers when it refuses: an error, or a message."""
    roots = {name.split(".")[0].casefold() for name in columns}
    return rows == 1 and bool(roots & (_ERRORS | {"message"})) and roots <= _ANSWER
