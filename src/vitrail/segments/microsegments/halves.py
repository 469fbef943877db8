"""The two halves: a sample of the one for the search, exact sums of the groups over the other.

Which half a customer is in follows from a digest of its key and the seed, so neither the order of rows
nor the number of threads matters. Search and confirmation share no customer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.segments.microsegments.coding import Coding
from vitrail.segments.microsegments.search import Sample
from vitrail.statistics.adjusted import Side
from vitrail.variables.kpis import Kpi

MOST_SEARCHED = 200_000
_STEPS = 4000
_MOST_EXACT, _MOST_SQUARED = 9e15, 1.7e38


@dataclass(frozen=True, slots=True)
class Population:
    """The customers looked at.

    Args:
        rows: a row a customer, with the columns of the profile, `searched` (which half) and `kpi_value`.
        customers: that have a KPI; `missing` that have none.
        greatest: the KPI's greatest value; `least` its least, `middle` its median.
        yes: of a yes/no, the customers that say yes.
        low: the 1st percentile of the KPI; `high` the 99th.
    """

    rows: Query
    customers: int
    missing: int
    mean: float
    yes: int
    least: float
    greatest: float
    middle: float
    low: float
    high: float


def load_population(
    engine: Engine, table: str, key: str, kpi: Kpi, among: exp.Expr | None, seed: int
) -> Population:
    """Count the customers and look at the KPI."""
    rows: Query = sql(
        """
        select *, $kpi as kpi_value, md5($seed || cast($key as varchar)) as kpi_digest
        from $table where $among
        """,
        kpi=kpi.value,
        key=column(key),
        seed=f"{seed}:",
        table=exp.to_table(table),
        among=among if among is not None else exp.true(),
    )
    facts = engine.records(
        sql(
            """
            select count(kpi_value) as customers, count(*) filter (kpi_value is null) as missing,
              count(*) filter (kpi_value = 1) as yes,
              cast(sum(cast(kpi_value as decimal(38, 6))) as double) as total,
              min(kpi_value) as least, max(kpi_value) as greatest,
              quantile_disc(kpi_value, [0.01, 0.5, 0.99]) as points
            from $rows
            """,
            rows=rows.subquery("rows"),
        )
    )[0]
    low, middle, high = facts["points"] or (0.0, 0.0, 0.0)
    counted = facts["customers"]
    mean = facts["total"] / counted if counted else 0.0
    return Population(
        rows.copy(), counted, facts["missing"], mean, facts["yes"],
        facts["least"] or 0.0, facts["greatest"] or 0.0, middle, low, high,
    )  # fmt: skip


def load_sample(engine: Engine, population: Population, codings: Sequence[Coding], kpi: Kpi) -> Sample:
    """At most 200,000 customers of the searched half, chosen by their digest, with the KPI in whole steps.

    A number is cut off at its 1st and 99th percentile, so that the search does not run after single
    customers; what is found is confirmed on the whole of it.
    """
    low, high = (population.low, population.high) if kpi.kind == "mean" else (0.0, 1.0)
    if low == high:
        low, high = population.least, population.greatest
    steps = _STEPS if kpi.kind == "mean" else 1
    scale = steps / (high - low) if high > low else 0.0
    value = expression(
        "cast(round((least(greatest(kpi_value, cast($low as double)), cast($high as double))"
        " - cast($low as double)) * cast($scale as double)) as integer)",
        low=low,
        high=high,
        scale=scale,
    )
    codes = [
        exp.alias_(expression("cast($code as utinyint)", code=each.code), f"c{i}")
        for i, each in enumerate(codings)
    ]
    query = exp.select(exp.alias_(value, "y"), *codes).from_(population.rows.subquery("rows"))
    query = query.where("kpi_value is not null and left(kpi_digest, 1) < '8'")
    if population.customers / 2 > MOST_SEARCHED:
        share = int(MOST_SEARCHED / (population.customers / 2) * 16**8)
        query = query.where(expression("substr(kpi_digest, 2, 8) < $most", most=f"{share:08x}"))
    table = engine.arrow(query)
    found = np.array([table.column(f"c{i}").to_numpy() for i in range(len(codings))], dtype=np.uint8)
    return Sample(
        found.reshape(len(codings), table.num_rows), table.column("y").to_numpy().astype(np.float64)
    )


@dataclass(frozen=True, slots=True)
class GroupSums:
    """A group in the confirming half, and over everybody.

    Args:
        group, rest: the KPI's sums; of the confirming half.
        own, others: the same among the customers of no earlier group.
        customers: of both halves, KPI known or not.
        revenue: of them; None where no amount is known.
    """

    group: Side
    rest: Side
    own: Side
    others: Side
    customers: int
    revenue: Any


def load_sums(
    engine: Engine, population: Population, conditions: Sequence[exp.Expr], kpi: Kpi, amount: str | None
) -> tuple[list[GroupSums], float]:
    """The sums of each group, in one scan; and what was taken off every value of the KPI.

    Args:
        conditions: of the groups, in the order they were found.
        amount: the column of what customers spent, if there is one.
    """
    centre, unit = 0.0, 1.0
    if kpi.kind == "mean":
        centre = population.middle
        reach = max(population.greatest - centre, centre - population.least)
        most = min(_MOST_EXACT, math.sqrt(_MOST_SQUARED / population.customers))
        unit = 10.0 ** min(math.floor(math.log10(most / reach)), 18) if reach else 1.0
    y = expression(
        "case when left(kpi_digest, 1) >= '8' then"
        " cast(round((kpi_value - cast($centre as double)) * cast($unit as double)) as bigint) end",
        centre=centre,
        unit=unit,
    )
    members = [
        exp.alias_(expression("coalesce($met, false)", met=met), f"g{i}") for i, met in enumerate(conditions)
    ]
    spent = exp.alias_(column(amount) if amount else exp.null(), "spent")
    rows = exp.select(exp.alias_(y, "y"), spent, *members).from_(population.rows.subquery("rows"))
    figures = []
    for i in range(len(conditions)):
        free = exp.and_(exp.true(), *(sql("not $g", g=column(f"g{k}")) for k in range(i)))
        inside = column(f"g{i}")
        kept = {
            "group": inside,
            "rest": sql("not $g", g=inside),
            "own": exp.and_(free, inside),
            "others": exp.and_(free, sql("not $g", g=inside)),
        }
        for name, where in kept.items():
            for letter, figure in (("n", "count(y)"), ("s", "sum(y)"), ("q", "sum(cast(y as hugeint) * y)")):
                value = sql(f"cast(coalesce({figure} filter ($where), 0) as double)", where=where)
                figures.append(exp.alias_(value, f"{name}_{letter}{i}"))
        figures.append(exp.alias_(sql("count(*) filter ($g)", g=inside), f"customers{i}"))
        money = sql("cast(sum(spent) filter ($g) as decimal(38, 4))", g=inside) if amount else exp.null()
        figures.append(exp.alias_(money, f"revenue{i}"))
    row = engine.records(exp.select(*figures).from_(rows.subquery("rows")))[0]

    def side(name: str, i: int) -> Side:
        n, s, q = (np.array([float(row[f"{name}_{letter}{i}"])]) for letter in "nsq")
        return Side(n, s / unit, q / unit**2)

    sums = [
        GroupSums(
            side("group", i),
            side("rest", i),
            side("own", i),
            side("others", i),
            row[f"customers{i}"],
            row[f"revenue{i}"],
        )
        for i in range(len(conditions))
    ]
    return sums, centre
