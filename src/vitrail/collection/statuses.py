"""What statuses say: that an order came to nothing, that it was sold, or what no list knows.

Lines under a status that no list knows count as sales, which only a person can confirm.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from vitrail.collection.quoting import is_quotable
from vitrail.collection.refunds.signs import takes_back
from vitrail.engine import Engine, column, sql

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

_TAKING_BACK = (
    "refund|rembours|erstattet|reembols|rimbors|terugbetaald|return|retourn|devuel|devolv|estorn|storn|annul|"
    "anulad|cancel|geannul|void|revers|charge"
)
"""In statuses, what is no failure: a row with a minus under one undoes a sale, and is none undone."""

CANCELLED_FIRST = (
    "annule", "annulee", "annules", "annulees", "cancelled", "canceled", "voided", "abandoned", "abandonne",
    "abandonnee", "storniert", "cancelado", "cancelada", "anulado", "anulada", "annullato", "annullata",
    "geannuleerd",
)  # fmt: skip
"""Words that say so whatever follows them (`Annulée par le client`), unless that is *in part*."""

SOLD_STATUSES = (
    "paid", "partially paid", "complete", "completed", "closed", "done", "success",
    "succeeded", "successful", "captured", "authorized", "processing", "in progress", "on-hold",
    "on hold", "open", "new", "confirmed", "invoiced", "fulfilled", "partially fulfilled", "partial",
    "unfulfilled", "shipped", "partially shipped", "dispatched", "in transit", "delivered", "received",
    "ready", "partially refunded", "wc-completed", "wc-processing", "wc-on-hold",
    "paye", "payee", "paiement accepte", "termine", "terminee", "cloture", "cloturee",
    "en cours", "en cours de preparation", "en preparation", "nouvelle",
    "confirmee", "validee", "valide",
    "facture", "facturee", "expedie", "expediee", "livre", "livree", "recue", "prete", "bezahlt",
    "abgeschlossen", "versendet", "geliefert", "pagado", "pagada", "completado", "completada", "enviado",
    "entregado", "concluido", "concluida", "entregue", "pago",
    "pagato", "completato", "spedito", "consegnato",
    "payment accepted", "processing in progress", "remote payment accepted", "on backorder (paid)",
    "paiement a distance accepte", "en attente de reapprovisionnement (paye)", "preparation en cours",
    "livraison en cours", "en traitement", "traite", "traitee", "approved", "authorised", "unshipped",
    "partiallyshipped", "shipped - delivered to buyer", "shipped - picked up", "shipped - out for delivery",
    "pending - waiting for pick up", "active", "inprocess", "ready to ship", "not shipped",
    "betaald", "verzonden", "geleverd", "afgerond", "cobrada", "cobrado", "pagata", "evaso", "spedita",
    "completata", "comptabilise", "posted", "sales order", "bon de commande", "sent", "won", "closed won",
    "closedwon", "gagne", "gagnee", "awaiting shipment", "paid and shipped", "ready for pickup",
    "depart effectue", "arrivee effectuee", "arrive", "arrivee", "parti", "sejourne", "abgereist",
    "voltooid", "in behandeling", "in bearbeitung", "bestatigt", "confirmado", "confermato", "bevestigd",
    "en cours de traitement", "saldata", "saldato", "encaisse", "encaissee", "encaissees",
    "reussi", "reussie", "finalise", "finalisee", "honore", "honoree", "checked out",
    "partiellement rembourse", "partiellement remboursee", "sale",
)  # fmt: skip

MOST_STATUSES = 40
"""More different values than this are no statuses: nothing is said of them."""

MOST_NAMED = 6
LONGEST = 60
_MANY_ROWS = 10


@dataclass(frozen=True, slots=True)
class Unknown:
    """Kept lines of a source whose status no list knows.

    Args:
        names: the statuses, those of most lines first, at most `MOST_NAMED`; none of those that might tell
            of a person, which are counted apart.
        rows: the lines of all of them, and their `amount`.
        share: of the source's kept money, in [0, 1].
    """

    source: str
    names: tuple[str, ...]
    rows: int
    amount: Decimal
    share: float


def status_condition(columns: Collection[str], lines: str | None) -> exp.Expr:
    """The line's status, a cancellation date, or a refund of all that it cost: its order came to nothing.

    A row with a minus that says so undoes a sale, as it would without a word (see `collection.refunds`).

    Args:
        columns: the columns of the line's table.
        lines: that table where it has several lines an order, which are then judged together.
    """
    signs, negative = [], takes_back(columns)
    if "status" in columns:
        status = sql("lower(strip_accents(status))")
        told = sql(
            "$told and not (($negative) and regexp_matches($status, $taking_back))",
            told=exp.paren(_tells_cancelled(status)),
            negative=negative,
            status=status,
            taking_back=_TAKING_BACK,
        )
        signs.append(told)
    if "cancelled_at" in columns:
        signs.append(sql("cancelled_at is not null and not ($negative)", negative=negative))
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
    found: exp.Expr = sql("coalesce($any, false)", any=exp.or_(*signs)) if signs else exp.false()
    return found


def undoing_condition(columns: Collection[str]) -> exp.Expr:
    """The line takes back, and says so: the sale that it undoes may have been called off by itself."""
    signs = []
    if "status" in columns:
        signs.append(_tells_cancelled(sql("lower(strip_accents(status))")))
    if "cancelled_at" in columns:
        signs.append(sql("cancelled_at is not null"))
    told = sql("coalesce($any, false)", any=exp.or_(*signs)) if signs else exp.false()
    return exp.and_(takes_back(columns), told)


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


def find_unknown_statuses(engine: Engine, sources: Collection[str]) -> tuple[Unknown, ...]:
    """What of `order_lines` is kept as sales under a status that no list knows, by source.

    Money given back is no sale whatever it is called, and is told as refunds.
    """
    rows = engine.records(
        sql(
            """
            select source, replace(lower(strip_accents(trim(status))), '_', ' ') as plain,
                min(trim(status)) as status, count(*) as rows, sum(amount) as amount,
                count(*) >= $many and min(customer_id) <> max(customer_id) as shared
            from order_lines where amount is null or amount >= 0
            group by source, plain order by rows desc, plain
            """,
            many=_MANY_ROWS,
        )
    )
    found = []
    for source in sources:
        own = [row for row in rows if row["source"] == source]
        odd = [row for row in own if row["plain"] and row["plain"] not in SOLD_STATUSES]
        if not odd or len(own) > MOST_STATUSES:
            continue
        whole = _sum_money(own)
        named = [row for row in odd if _is_quotable(row)]
        for each, most in ((named, MOST_NAMED), ([row for row in odd if row not in named], 0)):
            if each:
                names = tuple(row["status"] for row in each[:most])
                amount = _sum_money(each)
                share = float(amount / whole) if whole > 0 else 1.0
                found.append(Unknown(source, names, sum(row["rows"] for row in each), amount, share))
    return tuple(found)


def _is_quotable(row: Mapping[str, Any]) -> bool:
    return len(row["status"]) <= LONGEST and is_quotable(row["status"], row["shared"])


def _sum_money(rows: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((row["amount"] or Decimal(0) for row in rows), Decimal(0))
