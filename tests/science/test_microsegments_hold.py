"""What the search for micro-segments promises: nothing in noise, planted groups found, honest effects."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import vitrail

pytestmark = pytest.mark.science


def customers(count, seed):
    chance = np.random.default_rng(seed)
    table = {
        "customer_id": np.arange(count).astype(str),
        "country": chance.choice(["Germany", "France", "UK", "Spain"], count, p=[0.2, 0.35, 0.35, 0.1]),
        "orders": chance.geometric(0.25, count),
        "plan": chance.choice(["basic", "pro", "gold"], count, p=[0.6, 0.3, 0.1]),
    }
    for i in range(7):
        table[f"v{i}"] = chance.lognormal(3, 1, count) if i % 2 else chance.integers(0, 50, count)
    return table, chance


NOISE = {
    "share": lambda chance, n: chance.random(n) < 0.1,
    "rare": lambda chance, n: chance.random(n) < 0.02,
    "normal": lambda chance, n: chance.normal(size=n),
    "lognormal, sigma 2": lambda chance, n: chance.lognormal(0, 2, n),
    "Pareto, index 1.2": lambda chance, n: chance.pareto(1.2, n),
}


@pytest.mark.parametrize("kind", NOISE)
def test_on_permuted_data_nothing_is_reported_in_95_percent_of_runs(kind):
    reported = 0
    for seed in range(200):
        table, chance = customers(2000, seed)
        table["kpi"] = NOISE[kind](chance, 2000)
        reported += bool(vitrail.microsegments(pa.table(table), "kpi", seed=seed).groups)
    print(f"{kind}: something reported in {reported} of 200 runs")
    assert reported <= 10


@pytest.mark.parametrize(("points", "least"), [(0.10, 0.5), (0.20, 0.95)])
def test_planted_groups_are_found_and_their_effects_are_honest(points, least):
    """Germany from five orders on, 6 % of 10,000 customers; found means the group shares 70 % with it."""
    found = held = 0
    gaps = []
    for seed in range(60):
        table, chance = customers(10_000, seed)
        group = (table["country"] == "Germany") & (table["orders"] >= 5)
        table["left"] = chance.random(10_000) < 0.1 + points * group
        for each in vitrail.microsegments(pa.table(table), "left", seed=seed).groups:
            text = each.when
            if "Germany" in text and "orders" in text:
                low = int(text.rpartition(">= ")[2]) if ">= " in text else 0
                told = (table["country"] == "Germany") & (table["orders"] >= low)
                if (told & group).sum() < 0.7 * (told | group).sum():
                    continue
                truth = points * (group[told].mean() - group[~told].mean())
                found += 1
                held += each.effect.low <= truth <= each.effect.high
                gaps.append(each.effect.value - truth)
                break
    print(
        f"{points:.0%}: found in {found} of 60; interval holds the truth in {held}; bias {np.mean(gaps):+.4f}"
    )
    assert found / 60 >= least
    assert held >= 0.88 * found
