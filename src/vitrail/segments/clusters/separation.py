"""Whether there is little between two clusters, and which variables can make a difference at all.

Model: two clusters are neighbours when no third centre lies within the ball that their centres span (Gabriel
    1969). Between neighbours, the density of their members along the line from one centre to the other is
    estimated with a Gaussian kernel; its least value over the lesser of the two peaks on either side is the
    valley: 1 where a hump has been cut in two, near 0 where nobody is between.
    A variable is linked when a table of its ranks against those of some other variable is not what
    independence would give (chi-square, corrected for all pairs). What is linked to nothing cannot help to
    tell groups apart that several variables make, but blurs them.
Source: Gabriel & Sokal, "A new statistical approach to geographic variation analysis", Systematic Zoology
    18, 1969; Silverman, "Density Estimation", 1986, section 3.4.2 (the bandwidth).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Labels, Rows

#: The share of wrongly found links that is accepted, over all pairs of variables together.
LEVEL = 0.001


def measure_valley(rows: Rows, labels: Labels, centres: Rows) -> float:
    """The shallowest valley between neighbouring clusters, 0 to 1; the lower, the better separated."""
    import numpy as np

    distances = np.square(centres[:, None] - centres[None]).sum(axis=2)
    shallowest = 0.0
    for first in range(len(centres)):
        for second in range(first):
            middle = (centres[first] + centres[second]) / 2
            nearest = np.square(middle - centres).sum(axis=1).min()
            if nearest < distances[first, second] / 4 * (1 - 1e-9):
                continue
            valley = _valley(rows[labels == first], rows[labels == second], centres[[first, second]])
            shallowest = max(shallowest, valley)
    return shallowest


def _valley(first: Rows, second: Rows, ends: Rows) -> float:
    """Along the line from one centre (0) to the other (1): the least density over the lesser peak."""
    import numpy as np

    axis = ends[1] - ends[0]
    length = float(axis @ axis)
    if length == 0 or min(len(first), len(second)) < 2:
        return 1.0
    sides = [(each - ends[0]) @ axis / length for each in (first, second)]
    spread = min(float(side.std()) for side in sides)
    bandwidth = max(0.9 * spread * min(map(len, sides)) ** -0.2, 0.03)
    grid = np.linspace(0, 1, 21)
    members = np.concatenate(sides)
    density = np.exp(-0.5 * np.square((grid[:, None] - members) / bandwidth)).sum(axis=1)
    lowest = int(density[4:17].argmin()) + 4
    peak = min(density[: lowest + 1].max(), density[lowest:].max())
    return float(density[lowest] / peak)


def find_linked(rows: Rows) -> list[bool]:
    """For each variable, whether it goes with any other."""
    import numpy as np
    from scipy.special import chdtrc

    size, width = rows.shape
    classes = int(np.clip(np.sqrt(size / 12), 3, 8))
    ranked = [_classes(values, classes) for values in rows.T]
    linked = [False] * width
    pairs = max(width * (width - 1) / 2, 1)
    for first in range(width):
        for second in range(first):
            table = np.zeros((ranked[first].max() + 1, ranked[second].max() + 1))
            np.add.at(table, (ranked[first], ranked[second]), 1)
            freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
            expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / size
            distance = float((np.square(table - expected) / expected).sum())
            if freedom and chdtrc(freedom, distance) < LEVEL / pairs:
                linked[first] = linked[second] = True
    return linked


def _classes(values: Rows, classes: int) -> Any:
    """Values in about equally filled classes of ranks, numbered from 0 without gaps; ties stay together."""
    import numpy as np
    from scipy.stats import rankdata

    ranks = (rankdata(values) * classes / (len(values) + 1)).astype(int)
    return np.unique(ranks, return_inverse=True)[1]
