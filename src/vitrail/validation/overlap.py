"""How the segments of all segmentations meet: shared customers two by two, and each combination at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vitrail.validation.cuts import APART, Cut
from vitrail.validation.sums import Sums


@dataclass(frozen=True, slots=True)
class Overlap:
    """Who is where at once.

    Args:
        segments: the references, in plan order.
        customers: of each segment.
        shared: segment × segment, the customers who are in both; the diagonal is `customers`.
        jaccard: segment × segment, shared customers over those in either; None where both are empty.
        intersections: each combination of segments that customers are in, and in no other, the largest first;
            customers in none are the empty combination.
    """

    segments: tuple[str, ...]
    customers: tuple[int, ...]
    shared: tuple[tuple[int, ...], ...]
    jaccard: tuple[tuple[float | None, ...], ...]
    intersections: tuple[tuple[tuple[str, ...], int], ...]


def measure_overlap(cuts: Sequence[Cut], sums: Sums) -> Overlap:
    """The overlap of all segments, from the combinations in which they meet."""
    segments = [(cut.key, segment) for cut in cuts for segment in cut.segments]
    index = {name: i for i, name in enumerate(segments)}
    size = len(segments)
    shared = [[0] * size for _ in range(size)]
    combinations: dict[tuple[int, ...], int] = {}
    for paths, customers in sums.paths:
        found = tuple(
            sorted(
                index[cut.key, key]
                for cut, path in zip(cuts, paths, strict=True)
                for key in path.split(APART)
                if (cut.key, key) in index
            )
        )
        combinations[found] = combinations.get(found, 0) + customers
        for place, i in enumerate(found):
            for j in found[place:]:
                shared[i][j] += customers
    for i in range(size):
        for j in range(i):
            shared[i][j] = shared[j][i]
    sizes = [shared[i][i] for i in range(size)]
    names = [f"{key}.{segment}" for key, segment in segments]
    ordered = sorted(combinations.items(), key=lambda each: (-each[1], each[0]))
    return Overlap(
        segments=tuple(names),
        customers=tuple(sizes),
        shared=tuple(tuple(row) for row in shared),
        jaccard=tuple(
            tuple(_jaccard(shared[i][j], sizes[i], sizes[j]) for j in range(size)) for i in range(size)
        ),
        intersections=tuple((tuple(names[i] for i in found), n) for found, n in ordered),
    )


def _jaccard(shared: int, one: int, other: int) -> float | None:
    either = one + other - shared
    return shared / either if either else None
