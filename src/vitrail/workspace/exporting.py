"""Rows of a run given out as CSV, JSON or Parquet: to a file, or to standard output.

A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end as a formula. In CSV such
text is given an apostrophe in front, which a spreadsheet hides and does not run; `raw` leaves it as it is.
Numbers and dates are never touched.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from vitrail.errors import StoreError
from vitrail.findings import Finding
from vitrail.store.runs import storage_faults

ExportFormat = Literal["csv", "json", "parquet"]
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def export_table(table: pa.Table, format: ExportFormat, target: Path | IO[bytes], raw: bool = False) -> None:
    """Write `table`; a file appears whole or not at all.

    Args:
        target: a file, or an open binary stream.
        raw: leave cells as they are that a spreadsheet would run as a formula.

    Raises:
        StoreError: the file cannot be written.
    """
    if not isinstance(target, Path):
        _write(table, format, target, raw)
        return
    if target.is_dir():
        raise StoreError(Finding("target_is_folder", "error", str(target)))
    with storage_faults(target.parent), _whole_file(target) as stream:
        _write(table, format, stream, raw)


def quote_formulas(table: pa.Table) -> pa.Table:
    """`table` with an apostrophe before each text that a spreadsheet would run as a formula.

    >>> quote_formulas(pa.table({"name": ["=1+1", "Zoé"], "total": [-5, 7]})).to_pydict()
    {'name': ["'=1+1", 'Zoé'], 'total': [-5, 7]}
    """
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            cells = table.column(index)
            runs = pc.fill_null(pc.match_substring_regex(cells, _FORMULA), False)
            quoted = pc.binary_join_element_wise(pa.scalar("'", field.type), cells, pa.scalar("", field.type))
            table = table.set_column(index, field, pc.if_else(runs, quoted, cells))
    return table


def _write(table: pa.Table, format: ExportFormat, stream: IO[bytes], raw: bool) -> None:
    if format == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, stream, compression="zstd")
    elif format == "csv":
        import pyarrow.csv as pv

        table = _flatten(table)
        table = _shorten_decimals(table if raw else quote_formulas(table))
        pv.write_csv(table, stream, pv.WriteOptions(quoting_style="needed"))
    else:
        _write_json(table, stream)


def _write_json(table: pa.Table, stream: IO[bytes]) -> None:
    """A JSON array, one row a line, written batch by batch."""
    stream.write(b"[")
    first = True
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            text = json.dumps(row, ensure_ascii=False, default=plain)
            stream.write((("" if first else ",") + "\n" + text).encode())
            first = False
    stream.write(b"\n]\n")


def _flatten(table: pa.Table) -> pa.Table:
    """Lists and structures as JSON text, so that CSV can hold them."""
    for index, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            cells = [
                None if cell is None else json.dumps(cell, ensure_ascii=False, default=plain)
                for cell in table.column(index).to_pylist()
            ]
            table = table.set_column(index, field.name, pa.array(cells, pa.string()))
    return table


def _shorten_decimals(table: pa.Table) -> pa.Table:
    """Decimals as people write them: 12.5 and not 12.5000."""
    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and field.type.scale > 0:
            digits = pc.utf8_rtrim(table.column(index).cast(pa.string()), "0")
            table = table.set_column(index, field.name, pc.utf8_rtrim(digits, "."))
    return table


def plain(value: object) -> Any:
    """A value as JSON knows it: an exact decimal as a number, a day as `yyyy-mm-dd`."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


@contextmanager
def _whole_file(target: Path) -> Iterator[IO[bytes]]:
    """A stream to a neighbour of `target` that takes its place when everything is written."""
    draft = target.with_name(f".{target.name}.part")
    try:
        with draft.open("wb") as stream:
            yield stream
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
