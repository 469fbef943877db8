"""Which records cleaning took out: each by file, line and step.

A run keeps no line of a file; these are read again when somebody asks. A cleaned line knows the hash of its
record, and equal records are told apart by their place: of several alike the last are those taken out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.mapping import ROW_HASH
from vitrail.collection.pairing import is_paired, table_of
from vitrail.engine import Engine, column, sql
from vitrail.plan import Plan

_FIELDS = ("customer_id", "order_id", "ordered_at", "amount")


def trace_set_aside(
    engine: Engine, plan: Plan, sources: Mapping[str, FilesRead], bought_nothing: Sequence[str] = ()
) -> pa.Table:
    """The records that cleaning took out, after `collect`, in the order of their files.

    Args:
        bought_nothing: the customers without a purchase, whose refunds are in nobody's figures.

    Returns:
        one row a record: `source`, `file`, `line`, `step` (see `cleaning.STEPS`), and of its customer, order,
        moment and amount what the files have. Of orders with their lines, the record is the line where there
        is one.
    """
    known = set(engine.columns(exp.select("*").from_("recorded_lines")))
    fields = [name for name in _FIELDS if name in known]
    engine.create(
        "taken_out",
        exp.select("source", "step", column(ROW_HASH).as_("hash"), *map(column, fields))
        .select(sql("row_number() over (partition by source, _row_hash order by step)").as_("nth"))
        .from_(_taken_out(bought_nothing).subquery("lines"))
        .where("step is not null"),
    )
    feeding = [name for name in sources if plan.sources[name].table in ("orders", "order_lines")]
    records = {name: f"records_{name}" for name in feeding}
    for name, table in records.items():
        engine.create(table, _number_records(name, plan, sources[name]))
    places = [_place_records(plan, name, records) for name in feeding]
    found: exp.Query = places[0]
    for each in places[1:]:
        found = exp.union(found, each, distinct=False)
    engine.create("places", found)
    query = sql(
        "select t.source, p.name, p.ordinal, t.step from taken_out as t left join places as p "
        "on t.source = p.source and t.hash = p.hash and t.nth = p.nth"
    )
    query = query.select(*(column(name, "t") for name in fields))
    table = engine.arrow(query.order_by("t.source", "p.name", "p.ordinal", "t.step", "t.nth"))
    return _with_lines(table, sources)


def _taken_out(bought_nothing: Sequence[str]) -> exp.Select:
    """All lines, with the step that took each out."""
    if not bought_nothing:
        return exp.select("*").from_("recorded_lines")
    people = exp.Array(expressions=[exp.Literal.string(each) for each in bought_nothing])
    query: exp.Select = sql(
        "select * replace (case when step is null and list_contains($people, customer_id) "
        "then 'no_purchase' else step end as step) from recorded_lines",
        people=people,
    )
    return query


def _number_records(name: str, plan: Plan, read: FilesRead) -> exp.Select:
    """By the hash of each record its place in the source, and how many equal ones come after it."""
    every = exp.Anonymous(this="hash", expressions=[column(each) for each in read.columns])
    relation = exp.to_table(f"filled_{name}") if plan.sources[name].fill_down else read.relation.subquery("r")
    numbered = exp.select(every.as_("hash"), sql("row_number() over () - 1").as_("ordinal")).from_(relation)
    nth = sql("row_number() over (partition by hash order by ordinal desc)")
    return exp.select("*", nth.as_("nth")).from_(numbered.subquery("numbered"))


def _place_records(plan: Plan, name: str, records: Mapping[str, str]) -> exp.Query:
    """The records of a source under the name and the hash that cleaning knows them by.

    Beside lines, an order has a row of its own only where it has none.
    """
    numbered = exp.to_table(records[name])
    if not is_paired(plan):
        alone: exp.Query = sql(
            "select $name as source, $name as name, hash, nth, ordinal from $numbered",
            name=name,
            numbered=numbered,
        )
        return alone
    orders = [each for each in records if plan.sources[each].table == "orders"]
    source = "+".join((*orders, *(each for each in records if each not in orders)))
    mine = exp.to_table(table_of(name))
    if name in orders:
        pairs = [sql("select _row_hash, hash(cast(null as ubigint), _row_hash) as hash from $m", m=mine)]
    else:
        pairs = [sql("select _row_hash, hash(_row_hash, cast(null as ubigint)) as hash from $m", m=mine)]
        joined = (
            "select m._row_hash, hash(m._row_hash, o._row_hash) from $m as m join $o as o using (order_id)"
        )
        pairs += [sql(joined, m=mine, o=exp.to_table(table_of(each))) for each in orders]
    known = pairs[0]
    for each in pairs[1:]:
        known = exp.union(known, each, distinct=False)
    placed: exp.Query = sql(
        "select distinct $source as source, $name as name, p.hash, n.nth, n.ordinal "
        "from $pairs as p join $numbered as n on n.hash = p._row_hash",
        source=source,
        name=name,
        pairs=known.subquery(),
        numbered=numbered,
    )
    return placed


def _with_lines(table: pa.Table, sources: Mapping[str, FilesRead]) -> pa.Table:
    """The table with the file and the line of each record in place of its source's ordinal."""
    names, ordinals = table["name"].to_pylist(), table["ordinal"].to_pylist()
    places: dict[tuple[str, int], tuple[str, int]] = {}
    for name, read in sources.items():
        own = [at for each, at in zip(names, ordinals, strict=True) if each == name]
        places |= {(name, at): place for at, place in zip(own, read.locate(own), strict=True)}
    found = [places.get(each, (None, None)) for each in zip(names, ordinals, strict=True)]
    files = pa.array([file for file, _ in found], pa.string())
    lines = pa.array([line for _, line in found], pa.int64())
    left = table.drop_columns(["name", "ordinal"])
    return left.add_column(1, "file", files).add_column(2, "line", lines)
