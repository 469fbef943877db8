"""The kinds of Arrow columns that the engine cannot read, made kinds that it can, with the same values."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from vitrail.errors import UsageError
from vitrail.findings import Finding

_MOST_DIGITS = 38  # of the engine's decimals
_INTERVAL = "pandas.interval"  # what `pandas.cut` makes


def settle_kinds(table: pa.Table) -> pa.Table:
    """The table with every column of a kind that the engine reads; intervals as texts: `(18, 30]`.

    Raises:
        UsageError: a column holds what none of these kinds can say.

    >>> settle_kinds(pa.table({"amount": pa.array([1, 2], pa.decimal256(50, 2))})).schema.field("amount").type
    Decimal128Type(decimal128(38, 2))
    """
    for place, field in enumerate(table.schema):
        column = table.column(place)
        try:
            settled = _settle(column)
        except pa.ArrowException:  # its text would quote cells
            figures = {"name": field.name, "type": str(field.type)}
            raise UsageError(Finding("frame_column_out_of_range", "error", figures=figures)) from None
        if settled is not column:
            table = table.set_column(place, field.name, settled)
    return table


def _settle(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        levels = kind.value_type
        if not (pa.types.is_nested(levels) or isinstance(levels, pa.BaseExtensionType)):
            return column
        return _settle(pa.chunked_array([each.dictionary_decode() for each in column.chunks], levels))
    if isinstance(kind, pa.BaseExtensionType) and kind.extension_name == _INTERVAL:
        return _tell_intervals(column, kind.closed)
    if pa.types.is_decimal256(kind):
        return column.cast(pa.decimal128(_MOST_DIGITS, min(kind.scale, _MOST_DIGITS)))
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_timestamp(kind) and (kind.unit in ("s", "ms") or (kind.unit == "ns" and kind.tz)):
        fits = kind.unit != "ns"  # else what is less than a microsecond goes
        return column.cast(pa.timestamp("us", kind.tz), safe=fits)
    return column


def _tell_intervals(column: pa.ChunkedArray, closed: str) -> pa.ChunkedArray:
    """Intervals as texts, the way pandas writes them."""
    edges = pa.chunked_array([each.storage for each in column.chunks], column.type.storage_type)
    left, right = (pc.struct_field(edges, side).cast(pa.string()) for side in ("left", "right"))
    opening = "[" if closed in ("left", "both") else "("
    closing = "]" if closed in ("right", "both") else ")"
    return pc.binary_join_element_wise(
        pc.binary_join_element_wise(opening, left, ""), pc.binary_join_element_wise(right, closing, ""), ", "
    )
