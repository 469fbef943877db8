"""Lines judged: each with the step of the cleaning that takes it out, if any does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from vitrail.collection.cleaning import (
    AGAIN,
    bad_debt_condition,
    compile_steps,
    first_step,
    no_step,
    parse_conditions,
    settle_choices,
)
from vitrail.collection.pairing import Lines
from vitrail.collection.refunds.buyers import name_buyers
from vitrail.collection.refunds.matching import match_refunds
from vitrail.collection.refunds.signs import takes_back
from vitrail.engine import Engine, sql
from vitrail.engine.sql import literal
from vitrail.plan import Plan


@dataclass(frozen=True, slots=True)
class Judged:
    """Lines with what takes each out: the views `recorded` (all, with `step`) and `kept`."""

    source: str
    columns: tuple[str, ...]
    table: str
    recorded: str
    kept: str
    steps: Mapping[str, exp.Expr]


def survey_lines(engine: Engine, lines: Lines) -> dict[str, Any]:
    """What must be known before cleaning: what is taken back or written off."""
    query = sql(
        "select count(*) filter (where $negative) as negative, "
        "count(*) filter (where $bad_debt) as bad_debt from $table",
        negative=takes_back(lines.columns),
        bad_debt=bad_debt_condition(lines.columns),
        table=exp.to_table(lines.table),
    )
    return engine.records(query)[0]


def judge_lines(engine: Engine, plan: Plan, lines: Lines, as_of: dt.date, facts: Mapping[str, Any]) -> Judged:
    """Name a view of the lines with the step that takes each out."""
    if facts["negative"] and all("order_id" in plan.sources[name].columns for name in lines.sources):
        named = name_buyers(engine, lines.table)
        if named != lines.table:
            lines = replace(lines, table=named, stored=True, several=named if lines.several else None)
    spec = settle_choices([plan.sources[name] for name in lines.sources])
    if spec.clean.duplicates == "drop":  # told before any match: a line and its copy have one refund
        told = f"{lines.table}_told"
        again = sql("row_number() over (partition by _row_hash) > 1").as_(AGAIN)
        engine.create(told, exp.select("*", again).from_(lines.table))
        lines = replace(lines, table=told, stored=True, several=told if lines.several else None)
    table = lines.table
    own = parse_conditions(plan, lines.sources, lines.columns)

    def compile_them(undone: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
        steps = compile_steps(spec, lines.columns, literal(as_of), own, undone, lines.several, lines.once)
        if not facts["bad_debt"]:
            steps.pop("bad_debt", None)
        return steps

    steps = compile_them({})
    sold = spec.refunds == "match"
    if facts["negative"] and (sold or (spec.refunds == "net" and steps["cancelled"] != exp.false())):
        if not lines.stored:  # only a stored table's rows have an id to be matched by
            table = f"{lines.table}_stored"
            engine.create(table, exp.select("*").from_(lines.table))
        steps = compile_them(match_refunds(engine, replace(lines, table=table), steps, sold))
    judged = Judged(lines.source, lines.columns, table, f"{lines.table}_judged", f"{lines.table}_kept", steps)
    engine.view(judged.recorded, _record(judged, steps))
    return judged


def keep_lines(engine: Engine, judged: Judged, taken: Collection[str]) -> None:
    """Name views of all and of the kept lines that ask only what took a line out: the rest took none."""
    steps = {key: each for key, each in judged.steps.items() if key in taken}
    engine.view(judged.recorded, _record(judged, steps))
    source = exp.Literal.string(judged.source).as_("source")
    engine.view(judged.kept, exp.select("*", source).from_(judged.table).where(no_step(steps)))


def _record(judged: Judged, steps: Mapping[str, exp.Expr]) -> exp.Select:
    """All lines, with the first of `steps` that takes each out."""
    source = exp.Literal.string(judged.source).as_("source")
    return exp.select("*", first_step(steps).as_("step"), source).from_(judged.table)
