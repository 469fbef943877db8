"""Rows of a run given out as CSV, JSON or Parquet: to a file, or to standard output.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` as a formula, blanks and line ends before it
or not. In CSV such text, a column's name too, is given an apostrophe in front; `raw` leaves it as it is.
Numbers and dates are written plain (12.5, 2011-12-10), so that every program reads them alike. A French
spreadsheet is the exception: it puts a line with commas into one column and takes 12.5 for text or a day. A
CSV file for it has `;`, decimal commas and a mark of UTF-8 at its head. Vitrail reads both again.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal, get_args

import pyarrow as pa

from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.store import whole_file

ExportFormat = Literal["csv", "json", "parquet"]
_WORKBOOKS = frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods", "numbers"})
_FORMULA = r"^(\s*[=+\-@＝＋－＠]|[\t\r\n])"


def name_format(file: Path, otherwise: ExportFormat) -> ExportFormat:
    """The format that a file's name asks for; `otherwise` where it says nothing.

    Raises:
        UsageError: it is the name of a workbook, whose program would not open what is written.

    >>> name_format(Path("best.PARQUET"), "csv"), name_format(Path("best.txt"), "csv")
    ('parquet', 'csv')
    """
    ending = file.suffix.casefold().removeprefix(".")
    if ending in _WORKBOOKS:
        raise UsageError(Finding("output_is_workbook", "error", str(file), {"ending": f".{ending}"}))
    return next((each for each in get_args(ExportFormat) if each == ending), otherwise)


def export_table(
    table: pa.Table,
    format: ExportFormat,
    target: Path | IO[bytes],
    raw: bool = False,
    french: bool = False,
) -> None:
    """Write `table`; a file appears whole or not at all.

    Args:
        target: a file, or an open binary stream.
        raw: leave cells as they are that a spreadsheet would run as a formula.
        french: write CSV as a French spreadsheet opens it.

    Raises:
        StoreError: the file cannot be written.
    """
    if not isinstance(target, Path):
        _write(table, format, target, raw, french)
        return
    with whole_file(target) as stream:
        _write(table, format, stream, raw, french)


def quote_formulas(table: pa.Table) -> pa.Table:
    """`table` with an apostrophe before each text that a spreadsheet would run as a formula.

    >>> quote_formulas(pa.table({"name": ["=1+1", "Zoé"], "total": [-5, 7]})).to_pydict()
    {'name': ["'=1+1", 'Zoé'], 'total': [-5, 7]}
    """
    for index, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            table = table.set_column(index, field, _quoted(table.column(index)))
    return table.rename_columns(_quoted(pa.array(table.column_names, pa.string())).to_pylist())


def _quoted(cells: Any) -> Any:
    import pyarrow.compute as pc

    runs = pc.fill_null(pc.match_substring_regex(cells, _FORMULA), False)
    empty = pa.scalar("", cells.type)
    return pc.if_else(runs, pc.binary_join_element_wise(pa.scalar("'", cells.type), cells, empty), cells)


def _write(table: pa.Table, format: ExportFormat, stream: IO[bytes], raw: bool, french: bool) -> None:
    if format == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, stream, compression="zstd")
    elif format == "csv":
        import pyarrow.csv as pv

        table = _shorten_cells(_flatten(table))
        table = table if raw else quote_formulas(table)
        if french:
            stream.write("\ufeff".encode())
            table = _with_commas(table)
        pv.write_csv(table, stream, pv.WriteOptions(delimiter=";" if french else ",", quoting_style="needed"))
    else:
        _write_json(table, stream)


def _write_json(table: pa.Table, stream: IO[bytes]) -> None:
    """A JSON array, one row a line, written batch by batch."""
    stream.write(b"[")
    first = True
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            stream.write((("" if first else ",") + "\n" + dump_json(row)).encode())
            first = False
    stream.write(b"\n]\n")


def _flatten(table: pa.Table) -> pa.Table:
    """Lists and structures as JSON text, so that CSV can hold them."""
    for index, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            cells = [None if cell is None else dump_json(cell) for cell in table.column(index).to_pylist()]
            table = table.set_column(index, field.name, pa.array(cells, pa.string()))
    return table


def _shorten_cells(table: pa.Table) -> pa.Table:
    """Decimals with as many places as their column needs (12.50 and not 12.5000), days without a time where
    all are midnight; no `nan`, no `inf`."""
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        cells = table.column(index)
        if pa.types.is_decimal(field.type):
            table = table.set_column(index, field.name, _shortened(cells))
        elif pa.types.is_floating(field.type):
            finite = pc.if_else(pc.is_finite(cells), cells, pa.scalar(None, field.type))
            table = table.set_column(index, field.name, finite)
        elif pa.types.is_timestamp(field.type) and field.type.tz is None:
            days = pc.cast(cells, pa.date32(), safe=False)
            if pc.all(pc.equal(cells, pc.cast(days, field.type))).as_py() is not False:
                table = table.set_column(index, field.name, days)
    return table


def _with_commas(table: pa.Table) -> pa.Table:
    """Numbers with a decimal comma, as text."""
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) or pa.types.is_floating(field.type):
            cells = pc.replace_substring(table.column(index).cast(pa.string()), ".", ",")
            table = table.set_column(index, field.name, cells)
    return table


def _shortened(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals at the smallest scale that loses nothing."""
    for scale in range(cells.type.scale):
        try:
            return cells.cast(pa.decimal128(cells.type.precision, scale))
        except pa.ArrowInvalid:  # some value has more places
            continue
    return cells


def dump_json(value: object, indent: int | None = None) -> str:
    """A value as JSON: what is no number is `null`, a decimal a number, a day `yyyy-mm-dd`.

    >>> dump_json({"share": float("nan"), "total": Decimal("12.50"), "last": dt.date(2011, 12, 9)})
    '{"share": null, "total": 12.5, "last": "2011-12-09"}'
    """
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, default=plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, indent=indent, default=plain)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def plain(value: object) -> Any:
    """A value as JSON knows it: an exact decimal as a number, a day as `yyyy-mm-dd`."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value)
