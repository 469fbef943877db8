"""The profile: one row a customer, one column a variable, computed grain by grain and joined once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.engine.sql import literal
from vitrail.profile.orders import compile_orders
from vitrail.variables import Variable


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
    """Make the working tables `orders` and `profile` from `order_lines`, `recorded_lines` and `customers`."""
    engine.create("orders", compile_orders(tables.line_columns, tables.has_refunds))
    engine.create("profile", compile_profile(tables, variables, literal(as_of)))


def compile_profile(tables: ProfileTables, variables: Sequence[Variable], as_of: exp.Expr) -> Query:
    """The query of the profile at an as-of date.

    A customer is in it who has a purchase among the kept lines, or stands in the register.
    """
    grains = {each.grain: [v for v in variables if v.grain == each.grain] for each in variables}
    query = exp.select().from_("by_orders")
    buyers = _aggregate(grains.get("orders", []), _relation("orders", tables), as_of)
    ctes: dict[str, Query] = {"by_orders": buyers.having("bool_or(is_purchase)")}
    for grain in ("products", "categories", "refunds", "order_lines"):
        if grain in grains:
            ctes[f"by_{grain}"] = _aggregate(grains[grain], _relation(grain, tables), as_of)
            query = query.join(f"by_{grain}", using="customer_id", join_type="left")
    if tables.customer_columns:
        own = [exp.alias_(v.compile(as_of), column(v.name).this) for v in grains.get("customers", [])]
        ctes["register"] = exp.select("customer_id", *own).from_("customers")
        query = query.join("register", using="customer_id", join_type="full")
    chosen: dict[str, exp.Expr] = {}
    for each in variables:
        value: exp.Expr = column(each.name, "register" if each.grain == "customers" else f"by_{each.grain}")
        if each.without_orders is not None and (tables.customer_columns or each.grain != "orders"):
            value = sql(f"coalesce($value, {each.without_orders})", value=value)
        if each.name in chosen:
            value = sql("coalesce($register, $orders)", register=value, orders=chosen[each.name])
        chosen[each.name] = value
    query = query.select("customer_id", *(exp.alias_(v, column(n).this) for n, v in chosen.items()))
    for name, cte in ctes.items():
        query = query.with_(name, as_=cte)
    return query


def compile_variable(tables: ProfileTables, variable: Variable, as_of: exp.Expr) -> Query:
    """One variable by itself: `customer_id` and its value."""
    if variable.grain == "customers":
        value = exp.alias_(variable.compile(as_of), column(variable.name).this)
        return exp.select("customer_id", value).from_("customers")
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
    """The lines that sell a product, with what the product itself cost: `amount`."""
    names = [name for name in ("product_id", "product_name", "category") if name in line_columns]
    own = "coalesce(product_amount, amount)" if "product_amount" in line_columns else "amount"
    amount = sql(own).as_("amount")
    return exp.select("customer_id", *names, amount).from_("order_lines").where("amount >= 0")


def _bought(tables: ProfileTables, key: str) -> Query:
    """One row a customer and product (or category): `name` for people, `amount` spent on it."""
    name = "max(product_name)" if key == "product_id" and "product_name" in tables.line_columns else "$key"
    query: Query = sql(
        f"select customer_id, {name} as name, sum(amount) as amount from $sales "
        "where $key is not null group by customer_id, $key",
        key=column(key),
        sales=compile_sales(tables.line_columns).subquery("sales"),
    )
    return query


def _refunds(tables: ProfileTables) -> Query:
    """Every sale and everything taken back, also where cleaning voids the pair."""
    given_back = sql("coalesce(refunded_amount, 0)") if "refunded_amount" in tables.line_columns else sql("0")
    query: Query = sql(
        "select customer_id, case when amount > 0 then amount else 0 end as sold, case when amount < 0 "
        "then -amount when step = 'cancelled' then amount else $given_back end as taken_back "
        "from recorded_lines where step is null or step in ('voided', 'cancelled')",
        given_back=given_back,
    )
    return query
