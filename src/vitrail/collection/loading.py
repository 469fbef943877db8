"""A source's rows as a working table of the customer model, checked against the count of its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.computed import compile_computed
from vitrail.collection.currency import SIGNS, convert_amounts, told_by_signs
from vitrail.collection.files import FilesRead
from vitrail.collection.filling import fill_down
from vitrail.collection.mapping import MappedSource, compile_mapping, take_back
from vitrail.collection.pairing import is_paired, table_of
from vitrail.collection.readings import load_readings, marked_columns, own_columns
from vitrail.collection.refunds.signs import lacks_minus
from vitrail.collection.refusals import REFUSED, list_spoiled
from vitrail.collection.totals import find_totals, says_total
from vitrail.collection.values import Reading
from vitrail.collection.values.blanks import NOBODY, is_one_of
from vitrail.collection.values.readings import TextStyle
from vitrail.engine import Engine, column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan, SourceSpec

_LOOKED_AT = 100_000
_NEEDED = {"amount", "customer_id", "ordered_at", "quantity", "unit_price"}


def load_source(engine: Engine, plan: Plan, name: str, read: FilesRead) -> tuple[MappedSource, pa.Table]:
    """Make a source's working table (see `pairing.table_of`).

    Returns:
        the source as mapped, and its records left out because a cell that is needed cannot be read.

    Raises:
        DataError: what the plan computes, and nothing can do without, comes to nothing on every row.
    """
    spec = plan.sources[name]
    readings, filled = load_readings(engine, plan, name, read), 0
    if spec.fill_down:
        read, filled = fill_down(engine, read, spec.fill_down, f"filled_{name}")
    relation = read.relation
    if signs := told_by_signs(engine, spec, relation, readings):
        relation = exp.select("*", signs.as_(SIGNS)).from_(relation.subquery("rows_"))
        readings = {**readings, SIGNS: Reading(TextStyle())}
        spec = spec.model_copy(update={"columns": {**spec.columns, "currency": SIGNS}})
    own = own_columns(plan, name, read)
    computed = compile_computed(engine, plan, name, read.columns, readings)
    source = compile_mapping(name, spec, relation, read.columns, readings, own, computed)
    source = replace(source, filled=filled, marked=_count_marks(engine, spec, read, readings))
    if spec.credits and spec.table != "customers":
        told = parse_condition(spec.credits, source.columns, plan.place(f"sources.{name}.credits"))
        source = take_back(source, told)
    if spec.table != "customers" and not is_paired(plan):
        query = convert_amounts(engine, plan, source.query, source.columns, f"sources.{name}")
        source = replace(source, query=query)
    store = engine.create if read.text else engine.view
    store(table_of(name), source.query)
    counts = sql("select count(*) as rows from $table", table=exp.to_table(table_of(name)))
    made = sorted(_NEEDED & spec.computed.keys())
    counts = counts.select(*(sql("count($made)", made=column(each)).as_(f"made_{each}") for each in made))
    if spec.table == "customers":
        found = engine.records(counts)[0]
        read.confirm(found["rows"])
        _refuse_nothing(plan, name, found)
        return source, REFUSED.empty_table()
    named = says_total() if "customer_id" in spec.columns else exp.false()
    counts = counts.select(
        "count(*) filter (where _spoiled) as spoiled", sql("count_if($w)", w=named).as_("named")
    )
    unsigned = lacks_minus(spec.columns)
    if unsigned:
        counts = counts.select(
            sql("count_if($u)", u=unsigned).as_("unsigned"), "count_if(quantity > 0) as sold"
        )
    found = engine.records(counts)[0]
    read.confirm(found["rows"])
    _refuse_nothing(plan, name, found)
    if unsigned and 0 < found["unsigned"] < found["sold"]:
        source = replace(take_back(source, unsigned), unsigned=found["unsigned"])
        store(table_of(name), source.query)
    refused = REFUSED.empty_table()
    if found["named"]:
        totals, refused, doubtful = find_totals(engine, name, spec, read, readings)
        source = replace(source, doubtful=doubtful)
        if totals:
            kept = sql(
                "select * from $rows where _row_hash not in (select _row_hash from $totals where is_total)",
                rows=source.query.subquery("rows_"),
                totals=exp.to_table(totals),
            )
            source = replace(source, query=kept)
            store(table_of(name), kept)
    if found["spoiled"]:
        totals_at = {(row["file"], row["line"]) for row in refused.to_pylist()}
        spoiled = list_spoiled(engine, plan, source, read)
        apart = [(row["file"], row["line"]) not in totals_at for row in spoiled.to_pylist()]
        refused = pa.concat_tables([refused, spoiled.filter(pa.array(apart, pa.bool_()))])
    return source, refused


def _refuse_nothing(plan: Plan, name: str, found: Mapping[str, int]) -> None:
    """Refuse what is computed and has no value on any row: a text that is no number, a division by zero."""
    faults = [
        Finding(
            "computed_nothing",
            "error",
            plan.place(f"sources.{name}.computed.{target}"),
            {"name": target, "formula": formula, "rows": found["rows"]},
        )
        for target, formula in plan.sources[name].computed.items()
        if found["rows"] and found.get(f"made_{target}") == 0
    ]
    if faults:
        raise DataError(faults)


def _count_marks(
    engine: Engine, spec: SourceSpec, read: FilesRead, readings: Mapping[str, Reading]
) -> tuple[tuple[str, int], ...]:
    """The text columns in which programs wrote `NULL` or its like, and in how many of the first records.

    What is tidy was looked at already, and has none.
    """
    names = sorted({spec.columns[each] for each in marked_columns(spec)})
    native = engine.columns(read.relation)
    texts = [each for each in names if native.get(each, "").upper() == "VARCHAR" and not readings[each].tidy]
    if not texts:
        return ()
    counts = [
        sql("count_if($m)", m=is_one_of(column(each), NOBODY)).as_(f"c{at}") for at, each in enumerate(texts)
    ]
    first = exp.select(*map(column, texts)).from_(read.relation.subquery("records")).limit(_LOOKED_AT)
    found = engine.records(exp.select(*counts).from_(first.subquery("first")))[0].values()
    return tuple((each, cells) for each, cells in zip(texts, found, strict=True) if cells)
