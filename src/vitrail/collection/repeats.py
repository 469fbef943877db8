"""Orders that count more than once: exported again in another file, or told by another source.

They stay, for two sales may be alike; what they add up to is told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sqlglot import exp

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

    Only orders with a row of `repeated_rows` are looked at, which are few: an order is there several times
    when it has no rows but those.
    """
    rows: Query = sql(
        "select source, customer_id, order_id, _row_hash, count(*) as times, min(amount) as amount "
        "from kept_lines semi join repeated_rows using (source, _row_hash) "
        "where amount > 0 and list_contains($sources, source) group by all",
        sources=_texts(sources),
    )
    repeated: Query = sql(
        "select *, sum(times) over own as told, min(times) over own as fewest "
        "from $rows window own as (partition by source, customer_id, order_id) "
        "qualify fewest > 1 and (count(*) over own > 1 or list_contains($whole, source))",
        rows=rows.subquery("rows_"),
        whole=_texts(whole),
    )
    query: Query = sql(
        """
        with repeated as ($repeated), sizes as (
            select source, customer_id, order_id, count(*) as size
            from kept_lines semi join repeated on kept_lines.source = repeated.source
                and kept_lines.customer_id is not distinct from repeated.customer_id
                and kept_lines.order_id is not distinct from repeated.order_id
            where amount > 0 group by all
        )
        select [repeated.source] as sources, sum(amount * (times - times // fewest)) as surplus
        from repeated join sizes on repeated.source = sizes.source
            and repeated.customer_id is not distinct from sizes.customer_id
            and repeated.order_id is not distinct from sizes.order_id
        where told = size
        group by repeated.source, repeated.customer_id, repeated.order_id
        """,
        repeated=repeated,
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
