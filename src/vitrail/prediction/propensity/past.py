"""The profile as it stood on an earlier day: the same variables, from what was known then.

Model: orders of that day and later do not exist, nor, for the profile, those before the day it looks back to.
    A sale that was undone only later still stands, and whoever signed up later is not there yet.
Assumes: what files say of a line is what they said then. Where they give no day for it, a later cancellation
    or partial refund of an earlier order is known too early, and what the register says of a customer
    is taken as always so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.refunds.matching import match_lines
from vitrail.collection.refunds.signs import takes_back
from vitrail.engine import Engine, Query, column, sql
from vitrail.engine.sql import literal
from vitrail.prediction.base import PredictionContext
from vitrail.profile import ProfileTables, build_profile, order_columns
from vitrail.variables import Variable, custom_variables

PREFIX = "past_"
T = TypeVar("T")
_TABLES = ("order_lines", "recorded_lines", "orders", "customers", "profile")


def recall_past(context: PredictionContext, day: dt.date, sampled: exp.Expr) -> None:
    """Make `past_known_lines`, `past_known_records` and `past_customers`: what was known on `day`.

    Args:
        sampled: the condition over `customer_id` that takes a customer into the sample.
    """
    engine, columns = context.engine, context.collected.customer_columns
    drop_past_profile(engine)
    _recall_lines(context, day, sampled)
    if columns:
        known: exp.Select = exp.select("*").from_("customers").where(sampled)
        if "signed_up_at" in columns:
            known = known.where(sql("signed_up_at is null or signed_up_at < $day", day=day))
        engine.create(f"{PREFIX}customers", known)


def build_past_profile(context: PredictionContext, day: dt.date, since: dt.date = dt.date.min) -> None:
    """Make `past_profile` and `past_orders`: those of `day`, from what is recalled of it since `since`."""
    engine, collected = context.engine, context.collected
    seen = sql("ordered_at >= $since", since=since)
    for name, known in (("order_lines", "known_lines"), ("recorded_lines", "known_records")):
        engine.view(f"{PREFIX}{name}", exp.select("*").from_(_table(known)).where(seen))
    tables = ProfileTables(collected.line_columns, collected.customer_columns, collected.has_refunds)
    build_profile(_PastEngine(engine), tables, variables_at(context, day), day)


def drop_past_profile(engine: Engine) -> None:
    """Forget the tables of an earlier day."""
    for name in (*_TABLES, "known_lines", "known_records", "matched"):
        engine.drop(f"{PREFIX}{name}")


def variables_at(context: PredictionContext, day: dt.date) -> tuple[Variable, ...]:
    """The profile's variables, those of the plan's own looking back from `day`."""
    lines = context.collected.line_columns
    columns = {"order_lines": lines, "orders": order_columns(lines)}
    own = {each.name: each for each in custom_variables(context.plan, columns, literal(day))}
    return tuple(
        replace(each, expression=own[each.name].expression) if each.custom else each
        for each in context.variables
    )


def _recall_lines(context: PredictionContext, day: dt.date, sampled: exp.Expr) -> None:
    """The lines before `day`, judged as of then."""
    engine, columns = context.engine, context.collected.line_columns
    before = sql("ordered_at < $day and $sampled", day=day, sampled=sampled)
    recorded: exp.Select = exp.select("*").from_("recorded_lines").where(before)
    recorded = recorded.where("step is null or step in ('voided', 'cancelled')")
    if day >= context.as_of or not context.collected.has_refunds:
        make = engine.view if day >= context.as_of else engine.create
        make(f"{PREFIX}known_lines", exp.select("*").from_("order_lines").where(before))
        engine.view(f"{PREFIX}known_records", recorded)
        return
    engine.create(f"{PREFIX}judged", recorded)
    undoing = sql("step = 'cancelled' and $negative", negative=takes_back(columns))
    in_question = sql("step = 'voided' or $undoing", undoing=undoing)
    match_lines(engine, f"{PREFIX}matched", f"{PREFIX}judged", columns, undoing, in_question)
    stood = [sql("step = 'voided' and rowid not in (select line from $matched)", matched=_table("matched"))]
    if "cancelled_at" in columns:
        stood.append(sql("step = 'cancelled' and cancelled_at >= $day", day=day))
    step = sql("case when $stood then null else step end", stood=exp.or_(*stood)).as_("step")
    names = [column(name) for name in columns]
    judged = exp.select(*names, step).from_(f"{PREFIX}judged")
    engine.create(f"{PREFIX}known_records", judged)
    stand = exp.select("*").from_(_table("known_records")).where("step is null")
    engine.view(f"{PREFIX}known_lines", stand)
    engine.drop(f"{PREFIX}judged")


def _table(name: str) -> exp.Table:
    return exp.to_table(f"{PREFIX}{name}")


class _PastEngine:
    """The run's engine, in which a table of a profile is that of the earlier day: `orders` is `past_orders`.

    So `build_profile` makes an earlier profile as it makes today's, beside it, and reads nothing of today's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.dialect = engine.dialect

    def create(self, table: str, query: Query) -> None:
        self._engine.create(_moved(table), _move(query))

    def view(self, name: str, query: Query) -> None:
        self._engine.view(_moved(name), _move(query))

    def drop(self, table: str) -> None:
        self._engine.drop(_moved(table))

    def records(self, query: Query) -> list[dict[str, Any]]:
        return self._engine.records(_move(query))

    def arrow(self, query: Query) -> pa.Table:
        return self._engine.arrow(_move(query))

    def columns(self, query: Query) -> Mapping[str, str]:
        return self._engine.columns(_move(query))

    def write_parquet(self, query: Query, file: Path, order_by: Sequence[str]) -> int:
        return self._engine.write_parquet(_move(query), file, order_by)

    def register(self, table: str, data: pa.Table) -> None:
        self._engine.register(_moved(table), data)

    def beside(self, work: Callable[[Engine], T]) -> AbstractContextManager[Future[T]]:
        return self._engine.beside(lambda own: work(_PastEngine(own)))

    def render(self, query: exp.Expr) -> str:
        return self._engine.render(query)

    def close(self) -> None:
        """Nothing: the engine is the run's."""


def _is_of_profile(name: str) -> bool:
    return name in _TABLES or name.startswith("by_")


def _moved(name: str) -> str:
    """The other name of a table; one that is not known here would be today's, and is refused."""
    if name.startswith(PREFIX):
        return name
    if not _is_of_profile(name):
        raise LookupError(f"no table {name} of an earlier day: name it in _TABLES and make it as of then")
    return f"{PREFIX}{name}"


def _move(query: Query) -> Query:
    """The query with every table of a profile under its other name, columns that name their table too."""
    moved = query.copy()
    within = {each.alias for each in moved.find_all(exp.CTE)}
    for table in moved.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name not in within:
            table.set("this", exp.to_identifier(_moved(table.name)))
    for each in moved.find_all(exp.Column):
        if _is_of_profile(each.table):
            each.set("table", exp.to_identifier(_moved(each.table)))
    return moved
