"""The price that was asked, beside a list price: a net price, or one with its reduction taken off."""

from __future__ import annotations

from dataclasses import replace

from vitrail.collection.guessing.answers import SourceGuess
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.content import fitting_reading
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import Header, read_header
from vitrail.findings import Finding

_PRICE = frozenset({"price", "unit_price"})
_REDUCED = frozenset({"net", "discount", "voucher", "payment"})
_BESIDE = frozenset({"unit", "product", "line", "revenue"})
_LAST = frozenset({"final", "special", "effective", "actual", "sold", "after"})
_ALWAYS, _SOME = 0.995, 0.02
_SETTLED = ("guess_preset", "guess_answered")


def prefer_reduced_price(guess: SourceGuess, reports: Reports, evidence: Evidence) -> SourceGuess:
    """The guess with the price that was asked for its unit price, where nothing else tells the amount.

    That is one never above the price taken, equal to it on some rows and below it on others: a tax would part
    them on nearly all. A person is asked.
    """
    listed = guess.columns.get("unit_price")
    if listed is None or "amount" in guess.known or listed.reason.code in _SETTLED:
        return guess
    if "gross" in read_header(listed.source).concepts:
        return guess
    taken = {each.source for each in guess.columns.values()} | set(guess.parts)
    for source in sorted(set(reports) - taken):
        reading = fitting_reading("unit_price", reports[source])
        if reading and _says_reduced(read_header(source)) and _is_reduced(listed.source, source, evidence):
            reason = Finding("guess_reduced_price", "info", "unit_price", {"column": listed.source})
            column = replace(listed, source=source, score=0.8, reason=reason, alternatives=(listed.source,))
            return replace(
                guess,
                columns={**guess.columns, "unit_price": column},
                readings={**guess.readings, source: reading},
            )
    return guess


def _says_reduced(header: Header) -> bool:
    said, words = header.concepts, set(header.unknown)
    told = bool(said & _REDUCED or words & _LAST)
    return told and bool(said & _PRICE) and said <= _PRICE | _REDUCED | _BESIDE and words <= _LAST


def _is_reduced(listed: str, asked: str, evidence: Evidence) -> bool:
    names = {"listed": listed, "asked": asked}
    if evidence.share("asked <= listed + 0.005", "listed > 0", names) < _ALWAYS:
        return False
    less = evidence.share("asked < listed - 0.005", "listed > 0", names)
    says_so = "discount" in read_header(asked).concepts
    return less >= _SOME and (says_so or less <= 1 - _SOME)
