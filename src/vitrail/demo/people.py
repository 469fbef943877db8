"""Who buys: each customer's type, arrival and stay, and what the customer file says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vitrail.demo.world import Floats, Integers, World

GUESTS_SHARE = 0.08  #: orders whose buyer did not log in, as further people a customer


@dataclass(frozen=True, slots=True)
class People:
    """The people, in the order of their arrival; the last are guests, who are in no customer file.

    Args:
        known: how many are customers; the rest are guests.
        type: index of the customer type; shape (people,).
        arrives, leaves: days since the shop opened, with a fraction; `leaves` may lie after the last day.
        orders_per_year: the person's own pace, spread around the type's.
    """

    known: int
    type: Integers
    arrives: Floats
    leaves: Floats
    orders_per_year: Floats


def draw_people(world: World, rng: np.random.Generator, customers: int) -> People:
    """Customers who arrive as the shop grows and as the season of their type has it.

    *Model.* Arrival: the type's season times a growth of 60 % over the period. Stay: exponential. Pace: a
    gamma of shape 4 around the type's mean.
    """
    guests = round(customers * GUESTS_SHARE)
    kinds = rng.choice(len(world.types), size=customers, p=world.facts["share"])
    type_ = np.concatenate([kinds, np.full(guests, world.types.index("passing"))])
    growth = np.linspace(1.0, 1.6, world.days)
    arrives = np.empty(len(type_))
    for kind in range(len(world.types)):
        mine = np.flatnonzero(type_ == kind)
        arrives[mine] = days_at(rng.random(len(mine)), world.season[kind] * growth)
    order = np.concatenate([np.argsort(arrives[:customers], kind="stable"), np.arange(customers, len(type_))])
    type_, arrives = type_[order], arrives[order]
    leaves = arrives + rng.exponential(world.facts["years"][type_] * 365)
    pace = world.facts["orders_per_year"][type_] * rng.gamma(4.0, 0.25, len(type_))
    return People(customers, type_, arrives, leaves, pace)


def days_at(shares: Floats, intensity: Floats) -> Floats:
    """The days by which given shares of an intensity over days have passed: its inverse distribution.

    Args:
        shares: in [0, 1]; shape (n,).
        intensity: one positive figure a day; shape (days,).

    >>> days_at(np.array([0.0, 0.5, 0.75]), np.array([1.0, 1.0, 2.0])).tolist()
    [0.0, 2.0, 2.5]
    """
    passed = np.concatenate([[0.0], np.cumsum(intensity)])
    days: Floats = np.interp(shares * passed[-1], passed, np.arange(len(passed), dtype=float))
    return days
