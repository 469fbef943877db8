"""The default engine: DuckDB, embedded, in this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from vitrail.engine.base import Engine, Query, T
from vitrail.errors import DataError, StoreError
from vitrail.findings import Finding

_DAMAGED = re.compile(
    "TProtocolException|invalid TType|don't know what type|magic bytes|Footer length|Decompression failure"
    "|too small to be a Parquet|Could not read enough bytes|Variable-length int|Payload value bigger"
    "|Out of buffer"
)


class DuckDB:
    """DuckDB in this process.

    Args:
        memory_limit: the most memory its buffers take, such as `1GB`; the rest goes to `spill`.
        threads: processors used at once; all by default.
        spill: a folder for what does not fit in memory; none means it must fit.
        progress: called with each table's name before it is made.
    """

    dialect = "duckdb"

    def __init__(
        self,
        memory_limit: str | None = None,
        threads: int | None = None,
        spill: Path | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        settings: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        if memory_limit:
            settings["memory_limit"] = memory_limit
        if threads:
            settings["threads"] = threads
        if spill:
            settings["temp_directory"] = str(spill)
        self._connection = _settle(duckdb.connect(":memory:", config=settings))
        self._progress = progress
        self._registered: dict[str, pa.Table] = {}

    def create(self, table: str, query: Query) -> None:
        if self._progress:
            self._progress(table)
        self._run(exp.Create(this=_name(table), kind="TABLE", expression=query, replace=True))

    def view(self, name: str, query: Query) -> None:
        self._run(exp.Create(this=_name(name), kind="VIEW", expression=query, replace=True))

    def register(self, table: str, data: pa.Table) -> None:
        self._connection.register(table, data)
        self._registered[table] = data

    def drop(self, table: str) -> None:
        self._registered.pop(table, None)
        for kind in ("VIEW", "TABLE"):
            with _quiet(duckdb.CatalogException):
                self._run(exp.Drop(tables=[_name(table)], kind=kind, exists=True))

    def columns(self, query: Query) -> Mapping[str, str]:
        with _faults():
            described = self._connection.execute(f"DESCRIBE {query.sql(self.dialect)}").fetchall()
        return {row[0]: row[1] for row in described}

    def arrow(self, query: Query) -> pa.Table:
        with _faults():
            return self._connection.sql(query.sql(self.dialect)).to_arrow_table()

    def records(self, query: Query) -> list[dict[str, Any]]:
        result = self._run(query)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def write_parquet(self, query: Query, file: Path, order_by: Sequence[str]) -> int:
        if self._progress:
            self._progress(file.stem)
        ordered = query.order_by(*(exp.column(exp.to_identifier(name, quoted=True)) for name in order_by))
        target = exp.Literal.string(str(file)).sql(self.dialect)
        options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880"
        text = f"COPY ({ordered.sql(self.dialect)}) TO {target} ({options})"
        with _faults():
            row = self._connection.execute(text).fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def beside(self, work: Callable[[Engine], T]) -> Iterator[Future[T]]:
        other = copy(self)
        other._connection = _settle(self._connection.cursor())
        other._progress = None
        for table, data in self._registered.items():  # what Arrow holds is known to one session only
            other._connection.register(table, data)
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work, other)
            try:
                yield done
                done.result()
            except BaseException:
                while not done.done():  # between two statements nothing hears it: the next one has to
                    with suppress(duckdb.Error):
                        other._connection.interrupt()
                    wait([done], timeout=0.01)
                raise
            finally:
                done.add_done_callback(lambda _: other.close())

    def render(self, query: exp.Expr) -> str:
        return query.sql(self.dialect, pretty=True)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> DuckDB:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, statement: exp.Expr) -> Any:
        with _faults():
            return self._connection.execute(statement.sql(self.dialect))


def _settle(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The connection, with what holds for each session on its own."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection


def _name(table: str) -> exp.Table:
    return exp.to_table(table) if table.isidentifier() else exp.table_(exp.to_identifier(table, quoted=True))


@contextmanager
def _quiet(error: type[Exception]) -> Iterator[None]:
    try:
        yield
    except error:
        return


@contextmanager
def _faults() -> Iterator[None]:
    """Memory and disk that ran out, and expressions that do not suit the data, are the person's business.

    What the engine says of a value may quote it, so of values only the kind of fault is passed on.
    """
    try:
        yield
    except duckdb.Error as error:
        raise _fault(error) from None
    except RuntimeError as error:
        if "interrupted" in str(error):  # Ctrl-C, as the engine tells it
            raise KeyboardInterrupt from None
        raise


def _fault(error: duckdb.Error) -> Exception:
    """The error that a person is told; one of ours that nobody foresaw is itself."""
    if _DAMAGED.search(str(error)):
        return StoreError(Finding("parquet_damaged", "error"))
    if isinstance(error, duckdb.BinderException):
        return DataError(Finding("does_not_fit_types", "error", figures={"detail": _first_line(error)}))
    if isinstance(error, duckdb.OutOfRangeException):
        return DataError(Finding("value_too_great", "error"))
    if isinstance(error, (duckdb.ConversionException, duckdb.InvalidInputException)):
        kind = _first_line(error).partition(":")[0]
        return DataError(Finding("value_not_computed", "error", figures={"detail": kind}))
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreError(Finding("out_of_memory", "error", figures={"detail": _first_line(error)}))
    if isinstance(error, duckdb.IOException):
        if "No space left" in str(error):
            return StoreError(Finding("disk_full", "error"))
        return StoreError(Finding("file_fault", "error", figures={"detail": _first_line(error)}))
    return error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
