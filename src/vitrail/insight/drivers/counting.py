"""Customers counted by fold, level and KPI group, for all variables at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from vitrail.engine import LAST_DRAW, Engine, Query, Whole, choose_whole, column, draw, expression, sql
from vitrail.engine.names import choose_free_name
from vitrail.insight.drivers.coding import (
    Aside,
    Coding,
    choose_codings,
    compile_bin,
    compile_codes,
)
from vitrail.insight.drivers.ranking import FOLDS
from vitrail.statistics.welch import Moments
from vitrail.variables.kpis import Kpi

GROUPS = 5
"""Ordered groups that a KPI which is a number is put in."""

SAMPLE_CUSTOMERS = 200_000
CODED_CUSTOMERS = 50_000
_CODED = "drivers_coded"


@dataclass(frozen=True, slots=True)
class Counted:
    """A base counted for one KPI.

    Args:
        customers: those whose KPI is known; `unknown`: the others.
        groups: customers by KPI group, ascending: no and yes, or those that a number is put in.
        codings: the variables, as they were put in levels.
        counts: by variable, customers by fold, level and group; shape (folds, levels, groups).
        moments: of a number: by variable, exact sums of the KPI by level.
        aside: variables that cannot be put in levels, with the reason.
    """

    customers: int
    unknown: int
    groups: tuple[int, ...]
    codings: tuple[Coding, ...]
    counts: Mapping[str, NDArray[np.int64]]
    moments: Mapping[str, tuple[Moments, ...]]
    aside: Mapping[str, Aside]


@dataclass(frozen=True, slots=True)
class Sample:
    """Customers one by one, chosen by hash of their key: levels (customers, variables), fold, KPI group."""

    levels: NDArray[np.int64]
    folds: NDArray[np.int64]
    groups: NDArray[np.int64]


def count_customers(
    engine: Engine, rows: Query, kpi: Kpi, names: Sequence[str], key: exp.Expr, seed: int
) -> Counted:
    """Put the variables `names` of `rows` in levels and count. Makes the working table of `load_sample`.

    Args:
        key: what tells customers apart; its hash decides folds and samples.
    """
    relation = rows.subquery("rows")
    known = sql("select count($y) as known, count(*) as all_rows from $rows", y=kpi.value, rows=relation)
    found = engine.records(known)[0]
    customers, unknown = found["known"], found["all_rows"] - found["known"]
    taken = engine.columns(rows)
    lot, own = (choose_free_name(name, taken) for name in ("draw", "kpi"))
    y = column(own)
    drawn = exp.select("*", exp.alias_(draw(key, seed), lot), exp.alias_(kpi.value, own)).from_(relation)
    drawn = exp.select("*").from_(drawn.subquery("drawn")).where(expression("$y is not null", y=y))
    sample = _choose(drawn, customers, SAMPLE_CUSTOMERS, lot)
    codings, aside = choose_codings(engine, sample, names)
    cuts = _cut_kpi(engine, sample, y) if kpi.kind == "mean" else ()
    group = (
        sql("$bin - 1", bin=compile_bin(y, cuts)) if kpi.kind == "mean" else sql("cast($y as integer)", y=y)
    )
    unit = _choose_unit(engine, drawn, y, customers) if kpi.kind == "mean" else None
    amount = unit.compile(y) if unit else sql("0::bigint")
    keep = {
        "draw": column(lot),
        "fold": sql("cast($lot % $folds as smallint)", lot=column(lot), folds=FOLDS),
        "grp": sql("cast($group as smallint)", group=group),
        "amount": amount,
    }
    engine.create(_CODED, compile_codes(engine, drawn, codings, keep))
    groups = len(cuts) + 1 if kpi.kind == "mean" else 2
    counts, moments = _load_counts(engine, codings, groups, unit)
    sizes = _load_groups(engine, groups)
    return Counted(customers, unknown, sizes, codings, counts, moments, aside)


def load_sample(engine: Engine, counted: Counted) -> Sample:
    """At most about `CODED_CUSTOMERS` customers, the same whatever the order of rows."""
    names = [f"v{at}" for at in range(len(counted.codings))]
    coded = exp.select("draw", "fold", "grp", *names).from_(_CODED)
    chosen = _choose(
        exp.select("*").from_(coded.subquery("coded")), counted.customers, CODED_CUSTOMERS, "draw"
    )
    table = engine.arrow(chosen.order_by("draw", "grp", *names))

    def read(name: str) -> NDArray[np.int64]:
        values: NDArray[np.int64] = table[name].to_numpy().astype(np.int64)
        return values

    levels = np.stack([read(name) for name in names], axis=1) if names else np.zeros((len(table), 0), int)
    return Sample(levels, read("fold"), read("grp"))


def _choose(rows: exp.Select, customers: int, wanted: int, drawn: str) -> exp.Select:
    """About `wanted` of the rows, those of the lowest hashes; all where there are no more."""
    if customers <= wanted:
        return rows
    most = LAST_DRAW * wanted // customers
    return rows.where(sql("$drawn <= $most", drawn=column(drawn), most=most))


def _cut_kpi(engine: Engine, sample: Query, y: exp.Expr) -> tuple[Any, ...]:
    """The values that open the groups of a KPI: its fifths, or each value where there are no more.

    Where one value is so common that fifths fall together, such as zero of an amount that few spend, it is a
    group by itself and the other customers are put in fourths.
    """
    rows = sample.subquery("sample")
    found = engine.records(
        sql(
            """
            select min($y) as least, case when count(distinct $y) <= $groups
                then list_sort(list(distinct $y)) else quantile_disc($y, $steps) end as cuts,
                count(distinct $y) > $groups as many
            from $rows
            """,
            y=y,
            groups=GROUPS,
            steps=_steps(GROUPS),
            rows=rows,
        )
    )[0]
    cuts = {cut for cut in found["cuts"] or () if cut > found["least"]}
    if found["many"] and len(cuts) < GROUPS - 1:
        common = sql("select $y as y from $rows group by 1 order by count(*) desc, 1 limit 1", y=y, rows=rows)
        others = sql(
            """
            select (select y from $common) as common,
              min($y) filter ($y > (select y from $common)) as after,
              quantile_disc($y, $steps) filter ($y <> (select y from $common)) as cuts
            from $rows
            """,
            y=y,
            common=common.subquery("common"),
            steps=_steps(GROUPS - 1),
            rows=rows,
        )
        apart = engine.records(others)[0]
        cuts = {cut for cut in (apart["common"], apart["after"], *apart["cuts"]) if cut is not None}
    return tuple(cut for cut in sorted(cuts) if cut > found["least"])


def _steps(groups: int) -> exp.Array:
    """The shares that part customers in so many groups of one size."""
    return exp.Array(expressions=[exp.Literal.number(f"{step / groups}") for step in range(1, groups)])


def _choose_unit(engine: Engine, rows: Query, y: exp.Expr, customers: int) -> Whole:
    """How a KPI becomes whole numbers."""
    query = sql("select max(abs($y)) as most from $rows", y=y, rows=rows.subquery("rows"))
    most = engine.records(query)[0]["most"]
    return choose_whole(most, most, customers)


def _load_groups(engine: Engine, groups: int) -> tuple[int, ...]:
    records = engine.records(sql("select grp, count(*) as customers from drivers_coded group by grp"))
    sizes = {record["grp"]: record["customers"] for record in records}
    return tuple(sizes.get(group, 0) for group in range(groups))


def _load_counts(
    engine: Engine, codings: Sequence[Coding], groups: int, unit: Whole | None
) -> tuple[dict[str, NDArray[np.int64]], dict[str, tuple[Moments, ...]]]:
    """All counts in one query over the coded table."""
    if not codings:
        return {}, {}
    sums: list[exp.Expr] = [sql("count(*)").as_("customers")]
    if unit:
        sums += [expression("sum(amount)").as_("total"), sql("sum(amount::hugeint * amount)").as_("squares")]
    parts: list[Query] = [
        exp.select(
            exp.alias_(exp.convert(at), "variable"), exp.alias_(column(f"v{at}"), "level"), "fold", "grp"
        )
        .select(*(each.copy() for each in sums))
        .from_(_CODED)
        .group_by(column(f"v{at}"), "fold", "grp")
        for at in range(len(codings))
    ]
    query: Query = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    counts = [np.zeros((FOLDS, coding.levels, groups), dtype=np.int64) for coding in codings]
    exact = [[[0, 0, 0] for _ in range(coding.levels)] for coding in codings]
    table = engine.arrow(query)
    place = [table[name].to_numpy() for name in ("variable", "fold", "level", "grp", "customers")]
    for at in range(len(codings)):
        own = place[0] == at
        np.add.at(counts[at], tuple(each[own] for each in place[1:4]), place[4][own])
    if not unit:
        return {each.name: count for each, count in zip(codings, counts, strict=True)}, {}
    columns = [table[name].to_pylist() for name in ("variable", "level", "customers", "total", "squares")]
    for at, level, customers, total, squares in zip(*columns, strict=True):
        cell = exact[at][level]
        cell[0], cell[1], cell[2] = cell[0] + customers, cell[1] + int(total), cell[2] + int(squares)
    moments = {
        coding.name: tuple(
            Moments(n, unit.read_sum(total), unit.read_squares(squares)) for n, total, squares in own
        )
        for coding, own in zip(codings, exact, strict=True)
    }
    return {each.name: count for each, count in zip(codings, counts, strict=True)}, moments
