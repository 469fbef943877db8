"""Ties between lines, broken by what the lines say and never by where they stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from vitrail.engine import column, sql


def tell_apart(columns: Collection[str], table: str | None = None) -> list[exp.Expr]:
    """What orders lines whatever their file, its format and its order of rows and columns: their columns.

    Lines that it does not tell apart are equal in every column. A hash of them would be little quicker (1.1 s
    for 1.2 s over a million lines) and may change between versions of the engine.

    Args:
        columns: the columns of the lines.
        table: the name they go by in the query.
    """
    return [exp.Ordered(this=column(name, table)) for name in sorted(columns)]


def is_first(key: Sequence[exp.Expr], columns: Collection[str], table: str | None = None) -> exp.Expr:
    """Whether a line is the first of those with its `key`, in the order of `tell_apart`."""
    place: exp.Window = sql("row_number() over (order by 1)")
    place.set("partition_by", list(key))
    place.args["order"].set("expressions", tell_apart(columns, table))
    first: exp.Expr = sql("$place = 1", place=place)
    return first
