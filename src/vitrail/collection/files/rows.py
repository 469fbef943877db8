"""Rows of text written where the engine can read them: well-formed CSV, every field in quotes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType

from vitrail.collection.files.records import LONGEST_RECORD_BYTES
from vitrail.collection.files.results import CsvScan

# The engine takes the first line end of a file for that of all its records, even one inside quotes: a line
# without quotes comes first, and is skipped.
FIRST_LINE = "Records accepted by Vitrail"


class RowFile:
    """A scratch file of rows of one width; `write` gives the reason when it refuses a row."""

    def __init__(self, scratch: Path) -> None:
        self._file = NamedTemporaryFile(  # noqa: SIM115 - closed by __exit__
            "w", dir=scratch, suffix=".csv", delete=False, encoding="utf-8", newline=""
        )
        self._line_ends = False
        self._file.write(f"{FIRST_LINE}\n")
        self.path = self._file.name
        self.rows = 0
        self.width = 0

    def __enter__(self) -> RowFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, row: Sequence[str]) -> str | None:
        """Write one row; returns the reason it cannot be written, else None."""
        text = '"' + '","'.join(value.replace('"', '""') for value in row) + '"'
        if "\0" in text:
            return "nul_byte"
        if len(text) > LONGEST_RECORD_BYTES:
            return "record_too_long"
        if not text.isascii() and not _is_text(text):
            return "bad_encoding"
        self._line_ends = self._line_ends or "\n" in text or "\r" in text
        self._file.write(text)
        self._file.write("\n")
        self.rows += 1
        self.width = len(row)
        return None

    def scan(self, columns: tuple[str, ...]) -> CsvScan:
        """How the engine reads the rows that were written."""
        return CsvScan(self.path, columns, ",", 1, parallel=not self._line_ends)


def _is_text(value: str) -> bool:
    """Whether a string can be written: JSON may escape half a surrogate pair."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
