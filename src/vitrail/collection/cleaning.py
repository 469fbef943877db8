"""The cleaning funnel: for each line the first step that takes it out, or none.

The steps are one CASE expression, so that each line is judged once and the parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from vitrail.collection.mapping import SPOILED
from vitrail.engine import column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.plan import SourceSpec

#: Every step in the order it is applied; `duplicates` and `voided` follow from other lines.
STEPS = (
    "unreadable", "no_date", "after_as_of", "no_customer", "no_order", "test_orders", "not_kept",
    "no_amount", "voided", "cancelled", "bad_debt", "zero_price", "duplicates",
)  # fmt: skip

CANCELLED_STATUSES = (
    "cancelled", "canceled", "refunded", "voided", "void", "failed", "expired", "declined", "chargeback",
    "annule", "annulee", "rembourse", "remboursee", "echoue", "echouee", "refuse", "refusee",
    "paiement refuse", "erreur de paiement", "payment error", "wc-cancelled", "wc-refunded", "wc-failed",
)  # fmt: skip
_BAD_DEBT = ("bad debt", "creance irrecouvrable", "creances irrecouvrables", "creance douteuse", "impaye")


def status_condition(columns: Collection[str]) -> exp.Expr:
    """The line's own status, or a cancellation date, says that its order came to nothing."""
    signs = []
    if "status" in columns:
        words = exp.Array(expressions=[exp.Literal.string(word) for word in CANCELLED_STATUSES])
        signs.append(sql("list_contains($words, lower(strip_accents(status)))", words=words))
    if "cancelled_at" in columns:
        signs.append(sql("cancelled_at is not null"))
    if {"refunded_amount", "amount", "order_id"} <= set(columns):
        signs.append(sql("refunded_amount > 0 and refunded_amount >= amount and amount > 0"))
    return sql("coalesce($any, false)", any=exp.or_(*signs)) if signs else exp.false()


def negative_condition(columns: Collection[str]) -> exp.Expr:
    """The line takes something back: a negative quantity or a negative amount."""
    signs = [sql("coalesce($value < 0, false)", value=column(n)) for n in ("quantity", "amount") if n in columns]
    return exp.or_(exp.false(), *signs)


def compile_step(
    spec: SourceSpec, columns: Collection[str], as_of: exp.Expr, place: str, voided: exp.Expr | None
) -> exp.Expr:
    """The key of the step that takes a line out, NULL for a line that is kept.

    Args:
        columns: the columns of the line's table.
        as_of: the as-of date; lines from its first second on do not exist.
        place: where the source stands in the plan.
        voided: under `refunds: match`, the condition that tells a line that another one undoes.

    Raises:
        ConditionError: a condition of the plan is refused.
    """
    clean = spec.clean

    def own(text: str | None, key: str) -> exp.Expr | None:
        return parse_condition(text, columns, f"{place}.{key}") if text else None

    tests = own(clean.test_orders, "clean.test_orders")
    kept = own(spec.keep, "keep")
    cancelled = own(clean.cancelled, "clean.cancelled")
    negative = negative_condition(columns)
    dropped = negative if spec.refunds == "drop" else exp.false()
    steps: list[tuple[str, exp.Expr]] = [
        ("unreadable", column(SPOILED)),
        ("no_date", sql("ordered_at is null")),
        ("after_as_of", sql("ordered_at >= $as_of", as_of=as_of)),
        ("no_customer", sql("customer_id is null")),
    ]
    if tests is not None:
        steps.append(("test_orders", sql("coalesce($tests, false)", tests=tests)))
    if kept is not None:
        steps.append(("not_kept", sql("not coalesce($kept, false)", kept=kept)))
    steps.append(("no_amount", sql("amount is null")))
    if voided is not None:
        steps.append(("voided", voided))
    steps.append(("cancelled", exp.or_(status_condition(columns), dropped)))
    if cancelled is not None:
        steps.append(("cancelled", sql("coalesce($own, false)", own=cancelled)))
    if clean.bad_debt == "drop" and "product_name" in columns:
        steps.append(("bad_debt", _bad_debt("product_name")))
    if clean.zero_price == "drop":
        steps.append(("zero_price", _zero_price(columns)))
    case = exp.case()
    for key, condition in steps:
        if condition != exp.false():
            case = case.when(condition, exp.Literal.string(key))
    return case


def _bad_debt(name: str) -> exp.Expr:
    text = sql("lower(strip_accents($name))", name=column(name))
    found = [sql("contains($text, $words)", text=text, words=words) for words in _BAD_DEBT]
    return sql("coalesce($any, false)", any=exp.or_(*found))


def _zero_price(columns: Collection[str]) -> exp.Expr:
    """A price of nothing; where there is no price, an amount of nothing."""
    if "unit_price" in columns:
        return sql("coalesce(unit_price = 0, amount = 0)")
    return sql("amount = 0")
