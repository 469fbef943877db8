"""Text to values: how each column is read, decided on the whole column where the column decides it."""

from vitrail.collection.values.inspection import inspect_columns
from vitrail.collection.values.names import load_reading
from vitrail.collection.values.readings import Kind, Reading
from vitrail.collection.values.reports import ColumnReport

__all__ = ["ColumnReport", "Kind", "Reading", "inspect_columns", "load_reading"]
