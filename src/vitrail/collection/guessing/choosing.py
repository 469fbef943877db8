"""Which source column is taken for each model column: names, content and what fits together, weighed.

Each pair gets a score (name × content, or a preset's word); pairs are taken from the best down, each source
column once. Ties go by name, so that the order of the columns changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.content import content_fit, is_all_zero, is_flag, is_rate, is_worth_nothing
from vitrail.collection.guessing.headers import fold, read_header
from vitrail.collection.guessing.names import name_score
from vitrail.collection.guessing.presets import Preset, match_header
from vitrail.collection.model import ORDER_MONEY
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.values import ColumnReport

Reports = Mapping[str, "ColumnReport"]

SURE = 0.7
_ENOUGH = {"customer_id": 0.45, "order_id": 0.45, "amount": 0.45, "unit_price": 0.5, "ordered_at": 0.4}
_ENOUGH_ELSE = 0.55
_CLOSE = 0.12
_OPEN = frozenset({"value", "created", "order", "invoice", "revenue", "date"})
_AS_MANY = 0.5  # codes for each name, below which most of the customers have none
_FEES = frozenset({"fee", "membership fee", "cotisation"})  # what a club or a school sells
_OWN = frozenset({"order_id", "product_id", "email"})
_FEWER = 3  # the seller's own address is on many rows, unlike that of a buyer for many, who is called so
_RECEIVING = frozenset({"destinataire", "recipient", "empfanger", "destinatario", "ontvanger"})  # of money


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source column that might be a model column."""

    model: str
    source: str
    score: float
    reason: str
    preset: str = ""


def list_candidates(
    model_columns: Iterable[str], reports: Reports, preset: Preset | None, sales: bool
) -> list[Candidate]:
    """Every pair of columns that is sure enough by name, content or preset, in no order.

    A bare identifier is no rival of a column whose name says what it is.
    """
    found = []
    people = not sales and _tells_history(reports)
    for model in model_columns:
        given = _preset_source(model, reports, preset)
        for source, report in reports.items():
            if preset and source == given and content_fit(model, report):
                found.append(Candidate(model, source, 1.0, "guess_preset", preset.label))
                continue
            if given or (preset and preset.columns.get(model) == ()):
                continue
            if model == "discount_amount" and is_rate(read_header(source).concepts == {"discount"}, report):
                continue
            if model in ORDER_MONEY and is_flag(report):
                continue
            score = name_score(model, source) * content_fit(model, report)
            score, reason = _with_uniqueness(model, source, score, report, sales, people)
            reason = "guess_zeros" if is_worth_nothing(model, report) else reason
            if score >= _ENOUGH.get(model, _ENOUGH_ELSE):
                found.append(Candidate(model, source, round(score, 4), reason))
    said = {c.model: c.score for c in sorted(found, key=lambda c: c.score) if c.reason == "guess_name"}
    found = [c for c in found if c.reason != "guess_uniqueness" or c.score > said.get(c.model, 0)]
    telling = {c.model for c in found if not is_all_zero(reports[c.source])}
    found = [
        c for c in found if c.model not in telling & {*ORDER_MONEY} or not is_all_zero(reports[c.source])
    ]
    found = _leave_references(found, reports)
    addresses = [reports[c.source].distinct for c in found if c.model == "email"]
    found = [
        c
        for c in found
        if c.model != "email"
        or _FEWER * reports[c.source].distinct > max(addresses)
        or ("customer" in read_header(c.source).concepts and not _RECEIVING & set(fold(c.source).split()))
    ]
    return found + _by_content_alone(set(model_columns), found, reports, sales)


def _leave_references(found: list[Candidate], reports: Reports) -> list[Candidate]:
    """The candidates but those that under half as many rows fill as another: they refer to some other row."""
    most = {c.model: 0 for c in found}
    for each in found:
        most[each.model] = max(most[each.model], reports[each.source].filled)
    return [c for c in found if c.model not in _OWN or 2 * reports[c.source].filled >= most[c.model]]


