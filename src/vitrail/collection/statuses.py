"""Statuses of kept lines that no list knows: they count as sales, which only a person can confirm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vitrail.collection.quoting import is_quotable
from vitrail.engine import Engine, sql

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
