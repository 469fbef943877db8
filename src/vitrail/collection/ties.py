"""Ties between lines, broken by what the lines say and never by where they stand."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from vitrail.engine import column


def tell_apart(columns: Collection[str], table: str | None = None) -> exp.Expr:
    """A number that orders lines whatever their file, its format and its order of rows and columns.

    Lines that it does not tell apart are equal in every column.

    Args:
        columns: the columns of the lines.
        table: the name they go by in the query.
    """
    return exp.Anonymous(this="hash", expressions=[column(name, table) for name in sorted(columns)])
