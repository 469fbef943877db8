"""What kind of segments these are: natural, reproducible or constructed.

Model: a solution is *natural* when its clusters are separated by valleys, come back (see `choosing`), and its
    loss lies well below that of the same procedure on data without structure, of both kinds: shuffled
    variables, and variables with one hump that go together as they do (see `structureless`). The excess is
    in standard deviations of the structureless data's log loss; `WELL_BELOW` is far from what chance gives,
    because the sets are few (8 of each kind where they leave no doubt, else 20) and because a small departure
    from a model is not a group. Where data have gaps
    that are no groups (counts, yes/no answers), the valleys must also be deeper than structureless data's.
    It is *reproducible* when nothing natural is there, but the whole (adjusted Rand at least 0.8, and at most
    half as far from 1 as in the most stable of the structureless sets, which must not come back without fail
    themselves) and every segment (Jaccard at least 0.6) come back all the same, and fewer than half of the
    customers are in segments of a single value, which the steps of the scale bring back. Else it is
    *constructed*: a useful cut at best, one of several that could have been made.
    One variable has nothing to go with; it is compared with its smoothed self alone. The bound that decided
    by least goes with the verdict (see `bounds`).
Source: Dolnicar & Leisch 2010 (the three kinds); Hennig 2007 (a cluster below 0.6 should not be trusted);
    Tibshirani, Walther & Hastie 2001 (the gap).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.segments.clusters.bounds import Bound, Kind, bound_natural, bound_reproducible, nearest
from vitrail.segments.clusters.choosing import Quality
from vitrail.segments.clusters.excess import Band, Excess

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Partition, Rows


def is_natural(quality: Quality, excess: Excess) -> bool:
    """Whether separated groups, and nothing else, explain the solution."""
    return bound_natural(quality, excess).room >= 0


def judge(quality: Quality, excess: Excess, band: Band, alike: float) -> tuple[Kind, Bound]:
    """The kind of a solution, beside what structureless data with as many clusters show.

    Args:
        alike: the share of customers in segments all of whose members have the same values.

    Returns:
        it, and the bound that decided by least.
    """
    natural, reproducible = bound_natural(quality, excess), bound_reproducible(quality, band, alike)
    if natural.room >= 0:
        return "natural", natural
    kind: Kind = "reproducible" if reproducible.room >= 0 else "constructed"
    return kind, nearest([natural, reproducible])


def measure_alike(rows: Rows, partition: Partition) -> float:
    """The share of rows in clusters all of whose rows are the same."""
    import numpy as np

    labels = partition.label(rows)
    different = np.unique(np.column_stack([labels, rows]), axis=0)[:, 0].astype(int)
    single = np.bincount(different, minlength=len(partition.centres)) == 1
    return float(single[labels].mean())
