"""SQL as trees: templates written as SQL, parsed once, filled with trees and never with text.

>>> query = sql("select $value as total from order_lines where ordered_at < $as_of",
...             value=column("net amount"), as_of=dt.date(2011, 12, 10))
>>> query.sql("duckdb")
'SELECT "net amount" AS total FROM order_lines WHERE ordered_at < CAST(\\'2011-12-10\\' AS DATE)'
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlglot import exp, parse_one

Part = exp.Expr | str | int | float | Decimal | dt.date | bool | None

_ATOMS = (exp.Column, exp.Literal, exp.Func, exp.Cast, exp.Paren, exp.Null, exp.Boolean, exp.Interval)


def sql(template: str, **parts: Part) -> Any:
    """Parse `template` (DuckDB's dialect) and put `parts` where it says `$name`.

    A part is a tree, or a Python value that becomes a literal; a part that is an operator is put in
    parentheses. Text is never pasted, so a part cannot change the shape of what surrounds it.

    Raises:
        KeyError: the template names a part that is not given.
    """
    tree = _parsed(template).copy()
    for hole in list(tree.find_all(exp.Placeholder)):
        part = parts[hole.name]
        filled = part.copy() if isinstance(part, exp.Expr) else literal(part)
        if _is_operator(filled) and hole.parent is not None:
            filled = exp.paren(filled, copy=False)
        if hole is tree:
            return filled
        hole.replace(filled)
    return tree


def expression(template: str, **parts: Part) -> exp.Expr:
    """`sql`, typed for a function that returns an expression.

    >>> expression("$amount > 0", amount=column("amount")).sql("duckdb")
    'amount > 0'
    """
    tree: exp.Expr = sql(template, **parts)
    return tree


def finite(number: exp.Expr) -> exp.Expr:
    """A number, or none where it is infinite or no number (NaN).

    >>> finite(column("odd")).sql("duckdb")
    'CASE WHEN ISFINITE(odd) THEN odd END'
    """
    return expression("case when isfinite($x) then $x end", x=number)


def _is_operator(tree: exp.Expr) -> bool:
    """Whether what stands beside `tree` could tear it apart; SQLGlot counts AND and OR among functions."""
    return isinstance(tree, exp.Condition) and (isinstance(tree, exp.Binary) or not isinstance(tree, _ATOMS))


def literal(value: str | int | float | Decimal | dt.date | bool | None) -> exp.Expr:
    """A Python value as an SQL literal: decimals stay exact, days become dates."""
    if isinstance(value, Decimal):
        return exp.Literal.number(format(value, "f"))
    if isinstance(value, dt.datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
    if isinstance(value, dt.date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    return exp.convert(value)


def column(name: str, table: str | None = None) -> exp.Column:
    """A column by its exact name, quoted only where it must be."""
    plain = name.isidentifier() and name.isascii() and name.islower()
    return exp.column(exp.to_identifier(name, quoted=not plain), table=table)


@lru_cache(maxsize=512)
def _parsed(template: str) -> exp.Expr:
    tree = parse_one(template, dialect="duckdb")
    for node in tree.walk():
        node._meta = node.comments = None  # where each name stood: half of what copies would cost
    return tree
