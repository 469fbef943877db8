"""Orders that count more than once: exported again in another file, or told by another source.

They stay, for two sales may be alike; what they add up to is told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sqlglot import exp

from vitrail.collection.funnel import hash_order
from vitrail.engine import Engine, Query, sql

Kind = Literal["exported_twice", "told_twice", "in_two_sources"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Orders that count more than once.

    Args:
        kind: `exported_twice`, row for row; `told_twice`, in rows that differ; `in_two_sources`.
        sources: where they stand.
        orders: how many there are.
        amount: their money beyond the first time.
    """

    kind: Kind
    sources: tuple[str, ...]
    orders: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Numbered:
    """The names of the sources that number their orders.

    Args:
        sources: all of them.
        whole: those of one row an order.
        pieced: those of `whole` that several files make.
    """

    sources: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    pieced: tuple[str, ...] = ()


def find_repeats(engine: Engine, numbered: Numbered, doubled: Collection[str]) -> tuple[Repeat, ...]:
    """Look for orders of `kept_lines` that count more than once.

    Args:
        doubled: the sources with rows that equal an earlier one, which are in `repeated_rows`.
    """
    found: list[Repeat] = []
    if counted := set(doubled) & set(numbered.sources):
        found += _repeats(engine, "exported_twice", _exported_twice(counted, numbered.whole))
    if numbered.pieced:
        found += _repeats(engine, "told_twice", _told_twice(numbered.pieced))
    if len(numbered.sources) > 1:
        found += _repeats(engine, "in_two_sources", _in_two_sources(numbered.sources))
    return tuple(found)


def _repeats(engine: Engine, kind: Kind, orders: Query) -> list[Repeat]:
    """Orders (`sources`, `surplus`) counted by their sources."""
    query = sql(
        "select sources, count(*) as orders, sum(surplus) as amount from $orders "
        "group by sources order by sources",
        orders=orders.subquery("o"),
    )
    return [
        Repeat(kind, tuple(row["sources"]), row["orders"], row["amount"]) for row in engine.records(query)
    ]


def _exported_twice(sources: Collection[str], whole: Collection[str]) -> Query:
    """Orders every row of which is there several times; an order of one row only where a row is an order.

    Only orders with such a row of `repeated_rows`, or with several, are looked at, which are few.
    """
    query: Query = sql(
        """
        with suspect as (
            select source, order_hash from repeated_rows where list_contains($sources, source)
            group by source, order_hash having count(*) > 1 or list_contains($whole, source)
        ), rows_ as (
            select source, customer_id, order_id, count(*) as times, min(amount) as amount
            from (select *, $order_hash as order_hash from kept_lines) as kept
                semi join suspect using (source, order_hash)
            where amount > 0 group by source, customer_id, order_id, _row_hash
        )
        select [source] as sources, sum(amount * (times - times // fewest)) as surplus
        from (
            select *, min(times) over own as fewest from rows_
            window own as (partition by source, customer_id, order_id)
            qualify fewest > 1 and (count(*) over own > 1 or list_contains($whole, source))
        ) as repeated
        group by source, customer_id, order_id
        """,
        sources=_texts(sources),
        whole=_texts(whole),
        order_hash=hash_order(),
    )
    return query


def _told_twice(sources: Collection[str]) -> Query:
    query: Query = sql(
        "select [source] as sources, sum(amount) - max(amount) as surplus from kept_lines "
        "where amount > 0 and list_contains($sources, source) group by source, customer_id, order_id "
        "having count(distinct _row_hash) > 1",
        sources=_texts(sources),
    )
    return query


def _in_two_sources(sources: Collection[str]) -> Query:
    told: Query = sql(
        "select source, customer_id, order_id, sum(amount) as amount from kept_lines "
        "where amount > 0 and list_contains($sources, source) group by source, customer_id, order_id",
        sources=_texts(sources),
    )
    query: Query = sql(
        "select list_sort(list(source)) as sources, sum(amount) - max(amount) as surplus from $told "
        "group by customer_id, order_id having count(*) > 1",
        told=told.subquery("t"),
    )
    return query


def _texts(values: Collection[str]) -> exp.Expr:
    return exp.Array(expressions=[exp.Literal.string(value) for value in sorted(values)])
