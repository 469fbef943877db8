"""Reading cells through the engine, as a run does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from vitrail.collection.values import ColumnReport, Reading, inspect_columns, load_reading
from vitrail.engine import DuckDB, column, sql

Cell = tuple[Any, bool]


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDB]:
    with DuckDB(threads=1) as engine:
        yield engine


@pytest.fixture(scope="session")
def read(engine: DuckDB) -> Callable[..., list[Cell]]:
    """Cells → (value, spoiled), in order."""

    def run(
        reading: str | Reading, cells: Sequence[Any], timezone: str = "UTC", type_: Any = None
    ) -> list[Cell]:
        if isinstance(reading, str):
            reading = load_reading(reading, timezone=timezone)
        engine.register(
            "cells", pa.table({"i": range(len(cells)), "x": pa.array(cells, type_ or pa.string())})
        )
        query = sql(
            "select $value as value, $spoiled as spoiled from cells order by i",
            value=reading.expression(column("x")),
            spoiled=reading.spoiled(column("x")),
        )
        return [(row["value"], row["spoiled"]) for row in engine.records(query)]

    return run


@pytest.fixture(scope="session")
def inspect(engine: DuckDB) -> Callable[..., dict[str, ColumnReport]]:
    """Columns of cells → their reports."""

    def run(columns: Mapping[str, Sequence[Any]], **options: Any) -> dict[str, ColumnReport]:
        engine.register("inspected", pa.table(dict(columns)))
        return inspect_columns(engine, sql("select * from inspected"), list(columns), **options)

    return run
