"""Order lines summed to orders: one row an order, with the days since the order day before."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from vitrail.collection.model import PRODUCT_FIELDS, SUMMED_FIELDS
from vitrail.collection.refunds.signs import net_amount
from vitrail.engine import Query, column, sql

_LINE_ONLY = frozenset({*PRODUCT_FIELDS, "product_amount", *SUMMED_FIELDS})
_KEY = ("customer_id", "order_id", "ordered_at", "amount")


def order_columns(line_columns: Collection[str]) -> tuple[str, ...]:
    """The columns of `orders` that lines with these columns give."""
    summed = tuple(name for name in SUMMED_FIELDS if name in line_columns)
    fields = tuple(name for name in line_columns if name not in _LINE_ONLY and name not in _KEY)
    order_id = ("order_id",) if "order_id" in line_columns else ()
    return ("customer_id", *order_id, "ordered_at", "day", "amount", "is_purchase", *summed, *fields)


def compile_product_amount(line_columns: Collection[str]) -> exp.Expr:
    """What the product of a line itself cost, where its amount may be the whole order's."""
    own = "coalesce(product_amount, amount)" if "product_amount" in line_columns else "amount"
    amount: exp.Expr = sql(own)
    return amount


def compile_orders(line_columns: Collection[str], has_refunds: bool) -> Query:
    """The working table `orders`: order rows, `gap_days`, the days since the purchase day before, and the
    day of the customer's first purchase, `first_day`.

    `gap_days` is NULL for the first purchase, for one on the same day as another, and for a refund, which has
    no `first_day` either. Who has no purchase has no order: what they got back is in nobody's figures.
    """
    rows = _compile_rows(line_columns, has_refunds)
    before = sql("lag(day) over (partition by customer_id order by day)")
    gap = sql("nullif(date_diff('day', $before, day), 0)", before=before).as_("gap_days")
    first = sql("first_value(day) over (partition by customer_id order by day)").as_("first_day")
    purchases: exp.Select = exp.select("*", gap, first).from_("rows")
    if has_refunds:
        none = sql("cast(null as bigint)").as_("gap_days"), sql("cast(null as date)").as_("first_day")
        of_buyers = sql("customer_id in (select customer_id from rows where is_purchase)")
        refunds = exp.select("*", *none).from_("rows").where("not is_purchase").where(of_buyers)
        return exp.union(purchases.where("is_purchase"), refunds, distinct=False).with_("rows", as_=rows)
    return purchases.with_("rows", as_=rows)


def _compile_rows(line_columns: Collection[str], has_refunds: bool) -> Query:
    """`order_lines` as orders.

    An order with no line that sells (a refund booked on its own) is not a purchase: its amount is
    subtracted, it is not counted. `amount` is net of refunds. Where files have no order id, each line is
    an order.

    Args:
        line_columns: the columns of `order_lines`.
        has_refunds: whether any line takes something back.
    """
    net = net_amount(line_columns)
    sells = sql("bool_or(amount >= 0)") if has_refunds else exp.true()
    summed = [name for name in SUMMED_FIELDS if name in line_columns]
    fields = [
        name for name in order_columns(line_columns) if name in line_columns and name not in (*_KEY, *summed)
    ]
    if "order_id" not in line_columns:
        each = exp.select("customer_id", "ordered_at", sql("cast(ordered_at as date)").as_("day"))
        return each.select(
            net.as_("amount"),
            sql("amount >= 0").as_("is_purchase"),
            *(column(name) for name in (*summed, *fields)),
        ).from_("order_lines")
    first = sql("min(ordered_at)")
    query = exp.select(
        "customer_id",
        "order_id",
        first.as_("ordered_at"),
        sql("cast($first as date)", first=first).as_("day"),
    )
    query = query.select(
        sql("sum($net)", net=net).as_("amount"),
        sells.as_("is_purchase"),
        *(sql("sum($value)", value=column(name)).as_(name) for name in summed),
        *(sql("max($value)", value=column(name)).as_(name) for name in fields),
    )
    return query.from_("order_lines").group_by("customer_id", "order_id")
