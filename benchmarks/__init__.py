"""Vitrail timed beside hand-written SQL, pandas and Polars: `make bench`."""
