"""What an engine does: hold tables, run a query to Arrow, write a query to Parquet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa
from sqlglot import exp

Query = exp.Query
T = TypeVar("T")


class Engine(Protocol):
    """A place where SQL runs. Queries are SQLGlot trees; an engine writes them in its own dialect.

    Tables made by an engine are its own working tables: they vanish when it is closed.
    """

    dialect: str

    def create(self, table: str, query: Query) -> None:
        """Store the result of `query` as the working table `table`, replacing one of that name."""

    def view(self, name: str, query: Query) -> None:
        """Name a query without running it."""

    def register(self, table: str, data: pa.Table) -> None:
        """Make an Arrow table readable as `table`."""

    def drop(self, table: str) -> None:
        """Forget a table or view; nothing happens where there is none."""

    def columns(self, query: Query) -> Mapping[str, str]:
        """The names and SQL types of a query's columns, without running it."""

    def arrow(self, query: Query) -> pa.Table:
        """Run `query`, return an Arrow table."""

    def records(self, query: Query) -> list[dict[str, Any]]:
        """Run `query`, return a dict a row: for results that are small by nature."""

    def write_parquet(self, query: Query, file: Path, order_by: Sequence[str]) -> int:
        """Write `query` to one Parquet file in key order; returns the number of rows."""

    def beside(self, work: Callable[[Engine], T]) -> AbstractContextManager[Future[T]]:
        """Do `work` while the body of the `with` is done, in a session of its own on the same tables.

        The body ends when both are done, and raises what the work raised; a body that fails ends the work.
        What the work returned is the `result()` of what is given to the body.
        """

    def render(self, query: exp.Expr) -> str:
        """The SQL this engine runs, indented for reading."""

    def close(self) -> None:
        """Release memory and files."""
