"""Where SQL runs. One expression language (SQLGlot, DuckDB's dialect), one small class an engine."""

from vitrail.engine.base import Engine, Query
from vitrail.engine.draws import LAST_DRAW, compile_drawn, draw
from vitrail.engine.duckdb import DuckDB
from vitrail.engine.sql import column, expression, finite, sql
from vitrail.engine.whole import Whole, choose_whole

__all__ = [
    "LAST_DRAW",
    "DuckDB",
    "Engine",
    "Query",
    "Whole",
    "choose_whole",
    "column",
    "compile_drawn",
    "draw",
    "expression",
    "finite",
    "sql",
]
