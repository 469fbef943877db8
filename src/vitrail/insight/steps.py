"""Orders as the steps of a journey: what tells one order from another, and which of a customer's is which.

A step is what most of the order's money went to (a category, a product …), its channel, or its size. Orders
are numbered by their moments, then by their numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.plan.pictures import BASKET
from vitrail.profile import compile_product_amount


def choose_steps(engine: Engine, lines: Mapping[str, str]) -> str:
    """Categories where there are two or more, else channels, else the size of the basket."""
    for name in ("category", "channel"):
        if name in lines:
            several = sql("select count(distinct $x) > 1 as several from order_lines", x=column(name))
            if engine.records(several)[0]["several"]:
                return name
    return BASKET


def choose_bands(engine: Engine) -> tuple[Decimal, ...]:
    """The quartiles of order amounts, rounded to two digits as people would."""
    row = engine.records(
        sql("select quantile_cont(amount, [0.25, 0.5, 0.75])::double[] as cuts from orders where is_purchase")
    )[0]
    rounded = {_round(cut) for cut in row["cuts"] or () if cut is not None}
    return tuple(sorted(cut for cut in rounded if cut > 0))


def _round(value: float) -> Decimal:
    """To two significant digits.

    >>> _round(153.2), _round(7.41), _round(0)
    (Decimal('150'), Decimal('7.4'), Decimal('0'))
    """
    digits = 1 - math.floor(math.log10(abs(value))) if value else 0
    return Decimal(format(Decimal(str(round(value, digits))).normalize(), "f"))


def compile_order_steps(
    orders: Mapping[str, str], lines: Mapping[str, str], of: str, most: int, bands: tuple[Decimal, ...] = ()
) -> Query:
    """The first orders of each customer as steps: `customer_id`, `position` from 1, `day`, `value`.

    Any table of these four columns can be followed, whatever its steps are.

    Args:
        orders: the columns of `orders`; `lines` those of `order_lines`.
        of: what tells orders apart; `bands` the amounts that open each band of baskets but the first.
        most: how many of each customer are followed.
    """
    if of == BASKET:
        banded: exp.Expr = exp.Literal.string("0")
        for place, cut in enumerate(bands, start=1):
            banded = sql(
                "case when amount >= $cut then $band else $below end", cut=cut, band=str(place), below=banded
            )
        return _number(exp.select("customer_id", "day", banded.as_("value")), "orders", orders, most)
    if of in orders:
        text = sql("cast($x as varchar)", x=column(of)).as_("value")
        return _number(exp.select("customer_id", "day", text), "orders", orders, most)
    if "order_id" not in orders:  # each line is an order
        text = sql("cast($x as varchar)", x=column(of)).as_("value")
        day = sql("cast(ordered_at as date)").as_("day")
        return _number(exp.select("customer_id", day, text), "order_lines", lines, most)
    query: Query = sql(
        """
        with steps as ($steps),
        parts as (
            select customer_id, position, cast($of as varchar) as value, sum($amount) as amount
            from order_lines join steps using (customer_id, order_id) where $of is not null
            group by 1, 2, 3),
        best as (
            select customer_id, position, max({'amount': amount, 'value': value})['value'] as value
            from parts group by 1, 2)
        select customer_id, position, day, value from steps left join best using (customer_id, position)
        """,
        steps=_number(exp.select("customer_id", "day", "order_id"), "orders", orders, most),
        of=column(of),
        amount=compile_product_amount(lines),
    )
    return query


def _number(chosen: exp.Select, table: str, columns: Mapping[str, str], most: int) -> exp.Select:
    """The purchases of `table` numbered for each customer, the first `most` of them."""
    order = ["ordered_at", "order_id"] if "order_id" in columns else ["ordered_at", "amount", "value"]
    window = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column("customer_id")],
        order=exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in order]),
    )
    sold = "is_purchase" if "is_purchase" in columns else "amount >= 0"
    return (
        chosen.select(window.as_("position")).from_(table).where(sold).qualify(sql("position <= $n", n=most))
    )
