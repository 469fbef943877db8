"""Buying histories of a base on a day, from the working table `orders`: counted in the engine.

Time is in days. A history ends on the last day observed, the one before the as-of date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from sqlglot import exp

from vitrail.engine import Engine, Query, sql
from vitrail.prediction.lifetime.histories import Floats, Histories


@dataclass(frozen=True, slots=True)
class Purchases:
    """The histories of a base as of a day, and what the orders came to.

    Args:
        table: the working table `customer_id`, `frequency`, `recency_days`, `age_days`, `spend` (what the
            repeat orders came to, at least 0), one row a customer.
        as_of: the day it speaks of.
        first: the day of the first order of all; None where there is no order.
        histories: the distinct ones, in days, in increasing order of all three figures.
        spend: of each history, what the repeat orders of its customers came to; shape (n,).
        spend_squares: the sum of the squares of the customers' spend; shape (n,).
        buyers: repeat buyers whose spend is above zero, by (repeat orders, spend): orders, spend, customers;
            shape (3, m).
    """

    table: str
    as_of: dt.date
    first: dt.date | None
    histories: Histories
    spend: Floats
    spend_squares: Floats
    buyers: Floats

    @property
    def days(self) -> int:
        """From the first order of all to the last day observed."""
        return (self.as_of - self.first).days if self.first else 0


def load_purchases(engine: Engine, as_of: dt.date, table: str) -> Purchases:
    """Make the working table of histories as of a day, and group it."""
    engine.create(table, _compile_purchases(as_of))
    grouped = engine.arrow(
        sql(
            """
            select frequency, recency_days, age_days, count(*) as customers,
                cast(sum(spend) as double) as spend,
                cast(sum(cast(cast(spend as double) ** 2 as decimal(38, 4))) as double) as squares
            from $table group by all order by frequency, recency_days, age_days
            """,
            table=exp.to_table(table),
        )
    )
    columns = [np.asarray(grouped[name], dtype=np.float64) for name in grouped.column_names]
    buyers = engine.arrow(
        sql(
            """
            select frequency, cast(spend as double) as spend, count(*) as customers
            from $table where frequency > 0 and spend > 0 group by all order by frequency, spend
            """,
            table=exp.to_table(table),
        )
    )
    first = engine.records(
        sql("select $as_of - 1 - max(age_days) as day from $table", as_of=as_of, table=exp.to_table(table))
    )[0]["day"]
    return Purchases(
        table=table,
        as_of=as_of,
        first=first,
        histories=Histories(*columns[:4]),
        spend=columns[4],
        spend_squares=columns[5],
        buyers=np.stack([np.asarray(buyers[name], dtype=np.float64) for name in buyers.column_names]),
    )


def _compile_purchases(as_of: dt.date) -> Query:
    """One row a customer with a purchase before `as_of`; the orders of one day are one order."""
    query: Query = sql(
        """
        select customer_id, cast(count(*) - 1 as integer) as frequency,
            cast(max(day) - min(day) as integer) as recency_days,
            cast($as_of - 1 - min(day) as integer) as age_days,
            cast(greatest(sum(amount) - arg_min(amount, day), 0) as decimal(18, 4)) as spend
        from (
            select customer_id, day, sum(amount) as amount from orders
            where is_purchase and day < $as_of group by customer_id, day
        ) group by customer_id
        """,
        as_of=as_of,
    )
    return query


@dataclass(frozen=True, slots=True)
class Happened:
    """What customers known by a day did in the days after it.

    Args:
        history: which of the histories each row has; shape (m,).
        orders: order days after the day; shape (m,).
        customers: how many share the two; shape (m,).
        by_week: repeat orders by week from the first order of all, up to the end of what is observed.
        days: from the first order of all to that end.
    """

    history: np.ndarray[tuple[int], np.dtype[np.int64]]
    orders: Floats
    customers: Floats
    by_week: Floats
    days: int


def load_happened(engine: Engine, known: Purchases, as_of: dt.date) -> Happened:
    """What the customers of `known` did from its day to `as_of`."""
    later = sql(
        """
        select customer_id, count(distinct day) as orders from orders
        where is_purchase and day >= $from and day < $until group by customer_id
        """,
        **{"from": known.as_of, "until": as_of},
    )
    rows = engine.arrow(
        sql(
            """
            select frequency, recency_days, age_days, coalesce(orders, 0) as orders, count(*) as customers
            from $known as known left join $later using (customer_id)
            group by all order by frequency, recency_days, age_days, orders
            """,
            known=exp.to_table(known.table),
            later=later.subquery("later"),
        )
    )
    columns = {name: np.asarray(rows[name], dtype=np.float64) for name in rows.column_names}
    keys = np.stack([columns[name] for name in ("frequency", "recency_days", "age_days")])
    changes = (np.diff(keys, axis=1) != 0).any(axis=0)
    weeks = engine.arrow(
        sql(
            """
            select (day - $first) // 7 as week, count(*) as orders from (
                select distinct orders.customer_id, orders.day
                from orders join $known as known using (customer_id)
                where is_purchase and day < $until and day > $from - 1 - age_days
            ) group by week order by week
            """,
            first=known.first,
            known=exp.to_table(known.table),
            **{"from": known.as_of, "until": as_of},
        )
    )
    days = (as_of - known.first).days if known.first else 0
    by_week = np.zeros((days + 6) // 7)
    by_week[np.asarray(weeks["week"], dtype=np.int64)] = np.asarray(weeks["orders"], dtype=np.float64)
    return Happened(
        history=np.concatenate([[0], np.cumsum(changes)]).astype(np.int64),
        orders=columns["orders"],
        customers=columns["customers"],
        by_week=by_week,
        days=days,
    )
