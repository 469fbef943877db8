"""A file as text columns in an engine, and the guess made of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pytest
from sqlglot import exp

from vitrail.collection.guessing import RelationEvidence, SourceGuess, guess_source
from vitrail.collection.values import inspect_columns
from vitrail.engine import DuckDB

Guess = Callable[..., SourceGuess]


def rows_of(text: str, delimiter: str = ",") -> tuple[list[str], list[list[str]]]:
    header, *rows = list(csv.reader(io.StringIO(text.strip()), delimiter=delimiter))
    return [name.strip() for name in header], [[cell.strip() for cell in row] for row in rows]


@pytest.fixture(scope="session")
def guess_rows() -> Guess:
    """Guess from a header and rows of text."""

    def guess(
        header: list[str], rows: list[list[str]], name: str = "orders", joined: bool = False
    ) -> SourceGuess:
        cells = [[row[at] or None for row in rows] for at in range(len(header))]
        table = pa.table([pa.array(column, pa.string()) for column in cells], names=header)
        with DuckDB() as engine:
            engine.register("export", table)
            relation = exp.select("*").from_("export")
            reports = inspect_columns(engine, relation, header)
            return guess_source("orders", reports, RelationEvidence(engine, relation, reports))

    return guess


@pytest.fixture(scope="session")
def guess_text(guess_rows: Guess) -> Guess:
    """Guess from a small CSV text; a guess made before is kept."""

    @cache
    def guess(text: str, delimiter: str = ",") -> SourceGuess:
        return guess_rows(*rows_of(text, delimiter))

    return guess


@pytest.fixture
def read_rows() -> Callable[..., tuple[list[str], list[list[str]]]]:
    """The header and the rows of a small CSV text."""
    return rows_of
