"""What JSON text holds: values that keep the digits they are written with, one decoded at a time."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from vitrail.collection.files.encodings import Text
from vitrail.errors import SourceError
from vitrail.findings import Finding

LONGEST_ELEMENT = 1 << 23
LONGEST_MEMBER = 1 << 26
_BLANK = re.compile(r"\s*")


class Number(float):
    """A number with a fraction or an exponent that remembers how it was written."""

    written: str

    def __new__(cls, written: str) -> Number:
        number = super().__new__(cls, written)
        number.written = written
        return number


class Unusable(ValueError):
    """Valid JSON that is no record: not an object, a name twice, a number that is none."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def write_value(value: Any) -> str:
    """A value as a cell: a text as it is, a number in its own digits, a list as JSON."""
    if isinstance(value, str):
        return value
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.written
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unusable("name_twice")
    return found


def _constant(_: str) -> Any:
    raise Unusable("not_json")


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Number, parse_constant=_constant)
_PLAIN = json.JSONDecoder()


class Cursor:
    """A place in a text that is decoded as it comes: only what is not yet read is held.

    Args:
        at: how many characters to begin after.
    """

    def __init__(self, text: Text, at: int) -> None:
        self._shown = text.shown
        self._pieces = codecs.iterdecode(text.chunks(), "utf-8", "replace")
        self.buffer = next(self._pieces, "")
        self.at = at
        self._counted, self._lines = 0, 1

    @property
    def line(self) -> int:
        """The physical line, from 1."""
        self._lines += self.buffer.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._lines

    def grow(self, most: int) -> bool:
        """Hold twice as much of what follows; False at the end, or beyond `most` characters."""
        self._lines = self.line
        rest = self.buffer[self.at :]
        more = ""
        while len(rest) <= most and len(more) <= len(rest) and (piece := next(self._pieces, "")):
            more += piece
        self.buffer, self.at, self._counted = rest + more, 0, 0
        return bool(more)

    def peek(self) -> str:
        """The next character that is not blank, where the cursor then stands; "" at the end."""
        while True:
            blank = _BLANK.match(self.buffer, self.at)
            self.at = blank.end() if blank else self.at
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.grow(LONGEST_MEMBER):
                return ""

    def take(self, sign: str) -> None:
        """Step over a sign that must stand here.

        Raises:
            SourceError: another one does.
        """
        if self.peek() != sign:
            raise self.broken()
        self.at += 1

    def value(self, most: int = LONGEST_ELEMENT) -> tuple[Any, str]:
        """The value that begins here, and the reason why it can be no record ("" where it can).

        Raises:
            SourceError: it breaks off, is malformed, or is longer than `most` characters.
        """
        self.peek()
        while True:
            reason = ""
            try:
                try:
                    value, end = DECODER.raw_decode(self.buffer, self.at)
                except Unusable as fault:
                    value, end = _PLAIN.raw_decode(self.buffer, self.at)
                    reason = fault.reason
            except (ValueError, RecursionError) as error:
                at = max(getattr(error, "pos", self.at) - self.at, 0)
                if self.grow(most):
                    continue
                self.at += at
                raise self.broken() from error
            if end == len(self.buffer) and self.grow(most):
                continue  # a number may go on
            if "\ufffd" in self.buffer[self.at : end]:
                reason = reason or "bad_encoding"
            self.at = end
            return value, reason

    def broken(self) -> SourceError:
        return SourceError(Finding("json_broken", "error", f"{self._shown}:{self.line}"))
