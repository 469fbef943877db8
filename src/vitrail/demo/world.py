"""The invented world of the demo shop, read from `shop.toml` into arrays."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class World:
    """What does not depend on chance.

    Args:
        types: the keys of the customer types; every array below that speaks of types has their order.
        facts: a figure of each type, by name: `share`, `orders_per_year`, `years`, `lines` …; shape (types,).
        season: how much more than usual each type buys on each day; shape (types, days), mean 1 a type.
        tastes: the probability of each product for each type; shape (types, products).
        channels: the probability of each channel for each type; shape (types, channels).
        prices_cents: shape (products,).
        products, categories: English and French name of each product and of its category.
        in_sales: whether a day is one of the sales; shape (days,).
        headers: for each file, the English and French name of each of its columns, in order.
        words: everything else that is drawn from, as `shop.toml` has it.
    """

    name: str
    first_day: dt.date
    days: int
    types: tuple[str, ...]
    facts: dict[str, Floats]
    season: Floats
    tastes: Floats
    channels: Floats
    prices_cents: Integers
    products: tuple[tuple[str, str], ...]
    categories: tuple[tuple[str, str], ...]
    in_sales: Booleans
    headers: dict[str, dict[str, tuple[str, str]]]
    words: dict[str, Any]


@cache
def load_world() -> World:
    """The demo shop's world."""
    text = resources.files("vitrail.demo").joinpath("shop.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    types = list(told["types"].values())
    calendar = [
        told["first_day"] + dt.timedelta(days)
        for days in range((told["last_day"] - told["first_day"]).days + 1)
    ]
    weekday = np.array([day.weekday() for day in calendar])
    month = np.array([day.month - 1 for day in calendar])
    season = np.array(
        [np.array(kind["months"])[month] * np.array(kind["weekdays"])[weekday] for kind in types]
    )
    sold = [(category, *product) for category, products in told["products"].items() for product in products]
    prices = np.array([price for _, _, _, price, _ in sold])
    tastes = np.array(
        [
            [
                popularity * kind["likes"].get(category, 1) * (price / 2000) ** kind["tilt"]
                for category, _, _, price, popularity in sold
            ]
            for kind in types
        ]
    )
    in_sales = np.zeros(len(calendar), dtype=bool)
    for *month_and_day, length in told["sales_days"]:
        starts = np.flatnonzero([[day.month, day.day] == month_and_day for day in calendar])
        in_sales[(starts[:, None] + np.arange(length)).ravel()] = True
    figures = (name for name, value in types[0].items() if isinstance(value, int | float))
    return World(
        name=told["name"],
        first_day=told["first_day"],
        days=len(calendar),
        types=tuple(told["types"]),
        facts={
            **{name: np.array([float(kind[name]) for kind in types]) for name in figures},
            "hour": np.array([kind["hour"][0] for kind in types]),
            "hour_spread": np.array([kind["hour"][1] for kind in types]),
        },
        season=season / season.mean(axis=1, keepdims=True),
        tastes=tastes / tastes.sum(axis=1, keepdims=True),
        channels=_shares(np.array([kind["channels"] for kind in types], dtype=float)),
        prices_cents=prices,
        products=tuple((en, fr) for _, en, fr, _, _ in sold),
        categories=tuple(tuple(told["categories"][category]) for category, *_ in sold),
        in_sales=in_sales,
        headers=told["headers"],
        words={**told["words"], **told["people"], "places": told["places"]},
    )


def _shares(weights: Floats) -> Floats:
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares


def draw_each(rng: np.random.Generator, probabilities: Floats, rows: Integers) -> Integers:
    """One draw for each of `rows`, from the distribution in that row of `probabilities`.

    Args:
        probabilities: shape (kinds, outcomes), each row summing to 1.
        rows: which kind each draw is of; shape (draws,).

    Returns:
        The index of the outcome of each draw; shape (draws,).
    """
    bounds = np.cumsum(probabilities, axis=1)
    bounds[:, -1] = 1.0
    # One sorted list for all kinds: kind k occupies (k, k + 1].
    flat = (bounds + np.arange(len(bounds))[:, None]).ravel()
    drawn = np.searchsorted(flat, rows + rng.random(len(rows)), side="right")
    outcomes: Integers = np.minimum(drawn - rows * probabilities.shape[1], probabilities.shape[1] - 1)
    return outcomes
