"""What stands first in a segment: its countries by customers, its products by amount."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.segments import Segmentation
from vitrail.segments.memberships import compile_members
from vitrail.variables.charges import compile_charges

MOST_LISTED = 5

_SOLD, _COMBINATIONS = "sold_by_combination", "combinations"


def load_top_countries(engine: Engine, members: Query) -> dict[str, list[tuple[str, int]]]:
    """Segment → its countries with most customers, and how many; customers without one are left out.

    Args:
        members: a query with the columns `segment` and `country`.
    """
    counted = sql(
        "select segment, country::varchar as name, count(*) as size from $members"
        " where country is not null group by all",
        members=members.subquery("members"),
    )
    return _load_first(engine, counted)


def load_top_products(
    engine: Engine, segmentations: Sequence[Segmentation], table: str, products: str
) -> dict[tuple[str, str], list[tuple[str, Decimal]]]:
    """(segmentation, segment) → its products with the highest amount, and that amount; charges are none.

    Sales are joined to customers once and summed by combination of segments; each segmentation then sums
    combinations, which are few.

    Args:
        table: the segmented profile.
        products: a table of `customer_id`, `product_name` (or `product_id`) and `amount`.
    """
    if not segmentations:
        return {}
    columns = engine.columns(exp.select(exp.Star()).from_(products))
    known = [
        expression("cast($name as varchar)", name=column(each))
        for each in ("product_name", "product_id")
        if each in columns
    ]
    name = exp.Coalesce(this=known[0], expressions=known[1:])
    keys = [column(each.key) for each in segmentations]
    cuts = exp.select(*keys).distinct().from_(table).subquery("cuts")
    numbered = exp.select("*", sql("cast(row_number() over () as integer) as _number")).from_(cuts)
    engine.create(_COMBINATIONS, numbered)
    using = [key.this for key in keys]
    placed = exp.select("customer_id", "_number").from_(table).join(_COMBINATIONS, using=using)
    sums: Query = sql(
        "select _number, $name::varchar as _name, sum(amount) as _amount from $sales as sales"
        " join $placed using (customer_id) where $name is not null group by all",
        name=name,
        sales=exp.to_table(products),
        placed=placed.subquery("placed"),
    )
    sold = (
        exp.select(*keys, "_name", "_amount")
        .from_(sums.subquery("sums"))
        .join(_COMBINATIONS, using=["_number"])
        .where(exp.not_(sql("_name in $charges", charges=compile_charges(name, products).subquery())))
    )
    engine.create(_SOLD, sold)
    found = {
        (each.key, segment): first
        for each in segmentations
        for segment, first in _load_first(engine, _compile_sold(each)).items()
    }
    engine.drop(_SOLD)
    engine.drop(_COMBINATIONS)
    return found


def _compile_sold(segmentation: Segmentation) -> Query:
    members = compile_members(segmentation, _SOLD, ["_name", "_amount"])
    query: Query = sql(
        "select segment, _name as name, sum(_amount) as size from $members group by all",
        members=members.subquery("members"),
    )
    return query


def _load_first(engine: Engine, counted: Query) -> dict[Any, list[tuple[str, Any]]]:
    """Group → the first names by `size`, of a query of `segment`, `name` and `size`; equals by name."""
    ranked = sql(
        "select segment, name, size from $counted"
        " qualify row_number() over (partition by segment order by size desc, name) <= $most"
        " order by segment, size desc, name",
        counted=counted.subquery("counted"),
        most=MOST_LISTED,
    )
    first: dict[Any, list[tuple[str, Any]]] = {}
    for row in engine.records(ranked):
        first.setdefault(row["segment"], []).append((row["name"], row["size"]))
    return first
