"""What each kind of segment is held to, and by how much a solution keeps to it or misses it.

A bound's room is 0 at the bound and 1 where nothing better can be (of the excess and of the smallest segment,
at twice the bound); below 0 the bound is missed. A verdict whose deciding room is within `NEAR_BOUND` of 0
could as well have been the other, had a few customers been others, and is told as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vitrail.segments.clusters.choosing import SMALLEST_SHARE, STABLE, VALLEY, Quality
from vitrail.segments.clusters.excess import WELL_BELOW, Band, Excess

REPEATED_SEGMENT = 0.6
NEAR_BOUND = 0.1
#: Where data without structure come back as surely as this, coming back says nothing: a few yes/no answers
#: have few combinations, and these are the segments.
SURE = 0.99
#: Where so many customers are in segments of a single value, or a single combination of values, it is the
#: steps of the scale that come back.
MOST_ALIKE = 0.5

Kind = Literal["natural", "reproducible", "constructed"]
Name = Literal["excess", "valley", "stability", "smallest", "segment", "beyond", "common", "values"]


@dataclass(frozen=True, slots=True)
class Bound:
    """One condition of a kind.

    Args:
        kind: what a solution that keeps to all bounds of it is.
        figure: what was measured.
        threshold: the least that is asked; of a valley, the most.
        room: by how much it is kept to, in shares; negative where it is missed.
    """

    kind: Literal["natural", "reproducible"]
    name: Name
    figure: float
    threshold: float
    room: float

    @property
    def near(self) -> bool:
        """Whether it was kept to, or missed, only just."""
        return abs(self.room) < NEAR_BOUND


def bound_natural(quality: Quality, excess: Excess) -> Bound:
    """The condition of natural segments that a solution keeps to least."""
    whole, valley = quality.stability.whole, min(VALLEY, excess.valley / 2)
    return _least(
        [
            Bound("natural", "excess", excess.least, WELL_BELOW, excess.least / WELL_BELOW - 1),
            Bound("natural", "valley", quality.valley, valley, _room_below(quality.valley, valley)),
            Bound("natural", "stability", whole, STABLE, _room_above(whole, STABLE)),
            Bound(
                "natural", "smallest", quality.smallest, SMALLEST_SHARE, quality.smallest / SMALLEST_SHARE - 1
            ),
        ]
    )


def bound_reproducible(quality: Quality, band: Band, alike: float) -> Bound:
    """The condition of reproducible segments that a solution keeps to least.

    Args:
        alike: the share of customers in segments all of whose members have the same values.
    """
    whole, segment = quality.stability.whole, min(quality.stability.segments)
    beyond = (1 + band.high) / 2
    if band.high >= SURE:
        return Bound("reproducible", "common", whole, band.high, -1.0)
    if alike >= MOST_ALIKE:
        return Bound("reproducible", "values", alike, MOST_ALIKE, -1.0)
    return _least(
        [
            Bound("reproducible", "stability", whole, STABLE, _room_above(whole, STABLE)),
            Bound(
                "reproducible", "segment", segment, REPEATED_SEGMENT, _room_above(segment, REPEATED_SEGMENT)
            ),
            Bound("reproducible", "beyond", whole, beyond, _room_above(whole, beyond)),
        ]
    )


def nearest(bounds: Sequence[Bound]) -> Bound:
    """The bound that decided by least."""
    return min(bounds, key=lambda each: abs(each.room))


def _least(bounds: Sequence[Bound]) -> Bound:
    return min(bounds, key=lambda each: each.room)


def _room_above(figure: float, threshold: float) -> float:
    """Of a figure that is 1 at best."""
    return (figure - threshold) / (1 - threshold)


def _room_below(figure: float, threshold: float) -> float:
    """Of a figure that is 0 at best."""
    if threshold <= 0:
        return 1.0 if figure <= 0 else -1.0
    return 1 - figure / threshold
