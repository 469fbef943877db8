"""The tables of lines that cleaning judges: each source by itself, or orders paired with their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlglot import exp

from vitrail.collection.currency import convert_amounts
from vitrail.collection.files import FilesRead
from vitrail.collection.joining import (
    ADRIFT,
    join_order_lines,
    keep_each_order,
    number_orders_alike,
    order_key,
    unite,
)
from vitrail.collection.mapping import ROW_HASH, SPOILED, MappedSource
from vitrail.engine import Engine, column, sql
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan


@dataclass(frozen=True, slots=True)
class Lines:
    """A working table of mapped lines, and what the plan says of it.

    Args:
        source: the name it goes by, and `sources`, those in the plan that make it.
        stored: whether it is a table, and no view.
        several: its name, where an order has several lines.
        once: whether an order states its amount once for all its lines.
    """

    source: str
    sources: tuple[str, ...]
    table: str
    columns: tuple[str, ...]
    stored: bool
    several: str | None
    once: bool


@dataclass(frozen=True, slots=True)
class Unpaired:
    """What could not be paired, so that nothing counts twice.

    Args:
        repeated_orders: rows of orders left out, for another row is the same order.
        adrift: lines of no order, for orders of several customers bear their number and they do not say
            whose they are.
        numbers: the numbers of these lines.
        amount: their money; 0 where only orders know it.
    """

    repeated_orders: int = 0
    adrift: int = 0
    numbers: int = 0
    amount: Decimal = Decimal(0)


def pair_lines(
    engine: Engine, plan: Plan, mapped: Sequence[MappedSource], sources: Mapping[str, FilesRead]
) -> tuple[list[Lines], Unpaired]:
    """The line tables: each source by itself, or orders joined with their lines where both are fed.

    Raises:
        DataError: no source; currencies without a rate.
    """
    orders = [each for each in mapped if each.table == "orders"]
    details = [each for each in mapped if each.table == "order_lines"]
    if not mapped:
        raise DataError(Finding("no_orders_source", "error", plan.place("sources")))
    if not orders or not details:
        return [_as_lines(plan, each, sources[each.name].text) for each in (*orders, *details)], Unpaired()
    apart = [each for each in orders if len(orders) > 1 and _only_takes_back(engine, each, orders, details)]
    if len(apart) == len(orders):
        apart = []
    orders = [each for each in orders if each not in apart]
    alone = [_as_lines_in_money(engine, plan, each) for each in apart]
    lines, line_columns = _unite(engine, "all_details", details)
    rows, order_columns = _unite(engine, "all_orders", orders)
    key = exp.Anonymous(this="row", expressions=order_key(order_columns))
    counted = sql("select count(*) - count(distinct $key) as rows from all_orders", key=key)
    repeated = engine.records(counted)[0]["rows"]
    if repeated:
        engine.view("each_order", keep_each_order(rows, order_columns))
        rows = "each_order"
    engine.create("shared_numbers", number_orders_alike(rows))
    shared = engine.records(sql("select count(*) as rows from shared_numbers"))[0]["rows"]
    query, columns = join_order_lines(
        lines, line_columns, rows, order_columns, "shared_numbers" if shared else None
    )
    if "currency" in columns:  # of the order, for its lines as well
        engine.create("paired_lines", query)
        hidden = (ROW_HASH, SPOILED, ADRIFT) if shared else (ROW_HASH, SPOILED)
        paired = exp.select(*(column(name) for name in (*columns, *hidden))).from_("paired_lines")
        query = convert_amounts(engine, plan, paired, columns, "sources", hidden)
    engine.create("joined_lines", query)
    once = "amount" not in line_columns
    names = tuple(each.name for each in (*orders, *details))
    table = Lines("+".join(names), names, "joined_lines", columns, True, "joined_lines", once)
    return [table, *alone], _count_adrift(engine, repeated) if shared else Unpaired(repeated)


def _only_takes_back(
    engine: Engine, source: MappedSource, orders: Sequence[MappedSource], details: Sequence[MappedSource]
) -> bool:
    """Whether a source is credit notes without lines: as orders they would be repeats of one another.

    No amount is above nothing, and no line bears the number of one that no other source of orders has.
    """
    if "amount" not in source.columns:
        return False
    query = sql(
        "select coalesce(max(amount) <= 0, false) as told from $rows",
        rows=exp.to_table(table_of(source.name)),
    )
    if "order_id" in source.columns:
        others = [each for each in orders if each is not source]
        lined, known = (
            unite([(table_of(each.name), ("order_id",)) for each in group if "order_id" in each.columns])[0]
            for group in (details, others)
        )
        query = query.select(
            sql(
                "coalesce(bool_and(order_id is null or order_id in (select order_id from $known) "
                "or order_id not in (select order_id from $lined where order_id is not null)), true) as bare",
                lined=lined.subquery("l"),
                known=known.subquery("k"),
            )
        )
    return all(engine.records(query)[0].values())


def _as_lines_in_money(engine: Engine, plan: Plan, source: MappedSource) -> Lines:
    """A source by itself beside others that are paired, whose amounts nothing has converted yet."""
    rows = exp.select("*").from_(table_of(source.name))
    table = f"apart_{source.name}"
    engine.create(table, convert_amounts(engine, plan, rows, source.columns, f"sources.{source.name}"))
    return replace(_as_lines(plan, source, True), table=table)


def is_paired(plan: Plan) -> bool:
    """Whether sources of orders stand beside sources of their lines."""
    return {"orders", "order_lines"} <= {spec.table for spec in plan.sources.values()}


def table_of(source: str) -> str:
    """The working table of a source's mapped rows."""
    return f"source_{source}"


def _unite(engine: Engine, table: str, group: Sequence[MappedSource]) -> tuple[str, tuple[str, ...]]:
    query, columns = unite([(table_of(each.name), each.columns) for each in group], (ROW_HASH, SPOILED))
    engine.view(table, query)
    return table, columns


def _as_lines(plan: Plan, source: MappedSource, stored: bool) -> Lines:
    spec, table = plan.sources[source.name], table_of(source.name)
    several = table if source.table == "order_lines" else None
    once = "amount" in spec.once_an_order or (spec.order_fields == "first_row" and "amount" in spec.known)
    return Lines(source.name, (source.name,), table, source.columns, stored, several, once)


def _count_adrift(engine: Engine, repeated: int) -> Unpaired:
    query = sql(
        "select count(*) as rows, count(distinct order_id) as numbers, coalesce(sum(amount), 0) as amount "
        "from joined_lines where $adrift",
        adrift=column(ADRIFT),
    )
    found = engine.records(query)[0]
    return Unpaired(repeated, found["rows"], found["numbers"], found["amount"])
