"""Credit notes that a column of document types tells, while their amounts are written without a minus."""

from __future__ import annotations

from collections.abc import Mapping

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import read_header

CREDITS = (
    "avoir", "avoirs", "avoir client", "facture avoir", "facture d'avoir", "facture d’avoir",
    "note de credit",
    "credit note", "credit memo", "creditmemo", "creditnote", "sales credit note", "sales credit memo",
    "customer credit note", "refund", "remboursement", "gutschrift", "rechnungskorrektur", "stornorechnung",
    "nota de credito", "factura rectificativa", "abono", "nota di credito", "creditnota", "creditfactuur",
)  # fmt: skip
"""What systems call, folded, a document that takes back."""

_MOST_TYPES = 40
_MIGHT_TELL = ("status", "category")


def find_credits(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[str, tuple[str, ...]] | None:
    """The column that tells such documents, and its values that do; None where none does.

    A way to pay is none: what was paid with a credit note was sold.
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
    return next(iter(evidence.unsigned(types, CREDITS, worth.source).items()), None)