def choose(candidates: Iterable[Candidate]) -> dict[str, ColumnGuess]:
    """The best assignment, greedily from the surest pair down; alternatives are those close behind."""
    ordered = sorted(candidates, key=lambda c: (-c.score, c.model, fold(c.source), c.source))
    chosen: dict[str, Candidate] = {}
    taken: set[str] = set()
    for candidate in ordered:
        if candidate.model not in chosen and candidate.source not in taken:
            chosen[candidate.model] = candidate
            taken.add(candidate.source)
    return {
        model: ColumnGuess(
            best.source,
            best.score,
            Finding(best.reason, "info", model, {"preset": best.preset} if best.preset else {}),
            tuple(
                c.source
                for c in ordered
                if c.model == model and c.source not in taken and c.score >= best.score - _CLOSE
            )
            if best.reason != "guess_preset"
            else (),
        )
        for model, best in chosen.items()
    }


def _preset_source(model: str, reports: Reports, preset: Preset | None) -> str | None:
    """The column the preset names for `model`: the first of its headers that is there and filled.

    None where it names the customer by what is no code, and a code that a person added stands beside it.
    """
    for header in preset.columns.get(model, ()) if preset else ():
        for source in sorted(reports):
            if match_header(source) == header and content_fit(model, reports[source]):
                named = model == "customer_id" and reports[source].email_share < 0.5
                return None if named and find_code(source, reports, _AS_MANY) else source
    return None


def find_code(name: str, reports: Reports, as_many: float = 0.0) -> str | None:
    """The column that surely says that it is the customer's code; None where `name` says so itself.

    Args:
        as_many: the least number of codes for each different cell of `name`.
    """
    if "id" in read_header(name).concepts:
        return None
    codes = {
        source: score
        for source, report in reports.items()
        if {"customer", "id"} <= read_header(source).concepts
        and report.distinct >= as_many * reports[name].distinct
        and (score := name_score("customer_id", source) * content_fit("customer_id", report)) >= SURE
    }
    return max(sorted(codes), key=lambda source: codes[source], default=None)


def _tells_history(reports: Reports) -> bool:
    """Whether dates are those of somebody's first or last order, so that each row is a customer."""
    days = [source for source, report in reports.items() if report.reading.kind in ("day", "moment")]
    said = [read_header(source).concepts for source in days]
    return any(concepts & {"first", "last"} and "update" not in concepts for concepts in said)


def _with_uniqueness(
    model: str, source: str, score: float, report: ColumnReport, sales: bool, people: bool
) -> tuple[float, str]:
    """A bare `id` is the order's if it never repeats, the customer's if it does and says nothing else.

    Args:
        people: the rows are known to be customers, whatever else their `id` says.
    """
    bare = model == "order_id" or (model == "customer_id" and (people or not read_header(source).unknown))
    if bare and 0.25 <= score < 0.45:
        fits = report.unique == (model == "order_id") if sales else model == "customer_id" and report.unique
        return (score + 0.25, "guess_uniqueness") if fits else (score, "guess_name")
    return score, "guess_name"


def _by_content_alone(
    models: set[str], found: list[Candidate], reports: Reports, sales: bool
) -> list[Candidate]:
    """What the content says where no name says anything: an e-mail, the one date, the one amount."""
    named = {candidate.model for candidate in found}
    claimed = {candidate.source for candidate in found}
    free = {source: report for source, report in reports.items() if source not in claimed and report.filled}
    extra: list[Candidate] = []
    if "email" in models - named:
        extra += [
            Candidate("email", source, 0.85, "guess_emails")
            for source, report in reports.items()
            if report.email_share >= 0.8 and content_fit("email", report) >= _ENOUGH_ELSE
        ]
    if sales and "ordered_at" in models - named:
        kinds, span = ("day", "moment"), ("end", "start", "shipping")
        days = [s for s, r in free.items() if r.reading.kind in kinds and _neutral(s, *span)]
        extra += [Candidate("ordered_at", days[0], 0.6, "guess_only_date")] if len(days) == 1 else []
    if sales and not {"amount", "unit_price"} & named:
        fees = [source for source in free if fold(source) in _FEES]
        sums = [s for s, r in free.items() if r.reading.kind == "number" and not r.unique and _neutral(s)]
        sums = sums or [s for s in fees if free[s].reading.kind == "number" and _is_paid(reports)]
        extra += [Candidate("amount", sums[0], 0.5, "guess_only_number")] if len(sums) == 1 else []
    return extra


def _is_paid(reports: Reports) -> bool:
    """Whether a column tells when or how was paid."""
    return any("payment" in read_header(source).concepts for source in reports)


def _neutral(source: str, *free: str) -> bool:
    """Whether a name leaves its meaning open, so that content may decide it; `free` concepts do too."""
    return not read_header(source).concepts - _OPEN - {*free}
