"""Clusters on data whose structure is known: none, or separated groups. 400 sets; one of each in every run.

OMP_NUM_THREADS=1 python -m pytest -m science -s tests/science -k "natural_segments or natural_counted"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

import vitrail

SETS = 200
Rows = NDArray[np.float64]


@dataclass
class Planted:
    rows: Rows
    groups: NDArray[np.int64]
    count: int


def draw_size(draw: np.random.Generator) -> int:
    return int(np.exp(draw.uniform(np.log(300), np.log(5000))))


def make_structureless(seed: int) -> tuple[str, Rows]:
    draw = np.random.default_rng((seed, 1))
    size, width = draw_size(draw), int(draw.integers(2, 13))
    kinds = ("uniform", "gaussian", "correlated", "skewed", "permuted")
    kind = kinds[seed % len(kinds)]
    if kind == "uniform":
        rows = draw.random((size, width)) * draw.uniform(0.1, 100, width)
    elif kind == "gaussian":
        rows = draw.normal(size=(size, width)) * draw.uniform(0.1, 100, width)
    elif kind == "correlated":
        if seed % 2:
            rows = draw.normal(size=(size, width)) @ draw.normal(size=(width, width))
        else:
            shared = draw.uniform(0.3, 0.9)
            common = draw.normal(size=(size, 1))
            rows = np.sqrt(shared) * common + np.sqrt(1 - shared) * draw.normal(size=(size, width))
    elif kind == "skewed":
        makers = (
            lambda: draw.lognormal(0, draw.uniform(0.5, 1.5), size),
            lambda: draw.exponential(1, size),
            lambda: draw.poisson(2, size),
            lambda: draw.geometric(0.4, size),
            lambda: draw.gamma(0.7, 1, size),
            lambda: draw.random(size) < draw.uniform(0.1, 0.9),
            lambda: draw.normal(size=size),
        )
        rows = np.column_stack([makers[index]() for index in draw.integers(0, len(makers), width)])
    else:
        rows = np.column_stack([draw.permutation(each) for each in make_planted(seed).rows.T])
    return kind, rows.astype(float)


def make_planted(seed: int) -> Planted:
    """2 to 7 Gaussian groups of unequal sizes whose centres lie at least five spreads apart, and noise."""
    draw = np.random.default_rng((seed, 2))
    count, size = 2 + seed % 6, draw_size(draw)
    width, noise = int(draw.integers(2, 9)), int(draw.integers(0, 5))
    apart = draw.uniform(5, 9)
    shares = draw.dirichlet(np.full(count, 3.0))
    while shares.min() < max(0.05, 15 / size):
        shares = draw.dirichlet(np.full(count, 3.0))
    reach = apart
    while True:
        centres = draw.uniform(-reach, reach, (count, width))
        gaps = np.linalg.norm(centres[:, None] - centres, axis=2) + 1e9 * np.eye(count)
        if gaps.min() >= apart:
            break
        reach *= 1.02
    groups = draw.choice(count, size, p=shares)
    spreads = draw.uniform(0.7, 1.2, (count, 1))[groups] if seed % 2 else 1.0
    rows = centres[groups] + draw.normal(size=(size, width)) * spreads
    blur = draw.normal(size=(size, noise)) if seed % 3 else draw.uniform(-2, 2, (size, noise))
    return Planted(np.column_stack([rows, blur]), groups, count)


def find_clusters(rows: Rows) -> Any:
    return vitrail.clusters(pa.table({f"v{index}": column for index, column in enumerate(rows.T)}))


def agreement(first: Any, second: Any) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(first, second))


def best_kmeans(planted: Planted) -> float:
    """The adjusted Rand index of k-means that is told the number: on the rows, or standardised if better."""
    from sklearn.cluster import KMeans

    standard = (planted.rows - planted.rows.mean(axis=0)) / planted.rows.std(axis=0)
    found = [
        KMeans(planted.count, n_init=10, random_state=0).fit(rows).labels_
        for rows in (planted.rows, standard)
    ]
    return max(agreement(planted.groups, labels) for labels in found)


def count_false(seeds: range) -> list[str]:
    """The sets without structure in which natural segments are said to be."""
    found = []
    for seed in seeds:
        kind, rows = make_structureless(seed)
        if find_clusters(rows).natural:
            found.append(f"{kind} {seed} {rows.shape}")
    return found


def count_true(seeds: range) -> dict[str, int]:
    """In how many planted sets the segments are natural, as many as planted, and as well found."""
    counted = {"natural": 0, "number": 0, "labels": 0}
    for seed in seeds:
        planted = make_planted(seed)
        found = find_clusters(planted.rows)
        reached = agreement(planted.groups, found.labels)
        counted["natural"] += found.natural
        counted["number"] += found.count == planted.count
        counted["labels"] += reached >= 0.9 * best_kmeans(planted)
    return counted


def test_a_set_without_structure_has_no_natural_segments() -> None:
    assert count_false(range(1, 2)) == []


def test_a_planted_set_is_found() -> None:
    assert count_true(range(23, 24)) == {"natural": 1, "number": 1, "labels": 1}


@pytest.mark.science
def test_structureless_data_have_no_natural_segments() -> None:
    false = count_false(range(SETS))
    print(f"\nnatural where nothing is: {len(false)} of {SETS}: {false}")
    assert len(false) <= 0.05 * SETS


@pytest.mark.science
def test_planted_groups_are_natural_counted_and_found() -> None:
    counted = count_true(range(SETS))
    print(f"\nplanted sets: {counted} of {SETS}")
    assert counted["natural"] >= 0.95 * SETS
    assert counted["number"] >= 0.85 * SETS
    assert counted["labels"] >= 0.95 * SETS
