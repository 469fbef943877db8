"""Simulations of the variables that matter: nothing in noise, planted drivers first, intervals that hold."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.insight.drivers.ranking import FOLDS, estimate_separation
from vitrail.insight.drivers.ranking import _score as score_levels
from vitrail.statistics.concordance import measure_concordance

pytestmark = pytest.mark.science


def make_base(seed: int, customers: int, planted: bool) -> pa.Table:
    """Variables of all kinds; `y` depends on a U, on two that act together and on a category if planted."""
    random = np.random.default_rng(seed)
    columns = {
        "customer_id": np.arange(customers),
        **{f"number_{at}": random.normal(size=customers) for at in range(5)},
        "amounts": np.exp(1.5 * random.normal(size=customers)),
        "gaps": np.where(random.random(customers) < 0.4, np.nan, random.normal(size=customers)),
        "few": random.integers(0, 4, customers).astype(str),
        "many": random.integers(0, 120, customers).astype(str),
        "flag": random.random(customers) < 0.3,
        "rare": random.random(customers) < 0.03,
        "orders": random.poisson(1.5, customers),
    }
    signal = np.zeros(customers)
    if planted:
        bent, one, two = random.normal(size=(3, customers))
        kind = random.integers(0, 4, customers)
        columns |= {"bent": bent, "one": one, "two": two, "kind": kind.astype(str)}
        columns["bent_again"] = 1000 * bent + 50 * random.normal(size=customers)
        signal = 0.9 * (bent**2 - 1) + 1.6 * ((one > 0) & (two > 0)) + np.array([-0.8, 0, 0, 0.8])[kind]
    columns["y"] = random.random(customers) < 1 / (1 + np.exp(1.2 - signal))
    return pa.table(columns)


def test_on_pure_noise_nothing_is_called_a_driver() -> None:
    called = 0
    for seed in range(200):
        found = vitrail.drivers(make_base(seed, 600, planted=False), "y").drivers
        assert found.gate is None
        assert len(found.refused) == 1  # the KPI itself
        called += any(each.verdict != "chance" for each in found.ranked)
    assert called <= 10


def test_planted_drivers_come_first_and_their_double_beside_them() -> None:
    planted = {"bent", "bent_again", "one", "two", "kind"}
    first = together = recommended = 0
    for seed in range(60):
        found = vitrail.drivers(make_base(seed, 4000, planted=True), "y")
        ranked = [each.variable for each in found.drivers.ranked]
        first += set(ranked[:5]) == planted
        groups = {each.variable: each.group for each in found.drivers.ranked}
        together += groups["bent"] == groups["bent_again"]
        doubled = {"bent", "bent_again"} & set(found.recommended)
        recommended += len(doubled) == 1 and {"one", "two", "kind"} <= set(found.recommended)
    assert first >= 57
    assert together == 60
    assert recommended >= 54


@pytest.mark.parametrize(("customers", "levels", "base", "effect"), [
    (1000, 20, 0.3, 0.0), (1000, 20, 0.3, 0.1), (1000, 20, 0.3, 0.25), (500, 2, 0.5, 0.1),
    (2000, 200, 0.1, 0.05), (5000, 20, 0.2, 0.15),
])  # fmt: skip
def test_the_interval_holds_what_new_customers_would_show(
    customers: int, levels: int, base: float, effect: float
) -> None:
    random = np.random.default_rng(1)
    chances = np.clip(base + effect * np.sin(2.3 * np.arange(levels)), 0.01, 0.99)
    population = np.stack([1 - chances, chances], axis=-1) / levels
    held = 0
    for seed in range(300):
        fold, level = random.integers(0, FOLDS, customers), random.integers(0, levels, customers)
        yes = random.random(customers) < chances[level]
        cells = np.bincount((fold * levels + level) * 2 + yes, minlength=FOLDS * levels * 2)
        counts = cells.reshape(FOLDS, levels, 2)
        found = estimate_separation(counts, str(seed))
        order = np.argsort(score_levels(counts[None].astype(float))[0], axis=-1, kind="stable")
        truth = measure_concordance(population[order]).mean()
        held += found.low <= truth <= found.high
    assert held >= 0.93 * 300


@pytest.mark.parametrize(("customers", "levels", "groups", "base"), [
    (1000, 20, 2, 0.3), (500, 2, 2, 0.5), (2000, 200, 2, 0.05), (1000, 10, 5, 0.0), (500, 3, 2, 0.1),
])  # fmt: skip
def test_p_is_small_by_chance_as_often_as_it_says(
    customers: int, levels: int, groups: int, base: float
) -> None:
    random = np.random.default_rng(2)
    small = {0.01: 0, 0.05: 0, 0.5: 0}
    for seed in range(1000):
        fold, level = random.integers(0, FOLDS, customers), random.integers(0, levels, customers)
        kpi = (random.random(customers) < base).astype(int) if base else random.integers(0, groups, customers)
        cells = np.bincount((fold * levels + level) * groups + kpi, minlength=FOLDS * levels * groups)
        p = estimate_separation(cells.reshape(FOLDS, levels, groups), str(seed)).p
        for bound in small:
            small[bound] += p <= bound
    assert small[0.01] <= 20
    assert 30 <= small[0.05] <= 72
    assert 450 <= small[0.5] <= 550
