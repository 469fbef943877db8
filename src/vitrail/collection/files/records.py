"""One record of delimited text at a time, strictly. The rules, which decide what is accepted:

- Fields are separated by one delimiter byte; a record ends at LF, CRLF or a lone CR outside quotes.
- A field that begins with a quote ends at the next quote that is not doubled; `""` inside is one quote.
  Spaces around the quotes are no part of the field. Anything else after the closing quote is a
  `stray_quote`; no closing quote is an `unclosed_quote`.
- A quote inside a field that began without one is itself: `12" vinyl` is `12" vinyl`.
- A record has as many fields as the header, else it is a `ragged_row`.
- After a broken quote, reading goes on at the next physical line, warily: up to and including the first
  line with a quote, a quote inside an unquoted field is a `stray_quote`, because it may close what was
  opened above.

The parser works on UTF-8 bytes: no byte of a multi-byte character equals an ASCII delimiter or quote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

LONGEST_RECORD_BYTES = 1 << 19
QUOTE = b'"'


@dataclass(frozen=True, slots=True)
class Record:
    """A record at `buffer[start:end]`, its line end included.

    Args:
        fields: the values, unquoted.
        lines: physical lines it takes.
        plain: it can be copied as it stands; else it must be written again by `written`.
    """

    start: int
    end: int
    fields: list[bytes]
    lines: int
    plain: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """A physical line at `buffer[start:end]` that cannot be read, and why."""

    start: int
    end: int
    reason: str
    detail: dict[str, Any]


class Incomplete(Exception):
    """The buffer ends before the record does."""


class Grammar:
    """Delimited text with one delimiter, and the parser of one record."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter.encode()
        mark = re.escape(self.delimiter)
        pad = rb" *+" if self.delimiter != b" " else b""
        self._quoted = re.compile(pad + rb'"([^"]*+(?:""[^"]*+)*+)"' + pad + rb"(?=[\r\n" + mark + rb"]|\Z)")
        self._opens = re.compile(pad + rb'"')
        self._unquoted = re.compile(rb"[^\r\n" + mark + rb"]*+")
        self._plain_line = re.compile(rb'[^\r\n"]*+')
        self._line = re.compile(rb"[^\r\n]*+")

    def read(self, buffer: bytes, start: int, whole: bool, wary: bool = False) -> Record | Broken:
        """The record that begins at `start`.

        Args:
            whole: nothing follows `buffer`.
            wary: a quote was broken just above.

        Raises:
            Incomplete: the record goes on after `buffer`.
        """
        plain = self._plain_line.match(buffer, start)
        assert plain is not None
        if plain.end() == len(buffer) or buffer[plain.end()] != 34:
            end = self._line_end(buffer, plain.end(), whole)
            return Record(start, end, plain[0].split(self.delimiter), 1, True)
        return self._read_quoted(buffer, start, whole, wary)

    def _read_quoted(self, buffer: bytes, start: int, whole: bool, wary: bool) -> Record | Broken:
        fields: list[bytes] = []
        position, plain = start, True
        while True:
            if self._opens.match(buffer, position):
                field = self._quoted.match(buffer, position)
                if field is None:
                    return self._broken_quote(buffer, start, position, whole)
                value = field[1].replace(b'""', QUOTE)
                plain = plain and field[0].startswith(QUOTE) and field[0].endswith(QUOTE)
            else:
                field = self._unquoted.match(buffer, position)
                assert field is not None
                value = field[0]
                if QUOTE in value:
                    if wary:
                        return self._broken_line(buffer, start, whole, "stray_quote")
                    plain = False
            fields.append(value)
            position = field.end()
            if position == len(buffer) and not whole:
                raise Incomplete
            if buffer[position : position + 1] == self.delimiter:
                position += 1
                continue
            end = self._line_end(buffer, position, whole)
            return Record(start, end, fields, count_lines(buffer[start:position]) + 1, plain)

    def _broken_quote(self, buffer: bytes, start: int, position: int, whole: bool) -> Broken:
        closing = re.compile(rb'[^"]*+"[^"]*+(?:""[^"]*+)*+"').match(buffer, position)
        if closing is None or closing.end() == len(buffer):
            if not whole and len(buffer) - start <= LONGEST_RECORD_BYTES:
                raise Incomplete
            return self._broken_line(buffer, start, whole, "unclosed_quote")
        reason = "unclosed_quote" if count_lines(closing[0]) else "stray_quote"
        return self._broken_line(buffer, start, whole, reason)

    def _broken_line(
        self, buffer: bytes, start: int, whole: bool, reason: str, detail: dict[str, Any] | None = None
    ) -> Broken:
        line = self._line.match(buffer, start)
        assert line is not None
        return Broken(start, self._line_end(buffer, line.end(), whole), reason, detail or {})

    def swallowed(self, buffer: bytes, record: Record, width: int, whole: bool) -> Broken | None:
        """The first line of a ragged record of several lines, if its second line is a record by itself.

        Then a quote was never closed, and what it swallowed is given back.
        """
        if record.lines == 1:
            return None
        first = self._broken_line(buffer, record.start, whole, "unclosed_quote")
        second = self.read(buffer, first.end, whole, wary=True)
        return first if isinstance(second, Record) and len(second.fields) == width else None

    def _line_end(self, buffer: bytes, position: int, whole: bool) -> int:
        """The offset after the line end that stands at `position`."""
        if position == len(buffer):
            if whole:
                return position
            raise Incomplete
        if buffer[position] == 13:
            if position + 1 == len(buffer) and not whole:
                raise Incomplete
            return position + 2 if buffer[position + 1 : position + 2] == b"\n" else position + 1
        return position + 1

    def written(self, fields: list[bytes]) -> bytes:
        """Fields as one well-formed record, without a line end."""
        return self.delimiter.join(self._field_written(field) for field in fields) or b'""'

    def _field_written(self, field: bytes) -> bytes:
        if QUOTE in field or self.delimiter in field or b"\n" in field or b"\r" in field:
            return QUOTE + field.replace(QUOTE, b'""') + QUOTE
        return field


def count_lines(text: bytes) -> int:
    """The number of line ends in `text`: LF, CRLF and lone CR each count once.

    >>> count_lines(b"a\\nb\\r\\nc\\rd")
    3
    """
    if b"\r" not in text:
        return text.count(b"\n")
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
