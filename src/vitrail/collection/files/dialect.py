"""How a delimited file is laid out: what separates its fields, which line is its header.

Decided on the beginning of the file (up to 512 KB, 2,000 records), each delimiter being tried on whole
records with quotes respected. The delimiter whose records have one width throughout wins, header included:
in `name;price` over `ring;12,50` the comma fails on the header.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vitrail.collection.files.records import Broken, Grammar, Incomplete, count_lines
from vitrail.errors import SourceError
from vitrail.findings import Finding

DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 4096
_MOST_SAMPLED = 2000
_MOST_TITLES = 50
_NUMBER = re.compile(r"[-+(]?[\s€$£]*\d[\d\s.,'’\u00a0\u202f]*(?:e[-+]?\d+)?[\s%€$£)]*", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s].*)?")


@dataclass(frozen=True, slots=True)
class Line:
    """A record of the sample: its fields as text, its physical line, its bytes; or a broken line."""

    fields: tuple[str, ...]
    line: int
    start: int
    end: int
    broken: bool


@dataclass(frozen=True, slots=True)
class Dialect:
    """A settled layout.

    Args:
        names: the header's fields as written; empty names where there is no header.
        header_line: physical line of the header; None where there is none.
        title_lines: records above the header that are no data.
        data_start: the offset of the first data record in the UTF-8 text.
        data_line: its physical line.
        terminator: the line end of the last record of the beginning.
        always: the columns that have a value in every record of the beginning.
    """

    delimiter: str
    names: tuple[str, ...]
    header_line: int | None
    title_lines: int
    data_start: int
    data_line: int
    terminator: bytes
    always: frozenset[int] = frozenset()

    @property
    def width(self) -> int:
        return len(self.names)


def settle_dialect(
    head: bytes, whole: bool, shown: str, delimiter: str | None = None, header_line: int | None = None
) -> Dialect:
    """The layout of the file that begins with `head`.

    Args:
        head: the beginning, as UTF-8 without byte order mark.
        whole: `head` is all of the file.
        delimiter: given by the plan; None to find it.
        header_line: given by the plan: a physical line, 0 for none; None to find it.

    Raises:
        SourceError: the file is empty, or its layout cannot be decided on without an answer.
    """
    told = re.match(rb"sep=([^\r\n])\r?\n", head)
    if delimiter is None and told:
        delimiter = told[1].decode("latin-1")
    if delimiter is not None:
        sample = _sample(head, whole, Grammar(_character(delimiter, shown)))
    else:
        sample = _likeliest(head, whole, shown)
    lines = [line for line in sample.lines if any(line.fields) or line.broken]
    if told:
        lines = lines[1:]
    if not lines:
        if head.strip() and not whole:
            raise SourceError(Finding("first_line_too_long", "error", shown))
        raise SourceError(Finding("file_empty", "error", shown))
    names, header, titles = settle_header(lines, shown, header_line)
    if len(names) > MOST_COLUMNS:
        figures = {"columns": len(names), "most": MOST_COLUMNS}
        raise SourceError(Finding("too_many_columns", "error", shown, figures))
    start = header.end if header else lines[0].start
    ends = [re.search(rb"\r\n|\n|\r", head[line.start : line.end][-2:]) for line in reversed(sample.lines)]
    usual_end = next((end[0] for end in ends if end), b"\n")
    return Dialect(
        delimiter=sample.delimiter,
        names=names,
        header_line=header.line if header else None,
        title_lines=titles,
        data_start=start,
        data_line=1 + count_lines(head[:start]),
        terminator=usual_end,
        always=_always_filled([line.fields for line in lines if line.start >= start], len(names)),
    )


def _always_filled(records: Sequence[Sequence[str]], width: int) -> frozenset[int]:
    """The columns without a blank in any record of this width but the last, which may be totals."""
    last = 3 if len(records) > 6 else 1
    whole = [fields for fields in records[:-last] if len(fields) == width]
    return frozenset(index for index in range(width) if whole and all(fields[index] for fields in whole))


@dataclass(frozen=True, slots=True)
class _Sample:
    """The first records as one delimiter cuts them: their commonest width, and the share that has it."""

    delimiter: str
    lines: list[Line]

    width: int
    coverage: float


def _commonest_width(lines: Sequence[Line]) -> int:
    """The number of fields most records have, more than one wherever possible; 0 where there is none."""
    widths = Counter(len(line.fields) for line in lines if any(line.fields))
    several = Counter({width: count for width, count in widths.items() if width > 1})
    return (several or widths).most_common(1)[0][0] if widths else 0


def _sample(head: bytes, whole: bool, grammar: Grammar) -> _Sample:
    lines: list[Line] = []
    position, number = 0, 1
    while position < len(head) and len(lines) < _MOST_SAMPLED:
        try:
            record = grammar.read(head, position, whole)
        except Incomplete:
            break
        fields = () if isinstance(record, Broken) else tuple(_text(field) for field in record.fields)
        lines.append(Line(fields, number, position, record.end, isinstance(record, Broken)))
        number += count_lines(head[position : record.end])
        position = record.end
    width = _commonest_width(lines)
    filled = [line for line in lines if any(line.fields) or line.broken]
    coverage = sum(len(line.fields) == width for line in filled) / max(len(filled), 1)
    return _Sample(grammar.delimiter.decode(), lines, width, coverage)


def _likeliest(head: bytes, whole: bool, shown: str) -> _Sample:
    there = [delimiter for delimiter in DELIMITERS if delimiter.encode() in head] or DELIMITERS[:1]
    samples = [_sample(head, whole, Grammar(delimiter)) for delimiter in there]
    several = [sample for sample in samples if sample.width > 1]
    if not several:
        return samples[0]

    def rank(sample: _Sample) -> tuple[bool, bool, int]:
        rows = [line for line in sample.lines if len(line.fields) == sample.width]
        headed = bool(rows) and not _is_data(rows[0], rows[1:])
        return headed, sample.coverage >= 0.9, sample.width

    several.sort(key=lambda sample: (rank(sample), sample.coverage), reverse=True)
    best = several[0]
    rivals = [sample for sample in several[1:] if rank(sample) == rank(best)]
    if rivals or (best.coverage < 0.5 and len(several) > 1):
        figures = {"delimiters": [_NAMES.get(sample.delimiter, sample.delimiter) for sample in several]}
        raise SourceError(Finding("delimiter_undecided", "error", shown, figures))
    return best


def settle_header(
    lines: Sequence[Line], shown: str, header_line: int | None
) -> tuple[tuple[str, ...], Line | None, int]:
    """The column names as written, the header's line, and the number of title lines above it.

    Raises:
        SourceError: no line, or more than one, can be the header, or the first line is data.
    """
    width = _commonest_width(lines)
    if header_line == 0:
        return ("",) * width, None, 0
    if header_line is not None:
        for index, line in enumerate(lines):
            if line.line == header_line and not line.broken:
                return line.fields, line, index
        figures = {"line": header_line}
        raise SourceError(Finding("header_line_not_there", "error", shown, figures))
    first = next((i for i, line in enumerate(lines[:_MOST_TITLES]) if _may_head(line, width)), None)
    if first is None:
        raise _header_undecided(lines[0], shown)
    header, rest = lines[first], lines[first + 1 :]
    above = next((line for line in reversed(lines[:first]) if _may_be_ragged_header(line, width)), None)
    if above is not None:
        if above is lines[first - 1]:
            data = [line.fields for line in lines[first:] if len(line.fields) == width]
            if len(above.fields) == width - 1 and not any(fields[-1] for fields in data):
                return (*above.fields, ""), above, first - 1
            if len(above.fields) == width + 1 and not above.fields[-1]:
                return above.fields[:-1], above, first - 1
        raise _header_undecided(above, shown)
    if _is_data(header, [line for line in rest if len(line.fields) == width]):
        raise SourceError(Finding("header_missing", "error", f"{shown}:{header.line}"))
    return header.fields, header, first


def _header_undecided(line: Line, shown: str) -> SourceError:
    return SourceError(Finding("header_undecided", "error", f"{shown}:{line.line}", {"line": line.line}))


def _filled(line: Line) -> int:
    return sum(bool(field) for field in line.fields)


def _may_head(line: Line, width: int) -> bool:
    return len(line.fields) == width and 2 * _filled(line) > width


def _may_be_ragged_header(line: Line, width: int) -> bool:
    if line.broken:
        return True
    found = len(line.fields)
    return found > 1 and found != width and 5 * found >= 3 * width and 2 * _filled(line) > found


def _is_data(first: Line, rest: Sequence[Line]) -> bool:
    """Whether a line is a row of data: it has a number, date or e-mail where most rows below have one."""
    for index, field in enumerate(first.fields):
        kind = _kind(field)
        if kind in ("", "text"):
            continue
        below = [_kind(line.fields[index]) for line in rest[:200] if len(line.fields) > index]
        if 2 * below.count(kind) >= len(below):
            return True
    return False


def _kind(field: str) -> str:
    if not field:
        return ""
    if "@" in field[1:-1] and " " not in field:
        return "email"
    if _DATE.fullmatch(field):
        return "date"
    return "number" if _NUMBER.fullmatch(field) else "text"


def _text(field: bytes) -> str:
    return field.decode("utf-8", "replace").strip()


_NAMES = {"\t": "tab"}


def _character(delimiter: str, shown: str) -> str:
    written = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    if len(written) != 1 or not written.isascii() or written in '"\r\n\0':
        raise SourceError(Finding("delimiter_unusable", "error", shown, {"delimiter": delimiter}))
    return written
