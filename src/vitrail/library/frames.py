"""Dataframes as sources: anything that speaks Arrow is read, its columns recognised as a file's would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.files.results import FileRead, ParquetScan, Part
from vitrail.collection.guessing import RelationEvidence, guess_source
from vitrail.collection.values import inspect_columns
from vitrail.engine import DuckDB, column
from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.plan import SourceSpec, parse_block


def read_frame(engine: DuckDB, name: str, frame: Any) -> FilesRead:
    """A dataframe as a source: its records are its rows."""
    table = to_arrow(frame)
    engine.register(f"frame_{name}", table)
    columns = tuple(table.column_names)
    report = FileRead(
        file=name,
        format="parquet",
        encoding=None,
        delimiter=None,
        header_line=None,
        records=table.num_rows,
        accepted=table.num_rows,
        refused=0,
        fingerprint="",
    )
    part = Part(report, ParquetScan(name, columns), (), lambda ordinals: [each + 1 for each in ordinals])
    relation = exp.select(*(column(each) for each in columns)).from_(f"frame_{name}")
    return FilesRead(relation, columns, False, (part,))


def to_arrow(frame: Any) -> pa.Table:
    """Anything that speaks Arrow as a table.

    Raises:
        UsageError: it does not.
    """
    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    if hasattr(frame, "to_arrow_table"):
        return frame.to_arrow_table()
    raise UsageError(Finding("not_a_dataframe", "error", figures={"type": type(frame).__name__}))


def recognise_frame(
    engine: DuckDB, name: str, read: FilesRead, given: Mapping[str, str] | None, refunds: str
) -> SourceSpec:
    """What a dataframe feeds: the columns given, the others as a file's would be recognised."""
    if given is not None:
        options = {"file": name, "table": name, "columns": dict(given), "refunds": refunds}
        return parse_block(SourceSpec, options, name)
    reports = inspect_columns(engine, read.relation, read.columns)
    guess = guess_source(name, reports, RelationEvidence(engine, read.relation, reports, read.accepted))
    options = {
        "file": name,
        "table": guess.table,
        "columns": {target: each.source for target, each in guess.columns.items()},
        "read": {source: reading.name for source, reading in guess.readings.items()},
        "order_fields": guess.order_fields,
        "once_an_order": list(guess.once_an_order),
        "refunds": refunds,
    }
    return parse_block(SourceSpec, options, name)
