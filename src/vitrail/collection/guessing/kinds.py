"""Rows that are no sale: quotes and payments among invoices, what a flag or a second status calls off.

A list of documents often holds every paper of a sale: its quote, its order, its delivery note, its invoice,
its payment. Counted alike they would be five sales.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.credits import (
    CREDITS,
    SHORT_CREDITS,
    is_sale,
    names_kinds,
    tells_documents,
)
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import Header, fold, read_header
from vitrail.collection.readings import plain_name
from vitrail.collection.statuses import CANCELLED_STATUSES, SOLD_STATUSES, says_cancelled
from vitrail.findings import Finding

_QUOTES = frozenset([
    "devis", "quote", "quotes", "quotation", "estimate", "estimates", "proforma", "forma", "angebot",
    "kostenvoranschlag", "presupuesto", "cotizacion", "preventivo", "offerte",
])  # fmt: skip
_NEVER = _QUOTES | frozenset([
    "payout", "payouts", "withdrawal", "retrait", "fee", "fees", "commission", "accpay", "accpaycredit",
    "fournisseur", "supplier", "vendor", "lieferant", "proveedor", "fornitore", "view", "views", "pageview",
    "cart", "addtocart", "pv",
    "click", "clicked", "viewed", "added", "removed", "abandoned", "wishlist", "favorite", "fav",
])  # fmt: skip
_INVOICES = frozenset([
    "invoice", "invoices", "facture", "factures", "rechnung", "factura", "fattura", "factuur", "accrec",
    "inv",
])  # fmt: skip
_ORDERS = frozenset([
    "order", "orders", "commande", "commandes", "auftrag", "auftragsbestatigung", "pedido", "ordine",
    "verkooporder",
])  # fmt: skip
_BESIDE = frozenset([
    "livraison", "delivery", "lieferschein", "albaran", "ddt", "pakbon", "shipment", "expedition", "payment",
    "payments", "paiement", "reglement", "encaissement", "zahlung", "pago", "pagamento", "betaling", "bill",
    "preparation",
])  # fmt: skip
_CREDIT_FILES = frozenset([
    "avoir", "avoirs", "creditnotes", "creditmemos", "refunds", "remboursements", "gutschriften", "abonos",
    "creditnotas", "slip", "slips", "returns", "returned", "retours", "retouren", "devoluciones", "resi",
])  # fmt: skip
_QUOTE_FILES = frozenset([
    "devis", "quotes", "quotations", "estimates", "proforma", "proformas", "angebote", "presupuestos",
    "preventivi", "offertes",
])  # fmt: skip
_CALLED_OFF_FILES = frozenset([
    "cancelled", "canceled", "cancellations", "voided", "annule", "annules", "annulee", "annulees",
    "annulations", "storniert", "stornierte", "stornos", "stornierungen", "cancelados", "canceladas",
    "cancelaciones", "anulados", "anuladas", "annullati", "annullate", "geannuleerd",
])  # fmt: skip
_NOT_ONLY = frozenset([
    "without", "sans", "excl", "hors", "non", "not", "no", "ohne", "sin", "senza", "zonder", "and", "et",
    "und", "y", "e", "en", "with", "avec", "incl", "mit", "con", "met",
])  # fmt: skip
_SALES_FILES = frozenset([
    "facture", "factures", "invoice", "invoices", "vente", "ventes", "sales", "orders", "commandes",
])  # fmt: skip
_CALLED_OFF = frozenset([
    "cancelled", "canceled", "voided", "void", "deleted", "draft", "rejected", "annule", "annulee",
    "brouillon", "rejete", "rejetee", "storniert", "entwurf", "cancelado", "cancelada", "borrador", "anulado",
    "anulada", "annullato", "annullata", "bozza", "geannuleerd",
])  # fmt: skip
_GIVEN_BACK = frozenset([
    "refunded", "reversed", "rembourse", "remboursee", "erstattet", "reembolsado", "reembolsada",
    "rimborsato", "rimborsata", "terugbetaald",
])  # fmt: skip
_WON = ("won", "closed won", "closedwon", "gagne", "gagnee", "gewonnen", "ganado", "ganada", "vinto", "vinta")
_DISPUTES = frozenset(["dispute", "disputes", "litige", "chargeback", "retrofacturation"])
_GIVEN_UP = frozenset(["lost", "perdu", "perdue", "charge refunded", "accepted", "accepte"])
_UNPAID = re.compile(
    r"(not |non |un|im)pa(id|ye)|awaiting|pending|attente|a payer|\b(over)?due\b|to pay|\bopen\b"
)
_MIGHT_SAY = ("payment_method", "region", "channel", "category")
_KNOWN = frozenset(fold(status) for status in (*CANCELLED_STATUSES, *SOLD_STATUSES))
_CREDITS = frozenset(fold(word) for word in (*CREDITS, *SHORT_CREDITS))
_ELSEWHERE = {"shipping", "product", "marketing", "customer", "line", "date", "amount"}
_STATUS = Header(frozenset({"status"}), ())
_MOST = 40
_UNORDERED = (
    "non commande", "not ordered", "no order", "abandoned cart", "abandoned checkout", "no pedido",
    "carrito abandonado", "carrello abbandonato", "non ordinato", "nicht bestellt", "abgebrochener warenkorb",
    "carrinho abandonado",
)  # fmt: skip


def find_other_kinds(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[str, tuple[str, ...]] | None:
    """The column that tells kinds of documents, and its values that are no sale; None where there is none.

    Quotes and pro-formas, and what is paid to others, never are; orders, deliveries and payments are none
    where invoices stand beside them, nor are deliveries and payments beside orders.
    """
    taken = {guess.source for model, guess in columns.items() if model not in ("status", "category")}
    for source in sorted(_few_words(reports) - taken):
        if tells_documents(source, evidence):
            values = evidence.values(source)
            if others := tuple(value for value in values if _is_other(value, values)):
                return source, others
    return None


def find_unknown_kinds(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[str, tuple[str, ...]] | None:
    """The column of kinds of documents, and its values beside invoices that say nothing and have no minus."""
    worth = columns.get("amount") or columns.get("quantity")
    taken = {guess.source for model, guess in columns.items() if model != "category"}
    for source in sorted(_few_words(reports) - taken) if worth else ():
        values = evidence.values(source) if tells_documents(source, evidence) else ()
        if any(is_sale(value) and set(fold(value).split()) & _INVOICES for value in values):
            unknown = [value for value in values if not _is_understood(value, values)]
            told = evidence.unsigned([source], unknown, worth.source) if worth and unknown else {}
            if source in told:
                return source, told[source]
    return None


def _is_understood(value: str, values: Collection[str]) -> bool:
    plain = fold(value)
    known = plain in _CREDITS or plain in _KNOWN or is_sale(value)
    return known or says_cancelled(plain) or _is_other(value, values)


def find_quotes(columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence) -> str | None:
    """The column that says that all rows are quotes: by the name of their number, or its only kind."""
    named = columns.get("order_id") or columns.get("ordered_at")
    words = set(fold(named.source).split()) if named else set()
    if named and words & _QUOTES and not words & (_INVOICES | _ORDERS):
        return named.source
    for source in sorted(set(reports) - {guess.source for guess in columns.values()}):
        alone = reports[source].distinct == 1 and names_kinds(source)
        if alone and any(set(fold(value).split()) & _QUOTES for value in evidence.values(source)):
            return source
    return None


def _is_other(value: str, values: Collection[str]) -> bool:
    words = set(fold(value).split())
    if words & _NEVER:
        return True
    if fold(value) in _CREDITS or words & _INVOICES:
        return False
    kinds = [set(fold(each).split()) for each in values]
    if any(kind & _INVOICES and not kind & _NEVER for kind in kinds):
        return bool(words & (_BESIDE | _ORDERS))
    return bool(words & _BESIDE) and any(kind & _ORDERS and not kind & _BESIDE for kind in kinds)


def find_head_rows(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[str, tuple[str, ...]] | None:
    """The column, and its value, that tells an order's own row, with its customer, from its lines below."""
    if not {"order_id", "customer_id", "amount"} <= columns.keys():
        return None
    order, customer, amount = (columns[each].source for each in ("order_id", "customer_id", "amount"))
    names = sorted(_few_words(reports) - {guess.source for guess in columns.values()})
    told = evidence.head_rows(order, customer, amount, names)
    return next(((source, (value,)) for source, value in sorted(told.items())), None)


