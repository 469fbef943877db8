"""Resamples are resamples; a name that two clusters want goes to the one most like its earlier bearer."""

from __future__ import annotations

from typing import Any

import numpy as np

from vitrail.segments.clusters.identity import Transition, keep_names
from vitrail.segments.clusters.kmeans import fit_kmeans
from vitrail.segments.clusters.stability import estimate_stability
from vitrail.statistics.threads import one_thread


def test_stability_is_that_of_solutions_fitted_on_customers_drawn_with_replacement() -> None:
    rows = np.random.default_rng(3).normal(size=(200, 2))
    asked: list[Any] = []

    def fit(held: Any, count: int, seed: int, weights: Any = None, starts: int = 10) -> Any:
        found = fit_kmeans(held, count, seed, weights, starts)
        asked.append((weights, np.sort(found.centres, axis=0)))
        return found

    with one_thread():
        solution = fit_kmeans(rows, 2, seed=1)
        found = estimate_stability(rows, solution, fit, seed=1, resamples=12, starts=2)
    for weights, centres in asked:
        assert weights.sum() == len(rows)
        assert 0.5 * len(rows) < len(weights) < 0.75 * len(rows)  # 63 % of the customers are drawn at all
        assert not np.allclose(centres, np.sort(solution.centres, axis=0))
    assert len({tuple(weights) for weights, _ in asked}) == len(asked) == 12
    assert found.whole < 0.99


def test_a_name_two_clusters_want_goes_to_the_one_most_like_it() -> None:
    wishes = [Transition("split", 0, ("all",), 0.3, 0.4), Transition("split", 1, ("all",), 0.6, 0.6)]
    assert keep_names(wishes) == keep_names(wishes[::-1]) == {1: "all"}
