"""Credit notes that a column of document types tells, while their amounts are written without a minus."""

from __future__ import annotations

from collections.abc import Mapping

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import SURE, Reports
from vitrail.collection.guessing.content import content_fit
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import fold, read_header
from vitrail.collection.guessing.names import name_score

CREDITS = (
    "avoir", "avoirs", "avoir client", "facture avoir", "facture d'avoir", "facture d’avoir",
    "note de credit",
    "credit note", "credit memo", "creditmemo", "creditnote", "sales credit note", "sales credit memo",
    "customer credit note", "refund", "remboursement", "gutschrift", "rechnungskorrektur", "stornorechnung",
    "nota de credito", "factura rectificativa", "abono", "nota di credito", "creditnota", "creditfactuur",
    "credit notes", "credit memos", "credit invoice", "sales credit", "refund receipt", "adjustment note",
    "notes de credit", "note d avoir", "avoir sur facture", "facture rectificative", "rectificative",
    "rectificativa", "factura de abono", "nota de abono", "nota credito", "kreditnota", "kreditfaktura",
)  # fmt: skip
"""What systems call, folded, a document that takes back."""

SHORT_CREDITS = (
    "credit", "credits", "credito", "cn", "crn", "cr", "cm", "nc", "ncr", "av", "avr", "accreccredit",
)  # fmt: skip
"""What they call it for short, which says so in a column of kinds of documents alone."""

_NUMBERS = frozenset([
    "c", "cn", "crn", "cr", "cm", "scn", "nc", "ncr", "av", "avo", "avr", "avoir", "credit", "gs",
])  # fmt: skip
"""What the number of such a document begins with; `C` where the others begin with no letter."""

_KINDS = frozenset([
    "type", "typ", "types", "kind", "nature", "art", "tipo", "soort", "document", "documents", "doc",
    "doctype", "piece", "pieces", "beleg", "belegart", "dokumenttyp", "dokumentart", "voucher", "transaction",
    "transactions", "record", "row", "line", "ligne", "event", "evenement", "operation", "vente", "ventes",
    "sale", "sales", "order", "commande", "invoice", "facture", "memo", "entry", "ecriture", "mouvement",
    "movement", "documento", "comprobante", "status", "statut", "etat",
])  # fmt: skip
"""What the name of a column is made of that tells the kind of a document."""
_DOCUMENTS = frozenset([
    "invoice", "invoices", "facture", "factures", "vente", "ventes", "sale", "sales", "order", "orders",
    "commande", "commandes", "charge", "payment", "ticket", "receipt", "recu", "rechnung", "verkauf",
    "factura", "venta", "fattura", "vendita", "factuur", "verkoop", "purchase", "achat", "accrec", "inv",
    "fac", "fa",
])  # fmt: skip
_QUALIFIERS = frozenset([
    "standard", "client", "clients", "customer", "tax", "pos", "final", "simple", "acompte", "deposit",
    "situation", "cash", "web", "magasin", "solde", "balance", "bon", "bons", "confirmed", "confirmee",
    "completed", "placed", "made",
])  # fmt: skip
_SMALL = frozenset([
    "de", "la", "le", "du", "des", "d", "of", "the", "a", "un", "une", "name",
])  # fmt: skip

_OF_REFUNDS = frozenset(["credit", "creditnote", "memo", "note", "gutschrift", "nota", "credito", "abono"])
_MOST_TYPES = 40
_MIGHT_TELL = ("status", "category")


def find_credits(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[str, tuple[str, ...], bool] | None:
    """The column that tells such documents, its values that do, and whether that is sure; None if none does.

    Sure is a column whose name says kinds of documents, beside credit notes sales too: a refund that somebody
    asked for is no credit note. A way to pay is none: what was paid with a credit note was sold.
    """
    worth = columns.get("amount") or columns.get("quantity")
    if worth is None:
        return None
    taken = {guess.source for model, guess in columns.items() if model not in _MIGHT_TELL}
    types = [
        source
        for source, report in sorted(reports.items())
        if report.reading.kind == "text"
        and 2 <= report.distinct <= _MOST_TYPES
        and source not in taken
        and "payment" not in read_header(source).concepts
    ]
    found = evidence.unsigned(types, (*CREDITS, *SHORT_CREDITS), worth.source)
    told = []
    for source, values in found.items():
        sure = tells_documents(source, evidence)
        if words := tuple(each for each in values if sure or fold(each) not in SHORT_CREDITS):
            told.append((source, words, sure))
    return min(told, key=lambda each: not each[2], default=None)


def find_credit_numbers(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[str, int] | None:
    """What a few orders' numbers begin with as those of credit notes do, and their rows, none below zero.

    The most begin otherwise, and go on alike: `C536379` among `536365`, `CN-012` among `INV-011`.
    """
    worths = [columns[each].source for each in ("amount", "quantity") if each in columns]
    order = columns.get("order_id")
    if order is None or not worths:
        return None
    report = reports[order.source]
    if report.reading.kind != "text" and not report.spoiled:
        return None
    forms = evidence.number_forms(order.source, worths)
    for (letters, rest), (rows, unsigned) in sorted(forms.items()):
        most, usual = max((count, start) for (start, end), (count, _) in forms.items() if end == rest)
        told = letters.lower() in _NUMBERS and (letters.lower() != "c" or not usual)
        if told and unsigned and 2 * rows < most:
            return letters, rows
    return None


def name_refunds(reports: Reports) -> Mapping[str, str]:
    """Model column → column of a file of refunds that only says besides that it is of these: `Date avoir`."""
    found = {}
    for model in ("ordered_at", "amount"):
        told = {
            source: name_score(model, bare) * content_fit(model, report)
            for source, report in sorted(reports.items())
            if (bare := _without_refund(source)) != fold(source)
        }
        plain = [name_score(model, source) * content_fit(model, reports[source]) for source in reports]
        best = max(told, key=lambda source: told[source], default="")
        if best and told[best] >= max(SURE, *plain):
            found[model] = best
    return found


def _without_refund(name: str) -> str:
    words = fold(name).split()
    return " ".join(w for w in words if w not in _OF_REFUNDS and "refund" not in read_header(w).concepts)


def names_documents(source: str, reports: Reports, evidence: Evidence) -> bool:
    """Whether half the cells of a column are what a document is called (`Facture`), and name no product."""
    crowds = evidence.crowds(source, sorted(_DOCUMENTS))
    return 2 * sum(crowd.rows for crowd in crowds.values() if crowd.word) >= reports[source].filled


def names_kinds(source: str) -> bool:
    """Whether the column's name says kinds of documents."""
    return set(fold(source).split()) <= _KINDS | _SMALL


def tells_documents(source: str, evidence: Evidence) -> bool:
    """Whether the column's name says kinds of documents, and one of its values is a sale's."""
    if not names_kinds(source):
        return False
    return any(is_sale(value) for value in evidence.values(source))


def is_sale(value: str) -> bool:
    """Whether a value is what the document of a sale is called, and no more: `Facture client`."""
    words = set(fold(value).split()) - _SMALL
    return bool(words & _DOCUMENTS) and words <= _DOCUMENTS | _QUALIFIERS
