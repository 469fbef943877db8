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
        SourceError: it is damaged or encrypted.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(file)
        written = metadata.schema.to_arrow_schema().names
    except (pa.ArrowException, OSError) as error:
        raise SourceError(Finding("file_damaged", "error", shown, {"format": "Parquet"})) from error
    columns = tuple(name for name in written if not is_row_index(name))
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
    return Part(report, ParquetScan(str(file), columns), (), lambda ordinals: [o + 1 for o in ordinals])
