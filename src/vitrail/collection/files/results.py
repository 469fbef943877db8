"""What reading files gives: one `FilesRead` for a source, one `FileRead` a file, refusals by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from vitrail import i18n
from vitrail.engine import Query
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.plan.sources import Format

REFUSED_SCHEMA = pa.schema(
    [("file", pa.string()), ("line", pa.int64()), ("reason", pa.string()), ("detail", pa.string())]
)


class FilesSpec(Protocol):
    """What reading needs of a plan's source; `vitrail.plan.SourceSpec` is one."""

    @property
    def file(self) -> str | Sequence[str]: ...
    @property
    def format(self) -> Format | None: ...
    @property
    def sheet(self) -> str | None: ...
    @property
    def encoding(self) -> str | None: ...
    @property
    def delimiter(self) -> str | None: ...
    @property
    def header_line(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class BareFile:
    """A source of which only the file is known, as in `vitrail run orders.csv`."""

    file: str | Sequence[str]
    format: Format | None = None
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was left out: its physical line (1-based), a reason code and the reason's figures."""

    line: int
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def name_place(file: str, sheet: str | None) -> str:
    """A file, and of a workbook the sheet.

    >>> name_place("orders.csv", None), name_place("ventes.xlsx", "2024")
    ('orders.csv', 'ventes.xlsx [2024]')
    """
    return f"{file} [{sheet}]" if sheet else file


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one file was and what came of it; `records == accepted + refused`.

    Args:
        file: its path as people are shown it, relative to the workspace.
        format: the format its content has.
        encoding: how its text was decoded; None for formats that are not text.
        delimiter: what stands between two fields; None where nothing does.
        header_line: the physical line of the header; None where there is none.
        records: data records found: neither titles nor header nor blank lines.
        notes: what a person should know about how it was read.
        sheet: the sheet of a workbook.
        fingerprint: SHA-256 of the file's bytes, in hexadecimal; `read_files` fills it in.
    """

    file: str
    format: Format
    encoding: str | None
    delimiter: str | None
    header_line: int | None
    records: int
    accepted: int
    refused: int
    notes: tuple[Finding, ...] = ()
    sheet: str | None = None
    fingerprint: str = ""

    @property
    def place(self) -> str:
        """Where its lines are: the file, and of a workbook the sheet."""
        return name_place(self.file, self.sheet)


@dataclass(frozen=True, slots=True)
class CsvScan:
    """What DuckDB is told to read: a file proved to be well formed, with nothing left to be guessed."""

    path: str
    columns: tuple[str, ...]
    delimiter: str
    skipped_lines: int = 0
    gzip: bool = False
    parallel: bool = True


@dataclass(frozen=True, slots=True)
class ParquetScan:
    """A Parquet file that DuckDB reads as it stands; one scan reads files of the same types only."""

    path: str
    columns: tuple[str, ...]
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One file, read: its report, where the engine reads it, its refusals, and how to find a record's line.

    `find_lines` takes sorted 0-based ordinals of accepted records and gives their physical lines.
    """

    report: FileRead
    scan: CsvScan | ParquetScan
    refusals: tuple[Refusal, ...]
    find_lines: Callable[[Sequence[int]], list[int]]


@dataclass(frozen=True, slots=True)
class FilesRead:
    """The files of one source as one relation, in the order of the files and of their lines.

    In a text format every column is VARCHAR and an empty field, quoted or not, is NULL: both are blank.
    """

    relation: Query
    columns: tuple[str, ...]
    text: bool
    parts: tuple[Part, ...]

    @property
    def files(self) -> tuple[FileRead, ...]:
        return tuple(part.report for part in self.parts)

    @property
    def accepted(self) -> int:
        """The number of rows that `relation` has."""
        return sum(file.accepted for file in self.files)

    @property
    def refused(self) -> pa.Table:
        """One row a refused record: place, line, reason (a code), detail (JSON of the reason's figures)."""
        rows = [(part.report.place, refusal) for part in self.parts for refusal in part.refusals]
        return pa.table(
            [
                pa.array([file for file, _ in rows], pa.string()),
                pa.array([refusal.line for _, refusal in rows], pa.int64()),
                pa.array([refusal.reason for _, refusal in rows], pa.string()),
                pa.array([json.dumps(dict(refusal.detail)) for _, refusal in rows], pa.string()),
            ],
            schema=REFUSED_SCHEMA,
        )

    def confirm(self, rows: int) -> None:
        """Compare the rows an engine got from `relation` with the independent count made while reading.

        Raises:
            SourceError: they differ: the file changed meanwhile, or the engine reads it differently.
        """
        if rows != self.accepted:
            names = [file.place for file in self.files]
            figures = {"files": names, "expected": self.accepted, "found": rows}
            raise SourceError(Finding("records_lost", "error", names[0], figures))

    def locate(self, ordinals: Sequence[int]) -> list[tuple[str, int]]:
        """The file and physical line of accepted records by 0-based ordinal; re-reads what it must.

        In Parquet, which has no lines, the line is the number of the row.
        """
        starts = [0, *accumulate(file.accepted for file in self.files)]
        wanted = np.asarray(sorted(set(ordinals)), dtype=np.int64)
        found: dict[int, tuple[str, int]] = {}
        for part, first, end in zip(self.parts, starts, starts[1:], strict=False):
            here = [int(ordinal) for ordinal in wanted[(wanted >= first) & (wanted < end)]]
            if here:
                lines = part.find_lines([ordinal - first for ordinal in here])
                found |= {o: (part.report.place, line) for o, line in zip(here, lines, strict=True)}
        return [found[ordinal] for ordinal in ordinals]


def explain_refusal(reason: str, detail: Mapping[str, Any], language: i18n.Language = "en") -> str:
    """A refusal as a sentence.

    >>> explain_refusal("ragged_row", {"expected": 3, "found": 4})
    'this line has 4 fields where the header has 3'
    """
    return i18n.text(f"refused_{reason}", language, **detail)
