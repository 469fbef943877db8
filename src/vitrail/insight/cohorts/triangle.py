"""The figures of each cohort period by period: one pass over the orders, rolled up to cohorts in the engine.

Model: a customer's period 0 is the calendar period in which they began; period n is the n-th after it.
    Retention is the share of a cohort with a purchase in period n. Money and orders are also summed from
    period 0 to n.
Assumes: nothing of the customers. A period that is not over is marked; where customers of a cohort began at
    different times, only those count in period n whose own period n is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.insight.cohorts.calendar import Period, compile_days, compile_number
from vitrail.insight.cohorts.cell import Cell
from vitrail.statistics.welch import Moments

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
    parts = {**_compile_counts(last, most), **_compile_adoptions(period, adopted)}
    parts["filled"] = _compile_filled(now, adopted is not None)
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
        parts |= _compile_moments(now, at)
        query = query.join("moments", using=["cohort", "period"], join_type="left")
    query = query.with_("followed", as_=_compile_followed(period), materialized=True)
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


def _compile_followed(period: Period) -> Query:
    """The orders of customers from their start on, each with the periods since."""
    query: Query = sql(
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
    return query


def _compile_counts(last: int, most: int) -> dict[str, Query]:
    """By cohort and period of start: its size, who came back when, who began when, the periods there are."""
    return {
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


def _compile_adoptions(period: Period, adopted: exp.Expr | None) -> dict[str, Query]:
    """When customers took up what a condition over order lines says; nothing where there is none."""
    if adopted is None:
        return {}
    return {
        "adopters": sql(
            "select customer_id, min($number) as by_period from order_lines"
            " where coalesce($adopted, false) and amount >= 0 group by customer_id",
            number=compile_number(period, sql("cast(ordered_at as date)")),
            adopted=adopted,
        ),
        "adoptions": sql(
            """
            select cohort, start, greatest(by_period - start, 0) as period, count(*) as adopted
            from adopters join cohort_starts using (customer_id) group by all
            """
        ),
    }


def _compile_filled(now: int, adopted: bool) -> Query:
    """Every period of the grid with its figures, and those since the start."""
    query: Query = sql(
        f"""
        select cohort, start, period, customers, start + period < $now as complete,
            coalesce(again.active, 0) + coalesce(begun.active, 0) as active,
            coalesce(revenue, 0) as revenue, coalesce(sum(revenue) over past, 0) as revenue_to_date,
            coalesce(orders, 0) as orders, coalesce(sum(orders) over past, 0) as orders_to_date,
            $adopted as adopted
        from grid left join again using (cohort, start, period) left join begun using (cohort, start, period)
            {"left join adoptions using (cohort, start, period)" if adopted else ""}
        window past as (partition by cohort, start order by period)
        """,
        now=now,
        adopted=sql("coalesce(sum(adopted) over past, 0)") if adopted else exp.null(),
    )
    return query


def _compile_moments(now: int, at: int) -> dict[str, Query]:
    """What each customer spent up to the end of period `at`, and by cohort its sums and those of squares."""
    return {
        "spent": sql(
            """
            select cohort, cast(cast(sum(amount) as decimal(18, 4)) as decimal(18, 2)) as amount
            from followed where start + $at < $now and period <= $at group by number, cohort
            """,
            at=at,
            now=now,
        ),
        "moments": sql(
            """
            select cohort, $at as period, sum(amount) as spent,
                sum(cast(amount as decimal(38, 2)) * amount) as squares
            from spent group by cohort
            """,
            at=at,
        ),
    }
