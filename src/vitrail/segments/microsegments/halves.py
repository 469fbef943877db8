"""The two halves: a sample of the one for the search, exact sums of the groups over the other.

Which half a customer is in is drawn by lot from its key and the seed, so neither the order of rows nor the
number of threads matters. Search and confirmation share no customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.engine import LAST_DRAW, Engine, Query, Whole, choose_whole, column, draw, expression, sql
from vitrail.engine.names import choose_free_name
from vitrail.segments.microsegments.coding import Coding
from vitrail.segments.microsegments.search import Sample
from vitrail.statistics.adjusted import Side
from vitrail.variables.kpis import Kpi

MOST_SEARCHED = 200_000
_MIDDLE = LAST_DRAW // 2
_STEPS = {"mean": 4000, "share": 1000}
_SUMS = {
    "n": "count($y) filter ($held)",
    "s": "coalesce(sum($y) filter ($held), 0)",
    "q": "coalesce(sum(cast($y as hugeint) * $y) filter ($held), 0)",
}


@dataclass(frozen=True, slots=True)
class Population:
    """The customers looked at.

    Args:
        rows: a row a customer, with the columns of the profile and two of ours, whose names nothing else has.
        value: the name of the column of the KPI; `lot`: of the draw, whose lower half is searched.
        customers: that have a KPI; `missing` that have none.
        greatest: the KPI's greatest value; `least` its least, `middle` its median.
        yes: of a yes/no, the customers that say yes.
        low: the 1st percentile of the KPI; `high` the 99th.
    """

    rows: Query
    value: str
    lot: str
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
    taken = engine.columns(exp.select("*").from_(table))
    value, lot = (choose_free_name(name, taken) for name in ("kpi_value", "kpi_lot"))
    own = draw(column(key), f"halves:{seed}")
    rows = exp.select("*", exp.alias_(kpi.value, value), exp.alias_(own, lot)).from_(exp.to_table(table))
    rows = rows.where(among if among is not None else exp.true())
    facts = engine.records(
        sql(
            """
            select count($y) as customers, count(*) filter ($y is null) as missing,
              count(*) filter ($y = 1) as yes, min($y) as least, max($y) as greatest,
              quantile_disc($y, [0.01, 0.5, 0.99]) as points
            from $rows
            """,
            y=column(value),
            rows=rows.subquery("rows"),
        )
    )[0]
    low, middle, high = facts["points"] or (0.0, 0.0, 0.0)
    counted = facts["customers"]
    mean = _load_mean(engine, rows, value, choose_whole(facts["least"], facts["greatest"], counted), counted)
    return Population(
        rows.copy(), value, lot, counted, facts["missing"], mean, facts["yes"],
        facts["least"] or 0.0, facts["greatest"] or 0.0, middle, low, high,
    )  # fmt: skip


def _load_mean(engine: Engine, rows: Query, value: str, whole: Whole, customers: int) -> float:
    if not customers:
        return 0.0
    query = sql(
        "select sum($y) as total from $rows", y=whole.compile(column(value)), rows=rows.subquery("rows")
    )
    return float(whole.read_sum(engine.records(query)[0]["total"]) / customers)


def load_sample(engine: Engine, population: Population, codings: Sequence[Coding], kpi: Kpi) -> Sample:
    """The searched half, or about 200,000 of it, those of the lowest draws, with the KPI in whole steps.

    A number is cut off at its 1st and 99th percentile, so that the search does not run after single
    customers; what is found is confirmed on the whole of it.
    """
    low, high = (population.low, population.high) if kpi.kind == "mean" else (0.0, 1.0)
    if low == high:
        low, high = population.least, population.greatest
    scale = _STEPS[kpi.kind] / (high - low) if high > low else 0.0
    value = expression(
        "cast(round((least(greatest($y, cast($low as double)), cast($high as double))"
        " - cast($low as double)) * cast($scale as double)) as integer)",
        y=column(population.value),
        low=low,
        high=high,
        scale=scale,
    )
    codes = [
        exp.alias_(expression("cast($code as utinyint)", code=each.code), f"c{i}")
        for i, each in enumerate(codings)
    ]
    query = exp.select(exp.alias_(value, "y"), *codes).from_(population.rows.subquery("rows"))
    y, lot = column(population.value), column(population.lot)
    last = min(_MIDDLE, LAST_DRAW * MOST_SEARCHED // max(population.customers, 1))
    table = engine.arrow(query.where(expression("$y is not null and $lot <= $last", y=y, lot=lot, last=last)))
    found = np.array([table.column(f"c{i}").to_numpy() for i in range(len(codings))], dtype=np.uint8)
    return Sample(
        found.reshape(len(codings), table.num_rows), table.column("y").to_numpy().astype(np.float64)
    )


@dataclass(frozen=True, slots=True)
class GroupSums:
    """A group in the confirming half, and over everybody.

    Args:
        group: the KPI's sums in the confirming half, one entry; `rest` those of everybody else who is known
            not to be in it.
        own: the same by stratum, the groups found before making the strata; `others` likewise.
        customers: of both halves, with a KPI or without.
        revenue: of them; None where no amount is known, or one is no sum of money (10²⁴ and more).
    """

    group: Side
    rest: Side
    own: Side
    others: Side
    customers: int
    revenue: Decimal | None


def load_sums(
    engine: Engine, population: Population, conditions: Sequence[exp.Expr], kpi: Kpi, amount: str | None
) -> list[GroupSums]:
    """The sums of each group, in one scan.

    Args:
        conditions: of the groups, in the order they were found.
        amount: the column of what customers spent, if there is one.
    """
    y, steps = _confirming(population, kpi)
    members = [exp.alias_(met.copy(), f"g{i}") for i, met in enumerate(conditions)]
    spent = exp.alias_(column(amount) if amount else exp.null(), "spent")
    rows = exp.select(exp.alias_(y, "y"), spent, *members).from_(population.rows.subquery("rows"))
    names = [f"g{i}" for i in range(len(conditions))]
    query: exp.Select = sql(
        """
        select count(y) as n, cast(coalesce(sum(y), 0) as double) as s,
          cast(coalesce(sum(cast(y as hugeint) * y), 0) as double) as q,
          count(*) as customers, cast(sum(try_cast(spent as decimal(28, 4))) as decimal(38, 4)) as revenue,
          count(spent) - count(try_cast(spent as decimal(28, 4))) as beyond
        from $rows
        """,
        rows=rows.subquery("rows"),
    )
    cells = engine.records(query.select(*names).group_by(*names).order_by(*names))
    met = np.array([[cell[name] for name in names] for cell in cells], dtype=object)
    inside, known = met.astype(bool), met != np.array(None)
    sums = np.array([[cell["n"], cell["s"] / steps, cell["q"] / steps**2] for cell in cells])
    has_money = amount is not None and not any(cell["beyond"] for cell in cells)

    def tell(i: int) -> GroupSums:
        everybody = np.zeros(len(cells), dtype=np.intp)
        before = np.unique(inside[:, :i], axis=0, return_inverse=True)[1].ravel() if i else everybody
        mine = [cell for cell, held in zip(cells, inside[:, i], strict=True) if held]
        spent = [cell["revenue"] for cell in mine if cell["revenue"] is not None]
        told = known[:, i]  # of whom a value is missing cannot be said to be elsewhere
        group, rest = _sides(sums[told], everybody[told], inside[told, i])
        own, others = _sides(sums[told], before[told], inside[told, i])
        customers = sum(cell["customers"] for cell in mine)
        return GroupSums(group, rest, own, others, customers, sum(spent, Decimal(0)) if has_money else None)

    return [tell(i) for i in range(len(conditions))]


def load_gains(
    engine: Engine, population: Population, groups: Sequence[Sequence[exp.Expr]], kpi: Kpi
) -> list[list[tuple[Side, Side]]]:
    """By group and condition of it: the group, and who meets all of its conditions but this one.

    In the confirming half, in one scan; a group of one condition has nothing to compare.
    """
    y, steps = _confirming(population, kpi)
    own = choose_free_name("kpi_whole", engine.columns(population.rows))
    figures: list[exp.Expr] = []
    for g, conditions in enumerate(groups):
        for c, condition in enumerate(conditions if len(conditions) > 1 else ()):
            others = exp.and_(*(each.copy() for k, each in enumerate(conditions) if k != c))
            for name, met in (("in", condition), ("out", sql("not $c", c=condition))):
                held = expression("$others and $met", others=others, met=met)
                for letter, figure in _SUMS.items():
                    value = exp.cast(sql(figure, y=column(own), held=held), "double")
                    figures.append(exp.alias_(value, f"{name}_{letter}_{g}_{c}"))
    if not figures:
        return [[] for _ in groups]
    rows = exp.select(exp.Star(), exp.alias_(y, own)).from_(population.rows.subquery("rows"))
    row = engine.records(exp.select(*figures).from_(rows.subquery("rows")))[0]

    def side(name: str, g: int, c: int) -> Side:
        n, s, q = (np.array([float(row[f"{name}_{letter}_{g}_{c}"])]) for letter in _SUMS)
        return Side(n, s / steps, q / steps**2)

    return [
        [(side("in", g, c), side("out", g, c)) for c in range(len(group))] if len(group) > 1 else []
        for g, group in enumerate(groups)
    ]


def choose_scale(population: Population, kpi: Kpi) -> tuple[Whole, float]:
    """How the KPI becomes whole numbers, and what 1 in the sums is of it: squares of any unit are told."""
    if kpi.kind == "share":
        return Whole(), 1.0
    whole = choose_whole(population.least, population.greatest, population.customers, population.middle)
    return whole, whole.scale


def _confirming(population: Population, kpi: Kpi) -> tuple[exp.Expr, float]:
    """The KPI of the confirming half as whole numbers, NULL elsewhere; how many of them the sums call 1."""
    whole, scale = choose_scale(population, kpi)
    y, lot = whole.compile(column(population.value)), column(population.lot)
    own = expression("case when $lot > $middle then $y end", y=y, lot=lot, middle=_MIDDLE)
    return own, whole.unit * scale


def _sides(
    sums: npt.NDArray[np.float64], stratum: npt.NDArray[np.intp], inside: npt.NDArray[np.bool_]
) -> tuple[Side, Side]:
    """Both sides' sums over the strata that have both."""
    count = int(stratum.max(initial=-1)) + 1
    one, two = (
        np.array([np.bincount(stratum[held], sums[held, k], minlength=count) for k in range(3)])
        for held in (inside, ~inside)
    )
    both = (one[0] > 0) & (two[0] > 0)
    return Side(*one[:, both]), Side(*two[:, both])
