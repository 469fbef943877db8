"""Step 3 from end to end: sources read, mapped, cleaned and united into order lines and customers.

Leaves in the engine: `recorded_lines` (every accepted line with the `step` that takes it out, NULL for a
kept one), `order_lines` (the kept ones) and, where a source feeds it, `customers`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.buyers import name_buyers
from vitrail.collection.cleaning import (
    bad_debt_condition,
    compile_steps,
    first_step,
    negative_condition,
    no_step,
    parse_conditions,
    settle_choices,
)
from vitrail.collection.currency import SIGNS, convert_amounts, told_by_signs
from vitrail.collection.files import FilesRead
from vitrail.collection.funnel import FUNNEL, count_duplicates, count_steps
from vitrail.collection.joining import compile_customers, unite
from vitrail.collection.mapping import ROW_HASH, MappedSource, compile_mapping, take_back
from vitrail.collection.newest import Ahead, Undated, find_newest
from vitrail.collection.pairing import Lines, Unpaired, is_paired, pair_lines, table_of
from vitrail.collection.readings import find_settled, load_readings, own_columns
from vitrail.collection.refunds import compile_matches
from vitrail.collection.refusals import REFUSED, list_spoiled, with_source
from vitrail.collection.repeats import Repeat, find_repeats
from vitrail.collection.statuses import Unknown, find_unknown_statuses
from vitrail.collection.values import Reading
from vitrail.collection.values.readings import TextStyle
from vitrail.engine import Engine, Query, column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.engine.sql import literal
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan

_NO_LINES = sql(
    "select '' as customer_id, cast(null as timestamp) as ordered_at, cast(0 as decimal(38, 4)) as amount, "
    "cast(0 as ubigint) as _row_hash, cast(null as varchar) as step, '' as source limit 0"
)


_HARDLY_ANY = 0.1


@dataclass(frozen=True, slots=True)
class Collected:
    """What collection found out; the rows themselves are in the engine.

    Args:
        as_of: the as-of date in force.
        data_until: the moment of the newest line that exists at `as_of`.
        line_columns: the columns of `order_lines`; empty where no source feeds orders.
        customer_columns: the columns of `customers`; empty where no source feeds it.
        has_refunds: whether any line that exists at `as_of` takes something back.
        has_hours: whether orders have a time of day.
        funnel: one row a source and step (see `funnel.FUNNEL`).
        refused: one row a refused record (see `refusals.REFUSED`).
        unpaired: what was left out where orders are paired with their lines.
        repeats: orders that count more than once.
        unknown: kept lines whose status no list knows.
        ahead: lines dated too far after all others to tell the as-of date.
        undated: lines on the day that software writes for no date.
        strangers: sources of which the register knows hardly any customer.
        settled: columns to check (source, column) whose cells decide how they are read.
    """

    as_of: dt.date
    data_until: dt.datetime | None
    line_columns: tuple[str, ...]
    customer_columns: tuple[str, ...]
    has_refunds: bool
    has_hours: bool
    funnel: pa.Table
    refused: pa.Table
    unpaired: Unpaired
    repeats: tuple[Repeat, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    ahead: Ahead | None = None
    undated: Undated | None = None
    settled: frozenset[tuple[str, str]] = frozenset()
    strangers: tuple[str, ...] = ()

    @property
    def has_orders(self) -> bool:
        """Whether any source feeds orders; where none does, customers are known by their register alone."""
        return bool(self.line_columns)

    @property
    def available(self) -> tuple[str, ...]:
        """What variables can be computed from: the columns of order lines, and `hour`."""
        return (*self.line_columns, "hour") if self.has_hours else self.line_columns


@dataclass(frozen=True, slots=True)
class _Judged:
    """Lines with what takes each out: the views `recorded` (all, with `step`) and `kept`."""

    source: str
    columns: tuple[str, ...]
    table: str
    recorded: str
    kept: str
    steps: Mapping[str, exp.Expr]
    drop_duplicates: bool


def collect(
    engine: Engine, plan: Plan, sources: Mapping[str, FilesRead], as_of: dt.date | None = None
) -> Collected:
    """Read, map, clean and unite the plan's sources.

    Args:
        sources: each source's records as read.
        as_of: overrides the plan's date.

    Raises:
        SourceError: a column's text can be read in several ways, or hardly at all.
        DataError: no source, no line with a date, currencies without a rate.
        ConditionError: a condition of the plan is refused.
    """
    mapped: list[MappedSource] = []
    refused: list[pa.Table] = [REFUSED.empty_table()]
    for name, read in sources.items():
        source, unreadable = _load(engine, plan, name, read)
        mapped.append(source)
        refused += [with_source(read.refused, name), unreadable]
    set_aside = pa.concat_tables(refused).sort_by(
        [(each, "ascending") for each in ("source", "file", "line")]
    )
    lines, unpaired = pair_lines(engine, plan, mapped, sources)
    facts = [_survey(engine, each) for each in lines]
    if not lines:
        registers = _collect_registers(engine, plan, mapped, set_aside, as_of)
        return replace(registers, settled=find_settled(engine, plan, sources))
    newest, ahead, undated = find_newest(engine, [each.table for each in lines])
    if newest is None:
        parts = [part for each in lines for name in each.sources for part in sources[name].parts]
        empty = not any(part.report.records for part in parts)
        raise DataError(Finding("no_rows" if empty else "no_dated_line", "error", plan.place("sources")))
    told = as_of or (plan.as_of if isinstance(plan.as_of, dt.date) else None)
    date = told or newest + dt.timedelta(days=1)

    judged = [_judge(engine, plan, each, date, fact) for each, fact in zip(lines, facts, strict=True)]
    recorded, columns = unite(
        [(each.recorded, each.columns) for each in judged], (ROW_HASH, "step", "source")
    )
    across = _matched_across(engine, plan, lines, facts, recorded)
    engine.view("recorded_lines", across or recorded)
    funnel = count_steps(engine, columns, date)
    if across:
        engine.view("kept_lines", sql("select * exclude (step) from recorded_lines where step is null"))
    else:
        for each in judged:
            _keep(engine, each, funnel.taken(each.source))
        kept, _ = unite([(each.kept, each.columns) for each in judged], (ROW_HASH, "source"))
        engine.view("kept_lines", kept)
    engine.view("order_lines", exp.select("*").from_("kept_lines"))
    counted = count_duplicates(engine, funnel)
    register = _register(engine, mapped, date)

    return Collected(
        as_of=date,
        data_until=funnel.data_until,
        line_columns=columns,
        customer_columns=register,
        has_refunds=funnel.has_refunds,
        has_hours=funnel.has_hours,
        funnel=counted,
        refused=set_aside,
        unpaired=unpaired,
        repeats=_repeats(engine, plan, lines, sources, counted),
        unknown=find_unknown_statuses(engine, _unjudged(engine, plan, lines)) if "status" in columns else (),
        ahead=None if told else ahead,
        undated=_counted(engine, undated),
        strangers=_find_strangers(engine) if register else (),
        settled=find_settled(engine, plan, sources),
    )


def _find_strangers(engine: Engine) -> tuple[str, ...]:
    """The sources of whose kept lines the register knows the customers of hardly any."""
    known = sql(
        "select source, count(*) filter (where customer_id in (select customer_id from customers)) / count(*)"
        " as share from kept_lines group by source order by source"
    )
    return tuple(row["source"] for row in engine.records(known) if row["share"] < _HARDLY_ANY)


def _counted(engine: Engine, undated: Undated | None) -> Undated | None:
    """Those of the rows that count as sales; None where none does."""
    if undated is None:
        return None
    on_day = "select count(*) as rows from order_lines where cast(ordered_at as date) = $day"
    rows = engine.records(sql(on_day, day=undated.day))[0]["rows"]
    return replace(undated, rows=rows) if rows else None


def _collect_registers(
    engine: Engine, plan: Plan, mapped: Sequence[MappedSource], refused: pa.Table, as_of: dt.date | None
) -> Collected:
    """Sources that are all registers of customers: the tables of lines are there, and empty.

    The newest sign-up tells the day.

    Raises:
        DataError: no day is given, and the registers tell none; another day than the plan's is asked for, and
            nothing tells who was a customer then.
    """
    told = plan.as_of if isinstance(plan.as_of, dt.date) else None
    day, ahead = as_of or told, None
    dated = [table_of(each.name) for each in mapped if "signed_up_at" in each.columns]
    if as_of is not None and as_of != told and not dated:
        raise DataError(Finding("register_undated", "error", plan.place("as_of"), {"as_of": as_of}))
    if day is None:
        newest, ahead, _ = find_newest(engine, dated, "signed_up_at") if dated else (None, None, None)
        if newest is None:
            raise DataError(Finding("no_day_without_orders", "error", plan.place("as_of")))
        day = newest + dt.timedelta(days=1)
    engine.create("recorded_lines", _NO_LINES)
    engine.view("order_lines", exp.select("*").from_("recorded_lines"))
    return Collected(
        as_of=day,
        data_until=None,
        line_columns=(),
        customer_columns=_register(engine, mapped, day),
        has_refunds=False,
        has_hours=False,
        funnel=FUNNEL.empty_table(),
        refused=refused,
        unpaired=Unpaired(),
        ahead=ahead,
    )


def _register(engine: Engine, mapped: Sequence[MappedSource], as_of: dt.date) -> tuple[str, ...]:
    """Make `customers` where a source feeds it; returns its columns."""
    registers = [(table_of(each.name), each.columns) for each in mapped if each.table == "customers"]
    if not registers:
        return ()
    customers, columns = compile_customers(registers, as_of)
    engine.create("customers", customers)
    return columns


def _matched_across(
    engine: Engine,
    plan: Plan,
    lines: Sequence[Lines],
    facts: Sequence[Mapping[str, Any]],
    recorded: Query,
) -> Query | None:
    """The recorded lines with the cancellations that undo a sale of another source; None where none can.

    Each source has matched its own by then.
    """
    matching = [each for each in lines if plan.sources[each.sources[0]].refunds == "match"]
    if len(matching) < 2 or not any(fact["negative"] for fact in facts):
        return None
    shared = [name for name in matching[0].columns if all(name in each.columns for each in matching)]
    engine.create("recorded_by_source", recorded)
    names = exp.Array(expressions=[exp.Literal.string(each.source) for each in matching])
    left = sql("step is null and list_contains($names, source)", names=names)
    pairs = compile_matches("recorded_by_source", shared, negative_condition(shared), left)
    engine.create("undone_across", pairs)
    step = sql(
        "case when rowid in (select line from undone_across where undone) then 'voided' "
        "when rowid in (select line from undone_across where not undone) then 'cancelled' else step end"
    )
    query: Query = exp.select("* exclude (step)", step.as_("step")).from_("recorded_by_source")
    return query


def _unjudged(engine: Engine, plan: Plan, lines: Sequence[Lines]) -> list[str]:
    """The sources with a status, of which the plan says nothing that cancels a line."""
    found = []
    for each in lines:
        own = parse_conditions(plan, each.sources, each.columns)["cancelled"]
        called_off = exp.select("1 as line").from_(each.table).where(exp.or_(*own)).limit(1) if own else None
        if "status" in each.columns and not (called_off and engine.records(called_off)):
            found.append(each.source)
    return found


def _repeats(
    engine: Engine, plan: Plan, lines: Sequence[Lines], sources: Mapping[str, FilesRead], funnel: pa.Table
) -> tuple[Repeat, ...]:
    """Orders that count more than once; beside their lines, repeated orders are left out already."""
    named = [each for each in lines if all("order_id" in plan.sources[name].columns for name in each.sources)]
    whole = [each for each in named if each.several is None]
    doubled = {
        row["source"] for row in funnel.to_pylist() if row["step"] == "duplicates" and not row["removed"]
    }
    pieced = [each.source for each in whole if len(sources[each.source].parts) > 1]
    names = [each.source for each in named]
    return find_repeats(engine, doubled & set(names), [each.source for each in whole], pieced, names)


def _load(engine: Engine, plan: Plan, name: str, read: FilesRead) -> tuple[MappedSource, pa.Table]:
    """A source's rows as a working table, checked against the independent count of its records."""
    spec = plan.sources[name]
    readings, relation = load_readings(engine, plan, name, read), read.relation
    if signs := told_by_signs(engine, spec, relation, readings):
        relation = exp.select("*", signs.as_(SIGNS)).from_(relation.subquery("rows_"))
        readings = {**readings, SIGNS: Reading(TextStyle())}
        spec = spec.model_copy(update={"columns": {**spec.columns, "currency": SIGNS}})
    source = compile_mapping(name, spec, relation, read.columns, readings, own_columns(plan, name, read))
    if spec.credits and spec.table != "customers":
        told = parse_condition(spec.credits, source.columns, plan.place(f"sources.{name}.credits"))
        source = take_back(source, told)
    if spec.table != "customers" and not is_paired(plan):
        query = convert_amounts(engine, plan, source.query, source.columns, f"sources.{name}")
        source = replace(source, query=query)
    store = engine.create if read.text else engine.view
    store(table_of(name), source.query)
    counts = sql("select count(*) as rows from $table", table=exp.to_table(table_of(name)))
    if spec.table == "customers":
        read.confirm(engine.records(counts)[0]["rows"])
        return source, REFUSED.empty_table()
    found = engine.records(counts.select("count(*) filter (where _spoiled) as spoiled"))[0]
    read.confirm(found["rows"])
    return source, list_spoiled(engine, plan, source, read) if found["spoiled"] else REFUSED.empty_table()


