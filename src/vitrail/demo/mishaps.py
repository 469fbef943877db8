"""What a real export has beside clean sales: returns, free samples, a test order, lines written twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vitrail.demo.people import People
from vitrail.demo.purchases import CANCELLED, RETURNED, Lines
from vitrail.demo.world import World

SAMPLES_SHARE = 0.02  #: of orders
DOUBLED_SHARE = 0.002  #: of lines
_SECONDS_A_DAY = 86_400


def add_mishaps(world: World, people: People, lines: Lines, rng: np.random.Generator) -> Lines:
    """The lines of the export, in order of time: `lines`, what was sent back, and what went wrong."""
    every = lines.followed_by(_draw_returns(world, people, lines, rng))
    every = every.followed_by(_draw_samples(lines, rng))
    every = every.take(np.lexsort((every.product, every.order, every.at_seconds)))
    doubled = rng.random(len(every.order)) < DOUBLED_SHARE
    return every.take(np.repeat(np.arange(len(every.order)), 1 + doubled))


def _draw_returns(world: World, people: People, lines: Lines, rng: np.random.Generator) -> Lines:
    """A line of its own 3 to 30 days later for what comes back: all of it or, one time in five, a unit."""
    likely = world.facts["returns"][people.type[lines.person]]
    later = lines.at_seconds + rng.integers(3, 31, len(lines.order)) * _SECONDS_A_DAY
    back = (rng.random(len(lines.order)) < likely) & (lines.status != CANCELLED)
    rows = np.flatnonzero(back & (later < world.days * _SECONDS_A_DAY))
    sold = lines.take(rows)
    units = np.where(rng.random(len(rows)) < 0.2, 1, sold.units)
    return replace(
        sold,
        order=-1 - sold.order,
        at_seconds=later[rows],
        units=-units,
        discount_cents=-np.rint(sold.discount_cents * units / sold.units).astype(np.int64),
        status=np.full(len(rows), RETURNED),
    )


def _draw_samples(lines: Lines, rng: np.random.Generator) -> Lines:
    """A free sample in some orders: a line whose price is zero."""
    _, first = np.unique(lines.order, return_index=True)
    rows = first[rng.random(len(first)) < SAMPLES_SHARE]
    nothing = np.zeros(len(rows), dtype=np.int64)
    return replace(
        lines.take(rows),
        product=nothing - 1,
        units=nothing + 1,
        price_cents=nothing,
        discount_cents=nothing,
    )
