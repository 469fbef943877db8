"""Refunds under the name of who bought.

Some exports write a refund under the seller's name (PayPal), or under none: its order number tells the buyer.
So it does where a source of credit notes names orders and nobody: other sources tell who placed them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.joining import unite
from vitrail.collection.mapping import MappedSource
from vitrail.collection.pairing import table_of
from vitrail.collection.readings import takes_buyers
from vitrail.collection.refunds.signs import takes_back
from vitrail.engine import Engine, sql
from vitrail.plan import Plan

_NAMED = ("order_id", "customer_id")


def name_buyers(engine: Engine, table: str) -> str:
    """The table with each refund under its buyer: a new one where that changes any, else `table`.

    Only a name that never bought anything gives way, to the one customer of the order: numbers may be used
    again. A row without a number goes by its moment, which tells nobody.
    """
    lines, taken = exp.to_table(table), takes_back(("amount",))
    buyers, sellers = exp.to_table(f"{table}_buyers"), exp.to_table(f"{table}_sellers")
    bought = sql(
        "select order_id, min(customer_id) as buyer from $lines where not $negative "
        "and order_id in (select order_id from $lines "
        "where $negative and order_id is distinct from cast(ordered_at as varchar)) "
        "group by order_id having count(distinct customer_id) = 1",
        lines=lines,
        negative=taken,
    )
    engine.create(buyers.name, bought)
    others = sql(
        "select distinct l.customer_id as seller "
        "from $lines as l join $buyers as b on l.order_id = b.order_id "
        "where $negative and l.customer_id is distinct from b.buyer",
        lines=lines,
        buyers=buyers,
        negative=taken,
    )
    never = sql(
        "select seller, true as known from $others as o where not exists "
        "(select 1 from $lines as l where l.customer_id = o.seller and not $negative)",
        others=others.subquery(),
        lines=lines,
        negative=taken,
    )
    engine.create(sellers.name, never)
    if not engine.records(sql("select count(*) as rows from $sellers", sellers=sellers))[0]["rows"]:
        return table
    named = sql(
        "select l.* replace (case when s.known then b.buyer else l.customer_id end as customer_id) "
        "from $lines as l left join $buyers as b on l.order_id = b.order_id and $negative "
        "left join $sellers as s on s.seller is not distinct from l.customer_id and b.buyer is not null",
        lines=lines,
        buyers=buyers,
        sellers=sellers,
        negative=taken,
    )
    engine.create(f"{table}_named", named)
    return f"{table}_named"


def name_buyers_across(
    engine: Engine, plan: Plan, mapped: Sequence[MappedSource], sources: Mapping[str, FilesRead]
) -> list[MappedSource]:
    """The sources, those of credit notes without customers under whoever placed their orders elsewhere.

    A credit note of no known order, or of one that has two customers, stays without: the funnel counts it.
    """
    return [
        _with_buyers(engine, each, mapped, sources[each.name].text) if takes_buyers(plan, each.name) else each
        for each in mapped
    ]


def _with_buyers(
    engine: Engine, source: MappedSource, mapped: Sequence[MappedSource], stored: bool
) -> MappedSource:
    known = [each for each in mapped if each.table != "customers" and {*each.columns} >= {*_NAMED}]
    buyers = sql(
        "select order_id, min(customer_id) as customer_id from $orders group by order_id "
        "having min(customer_id) = max(customer_id)",
        orders=unite([(table_of(each.name), _NAMED) for each in known])[0].subquery("orders_"),
    )
    query = sql(
        "select r.*, b.customer_id from $rows as r left join $buyers as b on b.order_id = r.order_id",
        rows=source.query.subquery(),
        buyers=buyers.subquery(),
    )
    (engine.create if stored else engine.view)(table_of(source.name), query)
    return replace(source, query=query, columns=(*source.columns, "customer_id"))
