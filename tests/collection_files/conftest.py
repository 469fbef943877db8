"""How the tests of reading files write files and read them back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vitrail.collection.files import BareFile, FilesRead, read_files
from vitrail.engine import DuckDB, sql


@dataclass
class Outcome:
    """What came of one reading: the rows in order (blank fields as ""), lines, refusals as (line, reason)."""

    read: FilesRead
    rows: list[tuple[Any, ...]]
    lines: list[int]
    refused: list[tuple[int, str]]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.read.columns

    @property
    def notes(self) -> set[str]:
        return {note.code for file in self.read.files for note in file.notes}


Reader = Callable[..., Outcome]


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDB]:
    with DuckDB(threads=2) as engine:
        yield engine


@pytest.fixture(scope="session")
def read(engine: DuckDB) -> Iterator[Reader]:
    """Write `files` (or one `content`) to a fresh workspace and read `file`; nothing may be lost."""
    folders: list[tempfile.TemporaryDirectory[str]] = []

    def read(
        content: bytes | str | None = None,
        file: Any = "orders.csv",
        files: dict[str, bytes | str] | None = None,
        **spec: Any,
    ) -> Outcome:
        folders.append(tempfile.TemporaryDirectory())
        root = Path(folders[-1].name)
        written = dict(files or {})
        if content is not None:
            written[file] = content
        for name, data in written.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data.encode() if isinstance(data, str) else data)
        found = read_files(engine, BareFile(file, **spec), root, root / ".scratch")
        engine.create("stored", found.relation)
        rows = [
            tuple("" if value is None else value for value in row.values())
            for row in engine.records(sql("select * from stored"))
        ]
        refused = [(row["line"], row["reason"]) for row in found.refused.to_pylist()]
        assert all(file.records == file.accepted + file.refused for file in found.files)
        assert sum(file.refused for file in found.files) == len(refused)
        found.confirm(len(rows))
        lines = [line for _, line in found.locate(range(len(rows)))]
        assert not {line for line, _ in refused} & set(lines) or found.files[0].format == "json"
        return Outcome(found, rows, lines, refused)

    yield read
    for folder in folders:
        folder.cleanup()