def _survey(engine: Engine, lines: Lines) -> dict[str, Any]:
    """What must be known before cleaning: what is taken back or written off."""
    query = sql(
        "select count(*) filter (where $negative) as negative, "
        "count(*) filter (where $bad_debt) as bad_debt from $table",
        negative=negative_condition(lines.columns),
        bad_debt=bad_debt_condition(lines.columns),
        table=exp.to_table(lines.table),
    )
    return engine.records(query)[0]


def _judge(engine: Engine, plan: Plan, lines: Lines, as_of: dt.date, facts: Mapping[str, Any]) -> _Judged:
    """Name a view of the lines with the step that takes each out."""
    if facts["negative"] and all("order_id" in plan.sources[name].columns for name in lines.sources):
        named = name_buyers(engine, lines.table)
        if named != lines.table:
            lines = replace(lines, table=named, stored=True, several=named if lines.several else None)
    table = lines.table
    spec = settle_choices([plan.sources[name] for name in lines.sources])
    own = parse_conditions(plan, lines.sources, lines.columns)
    undone: dict[str, exp.Expr] = {}

    def compile_them() -> dict[str, exp.Expr]:
        steps = compile_steps(spec, lines.columns, literal(as_of), own, undone, lines.several, lines.once)
        if not facts["bad_debt"]:
            steps.pop("bad_debt", None)
        return steps

    if facts["negative"] and spec.refunds == "match":
        if not lines.stored:  # only a stored table's rows have an id to be matched by
            table = f"{lines.table}_stored"
            engine.create(table, exp.select("*").from_(lines.table))
        pairs = f"{lines.table}_undone"
        before = compile_them()
        negative, kept = negative_condition(lines.columns), no_step(before)
        engine.create(pairs, compile_matches(table, lines.columns, negative, kept))
        if before["cancelled"] != exp.false():
            all_pairs = f"{pairs}_all"
            _match_called_off(engine, lines, table, before, pairs, all_pairs)
            pairs = all_pairs
        for key, which in (("voided", sql("undone")), ("cancelled", sql("not undone"))):
            undone[key] = sql(
                "rowid in (select line from $pairs where $which)", pairs=exp.to_table(pairs), which=which
            )
    steps = compile_them()
    source = exp.Literal.string(lines.source).as_("source")
    step = first_step(steps)
    recorded: exp.Select = exp.select("*", step.as_("step"), source).from_(table)
    drop_duplicates = spec.clean.duplicates == "drop"
    if drop_duplicates:
        again = sql("step is null and row_number() over (partition by _row_hash, step is null) > 1")
        step = sql("case when $again then 'duplicates' else step end", again=again)
        names = [column(name) for name in (*lines.columns, ROW_HASH, "source")]
        recorded = exp.select(*names, step.as_("step")).from_(recorded.subquery("judged"))
    engine.view(f"{lines.table}_judged", recorded)
    return _Judged(
        lines.source,
        lines.columns,
        table,
        f"{lines.table}_judged",
        f"{lines.table}_kept",
        steps,
        drop_duplicates,
    )


