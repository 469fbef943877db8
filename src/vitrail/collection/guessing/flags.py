"""Columns that say yes or no of a sale: called off, given back, made as a test.

Only what is called off for sure is left out (`Refunded: yes`). What may be a number of times
(`Returns: 1`), or may yet be won (`Disputed`), is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.content import is_all_zero, is_flag
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import fold, read_header

Sense = Literal["called_off", "given_back", "maybe", "unpaid", "test", "maybe_test"]

_SMALL = frozenset([
    "is", "was", "has", "been", "a", "ete", "est", "the", "la", "le", "fully", "order", "commande", "sale",
    "vente", "transaction", "payment", "paiement", "charge", "invoice", "facture", "line", "ligne", "item",
    "flag", "yn", "y", "n",
])  # fmt: skip
_CALLED_OFF = "cancel cancelled canceled annule annulee deleted supprime supprimee void voided"
_GIVEN_BACK = "refunded returned reversed rembourse remboursee retourne retournee chargeback"
_MAYBE = (
    "refund refunds return returns retour retours remboursement remboursements avoir disputed dispute litige "
    "conteste contestee"
)
_SAYS: Mapping[str, Sense] = {
    **dict.fromkeys(_CALLED_OFF.split(), "called_off"),
    **dict.fromkeys(_GIVEN_BACK.split(), "given_back"),
    **dict.fromkeys(_MAYBE.split(), "maybe"),
    **dict.fromkeys(("test", "tests", "sandbox"), "test"),
}
_MUCH = {"refund", "quantity", "amount", "total", "value", "line", "product", "count", "order"}
_VALID = ({"valid"}, {"valide"})
_PAID = frozenset([
    "paid", "payed", "paye", "payee", "regle", "reglee", "acquitte", "acquittee", "encaisse", "encaissee",
    "settled",
])  # fmt: skip
_LIVE = ({"live"}, {"livemode"}, {"live", "mode"})
_MODES = ({"mode"}, {"environment"}, {"env"}, {"environnement"})
_MIGHT_SAY = ("payment_method", "channel")
_TESTS = ("test", "sandbox")
_GATEWAYS = frozenset(["payment", "gateway", "paiement", "zahlung", "zahlungsart", "pago", "pagamento"])
_TEST_GATEWAY = re.compile(r"\bbogus\b|\bfor testing\b|\b(test|sandbox) (mode|gateway)\b")
_TAGS = frozenset(["tag", "tags", "etiquette", "etiquettes", "label", "labels"])
_YES = ("y", "yes", "true", "1", "oui", "o", "vrai", "x", "ja", "si", "t")
_NO = ("n", "no", "false", "0", "non", "faux", "nein", "f")


@dataclass(frozen=True, slots=True)
class Flag:
    """A column of the file that says so of a sale with one of `values`."""

    source: str
    sense: Sense
    values: tuple[str, ...]


def find_flags(
    columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence, takes_back: bool
) -> tuple[Flag, ...]:
    """The flags that no column of the model takes, by name.

    Args:
        takes_back: amounts tell already what was given back, which no flag takes out again.
    """
    taken = {guess.source for model, guess in columns.items() if model not in _MIGHT_SAY}
    found = []
    for source in sorted(set(reports) - taken):
        flag = _read_flag(source, reports, evidence) or _read_words(source, evidence)
        if flag and flag.values and not (takes_back and flag.sense in ("given_back", "maybe")):
            found.append(flag)
    return tuple(found)


def _read_words(source: str, evidence: Evidence) -> Flag | None:
    """Payments by a gateway that takes no money, which are tests; and orders that a person tagged so."""
    words = set(fold(source).split())
    if words & _GATEWAYS:
        values = tuple(value for value in evidence.values(source) if _TEST_GATEWAY.search(fold(value)))
        return Flag(source, "test", values)
    if words & _TAGS:
        listed = {value for value in evidence.values(source) if set(fold(value).split()) & {*_TESTS}}
        listed |= {value for value, crowd in evidence.crowds(source, _TESTS).items() if crowd.word}
        return Flag(source, "maybe_test", tuple(sorted(listed)))
    return None


def find_returns(columns: Mapping[str, ColumnGuess], reports: Reports) -> tuple[str, ...]:
    """Columns that tell of refunds or of pieces that came back, beside no amount that takes any off."""
    taken = {guess.source for guess in columns.values()}
    found = []
    for source in sorted(set(reports) - taken):
        report, concepts = reports[source], read_header(source).concepts
        pieces = "quantity" in concepts or not is_flag(report)
        number = report.reading.kind == "number" and pieces and not is_all_zero(report)
        listed = report.reading.kind == "text" and concepts == {"refund"} and report.distinct > 2
        if "refund" in concepts and ((number and concepts <= _MUCH) or listed):
            found.append(source)
    return tuple(found)


def _read_flag(source: str, reports: Reports, evidence: Evidence) -> Flag | None:
    words = set(fold(source).split())
    said = words - _SMALL
    if words in _MODES:
        values = evidence.values(source)
        tests = tuple(value for value in values if fold(value) in _TESTS)
        return Flag(source, "test", tests) if tests and len(values) <= 3 else None
    paid = bool(said) and said <= _PAID
    no = said in _VALID or said in _LIVE or paid
    senses = {_SAYS.get(word) for word in said}
    if not no and (len(senses) != 1 or None in senses):
        return None
    report = reports[source]
    values = evidence.values(source) if report.distinct <= 2 else ()
    if report.reading.kind == "number" and not is_flag(report):
        return None
    told = tuple(value for value in values if fold(value) in (_NO if no else _YES))
    sense = ("unpaid" if paid else "called_off" if said in _VALID else "test") if no else senses.pop()
    same = len(told) == len(values) and report.filled == report.rows  # it says the same of every sale
    return Flag(source, sense, told) if sense and not (same and (no or sense != "called_off")) else None
