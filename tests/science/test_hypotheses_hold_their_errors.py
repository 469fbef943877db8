"""What the verdicts on hypotheses promise: few false ones, and intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.statistics.adjusted import Side, estimate_effect
from vitrail.statistics.multiplicity import adjust_holm
from vitrail.validation.hypotheses.strata import MORE
from vitrail.validation.hypotheses.verdicts import judge

pytestmark = pytest.mark.science

CUSTOMERS = 1000


def claims(chance):
    """Of each claim: who, the others, the strata, the KPI. Among them a group of 3 %, and no confounder."""
    country = chance.choice(4, CUSTOMERS, p=[0.5, 0.3, 0.17, 0.03])
    orders = chance.geometric(0.3, CUSTOMERS)
    none = np.zeros(CUSTOMERS, dtype=int)
    fifths = np.searchsorted(np.quantile(orders, [0.2, 0.4, 0.6, 0.8]), orders)
    return [
        (country == 0, country != 0, none, "left"),
        (orders >= 4, orders < 4, country, "left"),
        (orders >= 4, orders < 4, country, "spend"),
        (country == 2, country != 2, fifths, "spend"),
        ((country == 1) & (orders >= 3), country == 2, none, "left"),
        (country == 3, country != 3, none, "spend"),
        (country == 3, country != 3, none, "rare"),
        (country == 3, country != 3, fifths, "usual"),
    ]


def test_over_1000_permuted_data_sets_at_most_5_percent_have_a_false_verdict():
    """One base whose KPIs are dealt anew to its customers each time: no claim can be true.

    20 such data sets go through the whole product in tests/validation_hypotheses.
    """
    chance = np.random.default_rng(1)
    asked = claims(chance)
    kpis = {
        "left": chance.random(CUSTOMERS) < 0.15,
        "rare": chance.random(CUSTOMERS) < 0.02,
        "usual": chance.normal(size=CUSTOMERS),
        "spend": chance.lognormal(3, 2, CUSTOMERS),
    }
    sets, single = 0, []
    for _ in range(1000):
        dealt = {name: values[chance.permutation(CUSTOMERS)].astype(float) for name, values in kpis.items()}
        effects = [
            estimate_effect(
                *sum_sides(who, rest, stratum, dealt[kpi]), "share" if kpi in ("left", "rare") else "mean"
            )
            for who, rest, stratum, kpi in asked
        ]
        adjusted = adjust_holm([effect.p for effect in effects])
        verdicts = [judge(effect, p, "lower", None) for effect, p in zip(effects, adjusted, strict=True)]
        sets += any(verdict != "undecided" for verdict in verdicts)
        single += [effect.p <= 0.05 for effect in effects]
    print(f"sets with a false verdict: {sets} of 1000; single tests below 5 %: {np.mean(single):.3f}")
    assert sets / 1000 <= 0.05


def sum_sides(who, rest, stratum, kpi):
    one, two = (
        np.array([np.bincount(stratum[side], kpi[side] ** power, minlength=20) for power in range(3)])
        for side in (who, rest)
    )
    both = (one[0] > 0) & (two[0] > 0)
    return Side(*one[:, both]), Side(*two[:, both])


@pytest.mark.parametrize("kpi", ["spend", "spend > 550"])
def test_adjusted_intervals_hold_the_truth_under_strong_confounding(kpi):
    chance = np.random.default_rng(2)
    held = runs = 200
    for _ in range(runs):
        age = chance.normal(45, 12, 4000)
        asked = chance.random(4000) < 1 / (1 + np.exp((age - 45) / 8))
        spend = 100 + 10 * age + chance.normal(0, 100, 4000)
        table = pa.table({"age": age, "asked": asked, "spend": spend})
        effect = vitrail.hypothesis(table, who="asked = true", kpi=kpi, adjust_for=["age"]).effect
        held -= not effect.low <= 0 <= effect.high
    print(f"{kpi}: {held} of {runs} intervals hold the truth, no effect")
    assert held / runs >= 0.92


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5, 2.0])
def test_a_difference_that_matters_is_seldom_called_none_however_skewed(sigma):
    chance, sets, worst = np.random.default_rng(3), 600, 0.0
    for who, rest in [(60, 2000), (200, 2000), (40, 40), (400, 400), (2000, 20_000)]:
        for times in (1.5, 3.0):
            matters, false, rightly = (times - 1) * np.exp(sigma**2 / 2), 0, 0
            for _ in range(sets):
                one, two = chance.lognormal(0, sigma, who), chance.lognormal(0, sigma, rest)
                rightly += judge_means(one, two, matters) == "negligible"
                false += judge_means(one * times, two, matters) == "negligible"
            print(f"sigma {sigma}, {who}/{rest}, x {times}: {false / sets:.3f}, rightly {rightly / sets:.2f}")
            worst = max(worst, false / sets)
    assert worst <= 0.025 + 2 * np.sqrt(0.025 * 0.975 / sets)


def judge_means(one, two, matters):
    sides = [Side(*(np.array([np.sum(side**power)]) for power in range(3))) for side in (one, two)]
    effect, both = estimate_effect(*sides, "mean"), np.concatenate([one, two])
    reach = MORE * np.ptp(both) * (1 / len(one) + 1 / len(two))
    return judge(effect, effect.p, "higher", matters, reach=reach)
