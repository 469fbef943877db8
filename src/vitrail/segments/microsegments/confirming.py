"""The groups found, weighed on the half of the customers at which the search never looked.

Model, assumptions and source: see `vitrail.segments.microsegments.analysis`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from sqlglot import exp

from vitrail.engine import Engine
from vitrail.segments.microsegments.coding import Condition
from vitrail.segments.microsegments.halves import GroupSums, Population, choose_scale, load_gains, load_sums
from vitrail.segments.microsegments.result import Microsegment
from vitrail.statistics.adjusted import Effect, Side, estimate_effect
from vitrail.variables.kpis import Kpi

LEVEL = 0.05
LEAST_CONFIRMING = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A group on the confirming half; `p` tests what it adds to the groups before it."""

    conditions: tuple[Condition, ...]
    sums: GroupSums
    effect: Effect | None
    p: float
    agrees: bool


def weigh_groups(
    engine: Engine,
    population: Population,
    groups: Sequence[tuple[Condition, ...]],
    kpi: Kpi,
    sign: int,
    parse: Callable[[str], exp.Expr],
) -> tuple[Candidate, ...]:
    """Each group on the confirming half.

    Args:
        sign: 1 where the KPI should be higher, -1 lower, 0 either.
        parse: reads a condition over the columns of the population.
    """
    if not groups:
        return ()
    amount = "total_amount" if "total_amount" in engine.columns(population.rows) else None
    sums = load_sums(engine, population, [parse(_write(group)) for group in groups], kpi, amount)
    parts = [[parse(each.text) for each in group] for group in groups]
    gains = load_gains(engine, population, parts, kpi)
    whole, scale = choose_scale(population, kpi)
    estimate = partial(_estimate, kind=kpi.kind, centre=whole.centre, scale=scale)
    return tuple(
        _weigh(group, each, gained, sign, estimate)
        for group, each, gained in zip(groups, sums, gains, strict=True)
    )


def confirm_groups(
    candidates: Sequence[Candidate], adjusted: Sequence[float], customers: int, most: int
) -> tuple[Microsegment, ...]:
    """The candidates that the other half bears out, `most` at the most.

    Args:
        adjusted: their p-values, corrected for all candidates of the run.
        customers: of whom the KPI is known.
    """
    confirmed = tuple(
        Microsegment(
            conditions=each.conditions,
            when=_write(each.conditions),
            customers=each.sums.customers,
            share=each.sums.customers / customers,
            revenue=each.sums.revenue,
            effect=each.effect,
            confirmed_on=int(each.sums.group.customers.sum()),
            p_adjusted=p,
        )
        for each, p in zip(candidates, adjusted, strict=True)
        if p <= LEVEL and each.agrees and each.effect is not None
    )
    return confirmed[:most]


def _weigh(
    group: tuple[Condition, ...],
    sums: GroupSums,
    gains: Sequence[tuple[Side, Side]],
    sign: int,
    estimate: Callable[[Side, Side], Effect | None],
) -> Candidate:
    """The test of a group, and whether all else about it agrees."""
    effect = estimate(sums.group, sums.rest)
    own = estimate(sums.own, sums.others)
    if effect is None or own is None:
        return Candidate(group, sums, effect, 1.0, False)
    gained = [estimate(inside, outside) for inside, outside in gains]
    agrees = (
        effect.p <= LEVEL
        and effect.value * sign >= 0
        and (effect.value >= own.value / 2 if own.value > 0 else effect.value <= own.value / 2)
        and all(
            each is not None and each.p <= LEVEL and (each.value > 0) == (own.value > 0) for each in gained
        )
    )
    return Candidate(group, sums, effect, own.p, agrees)


def _estimate(
    group: Side, rest: Side, kind: Literal["share", "mean"], centre: float, scale: float
) -> Effect | None:
    if min(group.customers.sum(), rest.customers.sum()) < LEAST_CONFIRMING:
        return None
    return estimate_effect(group, rest, kind, centre, scale)


def _write(group: Sequence[Condition]) -> str:
    """The group's condition as a rule of the plan writes it."""
    return " and ".join(each.text for each in group)
