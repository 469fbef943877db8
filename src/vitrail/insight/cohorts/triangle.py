"""The figures of each cohort period by period: one pass over the orders, rolled up to cohorts in the engine.

Model: a customer's period 0 is the calendar period in which they began; period n is the n-th after it.
    Retention is the share of a cohort with a purchase in period n. Money and orders are also summed from
    period 0 to n.
Assumes: nothing of the customers. A period that is not over is marked; where customers of a cohort began at
    different times, only those count in period n whose own period n is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.insight.cohorts.calendar import Period, compile_days, compile_number
from vitrail.statistics.shares import wilson_interval
from vitrail.statistics.welch import Moments


@dataclass(frozen=True, slots=True)
class Cell:
    """A cohort in one period.

    Args:
        period: periods since the one they began in.
        complete: whether it is over for all who count here.
        customers: those who count: who have lived through the period.
        active: those of them with a purchase in it.
        revenue, orders: in it; `revenue_to_date`, `orders_to_date`: from period 0 to this one.
        adopted: those who by its end have bought what `adopted` asks; None where nothing is asked.
    """

    period: int
    complete: bool
    customers: int
    active: int
    revenue: Decimal
    revenue_to_date: Decimal
    orders: int
    orders_to_date: int
    adopted: int | None

    @property
    def retention(self) -> float:
        """The share with a purchase in the period."""
        return self.active / self.customers

    @property
    def retention_interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return wilson_interval(self.active, self.customers)

    @property
    def adoption(self) -> float | None:
        """The share that has taken it up by the end of the period."""
        return None if self.adopted is None else self.adopted / self.customers

    def to_dict(self) -> dict[str, Any]:
        """The figures, and the shares that follow from them."""
        low, high = self.retention_interval
        each = Decimal(self.customers)
        return {
            "period": self.period,
            "complete": self.complete,
            "customers": self.customers,
            "active": self.active,
            "retention": self.retention,
            "retention_low": low,
            "retention_high": high,
            "revenue": self.revenue,
            "revenue_per_customer": round(self.revenue / each, 4),
            "cumulative_revenue_per_customer": round(self.revenue_to_date / each, 4),
            "orders": self.orders,
            "orders_per_customer": self.orders / self.customers,
            "cumulative_orders_per_customer": self.orders_to_date / self.customers,
            "adopted": self.adopted,
            "adoption": self.adoption,
        }


_SIZES = "select cohort, start, count(*) as customers from cohort_starts group by all"


def build_starts(
    engine: Engine, members: Query, period: Period, last: int, groups: Sequence[str] | None = None
) -> int:
    """Make `cohort_starts`: customer, a number for them, cohort, periods they began and first bought in.

    Args:
        members: `customer_id`, `cohort`, `start_day`, `first_day`.
        last: the number of the last period that is observed.
        groups: the cohorts, each known by its place here, the last taking all that are not named; where None,
            a cohort is the period of start and known by its number.

    Returns:
        customers without a start, who are in no cohort.
    """
    start = compile_number(period, column("start_day"))
    cohort = start
    if groups is not None:
        cohort = exp.Case(default=exp.Literal.number(len(groups) - 1))
        for place, key in enumerate(groups):
            if key != "*":
                cohort = cohort.when(column("cohort").eq(key), exp.Literal.number(place))
    engine.create(
        "cohort_starts",
        sql(
            """
            select customer_id, cast(row_number() over () as integer) as number,
                cast($cohort as integer) as cohort, cast($start as integer) as start,
                cast($first as integer) as first
            from $members where start_day is not null and $start <= $last
            """,
            cohort=cohort,
            start=start,
            first=compile_number(period, column("first_day")),
            members=members.subquery("members"),
            last=last,
        ),
    )
    missing = sql(
        "select count(distinct customer_id) as n from $m where start_day is null", m=members.subquery("m")
    )
    return int(engine.records(missing)[0]["n"])


def load_sizes(engine: Engine) -> dict[int, dict[int, int]]:
    """By cohort, in the order of their numbers, how many of its customers began in each period."""
    found: dict[int, dict[int, int]] = {}
    for row in engine.records(sql(f"{_SIZES} order by cohort, start")):
        found.setdefault(row["cohort"], {})[row["start"]] = row["customers"]
    return found


def load_cells(
    engine: Engine,
    period: Period,
    now: int,
    last: int,
    most: int,
    by_start: bool,
    adopted: exp.Expr | None,
    at: int | None,
) -> tuple[dict[int, list[Cell]], dict[int, Moments]]:
    """By cohort, its cells from period 0 on, and what its customers spent up to the end of period `at`.

    Orders meet their customers once, which costs more than all the rest. Whether a purchase is the customer's
    first of its period (`fresh`) follows from the days since the one before, so nobody is counted twice and
    no distinct count is needed; the very first is not among them. Spending is in cents, of those who have
    lived through the period.

    Args:
        now: the number of the first period that is not over; `last`: of the last that is observed.
        most: periods followed at most.
        by_start: whether a cohort is one period of start: its last cell is then kept though it is not over.
        adopted: a condition over `order_lines`.
        at: where None, nobody's spending is asked.
    """
    followed: Query = sql(
        """
        select number, cohort, start, cast(here - start as integer) as period, is_purchase,
            cast(amount as decimal(18, 4)) as amount, fresh
        from (
            select customer_id, amount, is_purchase, $here as here,
                coalesce(gap_days >= $days, false) as fresh
            from orders)
        join cohort_starts using (customer_id) where here >= start
        """,
        here=compile_number(period, column("day")),
        days=compile_days(period, column("day")),
    )
    parts: dict[str, Query] = {
        "sizes": sql(_SIZES),
        "again": sql(
            """
            select cohort, start, period, count(*) filter (fresh) as active, sum(amount) as revenue,
                count(*) filter (is_purchase) as orders
            from followed group by all
            """
        ),
        "begun": sql(
            """
            select cohort, start, first - start as period, count(*) as active
            from cohort_starts where first >= start group by all
            """
        ),
        "grid": sql(
            """
            select cohort, start, customers, unnest(range(0, least($last - start, $most) + 1)) as period
            from sizes
            """,
            last=last,
            most=most,
        ),
    }
    taken_up: exp.Expr = exp.null()
    joined = ""
    if adopted is not None:
        parts["adopters"] = sql(
            "select customer_id, min($number) as by_period from order_lines"
            " where coalesce($adopted, false) and amount >= 0 group by customer_id",
            number=compile_number(period, sql("cast(ordered_at as date)")),
            adopted=adopted,
        )
        parts["adoptions"] = sql(
            """
            select cohort, start, greatest(by_period - start, 0) as period, count(*) as adopted
            from adopters join cohort_starts using (customer_id) group by all
            """
        )
        taken_up = sql("coalesce(sum(adopted) over past, 0)")
        joined = "left join adoptions using (cohort, start, period)"
    parts["filled"] = sql(
        f"""
        select cohort, start, period, customers, start + period < $now as complete,
            coalesce(again.active, 0) + coalesce(begun.active, 0) as active,
            coalesce(revenue, 0) as revenue, coalesce(sum(revenue) over past, 0) as revenue_to_date,
            coalesce(orders, 0) as orders, coalesce(sum(orders) over past, 0) as orders_to_date,
            $adopted as adopted
        from grid left join again using (cohort, start, period) left join begun using (cohort, start, period)
            {joined}
        window past as (partition by cohort, start order by period)
        """,
        now=now,
        adopted=taken_up,
    )
    parts["cells"] = sql(
        """
        select cohort, period, complete, cast(sum(customers) as bigint) as customers,
            cast(sum(active) as bigint) as active, cast(sum(revenue) as decimal(38, 4)) as revenue,
            cast(sum(revenue_to_date) as decimal(38, 4)) as revenue_to_date,
            cast(sum(orders) as bigint) as orders, cast(sum(orders_to_date) as bigint) as orders_to_date,
            cast(sum(adopted) as bigint) as adopted
        from filled where complete or $by_start group by all
        """,
        by_start=by_start,
    )
    query: exp.Select = exp.select("*").from_("cells").order_by("cohort", "period")
    if at is not None:
        parts["spent"] = sql(
            """
            select cohort, cast(cast(sum(amount) as decimal(18, 4)) as decimal(18, 2)) as amount
            from followed where start + $at < $now and period <= $at group by number, cohort
            """,
            at=at,
            now=now,
        )
        parts["moments"] = sql(
            """
            select cohort, $at as period, sum(amount) as spent,
                sum(cast(amount as decimal(38, 2)) * amount) as squares
            from spent group by cohort
            """,
            at=at,
        )
        query = query.join("moments", using=["cohort", "period"], join_type="left")
    query = query.with_("followed", as_=followed, materialized=True)
    for name, part in parts.items():
        query = query.with_(name, as_=part)
    found: dict[int, list[Cell]] = {}
    moments: dict[int, Moments] = {}
    for row in engine.records(query):
        cohort, spent, squares = row.pop("cohort"), row.pop("spent", None), row.pop("squares", None)
        if row["period"] == at and row["complete"]:
            moments[cohort] = Moments(row["customers"], Fraction(spent or 0), Fraction(squares or 0))
        found.setdefault(cohort, []).append(Cell(**row))
    return found, moments
