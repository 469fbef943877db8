"""Text to values: how each column is read, decided on the whole column where the column decides it."""

from vitrail.collection.values.names import load_reading
from vitrail.collection.values.readings import Kind, Reading

__all__ = ["Kind", "Reading", "load_reading"]
