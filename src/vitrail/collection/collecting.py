"""Step 3 from end to end: sources read, mapped, cleaned and united into order lines and customers.

Leaves in the engine: `recorded_lines` (every accepted line with the `step` that takes it out, NULL for a
kept one), `order_lines` (the kept ones) and, where a source feeds it, `customers`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.accounts import count_accounts, name_owners
from vitrail.collection.cleaning import parse_conditions
from vitrail.collection.codes import count_codes, count_doubled
from vitrail.collection.collected import Collected
from vitrail.collection.files import FilesRead
from vitrail.collection.funnel import count_duplicates, count_steps
from vitrail.collection.joining import unite
from vitrail.collection.judging import judge_lines, keep_lines, survey_lines
from vitrail.collection.loading import load_source
from vitrail.collection.mapping import ROW_HASH, MappedSource
from vitrail.collection.newest import Undated, find_newest
from vitrail.collection.pairing import Lines, pair_lines
from vitrail.collection.readings import find_settled
from vitrail.collection.refunds.buyers import name_buyers_across
from vitrail.collection.refunds.matching import match_across
from vitrail.collection.refusals import REFUSED, with_source
from vitrail.collection.registers import collect_registers, find_strangers, make_register
from vitrail.collection.repeats import Numbered, find_repeats
from vitrail.collection.statuses import find_unknown_statuses
from vitrail.engine import Engine, sql
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan


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
        source, unreadable = load_source(engine, plan, name, read)
        mapped.append(source)
        refused += [with_source(read.refused, name), unreadable]
    set_aside = pa.concat_tables(refused)
    mapped = name_buyers_across(engine, plan, mapped, sources)
    if set_aside.num_rows:  # sorting loads a good part of Arrow
        set_aside = set_aside.sort_by([(each, "ascending") for each in ("source", "file", "line")])
    lines, unpaired = pair_lines(engine, plan, mapped, sources)
    facts = [survey_lines(engine, each) for each in lines]
    if not lines:
        registers = collect_registers(engine, plan, mapped, set_aside, as_of)
        settled = find_settled(engine, plan, sources)
        return replace(
            registers,
            settled=settled,
            filled=_filled(mapped),
            marked=_marked(mapped),
            codes=count_codes(engine, plan, mapped, sources),
            doubled=count_doubled(engine, mapped, registers.as_of),
        )
    newest, ahead, undated = find_newest(engine, [_of_kept_kinds(engine, plan, each) for each in lines])
    if newest is None:
        parts = [part for each in lines for name in each.sources for part in sources[name].parts]
        empty = not any(part.report.records for part in parts)
        raise DataError(Finding("no_rows" if empty else "no_dated_line", "error", plan.place("sources")))
    told = as_of or (plan.as_of if isinstance(plan.as_of, dt.date) else None)
    date = told or newest + dt.timedelta(days=1)
    lines = name_owners(engine, mapped, lines, date)

    judged = [judge_lines(engine, plan, each, date, fact) for each, fact in zip(lines, facts, strict=True)]
    recorded, columns = unite(
        [(each.recorded, each.columns) for each in judged], (ROW_HASH, "step", "source")
    )
    across = match_across(engine, plan, lines, facts, recorded)
    engine.view("recorded_lines", across or recorded)
    funnel = count_steps(engine, columns, date)
    if across:
        engine.view("kept_lines", sql("select * exclude (step) from recorded_lines where step is null"))
    else:
        for each in judged:
            keep_lines(engine, each, funnel.taken(each.source))
        kept, _ = unite([(each.kept, each.columns) for each in judged], (ROW_HASH, "source"))
        engine.view("kept_lines", kept)
    engine.view("order_lines", exp.select("*").from_("kept_lines"))
    register = make_register(engine, mapped, date)

    return Collected(
        as_of=date,
        data_until=funnel.data_until,
        line_columns=columns,
        customer_columns=register,
        has_refunds=funnel.has_refunds,
        has_hours=funnel.has_hours,
        funnel=funnel.table,
        refused=set_aside,
        unpaired=unpaired,
        numbered=_numbered(plan, lines, sources),
        unknown=find_unknown_statuses(engine, _unjudged(engine, plan, lines)) if "status" in columns else (),
        ahead=None if told else ahead,
        undated=_counted(engine, undated),
        strangers=find_strangers(engine) if register else (),
        accounts=count_accounts(engine, mapped),
        codes=count_codes(engine, plan, mapped, sources),
        doubled=count_doubled(engine, mapped, date),
        settled=find_settled(engine, plan, sources),
        filled=_filled(mapped),
        unsigned=tuple((each.name, each.unsigned) for each in mapped if each.unsigned),
        marked=_marked(mapped),
        doubtful=tuple((each.name, each.doubtful) for each in mapped if each.doubtful),
    )


def count_repeats(engine: Engine, collected: Collected) -> Collected:
    """Also what is there several times: rows that are alike, as a row of the funnel, and orders.

    Both count as they stand; a run needs to know of neither before its end.
    """
    if not collected.has_orders:
        return collected
    funnel = count_duplicates(engine, collected.funnel, bool(collected.numbered.sources))
    doubled = {
        row["source"] for row in funnel.to_pylist() if row["step"] == "duplicates" and not row["removed"]
    }
    repeats = find_repeats(engine, collected.numbered, doubled)
    return replace(collected, funnel=funnel, repeats=repeats)


def _filled(mapped: Sequence[MappedSource]) -> tuple[tuple[str, int], ...]:
    return tuple((each.name, each.filled) for each in mapped if each.filled)


def _marked(mapped: Sequence[MappedSource]) -> tuple[tuple[str, str, int], ...]:
    return tuple((each.name, name, cells) for each in mapped for name, cells in each.marked)


def _counted(engine: Engine, undated: Undated | None) -> Undated | None:
    """Those of the rows that count as sales; None where none does."""
    if undated is None:
        return None
    on_day = "select count(*) as rows from order_lines where cast(ordered_at as date) = $day"
    rows = engine.records(sql(on_day, day=undated.day))[0]["rows"]
    return replace(undated, rows=rows) if rows else None


def _of_kept_kinds(engine: Engine, plan: Plan, lines: Lines) -> str:
    """The table of the lines that `keep:` does not set aside: a payment after the last sale tells no day."""
    keep = parse_conditions(plan, lines.sources, lines.columns)["keep"]
    if not keep:
        return lines.table
    name = f"{lines.table}_of_kept_kinds"
    engine.view(name, exp.select("*").from_(lines.table).where(sql("($k) is not false", k=exp.and_(*keep))))
    return name


def _unjudged(engine: Engine, plan: Plan, lines: Sequence[Lines]) -> list[str]:
    """The sources with a status, of which the plan says nothing that cancels a line."""
    found = []
    for each in lines:
        own = parse_conditions(plan, each.sources, each.columns)["cancelled"]
        called_off = exp.select("1 as line").from_(each.table).where(exp.or_(*own)).limit(1) if own else None
        if "status" in each.columns and not (called_off and engine.records(called_off)):
            found.append(each.source)
    return found


def _numbered(plan: Plan, lines: Sequence[Lines], sources: Mapping[str, FilesRead]) -> Numbered:
    """The sources that number their orders; beside their lines, repeated orders are left out already."""
    named = [each for each in lines if all("order_id" in plan.sources[name].columns for name in each.sources)]
    whole = [each.source for each in named if each.several is None]
    pieced = [each for each in whole if len(sources[each].parts) > 1]
    return Numbered(tuple(each.source for each in named), tuple(whole), tuple(pieced))
