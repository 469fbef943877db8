"""Where SQL runs. One expression language (SQLGlot, DuckDB's dialect), one small class an engine."""

from vitrail.engine.base import Engine, Query
from vitrail.engine.duckdb import DuckDB
from vitrail.engine.sql import column, expression, sql

__all__ = ["DuckDB", "Engine", "Query", "column", "expression", "sql"]
