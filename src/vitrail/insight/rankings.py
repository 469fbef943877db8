"""What stands first in a segment: its countries by customers, its products by amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.segments import Segmentation
from vitrail.segments.memberships import compile_members
from vitrail.variables.charges import compile_charges

MOST_LISTED = 5

_SOLD, _SPENT, _COMBINATIONS = "sold_by_combination", "spent_by_combination", "combinations"


@dataclass(frozen=True, slots=True)
class Sold:
    """What a segment bought.

    Args:
        first: its products with the highest amount, and that amount.
        known: the share of what it spent whose product is known; None where it spent nothing.
    """

    first: list[tuple[str, Decimal]]
    known: float | None


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
) -> dict[tuple[str, str], Sold]:
    """(segmentation, segment) → what it bought; charges are no products.

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
        " join $placed using (customer_id) group by all",
        name=name,
        sales=exp.to_table(products),
        placed=placed.subquery("placed"),
    )
    goods = sql(
        "_name is not null and _name not in $charges", charges=compile_charges(name, products).subquery()
    )
    sold = (
        exp.select(*keys, "_name", "_amount", goods.as_("_is_product"))
        .from_(sums.subquery("sums"))
        .join(_COMBINATIONS, using=["_number"])
    )
    engine.create(_SOLD, sold)
    spent = [
        sql("coalesce(sum(_amount) filter (where _name is not null), 0) as _known"),
        sql("sum(_amount) as _whole"),
    ]
    engine.create(_SPENT, exp.select(*keys, *spent).from_(_SOLD).group_by(*keys))
    found = {}
    for each in segmentations:
        first = _load_first(engine, _compile_sold(each))
        for segment, share in _load_known(engine, each).items():
            found[each.key, segment] = Sold(first.get(segment, []), share)
    for made in (_SOLD, _SPENT, _COMBINATIONS):
        engine.drop(made)
    return found


def _compile_sold(segmentation: Segmentation) -> Query:
    members = compile_members(segmentation, _SOLD, ["_name", "_amount", "_is_product"])
    query: Query = sql(
        "select segment, _name as name, sum(_amount) as size from $members where _is_product group by all",
        members=members.subquery("members"),
    )
    return query


def _load_known(engine: Engine, segmentation: Segmentation) -> dict[str, float | None]:
    """Segment → the share of its money whose product is known."""
    members = compile_members(segmentation, _SPENT, ["_known", "_whole"])
    query = sql(
        "select segment, sum(_known) as known, sum(_whole) as whole from $members group by segment",
        members=members.subquery("members"),
    )
    return {
        row["segment"]: float(row["known"] / row["whole"]) if row["whole"] else None
        for row in engine.records(query)
    }


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
