"""All records of a delimited text, in buffers of about half a megabyte.

A stretch that is proved to be well formed is accepted whole; any other is cut shorter, down to a few
kilobytes, and read record by record, strictly. Both ways give the same records: only the pace differs.
What is accepted can be written to a scratch file, which is then well formed throughout.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

from vitrail.collection.files.dialect import Dialect
from vitrail.collection.files.proof import Proof, end_of_records, is_utf8
from vitrail.collection.files.records import (
    LONGEST_RECORD_BYTES,
    QUOTE,
    Broken,
    Grammar,
    Incomplete,
    Record,
    count_lines,
)
from vitrail.collection.files.results import Refusal
from vitrail.errors import SourceError
from vitrail.findings import Finding

MOST_REFUSALS = 1_000_000
_SHORTEST_PROOF_BYTES = 1 << 13
_BLANK_LINES = re.compile(rb"(?:\n|\r\n|\r(?!\Z))+")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_TOTAL = re.compile(
    r"(grand |sous[- ]|sub[- ]?)?tota(l|ux|ls)( g[ée]n[ée]r(al|aux))?( (ht|ttc))?\s*:?", re.IGNORECASE
)
_NOTE = re.compile(r"[^\W\d] ?:( |$)|\d [^\W\d]|[^\W\d] \d|\w \w+ \w")  # a label, a count, a sentence
_FIRST_WORDS, _MANY = 3, 4


@dataclass(slots=True)
class Scan:
    """What a scan found after the header.

    Args:
        accepted: records that are read.
        blank_lines: lines without any value, empty or of delimiters only; they are no records.
        rewritten: the file as it stands is not the accepted records: some are left out or were mended.
        quoted_line_ends: a value has a line end inside.
        refusals: records left out.
        lines: the physical lines of the records that were asked for.
        doubtful_total: the line of a last record that may be a total and is kept; 0 where there is none.
    """

    accepted: int = 0
    blank_lines: int = 0
    rewritten: bool = False
    quoted_line_ends: bool = False
    refusals: list[Refusal] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    doubtful_total: int = 0


def scan_records(
    chunks: Iterable[bytes],
    dialect: Dialect,
    shown: str,
    sink: IO[bytes] | None = None,
    wanted: Sequence[int] = (),
) -> Scan:
    """Every record of a text after its header.

    Args:
        chunks: the text from its beginning, as UTF-8.
        shown: its path as people are shown it.
        sink: where accepted records are written, in order, well formed.
        wanted: sorted ordinals of accepted records whose lines are to be found.

    Raises:
        SourceError: more than a million records would be refused: this is no table, or not with this layout.
    """
    walk = _Walk(dialect, shown, sink, wanted)
    buffer = b""
    for chunk, last in _with_last(_skipped(chunks, dialect.data_start)):
        buffer = buffer + chunk if buffer else chunk
        doubtful = last and walk.is_doubtful(buffer)
        buffer = buffer[walk.take(buffer, last) :]
        if doubtful:
            walk.found.doubtful_total = walk.line - 1
    return walk.found


class _Walk:
    """The state of a scan between two buffers."""

    def __init__(self, dialect: Dialect, shown: str, sink: IO[bytes] | None, wanted: Sequence[int]) -> None:
        self.found = Scan()
        self._shown = shown
        self._sink = sink
        self._wanted = wanted
        self._grammar = Grammar(dialect.delimiter)
        self._delimiter = dialect.delimiter.encode()
        self._width = dialect.width
        self._terminator = dialect.terminator
        self._empty = self._delimiter * (dialect.width - 1)
        self._proof = Proof(self._delimiter, dialect.width, dialect.terminator)
        self._always = dialect.always
        self._line = dialect.data_line
        self._wary = False
        self._skipping = False
        self._details: dict[tuple[Any, ...], dict[str, Any]] = {}

    @property
    def line(self) -> int:
        """The physical line that comes next."""
        return self._line

    def is_doubtful(self, buffer: bytes) -> bool:
        """Whether the last line of the text may be a total, and no more than that."""
        body = buffer.rstrip(b"\r\n")
        line = body[max(body.rfind(b"\n"), body.rfind(b"\r")) + 1 :]
        fields = _decoded(line.split(self._delimiter))
        return names_total(fields) and not is_total(fields, self._always)

    def take(self, buffer: bytes, whole: bool) -> int:
        """Read what can be read of `buffer`; returns the number of bytes done with."""
        position = self._skip_line(buffer, whole) if self._skipping else 0
        totals = self._start_of_totals(buffer) if whole else len(buffer)
        stretch = len(buffer)
        while position < len(buffer):
            block = buffer[position : min(position + stretch, totals)]
            if whole and position + len(block) == len(buffer) and not block.endswith(self._terminator):
                block += self._terminator
            end = end_of_records(block, self._terminator)
            cut_in_two = self._terminator == b"\r" and not self._is_lone(buffer, position + end, whole)
            count = self._proof.count_records(block[:end]) if end and not cut_in_two else None
            if count is not None:
                self._accept_block(block[:end], count)
                position = min(position + end, len(buffer))
                stretch *= 2
            elif stretch > _SHORTEST_PROOF_BYTES:
                stretch //= 4
            else:
                reached = self._read_each(buffer, position, position + stretch, whole, totals)
                if reached == position:
                    break
                position = reached
        return position

    @staticmethod
    def _is_lone(buffer: bytes, after: int, whole: bool) -> bool:
        """Whether the CR before `after` is known not to begin a CRLF."""
        return buffer[after : after + 1] != b"\n" if after < len(buffer) else whole

    def _accept_block(self, block: bytes, count: int) -> None:
        lines = count_lines(block) if QUOTE in block else count
        first, after = self.found.accepted, self.found.accepted + count
        if any(first <= ordinal < after for ordinal in self._wanted[len(self.found.lines) :][:1]):
            self._find_lines(block, first)
        self.found.accepted = after
        self.found.quoted_line_ends |= lines != count
        self._line += lines
        self._wary = self._wary and QUOTE not in block
        if self._sink:
            self._sink.write(block)

    def _find_lines(self, block: bytes, ordinal: int) -> None:
        wanted = set(self._wanted)
        position, line = 0, self._line
        while position < len(block):
            record = self._grammar.read(block, position, whole=True)
            assert isinstance(record, Record)
            if ordinal in wanted:
                self.found.lines.append(line)
            ordinal, position, line = ordinal + 1, record.end, line + record.lines

    def _read_each(self, buffer: bytes, position: int, until: int, whole: bool, totals: int) -> int:
        """Record by record until past `until`; returns the offset of the first record not read."""
        faultless = b"\0" not in buffer and is_utf8(buffer)
        while position < min(until, len(buffer)):
            blank = _BLANK_LINES.match(buffer, position)
            if blank:
                self.found.blank_lines += count_lines(blank[0])
                self.found.rewritten = True
                self._line += count_lines(blank[0])
                position = blank.end()
                continue
            try:
                record = self._grammar.read(buffer, position, whole, self._wary)
                if isinstance(record, Record) and len(record.fields) != self._width:
                    record = self._grammar.swallowed(buffer, record, self._width, whole) or record
            except Incomplete:
                if len(buffer) - position <= LONGEST_RECORD_BYTES:
                    return position
                return self._refuse_long(buffer, position, whole)
            if isinstance(record, Broken):
                self._refuse_broken(record, buffer)
            else:
                self._judge(record, buffer[position : record.end], faultless, position >= totals)
            position = record.end
        return position

    def _judge(self, record: Record, raw: bytes, faultless: bool, in_totals: bool) -> None:
        """Accept or refuse one record, of which `raw` is the text."""
        body = raw.rstrip(b"\r\n")
        found = len(record.fields)
        if body == self._empty or not body or (found != self._width and self._is_blank(body)):
            self.found.blank_lines += 1
            self.found.rewritten = True
        elif in_totals and is_total(_decoded(record.fields), self._always):
            self._refuse("total_line")
        elif in_totals and is_note(_decoded(record.fields), self._always):
            self._refuse("note_line")
        elif not faultless and b"\0" in raw:
            self._refuse("nul_byte")
        elif not faultless and not is_utf8(raw):
            self._refuse("bad_encoding")
        elif found != self._width:
            self._refuse("ragged_row", expected=self._width, found=found)
        else:
            self._accept(record, raw, body)
        self._line += record.lines

    def _accept(self, record: Record, raw: bytes, body: bytes) -> None:
        as_it_stands = record.plain and raw in (body + self._terminator, body)
        if self.found.accepted in self._wanted[len(self.found.lines) :][:1]:
            self.found.lines.append(self._line)
        self.found.accepted += 1
        self.found.rewritten |= not as_it_stands
        self.found.quoted_line_ends |= record.lines > 1
        self._wary = self._wary and QUOTE not in raw
        if self._sink:
            text = body if as_it_stands else self._grammar.written(record.fields)
            self._sink.write(text + self._terminator)

    def _is_blank(self, body: bytes) -> bool:
        return not body.strip(self._delimiter + b" \t")

    def _refuse(self, reason: str, **detail: Any) -> None:
        shared = self._details.setdefault((reason, *detail.values()), detail)
        self.found.refusals.append(Refusal(self._line, reason, shared))
        self.found.rewritten = True
        if len(self.found.refusals) > MOST_REFUSALS:
            figures = {"refused": MOST_REFUSALS, "accepted": self.found.accepted}
            place = f"{self._shown}:{self.found.refusals[0].line}"
            raise SourceError(Finding("too_many_refused", "error", place, figures))

    def _refuse_broken(self, broken: Broken, buffer: bytes) -> None:
        self._refuse(broken.reason)
        self._line += 1
        odd = buffer.count(QUOTE, broken.start, broken.end) % 2 == 1
        self._wary = broken.reason == "unclosed_quote" or (odd and not self._wary)

    def _refuse_long(self, buffer: bytes, position: int, whole: bool) -> int:
        self._refuse("record_too_long", most=LONGEST_RECORD_BYTES // 1024)
        self._skipping = True
        return position + self._skip_line(buffer[position:], whole)

    def _skip_line(self, buffer: bytes, whole: bool) -> int:
        """Pass over the rest of a line that is too long; it may go on in the next buffer."""
        end = _LINE_END.search(buffer)
        if end is None:
            return len(buffer)
        if end.end() == len(buffer) and end[0] == b"\r" and not whole:
            return end.start()
        self._skipping = False
        self._line += 1
        return end.end()

    def _start_of_totals(self, buffer: bytes) -> int:
        """Where the totals and notes (and blank lines) at the very end begin."""
        start, end = len(buffer), len(buffer)
        while end:
            body = buffer[:end].rstrip(b"\r\n") if end == len(buffer) else buffer[:end]
            begin = max(body.rfind(b"\n"), body.rfind(b"\r")) + 1
            line = body[begin:]
            fields = _decoded(line.split(self._delimiter))
            if is_total(fields, self._always) or is_note(fields, self._always):
                start = begin
            elif not self._is_blank(line):
                break
            end = begin and begin - 1
        return start


def is_total(fields: Sequence[str], always: Collection[int] = ()) -> bool:
    """Whether a record says that it is a total, and not a product or a person of that name.

    One of its first few texts says so, and a column that has a value in every other record has none here;
    or its first value does, in a table of few columns.

    Args:
        always: the columns that have a value in every other record, as far as is known.

    >>> is_total(["", "Total général", "1 234,50"]), is_total(["Total Recall", "9.99"])
    (True, False)
    >>> is_total(["", "31/12/2025", "TOTAL", "9,99"], always={0, 1, 2, 3})
    True
    >>> is_total(["C17", "31/12/2025", "Total", "9,99"], always={0, 1, 2, 3})
    False
    """
    values = [field.strip(' "') for field in fields]
    filled = [value for value in values if value]
    if not filled:
        return False
    blank = any(values[index : index + 1] <= [""] for index in always)
    if _TOTAL.fullmatch(filled[0]):
        return blank or len(always) < _MANY
    return blank and names_total(values)


def is_note(fields: Sequence[str], always: Collection[int]) -> bool:
    """Whether a record is a few words below the table: one cell, where every other record has more.

    >>> is_note(["Nombre de clients : 70", "", ""], always={0, 1, 2}), is_note(["Durand", "", ""], {0, 1, 2})
    (True, False)
    """
    values = [field.strip(' "') for field in fields]
    filled = [value for value in values if value]
    blanks = sum(values[index : index + 1] <= [""] for index in always)
    return len(filled) == 1 and blanks > 1 and _NOTE.search(filled[0]) is not None


def names_total(fields: Sequence[str]) -> bool:
    """Whether one of the first few texts of a record is the word total."""
    texts = [value for field in fields if (value := field.strip(' "')) and not value[0].isdigit()]
    return any(_TOTAL.fullmatch(value) for value in texts[:_FIRST_WORDS])


def _decoded(fields: Sequence[bytes]) -> list[str]:
    return [field.decode("utf-8", "replace") for field in fields]


def _skipped(chunks: Iterable[bytes], count: int) -> Iterator[bytes]:
    for chunk in chunks:
        if count < len(chunk):
            yield chunk[count:] if count else chunk
        count = max(count - len(chunk), 0)


def _with_last(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each chunk, and whether it is the last."""
    previous = next(chunks, None)
    for chunk in chain(chunks, [None]):
        if previous is not None:
            yield previous, chunk is None
        previous = chunk
