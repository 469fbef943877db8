"""Segments that a refresh made obsolete: shrunk to nothing, judged worse, cut elsewhere, other people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from sqlglot import exp

from vitrail.engine import Engine, column, expression, sql
from vitrail.validation.cuts import Cut
from vitrail.validation.model import CRITERIA, Card

Cause = Literal["plan", "day"]
Change = Literal["gone", "emptied", "shrunk", "renewed", "aged", "fell", "moved"]

SHRUNK = 0.5
"""A segment with fewer than this share of its former members has shrunk."""
RENEWED = 0.5
"""A segment that kept fewer than this share of its former members is made of other people."""
MOVED = 0.2
"""A threshold that moved by more than this share of what it was means something else."""

PASSING = ("new",)
"""Tones that nobody keeps for long: that other people are in them, or nobody just now, is no news."""

_ORDER = {"pass": 3, "weak": 2, "fail": 1}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the run before said.

    Args:
        cards: the cards of its validation as plain data, by reference; empty where it had none.
        thresholds: segmentation → variable → cut points.
        memberships: its `memberships.parquet`; None where it cannot be compared with.
        as_of: the day it speaks of, as ISO writes it.
        cause: what the person changed since, and other segments were to be expected: the plan, or the day
            asked for; None where only the data may have changed.
    """

    cards: Mapping[str, Mapping[str, Any]]
    thresholds: Mapping[str, Mapping[str, Sequence[float]]]
    memberships: Path | None
    as_of: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Obsolete:
    """A segment, or a segmentation where `segment` is None, that is not what it was.

    Stages of the life cycle that lost their members are *aged*: customers leave them as time goes, which is a
    note and no alarm.

    Args:
        figures: what its sentence quotes.
    """

    segmentation: str
    segment: str | None
    change: Change
    figures: Mapping[str, Any] = field(default_factory=dict)


def find_obsolete(
    engine: Engine, table: str, cuts: Sequence[Cut], cards: Sequence[Card], earlier: Earlier
) -> tuple[Obsolete, ...]:
    """What changed since the run before, in the order of the cards; segments that are gone come last.

    Args:
        table: the customers now, with `customer_id`.
    """
    found = [*_moved(cuts, earlier)]
    kept = _load_kept(engine, table, cuts, earlier.memberships) if earlier.memberships else {}
    stages = {cut.key for cut in cuts if cut.stages}
    ages = {(cut.key, segment) for cut in cuts for segment, tone in cut.tones.items() if tone in PASSING}
    for card in cards:
        before = earlier.cards.get(card.reference)
        members, still = kept.get((card.segmentation, card.segment), (0, 0))
        members = members or int((before or {}).get("customers") or 0)
        if members and (card.segmentation, card.segment) not in ages:
            changes = _of_members(card, members, still, bool(kept))
            found += (
                [replace(each, change="aged") for each in changes] if card.segmentation in stages else changes
            )
        if before is not None and (fallen := _fallen(card, before)):
            figures = {"criteria": [f"validation_{name}" for name in fallen]}
            found.append(Obsolete(card.segmentation, card.segment, "fell", figures))
    now = {card.reference for card in cards}
    for reference, before in earlier.cards.items():
        if reference not in now:
            segmentation, _, segment = reference.partition(".")
            gone = {"before": int(before.get("customers") or 0), "label": dict(before.get("label") or {})}
            found.append(Obsolete(segmentation, segment, "gone", gone))
    return tuple(found)


def _of_members(card: Card, members: int, still: int, known: bool) -> list[Obsolete]:
    figures: dict[str, Any] = {"before": members, "now": card.customers, "kept": still / members}
    if not card.customers:
        return [Obsolete(card.segmentation, card.segment, "emptied", figures)]
    if card.customers < SHRUNK * members:
        return [Obsolete(card.segmentation, card.segment, "shrunk", figures)]
    if known and still < RENEWED * members:
        return [Obsolete(card.segmentation, card.segment, "renewed", figures)]
    return []


def _fallen(card: Card, before: Mapping[str, Any]) -> list[str]:
    """The criteria whose verdict is worse than it was."""
    judged = before.get("criteria") or {}
    was = {name: str((judged.get(name) or {}).get("verdict")) for name in CRITERIA}
    now = {name: card.judgements[name].verdict for name in CRITERIA}
    return [name for name in CRITERIA if _ORDER.get(now[name], 9) < _ORDER.get(was[name], 0)]


def _moved(cuts: Sequence[Cut], earlier: Earlier) -> list[Obsolete]:
    """Segmentations whose thresholds are elsewhere, the one that moved furthest told."""
    found = []
    for cut in cuts:
        moves = []
        for variable, points in cut.thresholds.items():
            old = earlier.thresholds.get(cut.key, {}).get(variable, ())
            if len(old) == len(points):
                moves += [
                    (abs(new - was) / abs(was) if was else float(new != was), variable, was, new)
                    for was, new in zip(old, points, strict=True)
                ]
        furthest = max(moves, default=None)
        if furthest is not None and furthest[0] > MOVED:
            figures = {"variable": furthest[1], "before": furthest[2], "now": furthest[3]}
            figures["others"] = sum(move[0] > MOVED for move in moves) - 1
            found.append(Obsolete(cut.key, None, "moved", figures))
    return found


def _load_kept(
    engine: Engine, table: str, cuts: Sequence[Cut], memberships: Path
) -> dict[tuple[str, str], tuple[int, int]]:
    """By segment, its former members, and those of them it still has."""
    case = exp.Case()
    for cut in cuts:
        holds = expression(
            "$x = e.segment" if cut.partition else "list_contains($x, e.segment)", x=column(cut.key, "now")
        )
        case = case.when(expression("e.segmentation = $key", key=cut.key), holds)
    query = sql(
        "select e.segmentation, e.segment, count(*) as before, count_if(coalesce($kept, false)) as kept"
        " from read_parquet($file) as e left join $now as now on e.customer_id = now.customer_id"
        " where $known group by all",
        kept=case,
        file=str(memberships),
        now=exp.to_table(table),
        known=column("segmentation", "e").isin(*(cut.key for cut in cuts)),
    )
    return {
        (row["segmentation"], row["segment"]): (row["before"], row["kept"]) for row in engine.records(query)
    }
