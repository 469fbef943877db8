"""Data without groups, made from the data: what the same procedure finds where there is nothing to find.

Two kinds, because there are two ways to look grouped without being so:
    shuffled      every variable keeps its values, each shuffled by itself: no variable goes with another.
    one_humped    the variables go together as they do (a Gaussian copula with the ranks' correlations), but
                  each is smoothed until it has a single hump: no gaps.
A uniform cloud, a Gaussian, a correlated Gaussian, skewed or many-humped variables that have nothing to do
with one another: each is, but for chance, one of these two; so neither passes for groups.

Source: Tibshirani, Walther & Hastie, "Estimating the number of clusters in a data set via the gap
    statistic", JRSS B 63, 2001 (a reference without structure); Silverman, "Using kernel density estimates
    to investigate multimodality", JRSS B 43, 1981 (the least bandwidth with a single hump).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Rows

#: A variable with fewer values is not smoothed: its gaps are those of a count, not of groups.
FEWEST_VALUES = 20
_GRID = 512


def draw_shuffled(rows: Rows, seed: int, sets: int) -> Iterator[Rows]:
    """Data sets of the size of `rows` in which the variables have nothing to do with one another."""
    import numpy as np

    random = np.random.default_rng((seed, 1))
    for _ in range(sets):
        yield np.column_stack([random.permutation(values) for values in rows.T])


def draw_one_humped(rows: Rows, seed: int, sets: int) -> Iterator[Rows]:
    """Data sets of the size of `rows`, with their correlations, every variable with a single hump."""
    import numpy as np

    random = np.random.default_rng((seed, 2))
    size, width = rows.shape
    root = _correlation_root(rows)
    smooth = np.column_stack([smooth_to_one_hump(values) for values in rows.T])
    for _ in range(sets):
        ranks = (random.standard_normal((size, width)) @ root.T).argsort(axis=0).argsort(axis=0)
        yield np.take_along_axis(smooth, ranks, axis=0)


def smooth_to_one_hump(values: Rows) -> Rows:
    """As many values, ascending, with the same mean and spread, and a density with a single hump.

    The density is smoothed by the least Gaussian bandwidth that leaves one hump; values with few distinct
    ones are returned as they are.
    """
    import numpy as np

    if len(np.unique(values)) <= FEWEST_VALUES:
        return np.sort(values)
    low, high = values.min(), values.max()
    width = high - low
    grid = np.linspace(low - width / 2, high + width / 2, _GRID)
    step = grid[1] - grid[0]
    counts = np.histogram(values, bins=np.append(grid - step / 2, grid[-1] + step / 2))[0]
    transformed = np.fft.rfft(counts, 2 * _GRID)
    frequencies = np.fft.rfftfreq(2 * _GRID, step)

    def density(bandwidth: float) -> Rows:
        kernel = np.exp(-2 * (np.pi * frequencies * bandwidth) ** 2)
        smoothed: Rows = np.fft.irfft(transformed * kernel)[:_GRID]
        return np.where(smoothed > smoothed.max() * 1e-3, smoothed, 0.0)

    narrow, wide = step, width
    for _ in range(14):
        middle = np.sqrt(narrow * wide)
        found = density(middle)
        humps = np.sum((found[1:-1] > found[:-2]) & (found[1:-1] >= found[2:]))
        narrow, wide = (narrow, middle) if humps <= 1 else (middle, wide)
    shares = np.cumsum(density(wide))
    points = np.interp((np.arange(len(values)) + 0.5) / len(values), shares / shares[-1], grid)
    scaled: Rows = values.mean() + (points - points.mean()) * values.std() / points.std()
    return scaled


def _correlation_root(rows: Rows) -> Rows:
    """A matrix whose product with its transpose is the correlation of the ranks' normal scores."""
    import numpy as np
    from scipy.special import ndtri
    from scipy.stats import rankdata

    scores = ndtri((rankdata(rows, axis=0) - 0.5) / len(rows))
    correlation = np.atleast_2d(np.corrcoef(scores, rowvar=False))
    values, vectors = np.linalg.eigh(correlation)
    root: Rows = vectors * np.sqrt(values.clip(0))
    return root
