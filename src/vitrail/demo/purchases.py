"""What people buy: orders in time, lines in orders."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from vitrail.demo.people import People
from vitrail.demo.world import Booleans, Floats, Integers, World, draw_each

PAID, CANCELLED, RETURNED = 0, 1, 2  #: statuses, in the order of `shop.toml`
WELCOME, NEWSLETTER, SALE = 0, 1, 2  #: discount codes, in the order of `shop.toml`; −1 is none
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Lines:
    """Order lines in the order of the export; every array has the shape (lines,).

    Args:
        order: the order's number; negative for the return of that order.
        person: index into `People`.
        at_seconds: since midnight of the day the shop opened.
        product: index into the world's products; −1 is a free sample.
        code: index of the discount code, −1 for none.
    """

    order: Integers
    person: Integers
    at_seconds: Integers
    product: Integers
    units: Integers
    price_cents: Integers
    discount_cents: Integers
    status: Integers
    channel: Integers
    payment: Integers
    code: Integers

    def take(self, rows: Integers) -> Self:
        """The lines at `rows`, in that order."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    def followed_by(self, other: Self) -> Self:
        """These lines, then those of `other`."""
        return type(self)(
            *(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self))
        )


def draw_lines(world: World, people: People, rng: np.random.Generator) -> Lines:
    """Every line of every order.

    *Model.* After the first order, an inhomogeneous Poisson process: the person's pace times the season of
    the type, from arrival until the person leaves or the period ends. An order has 1 + Poisson lines of
    distinct products, a line 1 + Poisson units. Prices rise by 3 % each January.
    """
    person, at_seconds, first = _draw_orders(world, people, rng)
    kind = people.type[person]
    facts = world.facts
    orders = np.arange(len(person))
    payment = _draw_payment(world, people, person, rng)
    channel = draw_each(rng, world.channels, kind)
    day = at_seconds // _SECONDS_A_DAY
    chance = rng.random(len(person))
    usually = np.where(chance < facts["discount"][kind], NEWSLETTER, -1)
    code = np.where(first & (chance < 0.2), WELCOME, usually)
    code = np.where(world.in_sales[day] & (chance < 0.6), SALE, code)
    status = np.where(rng.random(len(person)) < 0.015, CANCELLED, PAID)

    line_order = np.repeat(orders, 1 + rng.poisson(facts["lines"][kind]))
    product = draw_each(rng, world.tastes, kind[line_order])
    _, distinct = np.unique(line_order * len(world.products) + product, return_index=True)
    line_order, product = line_order[distinct], product[distinct]
    units = 1 + rng.poisson(facts["units"][kind[line_order]])
    price = _price_cents(world, product, day[line_order])
    rate = np.append(np.array(world.words["code_discounts"]), 0.0)[code[line_order]]
    return Lines(
        order=line_order,
        person=person[line_order],
        at_seconds=at_seconds[line_order],
        product=product,
        units=units,
        price_cents=price,
        discount_cents=np.rint(rate * units * price).astype(np.int64),
        status=status[line_order],
        channel=channel[line_order],
        payment=payment[line_order],
        code=code[line_order],
    )


def _draw_orders(
    world: World, people: People, rng: np.random.Generator
) -> tuple[Integers, Integers, Booleans]:
    """Person, time in seconds and whether it is the person's first, of every order, in order of time."""
    buyers = np.flatnonzero(people.orders_per_year > 0)
    later_person, later_day = [], []
    for kind, season in enumerate(world.season):
        mine = buyers[people.type[buyers] == kind]
        passed = np.concatenate([[0.0], np.cumsum(season)])
        days = np.arange(world.days + 1, dtype=float)
        begin = np.interp(people.arrives[mine], days, passed)
        end = np.interp(np.minimum(people.leaves[mine], world.days), days, passed)
        counts = rng.poisson(people.orders_per_year[mine] / 365 * (end - begin))
        which = np.repeat(np.arange(len(mine)), counts)
        at = begin[which] + rng.random(len(which)) * (end - begin)[which]
        later_person.append(mine[which])
        later_day.append(np.interp(at, passed, days))
    person = np.concatenate([buyers, *later_person])
    day = np.minimum(np.concatenate([people.arrives[buyers], *later_day]), world.days - 1).astype(np.int64)
    kind_of = people.type[person]
    hour = rng.normal(world.facts["hour"][kind_of], world.facts["hour_spread"][kind_of])
    seconds = day * _SECONDS_A_DAY + (np.clip(hour, 0.1, 23.9) * 3600).astype(np.int64)
    is_first = np.arange(len(person)) < len(buyers)
    order = np.lexsort((person, seconds))
    return person[order], seconds[order], is_first[order]


def _draw_payment(world: World, people: People, person: Integers, rng: np.random.Generator) -> Integers:
    """People have a usual means of payment, and use it four times in five."""
    shares = np.array([0.68, 0.22, 0.06, 0.04])
    usual = rng.choice(len(shares), size=len(people.type), p=shares)
    usual[people.type == world.types.index("trade")] = 2
    once = rng.choice(len(shares), size=len(person), p=shares)
    return np.where(rng.random(len(person)) < 0.8, usual[person], once)


def _price_cents(world: World, product: Integers, day: Integers) -> Integers:
    """The price of a product on a day, in cents, to the nearest ten."""
    dates = np.datetime64(world.first_day, "D") + day
    year = dates.astype("datetime64[Y]").astype(np.int64) + 1970 - world.first_day.year
    price: Floats = world.prices_cents[product] * 1.03**year
    return np.rint(price / 10).astype(np.int64) * 10
