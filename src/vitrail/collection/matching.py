"""Refunds matched with the sales that they undo: within a source, for sales called off, across sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from vitrail.collection.cleaning import negative_condition, no_step
from vitrail.collection.pairing import Lines
from vitrail.collection.refunds import compile_matches
from vitrail.engine import Engine, Query, sql
from vitrail.plan import Plan


def match_refunds(engine: Engine, lines: Lines, steps: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
    """Match a stored table's refunds with their sales.

    Args:
        steps: what else takes a line out, and so leaves it unmatched.

    Returns:
        the conditions of the steps `voided` (sales undone) and `cancelled` (what undoes them).
    """
    table, columns = lines.table, lines.columns
    pairs = f"{table}_undone"
    negative = negative_condition(columns)
    engine.create(pairs, compile_matches(table, columns, negative, no_step(steps)))
    if steps["cancelled"] != exp.false():
        all_pairs = f"{pairs}_all"
        _match_called_off(engine, lines, steps, pairs, all_pairs)
        pairs = all_pairs
    return {
        key: sql("rowid in (select line from $pairs where $which)", pairs=exp.to_table(pairs), which=which)
        for key, which in (("voided", sql("undone")), ("cancelled", sql("not undone")))
    }


def _match_called_off(
    engine: Engine, lines: Lines, steps: Mapping[str, exp.Expr], pairs: str, all_pairs: str
) -> None:
    """Make `all_pairs`: `pairs`, and the refunds of sales that their status took out."""
    negative = negative_condition(lines.columns)
    unmatched = sql("rowid not in (select line from $pairs)", pairs=exp.to_table(pairs))
    before = no_step({key: each for key, each in steps.items() if key != "cancelled"})
    refund = exp.and_(negative, exp.not_(exp.paren(steps["cancelled"])), unmatched)
    called_off = exp.and_(exp.not_(exp.paren(negative)), steps["cancelled"])
    left = exp.and_(before, exp.or_(refund, called_off))
    found = compile_matches(lines.table, lines.columns, negative, left).subquery("found")
    engine.create(f"{pairs}_off", exp.select("*").from_(found).where("not undone"))
    both = sql(
        "select * from $pairs union all select * from $off",
        pairs=exp.to_table(pairs),
        off=exp.to_table(f"{pairs}_off"),
    )
    engine.create(all_pairs, both)


def match_across(
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
