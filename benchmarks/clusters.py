"""Clusters of a million customers with their stability, beside one plain k-means fit on all rows.

    python -m benchmarks.clusters [customers]

Both get the same table of eight variables in DuckDB's memory and the same number of clusters, five. The plain
fit is scikit-learn's `KMeans(5, n_init=1)` on the standardised matrix, with all threads, and nothing else.
Vitrail prepares the variables, fits, measures the stability of the whole and of each segment over resamples,
compares with structureless data, and puts every customer in a segment by SQL.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pyarrow as pa
from sqlglot import exp

from vitrail.engine import DuckDB
from vitrail.plan import ClustersSpec
from vitrail.segments.base import load_base
from vitrail.segments.clusters import compile_clusters

CUSTOMERS, VARIABLES, COUNT, REPEATS = 1_000_000, 8, 5, 3


def make_customers(customers: int, seed: int = 1) -> dict[str, pa.Table]:
    """Skewed, correlated variables without groups, as customers' habits are; and five separated groups."""
    draw = np.random.default_rng(seed)
    common = draw.normal(size=(customers, 1))
    habits = np.exp(0.6 * common + 0.8 * draw.normal(size=(customers, VARIABLES)))
    centres = draw.normal(size=(COUNT, VARIABLES)) * 3
    groups = centres[draw.integers(0, COUNT, customers)] + draw.normal(size=(customers, VARIABLES))
    keys = pa.array([f"c{number:07d}" for number in range(customers)])
    return {
        name: pa.table({"customer_id": keys} | {f"v{index}": each for index, each in enumerate(rows.T)})
        for name, rows in {"habits": habits, "groups": groups}.items()
    }


def time_plain(table: pa.Table) -> float:
    """Seconds of one plain fit on all rows, the matrix being ready."""
    from sklearn.cluster import KMeans

    rows = np.column_stack([table.column(f"v{index}").to_numpy() for index in range(VARIABLES)])
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    begun = time.perf_counter()
    KMeans(COUNT, n_init=1, random_state=1).fit(rows)
    return time.perf_counter() - begun


def time_vitrail(table: pa.Table) -> tuple[float, str]:
    """Seconds from the profile to every customer's segment, and what kind of segments they are."""
    names = [f"v{index}" for index in range(VARIABLES)]
    spec = ClustersSpec(method="clusters", variables=names, count=(COUNT, COUNT))
    with DuckDB() as engine:
        engine.register("given", table)
        engine.create("profile", exp.select("*").from_("given"))
        begun = time.perf_counter()
        segmentation, _ = compile_clusters("habits", spec, load_base(engine, "profile"))
        placed = exp.select("customer_id", exp.alias_(segmentation.expression, "habits")).from_("profile")
        engine.create("segmented", placed)
        seconds = time.perf_counter() - begun
    return seconds, str(getattr(segmentation.evidence, "kind", None))


def main(customers: int) -> None:
    for name, table in make_customers(customers).items():
        time_vitrail(table.slice(0, 20_000))  # libraries are loaded once
        ours, plain = [], []
        for _ in range(REPEATS):
            seconds, kind = time_vitrail(table)
            ours.append(seconds)
            plain.append(time_plain(table))
        ratio = np.median(ours) / np.median(plain)
        print(
            f"{name}: clusters with stability {np.median(ours):.2f} s ({kind}), "
            f"one plain fit {np.median(plain):.2f} s, ratio {ratio:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
