"""Refunds matched with the sales that they undo: within a source, for sales called off, across sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlglot import exp

from vitrail.collection.cleaning import no_step
from vitrail.collection.pairing import Lines
from vitrail.collection.refunds.signs import takes_back
from vitrail.collection.refunds.undoing import compile_matches
from vitrail.collection.statuses import undoing_condition
from vitrail.engine import Engine, Query, sql
from vitrail.plan import Plan


def match_refunds(
    engine: Engine, lines: Lines, steps: Mapping[str, exp.Expr], sold: bool
) -> dict[str, exp.Expr]:
    """Match a stored table's refunds with their sales.

    Args:
        steps: what else takes a line out, and so leaves it unmatched.
        sold: whether refunds undo sales that stand, or only those that are called off anyway.

    Returns:
        the conditions of the steps `voided` (sales undone) and `cancelled` (what undoes them, and whatever
        else is taken off an order that is called off whole).
    """
    pairs, negative = f"{lines.table}_undone", takes_back(lines.columns)
    kept = no_step(steps) if sold else exp.false()
    off = said = back = None
    gone: exp.Expr = exp.false()
    if (cancelled := steps["cancelled"]) != exp.false():
        before = no_step({key: each for key, each in steps.items() if key != "cancelled"})
        off = exp.and_(before, exp.or_(negative, cancelled))
        back = exp.and_(before, sql("($negative) <> ($cancelled)", negative=negative, cancelled=cancelled))
        said = exp.and_(back, exp.or_(cancelled, undoing_condition(lines.columns)))
        gone = _of_orders_off(lines.table, lines.columns, cancelled)
    match_lines(engine, pairs, lines.table, lines.columns, negative, kept, off, back if sold else None, said)
    found = {
        key: sql("rowid in (select line from $pairs where $which)", pairs=exp.to_table(pairs), which=which)
        for key, which in (("voided", sql("undone")), ("cancelled", sql("not undone")))
    }
    return {**found, "cancelled": exp.or_(found["cancelled"], gone)}


def _of_orders_off(table: str, columns: Collection[str], cancelled: exp.Expr) -> exp.Expr:
    """What is taken off an order that is called off whole: its discounts, and refunds of its number."""
    if "order_id" not in columns:
        return exp.false()
    told: exp.Expr = sql(
        "($negative) and coalesce((customer_id, order_id) in (select (customer_id, order_id) from $table "
        "where not ($negative) and order_id is not null group by all having bool_and($cancelled)), false)",
        negative=takes_back(columns),
        table=exp.to_table(table),
        cancelled=cancelled,
    )
    return told


def match_lines(
    engine: Engine,
    pairs: str,
    table: str,
    columns: Collection[str],
    cancelling: exp.Expr,
    kept: exp.Expr,
    off: exp.Expr | None = None,
    back: exp.Expr | None = None,
    said: exp.Expr | None = None,
) -> None:
    """Make the table `pairs` of lines that undo one another (see `compile_matches`), of one number first.

    In a file without products a cancellation that bears the number of a sale undoes no other; a line of a
    product may be given back under the number of what is bought in its place.

    Args:
        kept: the lines that nothing takes out.
        off: sales that their status took out, and what may undo one of its own number: before those kept.
        back: the same sales, and what may undo one of any number where none that is kept is like it.
        said: the same sales, and what says of itself that it undoes one: of any number, before those kept.
    """
    of_any, of_own = exp.true(), "order_id" in columns
    if of_own and "product_id" not in columns:
        of_any = sql(
            "not ($cancelling) or coalesce((customer_id, order_id) not in "
            "(select (customer_id, order_id) from $table where not ($cancelling)), true)",
            cancelling=cancelling,
            table=exp.to_table(table),
        )
    rounds = [(True, kept), (False, exp.and_(kept, of_any))]
    if said:
        rounds.insert(0, (False, exp.and_(said, of_any)))
    if off:
        rounds.insert(0, (True, off))
    if back:
        rounds.append((False, exp.and_(back, of_any)))
    found: Query | None = None
    for own, which in rounds:
        if own and not of_own:
            continue
        if found is None:
            found = compile_matches(table, columns, cancelling, which, own)
        else:
            left = exp.and_(which, sql("rowid not in (select line from $pairs)", pairs=exp.to_table(pairs)))
            found = sql(
                "select * from $pairs union all select * from $more",
                pairs=exp.to_table(pairs),
                more=compile_matches(table, columns, cancelling, left, own).subquery("more"),
            )
        engine.create(pairs, found)


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
    ours = sql("list_contains($names, source)", names=names)
    left = sql("step is null and $ours", ours=ours)
    negative = takes_back(shared)
    off = sql(
        "$ours and (case when $back then step is null else step = 'cancelled' end)", ours=ours, back=negative
    )
    match_lines(engine, "undone_across", "recorded_by_source", shared, negative, left, off)
    step = sql(
        "case when rowid in (select line from undone_across where undone) then 'voided' "
        "when rowid in (select line from undone_across where not undone) then 'cancelled' else step end"
    )
    query: Query = exp.select("* exclude (step)", step.as_("step")).from_("recorded_by_source")
    return query
