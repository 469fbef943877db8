"""Files of payments beside the sales that they pay for, and of subscriptions beside what was paid for them.

Counted too, each sale would be revenue twice.
"""

from __future__ import annotations

from pathlib import Path

from vitrail.collection.guessing.headers import fold, read_header
from vitrail.findings import Finding
from vitrail.workspace.drafting import DraftedSource

_PAYMENT_FILES = frozenset([
    "payment", "payments", "paiement", "paiements", "reglement", "reglements", "encaissement",
    "encaissements", "zahlung", "zahlungen", "zahlungseingange", "pago", "pagos", "cobros", "pagamento",
    "pagamentos", "pagamenti", "incassi", "betalingen",
])  # fmt: skip
_BEGUN = "guess_subscriptions"


def leave_out_payments(sources: list[DraftedSource]) -> tuple[list[DraftedSource], list[Finding]]:
    """The sources without those that only say when orders of another source were paid.

    What is left out is said, with the lines of the plan that count it all the same. Payments alone are sales.

    Returns:
        the sources that stay, and a finding for each file left out.
    """
    sales = [each for each in sources if each.guess.table != "customers"]
    paid = [each for each in sales if _tells_payments(each)]
    others = [each for each in sales if each not in paid]
    orders = [each for each in others if "ordered_at" in each.guess.columns]
    if not orders or not any({"amount", "unit_price"} & each.guess.columns.keys() for each in others):
        return sources, []
    return [each for each in sources if each not in paid], [_say(each, orders[0].guess.name) for each in paid]


def leave_out_subscriptions(
    sources: list[DraftedSource],
) -> tuple[list[DraftedSource], list[Finding]]:
    """The sources without subscriptions beside what was paid for them: each would be a sale once more."""
    sales = [each for each in sources if each.guess.table != "customers"]
    begun = [each for each in sales if any(said.code == _BEGUN for said in each.guess.findings)]
    paid = [each for each in sales if each not in begun and {"amount", "unit_price"} & each.guess.known]
    if not begun or not paid:
        return sources, []
    figures = {"orders": paid[0].guess.name}
    said = [Finding("init_subscriptions_left_out", "warning", each.guess.name, figures) for each in begun]
    return [each for each in sources if each not in begun], said


def _say(payments: DraftedSource, orders: str) -> Finding:
    guess, files = payments.guess, payments.files
    columns = ", ".join(f"{model}: {column.source}" for model, column in guess.columns.items())
    figures = {
        "file": f"{files} ({payments.sheet})" if payments.sheet else files,
        "orders": orders,
        "columns": f"columns: {{{columns}}}",
    }
    return Finding("init_payments_left_out", "warning", guess.name, figures)


def _tells_payments(source: DraftedSource) -> bool:
    """Whether the name of a file or sheet, or of its only date, says payments."""
    name = source.sheet or Path(source.files if isinstance(source.files, str) else source.files[0]).stem
    if set(fold(name).split()) & _PAYMENT_FILES:
        return True
    moment = source.guess.columns.get("ordered_at")
    return moment is not None and {"payment", "date"} == read_header(moment.source).concepts
