"""One source as rows of the customer model: its columns named and typed, its unreadable rows set aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlglot import exp

from vitrail.collection.computed import Computation, part_name, place_columns
from vitrail.collection.model import ORDER_FIELDS, TABLES
from vitrail.collection.readings import CODES, marked_columns
from vitrail.collection.ties import is_first
from vitrail.collection.values import Reading
from vitrail.collection.values.blanks import NOBODY, is_one_of, without_apostrophe, without_marks
from vitrail.collection.values.number_styles import CentsStyle, whole_units
from vitrail.collection.values.readings import KeyStyle
from vitrail.engine import Query, column, expression, sql
from vitrail.plan import SourceSpec

ROW_HASH = "_row_hash"
SPOILED = "_spoiled"
ACCOUNT = "_account"
"""A register's `account_id`, under a name that no column of a file has."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Lines whose customer is called a total, and that are kept as nothing else says so.

    Args:
        rows: how many.
        amount: what they are worth; None where the source has no amounts.
        label: the name that most of them have.
        surely: the words are those of a total alone, as `Total mois`, unlike `Total Énergies`.
    """

    rows: int
    amount: Decimal | None
    label: str
    surely: bool


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
        filled: rows with a cell that stands further up in the file.
        doubtful: rows that may be totals and are kept.
        marked: columns with `NULL` or its like among the records looked at, and the cells.
        unsigned: rows whose amount has no minus though their quantity has.
    """

    name: str
    table: str
    query: Query
    columns: tuple[str, ...]
    watched: Mapping[str, str]
    readings: Mapping[str, Reading]
    filled: int = 0
    doubtful: Doubtful | None = None
    marked: tuple[tuple[str, int], ...] = ()
    unsigned: int = 0


def compile_mapping(
    name: str,
    spec: SourceSpec,
    relation: Query,
    source_columns: tuple[str, ...],
    readings: Mapping[str, Reading],
    own_columns: Mapping[str, str],
    computed: Computation,
) -> MappedSource:
    """The query that turns a source's rows into rows of its model table.

    Args:
        relation: the source's records as read.
        source_columns: every column of the source.
        readings: a reading for each source column that is mapped or kept.
        own_columns: columns the model does not know but the plan uses: name in expressions → source column.
        computed: what the plan computes of them.
    """
    model = TABLES[spec.table].columns
    parts = {part_name(name): source for name, source in computed.parts.items()}
    typed: dict[str, exp.Expr] = {
        target: readings[source].expression(column(source))
        for target, source in {**spec.columns, **parts}.items()
    }
    numbers = {target: value for target, value in computed.values.items() if model[target].kind == "number"}
    typed |= {
        target: place_columns(value, typed)
        for target, value in computed.values.items()
        if target not in numbers
    }
    for target in CODES & typed.keys() & spec.columns.keys():
        if not readings[spec.columns[target]].tidy:
            typed[target] = without_apostrophe(typed[target])
    for target in ("customer_id", "account_id"):
        if target in typed:
            typed[target] = _somebody(spec, target, typed[target], readings)
    for target in marked_columns(spec):
        if not readings[spec.columns[target]].tidy:
            typed[target] = without_marks(typed[target])
    for target in ("customer_id", "account_id", "email"):
        if target in spec.columns and spec.columns.get("email") == spec.columns[target]:
            typed[target] = sql("lower($value)", value=typed[target])
    if "account_id" in model and "account_id" in typed:
        typed[ACCOUNT] = typed.pop("account_id")
    for target, value in typed.items():
        if target in model and model[target].kind == "moment":
            typed[target] = sql("cast($value as timestamp)", value=value)
    if "currency" in typed:
        typed |= {
            target: whole_units(value, typed["currency"])
            for target, source in {**spec.columns, **parts}.items()
            if isinstance(readings[source].style, CentsStyle)
            for value in (typed[target],)
        }
    if spec.table != "customers":
        typed |= _line_columns(spec, typed, readings, "amount" in numbers)
        typed |= {name: sql("abs($back)", back=typed[name]) for name in ("refunded_amount",) if name in typed}
    typed |= {target: readings[source].expression(column(source)) for target, source in own_columns.items()}
    needed = {"ordered_at", *(name for name, source in parts.items() if readings[source].kind == "number")}
    needed |= {name for name, each in model.items() if each.kind == "number"}
    watched = {
        target: source
        for target, source in {**spec.columns, **parts}.items()
        if spec.table != "customers" and target in needed
    }
    spoiled = exp.or_(exp.false(), *(readings[s].spoiled(column(s)) for s in watched.values()))
    query = exp.select(*(exp.alias_(value, column(target).this) for target, value in typed.items()))
    if spec.table != "customers":
        every = exp.Anonymous(this="hash", expressions=[column(each) for each in source_columns])
        query = query.select(exp.alias_(every, ROW_HASH), exp.alias_(spoiled, SPOILED))
    query = query.from_(relation.subquery("source"))
    if spec.order_fields == "first_row" and spec.table != "customers" and "order_id" in typed:
        query = _fill_orders(query, tuple(typed))
    if once := [each for each in spec.once_an_order if each not in numbers]:
        query = _count_once(query, tuple(typed), once)
    columns = tuple(typed)
    if parts or numbers:
        columns = tuple(dict.fromkeys((*(each for each in typed if each not in parts), *numbers)))
        query = _compute(query, columns, numbers, spec)
    if once := [each for each in spec.once_an_order if each in numbers]:
        query = _count_once(query, columns, once)
    return MappedSource(name, spec.table, query, columns, watched, readings)


