"""Weeks, months and quarters as consecutive numbers, in Python and in SQL, and how far the data reach.

A period's number counts from a fixed day, so that periods are subtracted like numbers. Weeks begin on Monday.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from vitrail.engine import Engine, expression, sql

Period = Literal["week", "month", "quarter"]

MOST_WEEKS, MOST_MONTHS = 17, 24  # up to here `auto` takes weeks, then months
LEAST_DAYS = 30  # days with an order from which their pauses can be read
QUIET_DAYS = 7  # so many days without an order at the end need no explanation
_MONDAY = dt.date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Observed:
    """The days that orders tell of.

    Args:
        first: the day of the first order.
        until: the first day not observed.
        stops: whether that is before the as-of date, the orders having stopped for longer than ever before.
    """

    first: dt.date
    until: dt.date
    stops: bool


def load_observed(engine: Engine, as_of: dt.date) -> Observed | None:
    """How far the working table `orders` reaches; None where it is empty.

    An absence of orders up to the as-of date longer than any before it (and than a week) is taken for data
    that stop, not for customers who do; with fewer than 30 days of orders nothing is known of their pauses.
    """
    row = engine.records(
        sql(
            """
            with days as (select distinct day from orders),
            gaps as (select day, date_diff('day', lag(day) over (order by day), day) as gap from days)
            select min(day) as first, max(day) as last, count(*) as days, coalesce(max(gap), 1) as longest
            from gaps
            """
        )
    )[0]
    if row["first"] is None:
        return None
    quiet = (as_of - row["last"]).days - 1
    stops = row["days"] >= LEAST_DAYS and quiet > max(row["longest"] - 1, QUIET_DAYS)
    return Observed(row["first"], row["last"] + dt.timedelta(days=1) if stops else as_of, stops)


def choose_period(observed: Observed) -> Period:
    """Weeks where the orders cover up to 17 of them, months up to 24, quarters beyond.

    >>> choose_period(Observed(dt.date(2010, 12, 1), dt.date(2011, 12, 10), False))
    'month'
    """
    days = (observed.until - observed.first).days
    if days <= MOST_WEEKS * 7:
        return "week"
    return "month" if days <= MOST_MONTHS * 365 / 12 + 1 else "quarter"


def number_period(period: Period, day: dt.date) -> int:
    """The number of the period a day is in.

    >>> number_period("month", dt.date(2011, 1, 31)) - number_period("month", dt.date(2010, 12, 1))
    1
    """
    match period:
        case "week":
            return (day - _MONDAY).days // 7
        case "month":
            return day.year * 12 + day.month - 1
    return day.year * 4 + (day.month - 1) // 3


def start_period(period: Period, number: int) -> dt.date:
    """The first day of a period.

    >>> start_period("quarter", number_period("quarter", dt.date(2011, 5, 9)))
    datetime.date(2011, 4, 1)
    """
    match period:
        case "week":
            return _MONDAY + dt.timedelta(days=7 * number)
        case "month":
            return dt.date(number // 12, number % 12 + 1, 1)
    return dt.date(number // 4, number % 4 * 3 + 1, 1)


def compile_number(period: Period, day: exp.Expr) -> exp.Expr:
    """The number of the period that the date `day` is in.

    >>> compile_number("month", sql("day")).sql("duckdb")
    'YEAR(day) * 12 + MONTH(day) - 1'
    """
    templates = {
        "week": "date_diff('day', date '1900-01-01', $day) // 7",
        "month": "year($day) * 12 + month($day) - 1",
        "quarter": "year($day) * 4 + quarter($day) - 1",
    }
    return expression(templates[period], day=day)


def compile_days(period: Period, day: exp.Expr) -> exp.Expr:
    """The days of its period that the date `day` completes: so many days before it, another period was on.

    >>> compile_days("month", sql("day")).sql("duckdb")
    'DAY(day)'
    """
    templates = {
        "week": "isodow($day)",
        "month": "day($day)",
        "quarter": "date_diff('day', date_trunc('quarter', $day), $day) + 1",
    }
    return expression(templates[period], day=day)


def key_period(period: Period, number: int) -> str:
    """How a period is written in data: `2010-12`, `2010-Q4`, and a week by its Monday, `2010-12-06`.

    >>> key_period("quarter", number_period("quarter", dt.date(2010, 12, 1)))
    '2010-Q4'
    """
    start = start_period(period, number)
    match period:
        case "week":
            return start.isoformat()
        case "month":
            return f"{start:%Y-%m}"
    return f"{start.year:04d}-Q{(start.month + 2) // 3}"