def _match_called_off(
    engine: Engine, lines: Lines, table: str, steps: Mapping[str, exp.Expr], pairs: str, all_pairs: str
) -> None:
    """Make `all_pairs`: `pairs`, and the refunds of sales that their status took out."""
    negative = negative_condition(lines.columns)
    unmatched = sql("rowid not in (select line from $pairs)", pairs=exp.to_table(pairs))
    before = no_step({key: each for key, each in steps.items() if key != "cancelled"})
    refund = exp.and_(negative, exp.not_(exp.paren(steps["cancelled"])), unmatched)
    called_off = exp.and_(exp.not_(exp.paren(negative)), steps["cancelled"])
    left = exp.and_(before, exp.or_(refund, called_off))
    found = compile_matches(table, lines.columns, negative, left).subquery("found")
    engine.create(f"{pairs}_off", exp.select("*").from_(found).where("not undone"))
    both = sql(
        "select * from $pairs union all select * from $off",
        pairs=exp.to_table(pairs),
        off=exp.to_table(f"{pairs}_off"),
    )
    engine.create(all_pairs, both)


def _keep(engine: Engine, judged: _Judged, taken: Collection[str]) -> None:
    """Name a view of the kept lines that asks only what took a line out: the rest holds for every line."""
    source = exp.Literal.string(judged.source).as_("source")
    query: exp.Select = exp.select("*", source).from_(judged.table)
    if judged.drop_duplicates:
        query = exp.select("*").from_(judged.recorded).where("step is null")
    else:
        query = query.where(no_step({key: each for key, each in judged.steps.items() if key in taken}))
    engine.view(judged.kept, query)