def take_back(source: MappedSource, told: exp.Expr) -> MappedSource:
    """The source with what its rows are worth negative where `told` holds: credit notes without a minus."""
    worth = {"amount", "quantity", "product_amount"}
    sql_case = "case when coalesce($told, false) then -abs($value) else $value end"
    columns = [
        sql(sql_case, told=told, value=column(name)).as_(name) if name in worth else column(name)
        for name in (*source.columns, ROW_HASH, SPOILED)
    ]
    return replace(source, query=exp.select(*columns).from_(source.query.subquery("read_rows")))


def _compute(
    query: exp.Select, columns: Sequence[str], numbers: Mapping[str, exp.Expr], spec: SourceSpec
) -> exp.Select:
    """The rows with the numbers that the plan computes of them."""
    hidden = () if spec.table == "customers" else (ROW_HASH, SPOILED)
    if "amount" in numbers and spec.order_fields == "first_row":
        numbers = {**numbers, "amount": sql("coalesce($amount, 0)", amount=numbers["amount"])}
    if "refunded_amount" in numbers:
        numbers = {**numbers, "refunded_amount": sql("abs($back)", back=numbers["refunded_amount"])}
    alone = {  # a step that two amounts share is else worked out first, outside what catches its overflow
        name: sql("case when $spoiled is not null then $value end", spoiled=column(SPOILED), value=value)
        for name, value in numbers.items()
    }
    values = [alone[name].as_(name) if name in alone else column(name) for name in columns]
    return exp.select(*values, *hidden).from_(query.subquery("parts"))


def _line_columns(
    spec: SourceSpec, typed: Mapping[str, exp.Expr], readings: Mapping[str, Reading], computed: bool
) -> dict[str, exp.Expr]:
    """What follows from the mapped columns.

    The amount is quantity × price where none is given nor `computed`; where it may be the order's, which
    stands on its first line, `product_amount` is what the product itself cost. A product goes by its name
    where it has no code. Lines without an order number are one order if they are of one customer and moment.
    """
    derived: dict[str, exp.Expr] = {}
    first_row = spec.order_fields == "first_row"
    if "amount" not in typed and not computed and {"quantity", "unit_price"} <= typed.keys():
        derived["amount"] = _multiply(typed["quantity"], typed["unit_price"])
    elif "amount" in typed and first_row:
        derived["amount"] = sql("coalesce($amount, 0)", amount=typed["amount"])
    if ("amount" in typed or (computed and first_row)) and {"quantity", "unit_price"} <= typed.keys():
        derived["product_amount"] = _multiply(typed["quantity"], typed["unit_price"])
    if "product_id" not in typed and "product_name" in typed:
        derived["product_id"] = typed["product_name"]
    numbered = "order_id" in spec.columns and readings[spec.columns["order_id"]].complete
    if "ordered_at" in typed and not numbered and ("order_id" in typed or "product_id" in {*typed, *derived}):
        moment = sql("cast($at as varchar)", at=typed["ordered_at"])
        derived["order_id"] = sql("coalesce($id, $at)", id=typed.get("order_id", exp.null()), at=moment)
    return derived


def _somebody(spec: SourceSpec, target: str, customer: exp.Expr, readings: Mapping[str, Reading]) -> exp.Expr:
    """The customer or the account, NULL where the cell says that there is none."""
    if target in spec.columns and readings[spec.columns[target]].tidy:
        return customer
    nobody = is_one_of(customer, NOBODY)
    style = readings[spec.columns[target]].style if target in spec.columns else None
    if isinstance(style, KeyStyle):  # words as such a column has them: `nan` is NAN there, `0000` is 0
        nobody = is_one_of(customer, [style.read(word) for word in (*NOBODY, *spec.clean.nobody)])
    elif spec.clean.nobody:
        own = [word.strip().lower() for word in spec.clean.nobody]
        nobody = exp.or_(nobody, is_one_of(customer, own, any_case=True))
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