def name_kind(name: str) -> Literal["credits", "quotes", "called_off", ""]:
    """What the name of a file or sheet says its rows are: credit notes, quotes, cancelled, or none of these.

    >>> name_kind("avoirs_2024.csv"), name_kind("devis.xlsx"), name_kind("factures.csv")
    ('credits', 'quotes', '')
    >>> name_kind("Cancelled orders"), name_kind("Orders without cancelled")
    ('called_off', '')
    """
    words = set(fold(name).split())
    if words & _CALLED_OFF_FILES and not words & _NOT_ONLY:
        return "called_off"
    if words & _SALES_FILES:
        return ""
    return "credits" if words & _CREDIT_FILES else "quotes" if words & _QUOTE_FILES else ""


def settle_status(
    columns: dict[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> dict[str, ColumnGuess]:
    """Without a status, it is the column of statuses: one called `state`, or whose words call sales off.

    Of several it is the one that is called so and no more: a condition can name the others beside it.
    """
    if status := columns.get("status"):
        bare = [source for source in sorted(_few_words(reports)) if read_header(source) == _STATUS]
        if bare and status.reason.code == "guess_name":
            return columns | {"status": replace(status, source=bare[0])}
        return columns
    taken = {guess.source for model, guess in columns.items() if model not in _MIGHT_SAY}
    for source in sorted(_few_words(reports), key=lambda each: (not _is_state(each), each)):
        if source not in taken and not read_header(source).concepts & (_ELSEWHERE | {"billing", "address"}):
            values = evidence.values(source)
            called_off = any(says_cancelled(fold(value)) for value in values)
            known = 2 * sum(fold(value) in _KNOWN or says_cancelled(fold(value)) for value in values)
            if values and known >= len(values) and (called_off or _is_state(source)):
                rest = {model: guess for model, guess in columns.items() if guess.source != source}
                reason = Finding("guess_status_words", "info", "status")
                return rest | {"status": ColumnGuess(source, 0.9, reason)}
    return columns


def _is_state(source: str) -> bool:
    return bool(read_header(source).concepts & {"state", "status"})


def find_called_off(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Statuses beside the status, each with its values that call a sale off: a dispute that was lost."""
    found = []
    for source in _other_statuses(columns, reports, _ELSEWHERE - {"shipping"}):
        words = _CALLED_OFF | _GIVEN_BACK if takes_nothing_back(columns, reports) else _CALLED_OFF
        if set(fold(source).split()) & _DISPUTES:
            words = _GIVEN_UP
        if "shipping" in read_header(source).concepts:  # its drafts and voids are labels
            words = _CALLED_OFF_FILES - {"voided"}
        if told := tuple(value for value in evidence.values(source) if fold(value) in words):
            found.append((source, told))
    return tuple(found)


def find_unordered(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What stands in the place of an order's number where nothing was ordered: `Panier abandonné`."""
    if "order_id" not in columns or reports[columns["order_id"].source].unique:
        return ()
    source = columns["order_id"].source
    crowds = evidence.crowds(source, (*CANCELLED_STATUSES, *_UNORDERED))
    told = tuple(sorted(value for value, crowd in crowds.items() if crowd.word and crowd.rows > 1))
    return ((source, told),) if told else ()


def find_unpaid(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Statuses of payment beside the status, each with its values that say that it is awaited."""
    paying = [s for s in _other_statuses(columns, reports) if "payment" in read_header(s).concepts]
    told = [(s, tuple(v for v in evidence.values(s) if _UNPAID.search(fold(v)))) for s in paying]
    return tuple((source, values) for source, values in told if values)


def _other_statuses(
    columns: Mapping[str, ColumnGuess], reports: Reports, elsewhere: Collection[str] = _ELSEWHERE
) -> list[str]:
    taken = {guess.source for guess in columns.values()}
    return [
        source
        for source in sorted(set(reports) - taken)
        if (concepts := read_header(source).concepts) & {"status", "state"}
        and not concepts & set(elsewhere)
        and plain_name(source) not in columns
        and reports[source].distinct <= _MOST
    ]


def find_open_deals(columns: Mapping[str, ColumnGuess], evidence: Evidence) -> tuple[str, ...]:
    """Where a status says which deals are won: its other values, which are no sales yet or never will be."""
    values = evidence.values(columns["status"].source) if "status" in columns else ()
    won = [value for value in values if fold(value) in _WON]
    return tuple(value for value in values if value not in won) if won else ()


def takes_nothing_back(columns: Mapping[str, ColumnGuess], reports: Reports) -> bool:
    """Whether no row gives money back, so that only its status can say that a sale was undone."""
    least = reports[columns["amount"].source].minimum if "amount" in columns else None
    return not isinstance(least, Decimal) or least >= 0


def _few_words(reports: Reports) -> set[str]:
    """Columns of a few different words."""
    return {
        source
        for source, report in reports.items()
        if report.reading.kind == "text" and 2 <= report.distinct <= _MOST
    }
