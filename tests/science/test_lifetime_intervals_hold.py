"""Lifetime value over many simulated bases: intervals hold as they say, and departures are not invented.

Run with `make test-science`; `-s` prints the figures that stand in docs/method/.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.prediction_lifetime.buyers import simulate_beta_geometric, simulate_pareto, simulate_spend

from vitrail.prediction.lifetime.choice import CANDIDATES, choose_model
from vitrail.prediction.lifetime.gamma_gamma import fit_gamma_gamma, look_at_spend
from vitrail.prediction.lifetime.histories import group_histories
from vitrail.prediction.lifetime.outlook import MODELS, Z, add_up, look_ahead

pytestmark = pytest.mark.science

TRUE = {
    "bg_nbd": (0.5, 4.0, 0.8, 2.5),
    "mbg_nbd": (0.6, 5.0, 0.7, 2.0),
    "pareto_nbd": (0.6, 8.0, 0.7, 12.0),
    "nbd": (0.8, 6.0),
}
SPEND = (4.0, 3.5, 30.0)
CUSTOMERS, AHEAD = 3000, 39.0


def simulate(model: str, seed: int) -> tuple[np.ndarray, ...]:
    true = TRUE[model]
    if model == "pareto_nbd":
        return simulate_pareto(seed, CUSTOMERS, true, AHEAD)
    if model == "nbd":
        true = (*true, 1e-9, 1.0)
    return simulate_beta_geometric(seed, CUSTOMERS, true, model == "mbg_nbd", AHEAD)


@pytest.mark.parametrize(
    ("name", "bases"), [("bg_nbd", 300), ("mbg_nbd", 300), ("nbd", 300), ("pareto_nbd", 100)]
)
def test_intervals_hold_as_often_as_they_say(name: str, bases: int) -> None:
    model, true = MODELS[name], np.array(TRUE[name])
    probe = group_histories([0, 1, 3, 10], [0, 5, 30, 34], [38, 38, 38, 38])[0]
    truth = model.expected_orders(true, probe, AHEAD)
    alive = model.p_alive(true, probe)
    parameters, expected, chance, totals, customers, spends = [], [], [], [], [], []
    for seed in range(bases):
        x, t_x, age, later = simulate(name, seed)
        histories, index = group_histories(x, t_x, age)
        fit = model.fit(histories)
        away = np.abs(np.log(fit.parameters) - np.log(true))
        parameters.append(away <= Z * np.sqrt(np.diag(fit.covariance)))
        probed = look_ahead(model, fit, probe, AHEAD)
        expected.append((probed.orders_low <= truth) & (truth <= probed.orders_high))
        chance.append((probed.p_alive_low <= alive + 1e-12) & (alive <= probed.p_alive_high + 1e-12))
        outlook = look_ahead(model, fit, histories, AHEAD)
        total = add_up(model, fit, histories, AHEAD, outlook.variance)
        totals.append(total.low <= later.sum() <= total.high)
        inside = (later >= outlook.least[index]) & (later <= outlook.most[index])
        customers.append(inside.mean())
        if seed < 60:
            spend, spent = simulate_spend(seed, x, later, SPEND)
            amounts = fit_gamma_gamma(x[x > 0], spend[x > 0])
            ahead = look_at_spend(
                amounts.parameters, histories.frequency, outlook.none, outlook.orders, outlook.variance
            )
            base = amounts.parameters[2] + spend
            within = (spent >= ahead.least[index] * base - 1e-9) & (spent <= ahead.most[index] * base + 1e-9)
            spends.append(within.mean())
    held = {
        "parameters": np.mean(parameters, axis=0),
        "expected orders": np.mean(expected, axis=0),
        "p_alive": np.mean(chance, axis=0),
        "total": np.mean(totals),
        "orders of a customer": np.mean(customers),
        "spend of a customer": np.mean(spends),
    }
    print(name, bases, {key: np.round(value, 3).tolist() for key, value in held.items()})
    slack = 3 * np.sqrt(0.05 * 0.95 / bases) + 0.005
    for key in ("parameters", "expected orders", "total"):
        assert np.all(np.abs(held[key] - 0.95) <= slack), key
    assert np.all(held["p_alive"] >= 0.95 - slack)
    assert held["orders of a customer"] >= 0.95
    assert held["spend of a customer"] >= 0.94


def test_amounts_are_recovered_with_intervals_that_hold() -> None:
    inside = []
    for seed in range(300):
        x, _, _, later = simulate("bg_nbd", seed)
        spend, _ = simulate_spend(seed, x, later, SPEND)
        fit = fit_gamma_gamma(x[x > 0], spend[x > 0])
        away = np.abs(np.log(fit.parameters) - np.log(SPEND))
        inside.append(away <= Z * np.sqrt(np.diag(fit.covariance)))
    held = np.mean(inside, axis=0)
    print("gamma_gamma", 300, held.round(3).tolist())
    assert np.all(np.abs(held - 0.95) <= 3 * np.sqrt(0.05 * 0.95 / 300) + 0.005)


def test_departures_are_not_invented_and_not_missed() -> None:
    kept: dict[str, list[str]] = {name: [] for name in ("nbd", *CANDIDATES)}
    for name, models in kept.items():
        for seed in range(200 if name != "pareto_nbd" else 100):
            x, t_x, age, _ = simulate(name, seed)
            models.append(choose_model("auto", group_histories(x, t_x, age)[0]).model.name)
    shares = {
        name: {each: models.count(each) / len(models) for each in sorted(set(models))}
        for name, models in kept.items()
    }
    print("kept", shares)
    assert shares["nbd"]["nbd"] >= 0.98
    for name in CANDIDATES:
        assert "nbd" not in shares[name] and shares[name][name] > 0.5
    assert all(shares[name].get("bg_nbd", 0) <= 0.1 for name in ("mbg_nbd", "pareto_nbd"))
