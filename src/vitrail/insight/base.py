"""The whole base in a few figures: how many, how much, once or again, since when, from where."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from vitrail.engine import Engine, column, sql


@dataclass(frozen=True, slots=True)
class BaseFigures:
    """The customers of a run as one. Figures that the profile cannot carry are None."""

    customers: int
    buyers: int  # customers with an order
    one_time: int  # customers with exactly one order
    revenue: Decimal
    median_recency_days: float | None
    first_order_on: dt.date | None
    last_order_on: dt.date | None
    has_orders: bool = True  # whether the profile tells orders at all


@dataclass(frozen=True, slots=True)
class Country:
    """The customers of one country; name None for the countries beyond those listed, together."""

    name: str | None
    countries: int
    customers: int
    revenue: Decimal


def load_base(engine: Engine, as_of: dt.date) -> BaseFigures:
    """Sum the working table `profile` up."""
    has = engine.columns(sql("select * from profile"))

    def named(name: str, otherwise: str) -> exp.Expr:
        found: exp.Expr = column(name) if name in has else sql(otherwise)
        return found

    row = engine.records(
        sql(
            """
            select count(*) as customers, count_if($orders > 0) as buyers, count_if($orders = 1) as one_time,
              coalesce(sum($amount), 0)::decimal(38, 4) as revenue,
              median($recency)::double as median_recency_days,
              max($first)::int as first_order_days, min($recency)::int as last_order_days
            from profile
            """,
            orders=named("order_count", "0"),
            amount=named("total_amount", "null::decimal(18, 4)"),
            recency=named("recency_days", "null::int"),
            first=named("first_order_days", "null::int"),
        )
    )[0]
    first, last = row.pop("first_order_days"), row.pop("last_order_days")
    return BaseFigures(
        **row,
        has_orders="order_count" in has,
        first_order_on=None if first is None else as_of - dt.timedelta(days=first),
        last_order_on=None if last is None else as_of - dt.timedelta(days=last),
    )


def load_shortest_silence(engine: Engine, segmentation: str, segments: list[str]) -> int | None:
    """The fewest days since an order among the customers of `segments`; None where nobody ordered."""
    has = engine.columns(sql("select * from profile"))
    if not segments or segmentation not in has or "recency_days" not in has:
        return None
    rows = engine.records(
        sql(
            "select min(recency_days)::int as days from profile where $chosen",
            chosen=column(segmentation).isin(*segments),
        )
    )
    return None if rows[0]["days"] is None else int(rows[0]["days"])


def load_recent_amounts(engine: Engine, segmentation: str, partition: bool = True) -> dict[str, Decimal]:
    """What the customers of each segment bought in the last 365 days; empty where the profile cannot tell."""
    has = engine.columns(sql("select * from profile"))
    if segmentation not in has or "amount_365d" not in has:
        return {}
    rows = engine.records(
        sql(
            """
            select segment, sum(amount)::decimal(38, 4) as amount
            from (select $segment as segment, amount_365d as amount from profile)
            where segment is not null group by 1 order by 1
            """,
            segment=column(segmentation) if partition else sql("unnest($cut)", cut=column(segmentation)),
        )
    )
    return {row["segment"]: row["amount"] for row in rows}


def load_countries(engine: Engine, most: int = 10) -> tuple[Country, ...]:
    """Customers and revenue by country, the `most` biggest by revenue, then all others together.

    Empty where the profile has no country; customers without one are left out.
    """
    has = engine.columns(sql("select * from profile"))
    if "country" not in has:
        return ()
    rows = engine.records(
        sql(
            """
            with by_country as (
              select country::varchar as name, count(*) as customers,
                coalesce(sum($amount), 0)::decimal(38, 4) as revenue
              from profile where country is not null group by 1),
            ranked as (
              select *, row_number() over (order by revenue desc, customers desc, name) as place
              from by_country)
            select case when place <= $most then name end as name, count(*) as countries,
              sum(customers)::bigint as customers, sum(revenue)::decimal(38, 4) as revenue
            from ranked group by 1, least(place, $most + 1) order by least(place, $most + 1)
            """,
            most=most,
            amount=column("total_amount") if "total_amount" in has else sql("null::decimal(18, 4)"),
        )
    )
    return tuple(Country(**row) for row in rows)
