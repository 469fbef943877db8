"""From a claim of the plan to the sums of its strata: two or three queries, one row a stratum.

A confounder of texts, of yes/no or of few numbers makes a stratum of each value; one of many numbers (or
days) is cut by quantiles into 5 to 20 classes, as many as the smaller side can fill with 20 customers. Five
remove about 90 % of the bias of a confounder, and twenty nearly all of it. A missing value is a class of its
own. Sums are taken over integers, so that figures do not depend on the order of rows.

Source: Cochran, "The effectiveness of adjustment by subclassification in removing bias in observational
    studies", Biometrics 24, 1968.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlglot import exp

from vitrail.engine import Engine, Query, Whole, choose_whole, column, finite, sql
from vitrail.engine.kinds import is_day, is_float, is_number
from vitrail.engine.sql import literal
from vitrail.statistics.adjusted import Side
from vitrail.variables.kpis import Kpi

FEW_VALUES = 12
FEWEST_CLASSES, MOST_CLASSES = 5, 20
CUSTOMERS_A_CLASS = 20
MORE = 2
"""Customers a side that a sample may have missed, where no difference is to matter."""
_SUMS = {
    "n": "count(*) filter (side = $side)",
    "s": "coalesce(sum(y) filter (side = $side), 0)",
    "q": "coalesce(sum(cast(y as hugeint) * y) filter (side = $side), 0)",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A claim, compiled.

    Args:
        who: the condition of the customers in question.
        others: the condition of those they are compared with; None for everybody else.
        confounders: columns.
    """

    rows: Query
    who: exp.Expr
    others: exp.Expr | None
    kpi: Kpi
    confounders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Customers, before anything is estimated.

    Args:
        who: of those in question, with a KPI; `rest` of those they are compared with.
        kpi_missing: on either side, without one.
        both: met both conditions, and count in `who`.
        who_missing: nothing tells whether they are in question, so that they are on neither side; the plan's
            own others stay others.
        confounders_missing: by confounder, those without it.
    """

    who: int
    rest: int
    kpi_missing: int
    both: int
    who_missing: int
    confounders_missing: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Strata:
    """The sums of each stratum that has both sides, and of everybody.

    Args:
        who: by stratum; `rest` likewise.
        all_who: one entry, over all strata; `all_rest` likewise.
        centre: what every value was taken down by.
        scale: what 1 in the sums is of the KPI.
        reach: how far the difference of a number would move were there two more customers on each side, those
            of one side like the greatest seen anywhere, those of the other like the least; 0 of a yes/no.
    """

    counts: Counts
    who: Side
    rest: Side
    all_who: Side
    all_rest: Side
    centre: float
    scale: float
    reach: float


def load_strata(engine: Engine, question: Question) -> Strata:
    """Count, cut and sum up."""
    facts = _load_facts(engine, question)
    counts = Counts(
        facts["who"],
        facts["rest"],
        facts["missing"],
        facts["both_sides"],
        facts["who_missing"],
        {name: facts[f"missing_{i}"] for i, name in enumerate(question.confounders)},
    )
    classes = _choose_classes(engine, question, facts)
    whole = _choose_whole(question, facts)
    rows = engine.arrow(_compile_sums(question, classes, whole)).to_pydict()
    figures = {name: np.array(values, dtype=np.float64) for name, values in rows.items()}
    kept = figures["kept"] > 0
    scale = whole.scale if question.kpi.kind == "mean" else 1.0
    steps = whole.unit * scale
    sides = [
        Side(figures[f"n{side}"], figures[f"s{side}"] / steps, figures[f"q{side}"] / steps**2)
        for side in (1, 0)
    ]
    own = [Side(each.customers[kept], each.total[kept], each.squares[kept]) for each in sides]
    all_of = [
        Side(*(np.array([float(part.sum())]) for part in (s.customers, s.total, s.squares))) for s in sides
    ]
    reach = _reach(own, facts) if question.kpi.kind == "mean" else 0.0
    return Strata(counts, own[0], own[1], all_of[0], all_of[1], whole.centre, scale, reach)


def _reach(sides: Sequence[Side], facts: Mapping[str, Any]) -> float:
    who, rest = (side.customers for side in sides)
    weight = float((who * rest / (who + rest)).sum())
    return MORE * (float(facts["greatest"]) - float(facts["least"])) / weight if weight else 0.0


def _compared(question: Question) -> Query:
    """Each customer's side (1, 0 or NULL), KPI `y` and confounders `c0`, `c1` …

    Unless the plan names the others they are those known not to be in question: an unknown is no no.
    """
    others = question.others if question.others is not None else sql("not $who", who=question.who)
    query: Query = sql(
        """
        select case when $who then 1 when $others then 0 end as side, $kpi as y, $who as asked,
          $who and $others as both_conditions
        from $rows
        """,
        who=question.who,
        others=others,
        kpi=question.kpi.value,
        rows=question.rows.subquery("rows"),
    )
    return query.select(*(exp.alias_(column(name), f"c{i}") for i, name in enumerate(question.confounders)))


def _load_facts(engine: Engine, question: Question) -> dict[str, Any]:
    query: Query = sql(
        """
        select count(*) filter (side = 1 and y is not null) as who,
          count(*) filter (side = 0 and y is not null) as rest,
          count(*) filter (side is not null and y is null) as missing,
          count(*) filter (both_conditions) as both_sides,
          count(*) filter (asked is null and side is null) as who_missing,
          min(y) filter (side is not null) as least, max(y) filter (side is not null) as greatest,
          quantile_disc(y, 0.5) filter (side is not null) as middle
        from $rows
        """,
        rows=_compared(question).subquery("rows"),
    )
    for i in range(len(question.confounders)):
        held = sql("side is not null and y is not null")
        query = query.select(
            exp.alias_(
                sql("count(distinct $c) filter ($held)", c=column(f"c{i}"), held=held), f"distinct_{i}"
            ),
            exp.alias_(
                sql("count(*) filter ($held and $c is null)", c=column(f"c{i}"), held=held), f"missing_{i}"
            ),
        )
    found = engine.records(query)[0]
    if question.others is None:
        found["both_sides"] = 0
    return found


def _choose_classes(engine: Engine, question: Question, facts: Mapping[str, Any]) -> dict[int, Sequence[Any]]:
    """By confounder that is cut, the least value of each class but the first."""
    types = engine.columns(question.rows)
    cut, levels = [], 1
    for i, name in enumerate(question.confounders):
        if facts[f"distinct_{i}"] > FEW_VALUES and (is_number(types[name]) or is_day(types[name])):
            cut.append(i)
        else:
            levels *= max(facts[f"distinct_{i}"], 1)
    if not cut:
        return {}
    room = min(facts["who"], facts["rest"]) / CUSTOMERS_A_CLASS / levels
    classes = min(max(int(room ** (1 / len(cut)) + 1e-9), FEWEST_CLASSES), MOST_CLASSES)
    shares = exp.Array(expressions=[literal(i / classes) for i in range(1, classes)])
    query: Query = exp.select(
        *(
            exp.alias_(sql("quantile_disc($c, $at)", c=_finite(i, types, question), at=shares), f"q{i}")
            for i in cut
        )
    ).from_(_compared(question).subquery("rows"))
    found = engine.records(query.where("side is not null and y is not null"))[0]
    return {i: sorted(set(found[f"q{i}"] or ())) for i in cut}


def _finite(i: int, types: Mapping[str, str], question: Question) -> exp.Expr:
    name = column(f"c{i}")
    binary = is_float(types[question.confounders[i]])
    return finite(name) if binary else name


def _choose_whole(question: Question, facts: Mapping[str, Any]) -> Whole:
    """How the KPI becomes whole numbers: around its median, unless it is a yes/no."""
    if question.kpi.kind == "share" or facts["middle"] is None:
        return Whole()
    return choose_whole(
        facts["least"], facts["greatest"], facts["who"] + facts["rest"], float(facts["middle"])
    )


def _compile_sums(question: Question, classes: Mapping[int, Sequence[Any]], whole: Whole) -> Query:
    """One row a stratum with both sides (`kept` 1), in an order of their own; one of all the others."""
    keys = [exp.alias_(_class_of(i, classes.get(i)), f"k{i}") for i in range(len(question.confounders))]
    rows: Query = exp.select("side", exp.alias_(whole.compile(column("y")), "y"), *keys).from_(
        _compared(question).subquery("all")
    )
    rows = rows.where("side is not null and y is not null")
    sums = [
        exp.alias_(sql(figure, side=side), f"{letter}{side}")
        for letter, figure in _SUMS.items()
        for side in (1, 0)
    ]
    grouped = exp.select(*sums).from_(rows.subquery("rows"))
    grouped = grouped.group_by(*(f"k{i}" for i in range(len(keys)))) if keys else grouped
    query: Query = sql(
        """
        with strata as materialized ($grouped)
        select 1 as kept, n1, n0, cast(s1 as double) as s1, cast(s0 as double) as s0,
          cast(q1 as double) as q1, cast(q0 as double) as q0
        from strata where n1 > 0 and n0 > 0
        union all
        select 0, sum(n1), sum(n0), cast(sum(s1) as double), cast(sum(s0) as double),
          cast(sum(q1) as double), cast(sum(q0) as double)
        from strata where (n1 = 0) <> (n0 = 0) having count(*) > 0
        order by kept, n1, n0, s1, s0, q1, q0
        """,
        grouped=grouped,
    )
    return query


def _class_of(i: int, cuts: Sequence[Any] | None) -> exp.Expr:
    value = column(f"c{i}")
    if cuts is None:
        return value
    case = exp.Case().when(sql("$x is null", x=value), literal(-1))
    for place, cut in enumerate(cuts):
        case = case.when(sql("$x < $cut", x=value, cut=literal(cut)), literal(place))
    return case.else_(literal(len(cuts)))
