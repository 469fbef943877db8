"""Orders with their lines, and tables under one another: rows of several sources made one table."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from vitrail.collection.mapping import ROW_HASH, SPOILED
from vitrail.collection.model import ORDER_FIELDS, ORDER_MONEY
from vitrail.collection.ties import is_first
from vitrail.engine import Query, column, sql

#: In joined lines: a line of no order, for several bear its number and it does not say whose it is.
ADRIFT = "_adrift"


def join_order_lines(
    lines: str, line_columns: Collection[str], orders: str, order_columns: Collection[str], shared: str | None
) -> tuple[Query, tuple[str, ...]]:
    """Lines with their order's fields; an order without lines stays as one line of its own.

    What an order states once for all its lines (its discount, its refund, its amount where lines have
    none) goes to the first of them, so that sums stay right. A line belongs to the order of its number; of
    several with that number, to its customer's; where it names none of their customers, to none (`ADRIFT`).

    Args:
        shared: the table of the numbers (`order_id`) that several orders bear, if any are.

    Returns:
        the query and its columns, without the hidden ones.
    """
    names = tuple(dict.fromkeys([*order_columns, *line_columns]))
    values: dict[str, exp.Expr] = {}
    first = is_first(order_key(order_columns, "o"), line_columns, "l")
    for name in names:
        from_line, from_order = column(name, "l"), column(name, "o")
        if name not in order_columns:
            values[name] = from_line
        elif name in ORDER_MONEY and name not in line_columns:
            values[name] = sql("case when $first then $value end", first=first, value=from_order)
        elif name not in line_columns:
            values[name] = from_order
            if name == "amount":
                values[name] = sql("case when $first then $value else 0 end", first=first, value=from_order)
        elif name in ORDER_FIELDS:
            values[name] = sql("coalesce($o, $l)", o=from_order, l=from_line)
        else:
            values[name] = sql("coalesce($l, $o)", o=from_order, l=from_line)
    hidden = [
        sql("hash(l._row_hash, o._row_hash)").as_(ROW_HASH),
        sql("coalesce(l._spoiled, false) or coalesce(o._spoiled, false)").as_(SPOILED),
    ]
    left: exp.Expr = exp.to_table(lines).as_("l")
    right: exp.Expr = exp.to_table(orders).as_("o")
    same = sql("l.order_id = o.order_id")
    if shared is not None:
        left = _tell_whose(lines, line_columns, shared).subquery("l")
        right = _tell_whose(orders, order_columns, shared).subquery("o")
        same = sql("l.order_id = o.order_id and l._whose = o._whose")
        alone = sql("l._row_hash is not null and o._row_hash is null and l._whose is distinct from ''")
        hidden.append(alone.as_(ADRIFT))
        values["customer_id"] = sql(
            "case when not $alone then $who end", alone=alone, who=values["customer_id"]
        )
    fields = [exp.alias_(value, name) for name, value in values.items()]
    query = exp.select(*fields, *hidden).from_(left).join(right, on=same, join_type="full")
    return query, names


def _tell_whose(table: str, columns: Collection[str], shared: str) -> exp.Select:
    """The rows with `_whose` they are: '' where the number alone tells the order, NULL where nothing does."""
    whose = sql(
        "case when order_id in (select order_id from $shared) then 'of ' || $customer else '' end",
        shared=exp.to_table(shared),
        customer=column("customer_id") if "customer_id" in columns else exp.null(),
    )
    return exp.select("*", whose.as_("_whose")).from_(table)


def number_orders_alike(orders: str) -> Query:
    """The numbers that several orders of table `orders` bear, each order being one row."""
    query: Query = sql(
        "select order_id from $orders where order_id is not null group by order_id having count(*) > 1",
        orders=exp.to_table(orders),
    )
    return query


def keep_each_order(orders: str, columns: Collection[str]) -> Query:
    """One row an order of table `orders`, the same one whatever the order of rows."""
    return exp.select("*").from_(orders).qualify(is_first(order_key(columns), columns))


def order_key(columns: Collection[str], table: str | None = None) -> list[exp.Expr]:
    """What tells one order from another in a table with these columns."""
    return [column(name, table) for name in ("customer_id", "order_id") if name in columns]


def unite(
    tables: Sequence[tuple[str, Sequence[str]]], extra: Sequence[str] = ()
) -> tuple[Query, tuple[str, ...]]:
    """The rows of several tables under the union of their columns; what a table lacks is NULL."""
    names = tuple(dict.fromkeys(name for _, columns in tables for name in columns))
    selects = [
        exp.select(*(column(n) if n in columns else exp.alias_(exp.null(), n) for n in names), *extra).from_(
            table
        )
        for table, columns in tables
    ]
    query: Query = selects[0]
    for select in selects[1:]:
        query = exp.union(query, select, distinct=False)
    return query, names
