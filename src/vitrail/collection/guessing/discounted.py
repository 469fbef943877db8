"""Which of several amounts a discount is still to come off, or that is still to be paid in part.

Figures decide before names: where one amount less a discount is another on nearly each row that has one, the
other is what is left. Where they decide nothing, *gross* is before the discount beside a column of discounts,
and gives way in any case to an amount that says outright that it is with tax, paid or to be paid; unless it
is another amount and its tax. What was paid comes first, unless it is nothing on many rows that are worth
something: those are owed.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from vitrail.collection.guessing.choosing import Candidate, Reports
from vitrail.collection.guessing.content import is_flag
from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import fold, read_header

_FULL = frozenset({"brut", "brute", "brutes", "gross"})
_OWED = frozenset({"gross", "payment", "to_pay"})
_NO_MONEY = frozenset({"percent", "id", "voucher", "date", "name", "count", "status"})
_NEARLY, _BEHIND = 0.9, 0.02
_MANY, _SURE = 0.1, 0.905


def leave_undiscounted(amounts: list[Candidate], reports: Reports, evidence: Evidence) -> list[Candidate]:
    """The amounts without those that another is left of, and those that may be such behind the others."""
    if len(amounts) < 2:
        return amounts
    discounts = _list_money("discount", amounts, reports)
    whole = {
        (full.source, left.source)
        for full in amounts
        for left in amounts
        for off in discounts
        if full is not left and _adds_up(left.source, off, full.source, evidence)
    }
    left = {each for _, each in whole} - {each for each, _ in whole}
    kept = [
        replace(each, reason="guess_discounted") if each.source in left else each
        for each in amounts
        if each.source not in {full for full, _ in whole}
    ]
    return _put_behind(
        kept, [*_list_full(kept, bool(discounts), reports, evidence), *_list_unpaid(kept, evidence)]
    )


def _list_full(
    amounts: list[Candidate], discounted: bool, reports: Reports, evidence: Evidence
) -> list[Candidate]:
    """The amounts that are *gross* of a discount, as far as names tell, where another is there."""
    full = [each for each in amounts if says_full(each.source)]
    others = [
        each
        for each in amounts
        if each not in full and (discounted or read_header(each.source).concepts & _OWED)
    ]
    taxes = _list_money("tax", amounts, reports) if full and others else []
    taxed = {
        each.source
        for each in full
        if any(_adds_up(other.source, tax, each.source, evidence) for other in others for tax in taxes)
    }
    return [each for each in full if others and each.source not in taxed]


def _list_unpaid(amounts: list[Candidate], evidence: Evidence) -> list[Candidate]:
    """The amounts paid that are nothing on many rows where another, surer than a bare total, is something."""
    paid = [each for each in amounts if "payment" in read_header(each.source).concepts]
    others = [each for each in amounts if each not in paid and each.score >= _SURE]
    return [
        each
        for each in paid
        if any(
            evidence.share(
                "coalesce(paid_, 0) = 0", "other_ <> 0", {"paid_": each.source, "other_": other.source}
            )
            > _MANY
            for other in others
        )
    ]


def _put_behind(amounts: list[Candidate], doubted: list[Candidate]) -> list[Candidate]:
    """The amounts, those doubted just behind the surest of the others: a person is asked."""
    best = max((each.score for each in amounts if each not in doubted), default=1 + _BEHIND)
    return [
        replace(each, score=round(min(each.score, best - _BEHIND), 4)) if each in doubted else each
        for each in amounts
    ]


def says_full(source: str) -> bool:
    """Whether a name says *gross*, and nothing that makes it gross of tax.

    >>> says_full("Montant brut"), says_full("Montant brut TTC"), says_full("Total TTC")
    (True, False, False)
    """
    words = fold(source).split()
    rest = " ".join(word for word in words if word not in _FULL)
    return rest != " ".join(words) and "gross" not in read_header(rest).concepts


def _list_money(concept: str, amounts: list[Candidate], reports: Reports) -> list[str]:
    """The columns of money of that name that are not all zero, and no amount themselves."""
    taken = {each.source for each in amounts}
    return [
        source
        for source, report in reports.items()
        if source not in taken
        and concept in (said := read_header(source).concepts)
        and not said & _NO_MONEY
        and report.reading.kind == "number"
        and not is_flag(report)
        and isinstance(report.minimum, Decimal)
        and (report.minimum or report.maximum)
    ]


def _adds_up(part: str, other: str, whole: str, evidence: Evidence) -> bool:
    names = {"part_": part, "other_": other, "whole_": whole}
    return evidence.share("abs(part_ + abs(other_) - whole_) <= 0.011", "other_ <> 0", names) >= _NEARLY
