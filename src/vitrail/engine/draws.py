"""Customers drawn by lot: the same on any machine, whatever the order of rows and the engine's version."""

from __future__ import annotations

from sqlglot import exp

from vitrail.engine.sql import expression

LAST_DRAW = 2**64 - 1


def draw(key: exp.Expr, lot: int | str) -> exp.Expr:
    """A whole number from 0 to `LAST_DRAW` for each key, as good as drawn at random: half of its MD5.

    Args:
        lot: which draw it is: a seed, or the name of a purpose. Lots have nothing to do with one another, so
            that what was learned of some customers is not then judged on just these.

    The engine's own `hash` would be quicker, but is not promised to stay as it is; its `md5_number_lower`
    gives this same half, and takes four times as long.

    >>> draw(exp.column("customer_id"), 1).sql("duckdb")
    "CAST(MD5_NUMBER(CONCAT('1:', CAST(customer_id AS TEXT))) >> 64 AS UBIGINT)"
    """
    salted = expression("concat($salt, cast($key as varchar))", salt=f"{lot}:", key=key)
    return expression("cast(md5_number($salted) >> 64 as ubigint)", salted=salted)


def compile_drawn(key: exp.Expr, customers: int, most: int, lot: int | str = 0) -> exp.Expr:
    """The condition that about `most` of so many customers meet; all where there are no more.

    >>> compile_drawn(exp.column("customer_id"), 5, 10).sql("duckdb")
    'TRUE'
    """
    if customers <= most:
        return exp.true()
    return expression("$draw <= $last", draw=draw(key, lot), last=LAST_DRAW * most // customers)
