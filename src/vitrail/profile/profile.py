"""The profile: one row a customer, one column a variable, computed grain by grain and joined once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail.collection.refunds.signs import given_back
from vitrail.engine import Engine, Query, column, sql
from vitrail.engine.sql import literal
from vitrail.profile.orders import compile_orders, compile_product_amount
from vitrail.variables import Variable
from vitrail.variables.charges import compile_charges

GRAINS = ("orders", "products", "categories", "refunds", "order_lines")
"""The grains of the customers with a purchase, in the order they are joined."""

ORDERS_AT_ONCE = 2_000_000
"""How many orders a portion of the customers has on average, at most."""


@dataclass(frozen=True, slots=True)
class ProfileTables:
    """What the profile is made from.

    Args:
        line_columns: the columns of `order_lines`.
        customer_columns: the columns of `customers`; empty where there is no register.
        has_refunds: whether any line takes something back.
    """

    line_columns: tuple[str, ...]
    customer_columns: tuple[str, ...]
    has_refunds: bool


def build_profile(
    engine: Engine, tables: ProfileTables, variables: Sequence[Variable], as_of: dt.date
) -> None:
    """Make the working tables `orders` and `profile` from `order_lines`, `recorded_lines` and `customers`.

    Grain by grain, so that the memory of one is free for the next. Medians and modes hold all values at once,
    and no engine sets those aside on disk, so orders are summed up a portion of the customers at a time.
    """
    engine.create("orders", compile_orders(tables.line_columns, tables.has_refunds))
    grains = compile_grains(tables, variables, literal(as_of))
    orders = engine.records(sql("select count(*) as orders from orders"))[0]["orders"]
    portions = [f"by_orders_{number}" for number in range(1 + orders // ORDERS_AT_ONCE)]
    for number, name in enumerate(portions):
        own = sql("hash(customer_id) % $portions = $number", portions=len(portions), number=number)
        engine.create(name, grains["orders"].where(own))
    together: Query = exp.select("*").from_(portions[0])
    for name in portions[1:]:
        together = exp.union(together, exp.select("*").from_(name), distinct=False)
    engine.view("by_orders", together)
    for grain in (each for each in grains if each != "orders"):
        engine.create(f"by_{grain}", grains[grain])
    engine.create("profile", compile_profile(tables, variables, list(grains)))
    for name in (*(f"by_{grain}" for grain in grains), *portions):
        engine.drop(name)


def compile_grains(
    tables: ProfileTables, variables: Sequence[Variable], as_of: exp.Expr
) -> dict[str, exp.Select]:
    """By grain, the query of its variables at an as-of date: one row a customer; `orders` comes first.

    A customer is in `orders` who has a purchase among the kept lines.
    """
    grains: dict[str, list[Variable]] = {grain: [] for grain in GRAINS}
    for each in variables:
        if each.grain != "customers":
            grains[each.grain].append(each)
    queries = {
        grain: _aggregate(own, _relation(grain, tables), as_of)
        for grain, own in grains.items()
        if own or grain == "orders"
    }
    queries["orders"] = queries["orders"].having("bool_or(is_purchase)")
    if tables.customer_columns:
        values = [
            exp.alias_(v.compile(as_of), column(v.name).this) for v in variables if v.grain == "customers"
        ]
        queries["customers"] = exp.select("customer_id", *values).from_("customers")
    return queries


def compile_profile(tables: ProfileTables, variables: Sequence[Variable], grains: Sequence[str]) -> Query:
    """The tables `by_<grain>` joined: the customers with a purchase, and those of the register."""
    query: exp.Select = exp.select().from_("by_orders")
    for grain in grains[1:]:
        kind = "full" if grain == "customers" else "left"
        query = query.join(f"by_{grain}", using="customer_id", join_type=kind)
    chosen: dict[str, exp.Expr] = {}
    for each in variables:
        value: exp.Expr = column(each.name, f"by_{each.grain}")
        if each.without_orders is not None and tables.customer_columns:
            value = sql(
                "case when $buyer is null then $none else $value end",
                buyer=column("customer_id", "by_orders"),
                none=sql(each.without_orders),
                value=value,
            )
        if each.name in chosen:
            value = sql("coalesce($register, $orders)", register=value, orders=chosen[each.name])
        chosen[each.name] = value
    return query.select("customer_id", *(exp.alias_(v, column(n).this) for n, v in chosen.items()))


def compile_variable(tables: ProfileTables, variable: Variable, as_of: exp.Expr) -> Query:
    """One variable by itself: `customer_id` and its value."""
    if variable.grain in ("customers", "predictions"):
        value = exp.alias_(variable.compile(as_of), column(variable.name).this)
        return exp.select("customer_id", value).from_(variable.grain)
    return _aggregate([variable], _relation(variable.grain, tables), as_of)


def _relation(grain: str, tables: ProfileTables) -> Query:
    """The rows that variables of a grain sum up."""
    match grain:
        case "products":
            return _bought(tables, "product_id")
        case "categories":
            return _bought(tables, "category")
        case "refunds":
            return _refunds(tables)
    return exp.select("*").from_(grain)


def _aggregate(variables: Sequence[Variable], relation: Query, as_of: exp.Expr) -> exp.Select:
    values = [exp.alias_(each.compile(as_of), column(each.name).this) for each in variables]
    return exp.select("customer_id", *values).from_(relation.subquery("rows")).group_by("customer_id")


def compile_sales(line_columns: Collection[str]) -> Query:
    """The lines that name a product, with what the product itself cost, returns negative: `amount`."""
    names = [name for name in ("product_id", "product_name", "category") if name in line_columns]
    amount = exp.alias_(compile_product_amount(line_columns), "amount")
    return exp.select("customer_id", *names, amount).from_("order_lines")


def _bought(tables: ProfileTables, key: str) -> Query:
    """One row a customer and product (or category) bought: `name`, `amount` net of returns, `is_charge`."""
    named = key == "product_id" and "product_name" in tables.line_columns
    each = sql("coalesce(product_name, cast(product_id as varchar))") if named else column(key)
    bought: exp.Select = sql(
        "select customer_id, $name as name, sum(amount) as amount from $sales "
        "where $key is not null group by customer_id, $key",
        key=column(key),
        name=sql("max($each)", each=each) if named else each,
        sales=compile_sales(tables.line_columns).subquery("sales"),
    )
    if tables.has_refunds:
        bought = bought.having("bool_or(amount >= 0)")
    query: Query = sql(
        "select *, coalesce(cast(name as varchar) in $charges, false) as is_charge from $bought",
        charges=compile_charges(each, "order_lines", key == "category").subquery(),
        bought=bought.subquery("bought"),
    )
    return query


def _refunds(tables: ProfileTables) -> Query:
    """Every sale and everything taken back, also where cleaning voids the pair."""
    query: Query = sql(
        "select customer_id, case when amount > 0 then amount else 0 end as sold, case when amount < 0 "
        "then -amount when step = 'cancelled' then amount else $given_back end as taken_back "
        "from recorded_lines where step is null or step in ('voided', 'cancelled')",
        given_back=given_back(tables.line_columns),
    )
    return query
