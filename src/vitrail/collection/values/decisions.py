"""Which of several readings a column has, and why: by its own cells, else by its neighbours, else open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vitrail.collection.values.moment_styles import MomentStyle
from vitrail.collection.values.number_styles import NumberStyle
from vitrail.collection.values.readings import Reading
from vitrail.collection.values.survey import Contest
from vitrail.findings import Finding, Level

SETTLING_RATIO = 20
"""Where cells speak for both rivals, one wins if it has at least so many times the other's cells."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How a column is read.

    Args:
        certain: nobody need be asked.
        open: its cells leave two readings possible; a neighbour may decide.
        decisive: its cells, or the plan, leave one reading only: it may decide for a neighbour.
    """

    reading: Reading
    certain: bool
    alternatives: tuple[Reading, ...]
    reason: Finding
    open: bool = False
    decisive: bool = False


def explain(code: str, name: str, reading: Reading, **figures: Any) -> Finding:
    """Why column `name` has its reading, for a person."""
    level: Level = (
        "warning" if code in ("reading_open", "reading_contradicted", "reading_doubtful") else "info"
    )
    return Finding(code, level, "", {"column": name, "reading": reading.name, **figures})


def settle(
    name: str, rivals: tuple[Reading, Reading], others: tuple[Reading, ...], tally: Contest, heard: bool
) -> Decision:
    """The choice between two readings by the cells that only one of them can read.

    Args:
        heard: whether what is settled may decide for neighbours.
    """
    first, second = rivals
    if not tally.first and not tally.second:
        if not tally.both:
            return Decision(first, True, others, explain("reading_seen", name, first))
        reason = explain("reading_open", name, first, other=second.name, cells=tally.both)
        return Decision(first, False, (second, *others), reason, open=True)
    winner, loser, more, fewer = first, second, tally.first, tally.second
    if fewer > more:
        winner, loser, more, fewer = second, first, fewer, more
    if more >= SETTLING_RATIO * fewer:
        return Decision(
            winner, True, others, explain("reading_settled", name, winner, cells=more), decisive=heard
        )
    reason = explain("reading_contradicted", name, winner, other=loser.name, cells=more, other_cells=fewer)
    return Decision(winner, False, (loser, *others), reason)


def settle_by_neighbours(decisions: Mapping[str, Decision]) -> dict[str, Decision]:
    """Open columns decided by those of the same file that are not: if all of these agree.

    A file has one decimal mark, and one order of day and month.
    """
    witnesses: dict[str, dict[str, list[str]]] = {}
    for name, decision in decisions.items():
        if decision.decisive and (habit := _habit(decision.reading)):
            witnesses.setdefault(habit[0], {}).setdefault(habit[1], []).append(name)
    settled = dict(decisions)
    for name, decision in decisions.items():
        habit = _habit(decision.reading)
        if not decision.open or not habit or len(found := witnesses.get(habit[0], {})) != 1:
            continue
        value, columns = next(iter(found.items()))
        choices = (decision.reading, *decision.alternatives)
        reading = next(each for each in choices if _habit(each) == (habit[0], value))
        others = tuple(each for each in choices if each.kind != reading.kind)
        reason = explain("reading_neighbour", name, reading, neighbour=min(columns))
        settled[name] = replace(
            decision, reading=reading, certain=True, alternatives=others, reason=reason, open=False
        )
    return settled


def _habit(reading: Reading) -> tuple[str, str] | None:
    """The habit of the file that a reading shows: its decimal mark, or its order of day and month."""
    match reading.style:
        case NumberStyle(mark=mark):
            return "decimal mark", mark
        case MomentStyle(order="dmy" | "mdy" as order):
            return "order", order
    return None
