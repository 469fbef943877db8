"""Random segments are called distinct in at most 5 % of cases, alone and beside real ones; real ones pass."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import vitrail

pytestmark = pytest.mark.science

SETS = 400
SIZES = {"a": 0.4, "b": 0.3, "c": 0.15, "d": 0.1, "e": 0.05}


def draw(random: np.random.Generator, customers: int, shift: float = 0.0) -> pa.Table:
    """Customers with measures of many shapes, a random segmentation, and a real one shifted by `shift`."""
    talent = random.normal(size=customers)
    real = random.random(customers) < 0.25
    own = random.random()  # shapes differ from set to set
    return pa.table(
        {
            "noise": random.choice(list(SIZES), customers, p=list(SIZES.values())).tolist(),
            "real": np.where(real, "in", "out").tolist(),
            "spend": np.exp((1 + own) * (0.7 * talent + random.normal(size=customers)) + shift * real),
            "lumps": np.round(np.exp(talent)) * 10,
            "orders": random.poisson(np.exp(0.8 * talent)),
            "refunds": random.binomial(1, 0.05, customers) * random.random(customers),
            "rare": (random.random(customers) < 0.01 + 0.05 * own).tolist(),
            "even": (random.random(customers) < 0.5).tolist(),
            "cauchy": random.standard_cauchy(customers),
            "channel": random.choice(["web", "shop", "phone"], customers, p=[0.7, 0.2, 0.1]).tolist(),
        }
    )


def claimed(found: object, segmentation: str) -> list[bool]:
    cards = [each for each in found.result.cards if each.segmentation == segmentation]  # type: ignore[attr-defined]
    return [each.judgements["distinct"].verdict in ("pass", "weak") for each in cards]


def test_noise_alone_is_claimed_distinct_in_at_most_one_set_of_twenty() -> None:
    sets = segments = 0
    for seed in range(SETS):
        customers = (300, 1000, 3000)[seed % 3]
        claims = claimed(
            vitrail.validate(draw(np.random.default_rng(seed), customers), "noise", formed_by=[]), "noise"
        )
        sets, segments = sets + any(claims), segments + sum(claims)
    print(f"sets with a false claim: {sets} of {SETS}; segments: {segments} of {SETS * 5}")
    assert sets <= 0.05 * SETS + 2 * np.sqrt(0.05 * 0.95 * SETS)
    assert segments <= 0.05 * SETS * 5


def test_noise_beside_real_segments_is_claimed_distinct_in_at_most_one_case_of_twenty() -> None:
    noise = real = 0
    for seed in range(SETS):
        table = draw(np.random.default_rng(10_000 + seed), 1500, shift=1.5)
        found = vitrail.validate(table, ["noise", "real"], formed_by={"noise": [], "real": []})
        noise, real = noise + sum(claimed(found, "noise")), real + all(claimed(found, "real"))
    print(f"noise segments claimed: {noise} of {SETS * 5}; real segmentations found: {real} of {SETS}")
    assert noise <= 0.05 * SETS * 5
    assert real >= 0.95 * SETS


@pytest.mark.parametrize("share", [None, 0.06, 0.02])
@pytest.mark.parametrize("members", [50, 80, 200, 400])
def test_segments_that_are_alike_do_not_pass_beside_one_that_differs(
    members: int, share: float | None
) -> None:
    sets, false, found = 12, 0, 0
    labels = np.repeat(list("ABCDEF"), [8 * members, *[members] * 4, 6 * members])
    for seed in range(sets):
        random = np.random.default_rng(seed)
        columns = {
            f"kpi_{i}": random.normal(2.0 * (labels == "A"))
            if share is None
            else random.random(len(labels)) < np.where(labels == "A", 0.5, share)
            for i in range(5)
        }
        claims = claimed(
            vitrail.validate(pa.table({"segment": labels, **columns}), "segment", formed_by=[]), "segment"
        )
        found, false = found + claims[0], false + sum(claims[1:])
    print(f"{members} members, {share or 'numbers'}: alike and claimed {false} of {sets * 5}; found {found}")
    assert false <= 0.05 * sets * 5
    assert found == sets


@pytest.mark.parametrize("regulars", [0.02, 0.04, 0.2])
def test_customers_alike_are_not_told_apart_by_how_many_orders_a_share_is_over(regulars: float) -> None:
    from scipy.stats import mannwhitneyu

    sets, claims, furthest = 100, 0, 0.0
    for seed in range(sets):
        random = np.random.default_rng(30_000 + seed)
        orders = np.where(random.random(3000) < regulars, random.integers(6, 15, 3000), 1)
        share, regular = random.binomial(orders, 0.5) / orders, orders > 1
        found = vitrail.validate(pa.table({"regular": regular, "share": share}), "regular", formed_by=[])
        exact = mannwhitneyu(share[regular], share[~regular]).statistic / regular.sum() / (~regular).sum()
        furthest = max(furthest, abs(found.compared().to_pylist()[-1]["effect"] - exact))
        claims += any(claimed(found, "regular"))
    print(f"{regulars:.0%} regular: sets with a false claim {claims} of {sets}; off by {furthest:.1e}")
    assert claims <= 0.05 * sets
    assert furthest < 0.004


def test_intervals_hold_the_true_effect_in_95_cases_of_100() -> None:
    from scipy.stats import norm

    truth, held = float(norm.cdf(0.5 / np.sqrt(2))), 0
    for seed in range(SETS):
        random = np.random.default_rng(20_000 + seed)
        inside = np.arange(400) < (40 if seed % 2 else 200)
        table = pa.table(
            {"segment": inside.tolist(), "spend": np.exp(2 * (random.normal(size=400) + 0.5 * inside))}
        )
        row = vitrail.validate(table, "segment", formed_by=[]).compared().to_pylist()[-1]
        held += row["low"] <= truth <= row["high"]
    print(f"intervals that hold the truth: {held} of {SETS}")
    assert abs(held / SETS - 0.95) <= 0.025
