"""One source as rows of the customer model: its columns named and typed, its unreadable rows set aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from vitrail.collection.model import ORDER_FIELDS, TABLES
from vitrail.collection.ties import is_first
from vitrail.collection.values import Reading
from vitrail.collection.values.blanks import NOBODY, is_one_of
from vitrail.collection.values.number_styles import CentsStyle, whole_units
from vitrail.engine import Query, column, expression, sql
from vitrail.plan import SourceSpec

ROW_HASH = "_row_hash"
SPOILED = "_spoiled"


@dataclass(frozen=True, slots=True)
class MappedSource:
    """A source ready to be loaded.

    Args:
        name: its name in the plan.
        table: the table of the customer model it feeds.
        query: one row a record: the model's columns it has, the columns the model does not know that the
            plan speaks of, `_row_hash` (of every column of the file) and `_spoiled`.
        columns: the model columns and kept own columns of `query`, in order.
        watched: source columns whose unreadable cells refuse the record, by model column.
        readings: how each source column is read.
    """

    name: str
    table: str
    query: Query
    columns: tuple[str, ...]
    watched: Mapping[str, str]
    readings: Mapping[str, Reading]


def compile_mapping(
    name: str,
    spec: SourceSpec,
    relation: Query,
    source_columns: tuple[str, ...],
    readings: Mapping[str, Reading],
    own_columns: Mapping[str, str],
) -> MappedSource:
    """The query that turns a source's rows into rows of its model table.

    Args:
        relation: the source's records as read.
        source_columns: every column of the source.
        readings: a reading for each source column that is mapped or kept.
        own_columns: columns the model does not know but the plan uses: name in expressions → source column.
    """
    model = TABLES[spec.table].columns
    typed: dict[str, exp.Expr] = {
        target: readings[source].expression(column(source)) for target, source in spec.columns.items()
    }
    if "customer_id" in typed:
        typed["customer_id"] = _somebody(spec, typed["customer_id"], readings)
    for target in ("customer_id", "email"):
        if target in typed and spec.columns.get("email") == spec.columns[target]:
            typed[target] = sql("lower($value)", value=typed[target])
    for target, value in typed.items():
        if target in model and model[target].kind == "moment":
            typed[target] = sql("cast($value as timestamp)", value=value)
    if "currency" in typed:
        typed |= {
            target: whole_units(value, typed["currency"])
            for target, value in typed.items()
            if target in spec.columns and isinstance(readings[spec.columns[target]].style, CentsStyle)
        }
    if spec.table != "customers":
        typed |= _line_columns(spec, typed, readings)
        typed |= {name: sql("abs($back)", back=typed[name]) for name in ("refunded_amount",) if name in typed}
    typed |= {target: readings[source].expression(column(source)) for target, source in own_columns.items()}
    watched = {
        target: source
        for target, source in spec.columns.items()
        if spec.table != "customers"
        and (target == "ordered_at" or (target in model and model[target].kind == "number"))
    }
    spoiled = exp.or_(exp.false(), *(readings[s].spoiled(column(s)) for s in watched.values()))
    query = exp.select(*(exp.alias_(value, column(target).this) for target, value in typed.items()))
    if spec.table != "customers":
        every = exp.Anonymous(this="hash", expressions=[column(each) for each in source_columns])
        query = query.select(exp.alias_(every, ROW_HASH), exp.alias_(spoiled, SPOILED))
    query = query.from_(relation.subquery("source"))
    if spec.order_fields == "first_row" and spec.table != "customers" and "order_id" in typed:
        query = _fill_orders(query, tuple(typed))
    if spec.once_an_order:
        query = _count_once(query, tuple(typed), spec.once_an_order)
    return MappedSource(name, spec.table, query, tuple(typed), watched, readings)


def take_back(source: MappedSource, told: exp.Expr) -> MappedSource:
    """The source with what its rows are worth negative where `told` holds: credit notes without a minus."""
    worth = {"amount", "quantity", "product_amount"}
    sql_case = "case when coalesce($told, false) then -abs($value) else $value end"
    columns = [
        sql(sql_case, told=told, value=column(name)).as_(name) if name in worth else column(name)
        for name in (*source.columns, ROW_HASH, SPOILED)
    ]
    return replace(source, query=exp.select(*columns).from_(source.query.subquery("read_rows")))


def _line_columns(
    spec: SourceSpec, typed: Mapping[str, exp.Expr], readings: Mapping[str, Reading]
) -> dict[str, exp.Expr]:
    """What follows from the mapped columns.

    The amount is quantity × price where none is given; where one is, `product_amount` is what the product
    itself cost (an order's total may stand on its first line). A product goes by its name where it has no
    code. Lines without an order number are one order if they are of one customer and moment.
    """
    derived: dict[str, exp.Expr] = {}
    if "amount" not in typed and {"quantity", "unit_price"} <= typed.keys():
        derived["amount"] = _multiply(typed["quantity"], typed["unit_price"])
    elif "amount" in typed and spec.order_fields == "first_row":
        derived["amount"] = sql("coalesce($amount, 0)", amount=typed["amount"])
    if {"amount", "quantity", "unit_price"} <= typed.keys():
        derived["product_amount"] = _multiply(typed["quantity"], typed["unit_price"])
    if "product_id" not in typed and "product_name" in typed:
        derived["product_id"] = typed["product_name"]
    numbered = "order_id" in typed and readings[spec.columns["order_id"]].complete
    if "ordered_at" in typed and not numbered and ("order_id" in typed or "product_id" in {*typed, *derived}):
        moment = sql("cast($at as varchar)", at=typed["ordered_at"])
        derived["order_id"] = sql("coalesce($id, $at)", id=typed.get("order_id", exp.null()), at=moment)
    return derived


def _somebody(spec: SourceSpec, customer: exp.Expr, readings: Mapping[str, Reading]) -> exp.Expr:
    """The customer, NULL where the cell says that there is none."""
    if readings[spec.columns["customer_id"]].tidy:
        return customer
    nobody = is_one_of(customer, NOBODY)
    if spec.clean.nobody:
        own = [word.strip().lower() for word in spec.clean.nobody]
        nobody = exp.or_(nobody, is_one_of(exp.Lower(this=customer), own))
    return expression("case when not $nobody then $x end", x=customer, nobody=nobody)


def _multiply(quantity: exp.Expr, price: exp.Expr) -> exp.Expr:
    """quantity × price, NULL where it does not fit; in wide decimals, thirty times slower, if it must."""
    return expression(
        "case when $quantity between -90000 and 90000 and $price between -90000 and 90000 "
        "then cast($quantity * $price as decimal(18, 4)) "
        "else try_cast(cast($quantity as decimal(38, 4)) * $price as decimal(18, 4)) end",
        quantity=quantity,
        price=price,
    )


def _count_once(query: exp.Select, columns: tuple[str, ...], amounts: Collection[str]) -> exp.Select:
    """Leave an order's own amounts on one of its rows: they are repeated on each."""
    first = is_first([column(name) for name in ("customer_id", "order_id") if name in columns], columns)
    counted = [
        sql("case when $first then $value else 0 end", first=first, value=column(name)).as_(name)
        if name in amounts
        else column(name)
        for name in columns
    ]
    return exp.select(*counted, ROW_HASH, SPOILED).from_(query.subquery("lines"))


def _fill_orders(query: exp.Select, columns: tuple[str, ...]) -> exp.Select:
    """Give every row of an order the order's fields, which the file writes on its first row only."""
    filled = [
        sql("coalesce($value, max($value) over (partition by order_id))", value=column(name)).as_(name)
        if name in ORDER_FIELDS
        else column(name)
        for name in columns
    ]
    return exp.select(*filled, ROW_HASH, SPOILED).from_(query.subquery("lines"))
