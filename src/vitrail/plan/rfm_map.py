"""The proof that a map of names covers every RFM cell exactly once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Block = Mapping[str, tuple[int, int] | None]
"""For the axes `r`, `f` and `m`, the lowest and highest score a segment takes; None takes them all."""


class Coverage(NamedTuple):
    """Cells that no segment takes, and cells that several take; each written like `R3 F2`."""

    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    missing_count: int
    doubled_count: int


def check_coverage(levels: Mapping[str, int], blocks: Sequence[Block], shown: int = 12) -> Coverage:
    """Count how often `blocks` take each cell of the grid that their axes span.

    Args:
        levels: the number of scores of each axis, the worst being 1.
        blocks: what each segment takes, within the levels.
        shown: the most cells named; the counts are of all.

    >>> check_coverage({"r": 2, "f": 2}, [{"r": (1, 1), "f": None}, {"r": (1, 2), "f": (2, 2)}])
    Coverage(missing=('R2 F1',), doubled=('R1 F2',), missing_count=1, doubled_count=1)
    """
    import numpy as np

    axes = [axis for axis in levels if any(block.get(axis) for block in blocks)]
    taken = np.zeros([levels[axis] for axis in axes], dtype=np.int32)
    for block in blocks:
        spans = [block.get(axis) or (1, levels[axis]) for axis in axes]
        taken[tuple(slice(low - 1, high) for low, high in spans)] += 1

    def named(cells: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[str, ...]:
        flat = np.flatnonzero(cells)[:shown]
        grid = zip(*np.unravel_index(flat, cells.shape), strict=True) if axes else ()
        return tuple(
            " ".join(f"{axis.upper()}{score + 1}" for axis, score in zip(axes, cell, strict=True))
            for cell in grid
        )

    missing, doubled = taken == 0, taken > 1
    return Coverage(named(missing), named(doubled), int(missing.sum()), int(doubled.sum()))
