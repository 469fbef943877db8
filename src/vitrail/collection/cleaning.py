"""The cleaning funnel: for each line the first step that takes it out, or none.

The steps are one CASE expression, so that each line is judged once and the parts add up to the whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from sqlglot import exp

from vitrail.collection.mapping import SPOILED
from vitrail.engine import column, sql
from vitrail.engine.conditions import parse_condition
from vitrail.plan import Plan, SourceSpec

#: Every step in the order it is applied; `duplicates` and `voided` follow from other lines.
STEPS = (
    "unreadable", "no_date", "after_as_of", "no_customer", "test_orders", "not_kept",
    "no_amount", "voided", "cancelled", "bad_debt", "zero_price", "duplicates",
)  # fmt: skip

CANCELLED_STATUSES = (
    "cancelled", "canceled", "refunded", "voided", "void", "failed", "expired", "declined", "chargeback",
    "annule", "annulee", "rembourse", "remboursee", "echoue", "echouee", "refuse", "refusee",
    "paiement refuse", "erreur de paiement", "payment error", "wc-cancelled", "wc-refunded", "wc-failed",
    "denied", "reversed", "abandoned", "abandonne", "abandonnee", "storniert", "erstattet", "abgelehnt",
    "cancelado", "cancelada", "reembolsado", "reembolsada", "rechazado", "annullato",
    "rimborsato", "rifiutato", "annullata", "rimborsata", "stornata", "anulado", "anulada", "devuelto",
    "devuelta", "devolvido", "devolvida", "estornado", "estornada",
    "geannuleerd", "terugbetaald", "mislukt", "uncollectible", "lost", "closed lost",
    "closedlost", "perdu", "perdue", "draft", "brouillon", "entwurf", "borrador", "bozza", "checkout-draft",
    "refused", "rejected", "rejete", "rejetee", "charged back", "deleted", "fully refunded",
    "totalement rembourse", "totalement remboursee", "integralement rembourse", "integralement remboursee",
    "remboursement", "remboursement total", "remboursement effectue", "commande annulee", "vente annulee",
    "order cancelled", "order canceled", "paiement echoue", "paiement rejete", "echec de paiement",
    "echec du paiement", "payment failed", "payment declined", "wc-checkout-draft", "panier abandonne",
    "returned", "retourne", "retournee", "order refunded", "no-show", "no show", "noshow",
    "absent", "absente", "client absent", "non honore", "non honoree", "did not attend", "non presente",
    "non presentee", "non venu", "non venue", "nicht erschienen", "no presentado", "no se presento",
    "non presentato", "niet verschenen", "niet gekomen", "concept", "oninbaar", "uneinbringlich",
    "incobrable", "inesigibile", "irrecouvrable", "fehlgeschlagen", "fallido", "fallida", "non riuscito",
    "rechazada", "rifiutata", "geweigerd", "verfallen", "verlopen", "promesse", "promesse de don",
    "test", "test order", "commande test", "failure", "echec", "cancel",
)  # fmt: skip
"""What statuses say, folded and with blanks for `_`, of an order that came to nothing."""

CANCELLED_FIRST = (
    "annule", "annulee", "annules", "annulees", "cancelled", "canceled", "voided", "abandoned", "abandonne",
    "abandonnee", "storniert", "cancelado", "cancelada", "anulado", "anulada", "annullato", "annullata",
    "geannuleerd",
)  # fmt: skip
"""Words that say so whatever follows them (`Annulée par le client`), unless that is *in part*."""
_BAD_DEBT = ("bad debt", "creance irrecouvrable", "creances irrecouvrables", "creance douteuse", "impaye")


def status_condition(columns: Collection[str], lines: str | None) -> exp.Expr:
    """The line's status, a cancellation date, or a refund of all that it cost: its order came to nothing.

    Args:
        columns: the columns of the line's table.
        lines: that table where it has several lines an order, which are then judged together.
    """
    signs = []
    if "status" in columns:
        signs.append(_tells_cancelled(sql("lower(strip_accents(status))")))
    if "cancelled_at" in columns:
        signs.append(sql("cancelled_at is not null"))
    if {"refunded_amount", "amount", "order_id"} <= set(columns):
        sizes = [column("refunded_amount"), column("amount")]
        back, paid = sizes if lines is None else (exp.Sum(this=each) for each in sizes)
        whole = sql("$back >= $paid and $back > 0 and $paid > 0", back=back, paid=paid)
        if lines is not None:
            whole = sql(
                "(customer_id, order_id) in "
                "(select (customer_id, order_id) from $lines group by all having $whole)",
                lines=exp.to_table(lines),
                whole=whole,
            )
        signs.append(whole)
    told: exp.Expr = sql("coalesce($any, false)", any=exp.or_(*signs)) if signs else exp.false()
    return told


def says_cancelled(status: str) -> bool:
    """Whether a status, folded, says of an order that it came to nothing (see `status_condition`).

    >>> [says_cancelled(each) for each in ("cancelled", "annulee par le client", "annulee partiellement")]
    [True, True, False]
    """
    plain = status.replace("_", " ")
    first = plain.split(" ")[0] in CANCELLED_FIRST and not re.search("partiel|partial|parcial|teil", plain)
    return first or plain in CANCELLED_STATUSES


def _tells_cancelled(status: exp.Expr) -> exp.Expr:
    """`says_cancelled` in SQL."""
    plain = sql("replace($status, '_', ' ')", status=status)
    words, first = (
        exp.Array(expressions=[exp.Literal.string(word) for word in listed])
        for listed in (CANCELLED_STATUSES, CANCELLED_FIRST)
    )
    told: exp.Expr = sql(
        "list_contains($words, $plain) or (contains($plain, ' ') "
        "and list_contains($first, split_part($plain, ' ', 1)) "
        "and not regexp_matches($plain, 'partiel|partial|parcial|teil'))",
        words=words,
        first=first,
        plain=plain,
    )
    return told


def negative_condition(columns: Collection[str]) -> exp.Expr:
    """The line takes something back: a negative quantity or a negative amount."""
    signs = [
        sql("coalesce($value < 0, false)", value=column(n)) for n in ("quantity", "amount") if n in columns
    ]
    return exp.or_(exp.false(), *signs)


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
        cancelled.append(negative_condition(columns))
    if "cancelled" in undone:
        cancelled.append(undone["cancelled"])
    steps["cancelled"] = exp.or_(*cancelled)
    if clean.bad_debt == "drop":
        steps["bad_debt"] = bad_debt_condition(columns)
    if clean.zero_price == "drop":
        steps["zero_price"] = _zero_price(columns, lines if once else None)
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
