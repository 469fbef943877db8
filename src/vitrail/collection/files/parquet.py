"""Parquet: typed by its maker, read by the engine where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vitrail.collection.files.names import is_row_index
from vitrail.collection.files.results import FileRead, ParquetScan, Part
from vitrail.errors import SourceError
from vitrail.findings import Finding


def read_parquet(file: Path, shown: str, notes: Sequence[Finding] = ()) -> Part:
    """One Parquet file; only its footer is read here.

    Raises:
        SourceError: it is damaged or encrypted, or has no column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(file)
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        raise SourceError(Finding("file_damaged", "error", shown, {"format": "Parquet"})) from error
    written = schema.names
    columns = tuple(name for name in _name_as_read(written) if not is_row_index(name))
    if not columns:
        raise SourceError(Finding("file_empty", "error", shown))
    if renamed := [name for name in columns if name not in written]:
        figures = {"names": renamed[:10], "count": len(renamed)}
        notes = (*notes, Finding("columns_renamed", "info", shown, figures))
    report = FileRead(
        file=shown,
        format="parquet",
        encoding=None,
        delimiter=None,
        header_line=None,
        records=metadata.num_rows,
        accepted=metadata.num_rows,
        refused=0,
        notes=tuple(notes),
    )
    scan = ParquetScan(str(file), columns, tuple(map(str, schema.types)))
    return Part(report, scan, (), lambda ordinals: [o + 1 for o in ordinals])


def _name_as_read(written: Sequence[str]) -> list[str]:
    """The names that the engine gives columns which have none, or one that another has (`Price`, `price`).

    >>> _name_as_read(["id", "", "Price", "price"])
    ['id', 'C1', 'Price', 'price_1']
    """
    names: dict[str, str] = {}
    for position, name in enumerate(written):
        base = unique = name or f"C{position}"
        copy = 0
        while unique.casefold() in names:
            copy += 1
            unique = f"{base}_{copy}"
        names[unique.casefold()] = unique
    return list(names.values())
