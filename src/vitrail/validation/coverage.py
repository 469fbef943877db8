"""Coverage: customers whom a segmentation leaves out, or puts only where it puts whoever is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vitrail.validation.cuts import APART, Cut
from vitrail.validation.sums import Sums


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who is spoken for by a segmentation; by none of them where `segmentation` is None.

    Args:
        nowhere: customers in no segment.
        only_rest: customers in a segment that takes whoever is left, and in no other.
        customers: all of them.
    """

    segmentation: str | None
    customers: int
    nowhere: int
    only_rest: int

    @property
    def share(self) -> float:
        """The share of the customers who are in a segment made for them; 0 where there is nobody."""
        return 1 - (self.nowhere + self.only_rest) / self.customers if self.customers else 0.0


def measure_coverage(cuts: Sequence[Cut], sums: Sums) -> tuple[Coverage, ...]:
    """The coverage of each segmentation, then of all together."""
    nowhere, only_rest = [0] * (len(cuts) + 1), [0] * (len(cuts) + 1)
    for paths, customers in sums.paths:
        states = [_state(path, cut) for cut, path in zip(cuts, paths, strict=True)]
        states.append(max(states, default=0))
        for i, state in enumerate(states):
            nowhere[i] += customers if state == 0 else 0
            only_rest[i] += customers if state == 1 else 0
    keys = [*(cut.key for cut in cuts), None]
    return tuple(
        Coverage(key, sums.customers, none, rest)
        for key, none, rest in zip(keys, nowhere, only_rest, strict=True)
    )


def _state(path: str, cut: Cut) -> int:
    """0 in no segment, 1 only in one that takes whoever is left, 2 in one made for the customer."""
    segments = [key for key in path.split(APART) if key in cut.segments]
    return 2 if set(segments) - cut.rest else 1 if segments else 0
