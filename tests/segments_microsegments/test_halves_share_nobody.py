"""What was searched is never what confirms."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import vitrail
from vitrail.engine import DuckDB, expression, sql
from vitrail.segments.microsegments.halves import load_gains, load_population, load_sample, load_sums
from vitrail.variables.kpis import compile_kpi

SIZE = 2000


def test_search_and_confirmation_share_no_customer():
    table = pa.table(
        {
            "customer_id": [f"c{i}" for i in range(SIZE)],
            "spent": np.random.default_rng(1).lognormal(3, 1, SIZE),
            "even": np.arange(SIZE) % 2 == 0,
        }
    )
    even, searched = expression("even"), expression("kpi_lot <= 9223372036854775807")
    with DuckDB() as engine:
        engine.register("people", table)
        kpi = compile_kpi(engine, "spent", sql("select * from people"), "kpi")
        population = load_population(engine, "people", "customer_id", kpi, None, seed=1)
        sample = load_sample(engine, population, (), kpi)
        both, of_searched = load_sums(engine, population, [even, searched], kpi, None)
        gains = load_gains(engine, population, [(even, searched)], kpi)
    confirming = both.group.customers.sum() + both.rest.customers.sum()
    assert len(sample.kpi) + confirming == SIZE
    assert abs(confirming - SIZE / 2) < 150
    assert len(of_searched.group.customers) == 0
    (_, (inside, _)) = gains[0]
    assert inside.customers[0] == 0


def test_columns_may_have_any_name_whatever_ours_are() -> None:
    rng = np.random.default_rng(3)
    kind, visits = rng.integers(0, 5, 3000), rng.integers(0, 10, 3000)
    left = rng.uniform(size=3000) < np.where((kind == 2) & (visits >= 6), 0.5, 0.2)
    kinds = [f"c{each}" for each in kind]

    def search(kpi: str, variable: str):
        columns = {"customer_id": range(3000), kpi: left, "kind": kinds, variable: visits}
        found = vitrail.microsegments(pa.table(columns), kpi).groups
        return [(each.when.replace(variable, "visits"), each.customers, each.effect.value) for each in found]

    expected = search("left", "visits")
    assert expected
    assert all(search(name, "visits") == expected for name in ("y", "kpi_value", "KPI_lot", "X"))
    assert all(
        search("left", name) == expected for name in ("y", "kpi_value", "kpi_whole", "segment", "_kpi")
    )
