"""The cleaning funnel: for each line the first step that takes it out, or none.

The steps are one CASE expression, so that each line is judged once and the parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlglot import exp

from vitrail.collection.mapping import SPOILED
from vitrail.collection.refunds.signs import takes_back
from vitrail.collection.statuses import status_condition
from vitrail.engine import column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.plan import Plan, SourceSpec

#: Every step in the order it is applied; `duplicates` and `voided` follow from other lines.
STEPS = (
    "unreadable", "no_date", "after_as_of", "no_customer", "test_orders", "not_kept",
    "no_amount", "voided", "cancelled", "bad_debt", "zero_price", "duplicates",
)  # fmt: skip

AGAIN = "_again"
"""The column that tells a line equal to an earlier one, where the plan drops such."""

_BAD_DEBT = ("bad debt", "creance irrecouvrable", "creances irrecouvrables", "creance douteuse", "impaye")


def settle_choices(specs: Sequence[SourceSpec]) -> SourceSpec:
    """One specification for lines that several sources make: what any writes, the last one’s word first."""
    first = specs[0]
    refunds = [each.refunds for each in specs if "refunds" in each.model_fields_set]
    clean = {name: getattr(each.clean, name) for each in specs for name in each.clean.model_fields_set}
    update = {"refunds": (refunds or [first.refunds])[-1], "clean": first.clean.model_copy(update=clean)}
    return first.model_copy(update=update)


def parse_conditions(
    plan: Plan, sources: Sequence[str], columns: Collection[str]
) -> Mapping[str, Sequence[exp.Expr]]:
    """What the plan says of the lines of these sources: `keep`, `cancelled`, `test_orders`.

    Raises:
        ConditionError: a condition is refused.
    """
    found: dict[str, list[exp.Expr]] = {"keep": [], "cancelled": [], "test_orders": []}
    for source in sources:
        spec = plan.sources[source]
        texts = {"keep": spec.keep, "cancelled": spec.clean.cancelled, "test_orders": spec.clean.test_orders}
        for key, text in texts.items():
            if text:
                block = key if key == "keep" else f"clean.{key}"
                tree = parse_condition(text, columns, plan.place(f"sources.{source}.{block}"))
                found[key].append(sql("coalesce($told, false)", told=tree))
    return found


def compile_steps(
    spec: SourceSpec,
    columns: Collection[str],
    as_of: exp.Expr,
    own: Mapping[str, Sequence[exp.Expr]],
    undone: Mapping[str, exp.Expr],
    lines: str | None,
    once: bool,
) -> dict[str, exp.Expr]:
    """By step, in order, the condition that takes a line out; a line goes at the first that holds.

    Args:
        columns: the columns of the line's table.
        as_of: the as-of date; lines from its first second on do not exist.
        own: the plan's own conditions (see `parse_conditions`).
        undone: under `refunds: match`, by step the condition that tells lines that undo one another.
        lines: the lines' table where it has several an order.
        once: whether an order states its amount once, so that its other lines have none.
    """
    clean = spec.clean
    steps: dict[str, exp.Expr] = {
        "unreadable": column(SPOILED),
        "no_date": sql("ordered_at is null"),
        "after_as_of": sql("coalesce(ordered_at >= $as_of, false)", as_of=as_of),
        "no_customer": sql("customer_id is null"),
    }
    if own["test_orders"]:
        steps["test_orders"] = exp.or_(*own["test_orders"])
    if own["keep"]:
        steps["not_kept"] = exp.not_(exp.paren(exp.and_(*own["keep"])))
    steps["no_amount"] = sql("amount is null")
    if "voided" in undone:
        steps["voided"] = undone["voided"]
    cancelled = [status_condition(columns, lines), *own["cancelled"]]
    if spec.refunds == "drop":
        cancelled.append(takes_back(columns))
    if "cancelled" in undone:
        cancelled.append(undone["cancelled"])
    steps["cancelled"] = exp.or_(*cancelled)
    if clean.bad_debt == "drop":
        steps["bad_debt"] = bad_debt_condition(columns)
    if clean.zero_price == "drop":
        steps["zero_price"] = _zero_price(columns, lines if once else None)
    if clean.duplicates == "drop":
        steps["duplicates"] = column(AGAIN)
    return steps


def first_step(steps: Mapping[str, exp.Expr]) -> exp.Expr:
    """The key of the first step that takes a line out, NULL for a line that is kept."""
    case = exp.case()
    for key, condition in steps.items():
        case = case.when(condition.copy(), exp.Literal.string(key))
    return case if steps else exp.cast(exp.null(), "text")


def no_step(steps: Mapping[str, exp.Expr]) -> exp.Expr:
    """The line is kept: no step takes it out."""
    return (
        exp.and_(*(exp.not_(exp.paren(condition.copy())) for condition in steps.values()))
        if steps
        else exp.true()
    )


def bad_debt_condition(columns: Collection[str]) -> exp.Expr:
    """The line writes off money that a customer never paid, as its text says."""
    if "product_name" not in columns:
        return exp.false()
    text = sql("lower(strip_accents(product_name))")
    found = [sql("contains($text, $words)", text=text, words=words) for words in _BAD_DEBT]
    told: exp.Expr = sql("coalesce($any, false)", any=exp.or_(*found))
    return told


def _zero_price(columns: Collection[str], lines: str | None) -> exp.Expr:
    """A price of nothing; where there is no price, an amount of nothing: of the order if `lines` is given."""
    free: exp.Expr = sql("amount = 0")
    if lines is not None and "order_id" in columns:
        free = sql(
            "coalesce((customer_id, order_id) in (select (customer_id, order_id) from $lines group by all "
            "having bool_and(amount = 0)), false)",
            lines=exp.to_table(lines),
        )
    return sql("coalesce(unit_price = 0, $free)", free=free) if "unit_price" in columns else free
