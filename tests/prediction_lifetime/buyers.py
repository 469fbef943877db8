"""Customers with known parameters, simulated as the models say they behave."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


def simulate_beta_geometric(
    seed: int, customers: int, parameters: tuple[float, ...], first_too: bool, ahead: float = 0.0
) -> tuple[Floats, Floats, Floats, Floats]:
    """x, t_x, T (27 to 39) and the orders in the time `ahead` after T, of BG/NBD or MBG/NBD customers."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = parameters
    age = rng.uniform(27, 39, customers)
    rate, leaves = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    alive = rng.random(customers) >= leaves if first_too else np.ones(customers, dtype=bool)
    return _buy(rng, rate, age, ahead, lambda at: rng.random(len(at)) < leaves[at], alive, None)


def simulate_pareto(
    seed: int, customers: int, parameters: tuple[float, ...], ahead: float = 0.0
) -> tuple[Floats, Floats, Floats, Floats]:
    """The same of Pareto/NBD customers."""
    rng = np.random.default_rng(seed)
    r, alpha, s, beta = parameters
    age = rng.uniform(27, 39, customers)
    rate, death = rng.gamma(r, 1 / alpha, customers), rng.gamma(s, 1 / beta, customers)
    lifetime = rng.exponential(1, customers) / np.maximum(death, 1e-300)
    alive = np.ones(customers, dtype=bool)
    return _buy(rng, rate, age, ahead, lambda at: np.zeros(len(at), dtype=bool), alive, lifetime)


def _buy(
    rng: np.random.Generator,
    rate: Floats,
    age: Floats,
    ahead: float,
    leaves: Any,
    alive: np.ndarray[Any, np.dtype[np.bool_]],
    lifetime: Floats | None,
) -> tuple[Floats, Floats, Floats, Floats]:
    x, t_x, later, clock = (np.zeros(len(rate)) for _ in range(4))
    end = age + ahead if lifetime is None else np.minimum(age + ahead, lifetime)
    alive = alive.copy()
    while alive.any():
        at = np.flatnonzero(alive)
        clock[at] += rng.exponential(1, len(at)) / np.maximum(rate[at], 1e-300)
        alive[at[clock[at] > end[at]]] = False
        at = at[clock[at] <= end[at]]
        known = at[clock[at] <= age[at]]
        x[known] += 1
        t_x[known] = clock[known]
        later[at[clock[at] > age[at]]] += 1
        alive[at[leaves(at)]] = False
    return x, t_x, age, later


def simulate_spend(
    seed: int, orders: Floats, later: Floats, parameters: tuple[float, float, float]
) -> tuple[Floats, Floats]:
    """What repeat orders and later ones come to, of Gamma-Gamma customers."""
    rng = np.random.default_rng(seed)
    p, q, gamma = parameters
    nu = rng.gamma(q, 1 / gamma, len(orders))
    return tuple(  # type: ignore[return-value]
        np.where(n > 0, rng.gamma(np.maximum(p * n, 1e-9)) / nu, 0.0) for n in (orders, later)
    )
