"""Where results live: runs as folders of Parquet files, each there entirely or not at all."""

from vitrail.store.files import storage_faults, whole_file
from vitrail.store.runs import (
    STATE,
    Run,
    damaged,
    find_before,
    find_latest,
    latest_run,
    load_run,
    open_run,
    runs,
    seal,
)
from vitrail.store.writing import RunWriter

__all__ = [
    "STATE",
    "Run",
    "RunWriter",
    "damaged",
    "find_before",
    "find_latest",
    "latest_run",
    "load_run",
    "open_run",
    "runs",
    "seal",
    "storage_faults",
    "whole_file",
]
