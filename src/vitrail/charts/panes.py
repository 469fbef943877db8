"""The geometry of the vitrail: a rectangle cut into convex panes of given areas.

Model: a power diagram (weighted Voronoi diagram). Pane i holds the points x of the frame for which
|x − s_i|² − w_i is least. Sites s move to the centroids of their panes, so that panes are compact;
weights w are fitted so that areas are as asked.
Assumes: strictly positive values; the frame is a rectangle.
Source: A. Nocaj & U. Brandes, "Computing Voronoi Treemaps", Computer Graphics Forum 31 (2012), for the
picture; J. Kitagawa, Q. Mérigot & B. Thibert, "Convergence of a Newton algorithm for semi-discrete optimal
transport", JEMS 21 (2019), for the weights: on fixed sites the areas are the gradient of a concave function,
and a damped Newton step keeps every pane alive, so any area is met to any precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Polygon = tuple[Point, ...]

_Vertex = tuple[float, float, int]  # a corner, and the pane across the edge that starts there (-1: the frame)
_Floats = NDArray[np.float64]

LLOYD_STEPS, MOVES = 60, 1600  # sites move this often, fewer times when there are many
ROUGH, FINE = 0.05, 1e-4  # largest error of an area, as a share of that area, while moving and at the end
SEED = 4338


@lru_cache(maxsize=32)
def fit_panes(values: tuple[float, ...], width: float, height: float) -> tuple[Polygon, ...]:
    """Cut a `width` × `height` frame into one convex pane a value, areas in proportion to the values.

    The panes come in the order of the values; neighbours in that order tend to be neighbours in the frame.
    The same values give the same panes.

    Args:
        values: strictly positive; any scale.

    Raises:
        ValueError: a value is not positive.

    >>> [round(polygon_area(pane)) for pane in fit_panes((3.0, 1.0), 40, 10)]
    [300, 100]
    """
    if any(not value > 0 for value in values):
        raise ValueError("every pane needs a positive value")
    if not values:
        return ()
    wanted = np.array(values) / sum(values) * width * height
    sites = _first_sites(values, width, height)
    weights = np.zeros(len(values))
    for _ in range(min(LLOYD_STEPS, MOVES // len(values)) if len(values) > 1 else 0):
        weights, cells = _fit_weights(sites, weights, wanted, width, height, ROUGH)
        sites = np.array([polygon_centroid(_corners(cell)) for cell in cells])
    _, cells = _fit_weights(sites, weights, wanted, width, height, FINE)
    return tuple(_corners(cell) for cell in cells)


def polygon_area(polygon: Sequence[Point]) -> float:
    """The area of a polygon whose corners go round once."""
    turns = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in turns)) / 2


def polygon_centroid(polygon: Sequence[Point]) -> Point:
    """The centre of mass of a polygon whose corners go round once."""
    cx = cy = twice = 0.0
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        turn = x0 * y1 - x1 * y0
        twice += turn
        cx += (x0 + x1) * turn
        cy += (y0 + y1) * turn
    return cx / (3 * twice), cy / (3 * twice)


def _first_sites(values: Sequence[float], width: float, height: float) -> _Floats:
    """Sites at the centres of a rectangular treemap, shaken a little so that panes are no rectangles."""
    shaken = np.random.default_rng(SEED).uniform(-0.25, 0.25, (len(values), 2))
    sites = np.zeros((len(values), 2))

    def split(first: int, last: int, left: float, top: float, wide: float, high: float) -> None:
        if last - first == 1:
            sites[first] = (left + wide * (0.5 + shaken[first, 0]), top + high * (0.5 + shaken[first, 1]))
            return
        sums = np.cumsum(values[first:last])
        cut = int(np.argmin(np.abs(sums[:-1] / sums[-1] - 0.5))) + 1
        part = float(np.clip(sums[cut - 1] / sums[-1], 0.02, 0.98))
        if wide >= high:
            split(first, first + cut, left, top, wide * part, high)
            split(first + cut, last, left + wide * part, top, wide * (1 - part), high)
        else:
            split(first, first + cut, left, top, wide, high * part)
            split(first + cut, last, left, top + high * part, wide, high * (1 - part))

    split(0, len(values), 0.0, 0.0, width, height)
    return sites


def _fit_weights(
    sites: _Floats, weights: _Floats, wanted: _Floats, width: float, height: float, tolerance: float
) -> tuple[_Floats, list[list[_Vertex]]]:
    """Weights whose areas are `wanted`, by damped Newton steps, and the panes they give."""
    cells = _cut_cells(sites, weights, width, height)
    areas = _areas(cells)
    if areas.min() <= 0:  # plain Voronoi panes always exist
        weights = np.zeros(len(sites))
        cells = _cut_cells(sites, weights, width, height)
        areas = _areas(cells)
    floor = 0.5 * min(areas.min(), wanted.min())
    for _ in range(60):
        error = wanted - areas
        if np.all(np.abs(error) <= tolerance * wanted):
            break
        direction = np.linalg.solve(_area_slopes(sites, cells), error)
        step = 1.0
        while step > 1e-6:
            tried = weights + step * direction
            tried_cells = _cut_cells(sites, tried, width, height)
            tried_areas = _areas(tried_cells)
            shrunk = np.linalg.norm(wanted - tried_areas) <= (1 - step / 2) * np.linalg.norm(error)
            if tried_areas.min() >= floor and shrunk:
                break
            step /= 2
        weights, cells, areas = tried, tried_cells, tried_areas
    return weights, cells


def _area_slopes(sites: _Floats, cells: list[list[_Vertex]]) -> _Floats:
    """How each area answers each weight (n × n). Weights count up to a constant: a one is added to pin it."""
    slopes = np.zeros((len(sites), len(sites)))
    for i, cell in enumerate(cells):
        for (x0, y0, j), (x1, y1, _) in zip(cell, (*cell[1:], cell[0]), strict=True):
            if j >= 0:
                apart = float(np.hypot(*(sites[i] - sites[j])))
                slopes[i, j] -= np.hypot(x1 - x0, y1 - y0) / (2 * apart)
    slopes = (slopes + slopes.T) / 2
    np.fill_diagonal(slopes, -slopes.sum(axis=1))
    return slopes + 1.0 / len(sites)


def _cut_cells(sites: _Floats, weights: _Floats, width: float, height: float) -> list[list[_Vertex]]:
    """The panes of the power diagram; a pane without a point is an empty list."""
    apart = sites[None, :, :] - sites[:, None, :]
    distance = np.sqrt((apart**2).sum(axis=2))
    np.fill_diagonal(distance, 1.0)
    border = (distance**2 + weights[:, None] - weights[None, :]) / (2 * distance)  # from site i towards j
    np.fill_diagonal(border, np.inf)
    nearest = np.argsort(border, axis=1, kind="stable").tolist()
    toward, borders, origin = (apart / distance[:, :, None]).tolist(), border.tolist(), sites.tolist()
    cells = []
    for i, (x, y) in enumerate(origin):
        cell: list[_Vertex] = [(0.0, 0.0, -1), (width, 0.0, -1), (width, height, -1), (0.0, height, -1)]
        reach = _reach(cell, x, y)
        for j in nearest[i][:-1]:
            if not cell or borders[i][j] >= reach:
                break
            ux, uy = toward[i][j]
            cell = _clip(cell, ux, uy, ux * x + uy * y + borders[i][j], j)
            reach = _reach(cell, x, y)
        cells.append(cell)
    return cells


def _reach(cell: list[_Vertex], x: float, y: float) -> float:
    return float(max(((vx - x) ** 2 + (vy - y) ** 2 for vx, vy, _ in cell), default=0.0) ** 0.5)


def _clip(cell: list[_Vertex], ux: float, uy: float, bound: float, neighbour: int) -> list[_Vertex]:
    """What is left of a convex cell where ux·x + uy·y ≤ bound; the new edge belongs to `neighbour`."""
    kept: list[_Vertex] = []
    x0, y0, across0 = cell[-1]
    over0 = ux * x0 + uy * y0 - bound
    for x1, y1, across1 in cell:
        over1 = ux * x1 + uy * y1 - bound
        if (over0 > 0) != (over1 > 0):
            part = over0 / (over0 - over1)
            across = neighbour if over0 <= 0 else across0
            kept.append((x0 + part * (x1 - x0), y0 + part * (y1 - y0), across))
        if over1 <= 0:
            kept.append((x1, y1, across1))
        x0, y0, across0, over0 = x1, y1, across1, over1
    return kept if len(kept) > 2 else []


def _corners(cell: list[_Vertex]) -> Polygon:
    return tuple((x, y) for x, y, _ in cell)


def _areas(cells: list[list[_Vertex]]) -> _Floats:
    return np.array([polygon_area(_corners(cell)) if cell else 0.0 for cell in cells])
