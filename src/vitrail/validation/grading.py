"""Measures as grades: where each number is cut, what says the same, and how many members have each grade.

Model: each number is cut at up to 31 quantiles of a sample chosen by a hash of the key, so a measure
    becomes one of 32 grades in order (a yes/no one of two), and a segment's distribution of it 32 counts.
    Ranks, their ties and their variance follow from the counts. What a grade hides is told apart no more:
    the variance of the ranks falls by about 1/32², a thousandth. Correlations are of the ranks of the
    sample's grades (Spearman's, with ties), from counts too, so that no figure depends on the order of
    rows.
Source: the grouped form of the rank tests: Lehmann, "Nonparametrics", 1975, section 1.5 (ties).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlglot import exp

from vitrail.engine import Engine, column, compile_drawn, expression, sql
from vitrail.validation.cuts import Cut, compile_sets, find_members
from vitrail.validation.measures import Measure

GRADES = 32
SAMPLED = 20_000
"""How many customers, about, the points between grades and the redundancy of measures are read off."""
COMPARED = 100_000
"""How many customers, about, are compared where there are more; sizes, means and shares are always of all."""

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Counts = tuple[int, ...]
"""Customers by grade of a measure."""


@dataclass(frozen=True, slots=True)
class Grading:
    """How measures are graded.

    Args:
        points: measure → the greatest value of each grade but the last, ascending; fewer where tied.
        correlations: measure × measure, by place; NaN where nothing was asked or nobody has both.
        compared: the condition of the customers who are compared.
    """

    points: Mapping[str, tuple[float, ...]]
    correlations: Matrix
    compared: exp.Expr


@dataclass(frozen=True, slots=True)
class Grades:
    """Counts by grade.

    Args:
        members: (segment, measure) → members by grade; those without the measure are in none.
        everyone: measure → customers by grade.
        compared: how many customers were compared.
    """

    members: Mapping[tuple[tuple[str, str], str], Counts]
    everyone: Mapping[str, Counts]
    compared: int


def fit_grading(
    engine: Engine, table: str, measures: Sequence[Measure], key: exp.Expr, formed: Collection[int]
) -> Grading:
    """Read the points and the correlations off a sample.

    Args:
        key: what tells a customer from the others, for the samples.
        formed: the places of the measures with which all others are correlated.
    """
    customers = int(engine.records(sql("select count(*) as n from $t", t=exp.to_table(table)))[0]["n"])
    points: dict[str, tuple[float, ...]] = {}
    graded = []
    if measures:
        chosen = [exp.alias_(_comparable(each), f"v{i}") for i, each in enumerate(measures)]
        sampled = exp.select(*chosen).from_(table).where(compile_drawn(key, customers, SAMPLED))
        rows = engine.arrow(sampled)
        for i, each in enumerate(measures):
            values = rows.column(f"v{i}").fill_null(math.nan).combine_chunks()
            found = np.from_dlpack(values)
            points[each.key] = (0.0,) if each.kind == "yes_no" else _find_points(found)
            places = np.searchsorted(np.array(points[each.key]), found, side="left")
            graded.append(np.where(np.isnan(found), -1, places))
    correlations = np.full((len(measures), len(measures)), np.nan)
    for i in range(len(measures)):
        for j in formed:
            correlations[i, j] = correlations[j, i] = _correlate(graded[i], graded[j])
    return Grading(points, correlations, compile_drawn(key, customers, COMPARED))


def load_grades(
    engine: Engine, table: str, cuts: Sequence[Cut], measures: Sequence[Measure], grading: Grading
) -> Grades:
    """Count the members of each grade, of all segments and measures: one scan."""
    names = [f"g{i}" for i in range(len(cuts))]
    inner = [exp.alias_(cut.path, name) for cut, name in zip(cuts, names, strict=True)]
    inner += [exp.alias_(_comparable(each), f"v{i}") for i, each in enumerate(measures)]
    rows = exp.select(*inner).from_(table).where(grading.compared).subquery("rows")
    counted = [
        exp.alias_(
            sql("histogram($x, $points)", x=column(f"v{i}"), points=_array(grading.points[each.key])), f"h{i}"
        )
        for i, each in enumerate(measures)
    ]
    query = exp.select(*names, *counted, sql("count(*) as customers")).from_(rows)
    query.set("group", compile_sets([*([name] for name in names), []]))
    members = {
        ((cut.key, segment), each.key): [0] * GRADES
        for cut in cuts
        for segment in cut.segments
        for each in measures
    }
    everyone = {each.key: [0] * GRADES for each in measures}
    compared = 0
    for row in engine.arrow(query).to_pylist():
        cut, path = next(
            ((c, row[g]) for c, g in zip(cuts, names, strict=True) if row[g] is not None), (None, "")
        )
        compared = row["customers"] if cut is None else compared
        for i, each in enumerate(measures):
            places = {point: grade for grade, point in enumerate(grading.points[each.key])}
            for point, count in row[f"h{i}"] or ():
                grade = places.get(point, len(places))
                if cut is None:
                    everyone[each.key][grade] += count
                    continue
                for segment in find_members(path, cut):
                    members[(cut.key, segment), each.key][grade] += count
    return Grades(
        {name: tuple(counts) for name, counts in members.items()},
        {name: tuple(counts) for name, counts in everyone.items()},
        compared,
    )


def _comparable(measure: Measure) -> exp.Expr:
    """The measure as a number in binary, quick to compare; a yes is 1, a no 0."""
    if measure.kind == "yes_no":
        return expression("case when $x then 1e0 when not $x then 0e0 end", x=measure.expression)
    return expression("cast($x as double)", x=measure.expression)


def _array(points: Sequence[float]) -> exp.Expr:
    """Numbers in binary, exactly, as a list."""
    numbers = [exp.cast(exp.Literal.string(repr(point)), "double") for point in points]
    return exp.cast(exp.Array(expressions=numbers), "double[]")


def _find_points(values: np.ndarray[Any, Any]) -> tuple[float, ...]:
    """The greatest value of each grade: observed quantiles, each once."""
    there = np.sort(values[~np.isnan(values)])
    if not len(there):
        return ()
    places = np.ceil(len(there) * np.arange(1, GRADES) / GRADES).astype(int) - 1
    return tuple(float(point) for point in np.unique(there[np.maximum(places, 0)]))


def _correlate(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Spearman's correlation of two gradings, over those who have both; NaN where either does not vary."""
    both = (one >= 0) & (other >= 0)
    table = np.bincount(one[both] * GRADES + other[both], minlength=GRADES * GRADES).reshape(GRADES, GRADES)
    ranks = [_middle_ranks(table.sum(axis=1)), _middle_ranks(table.sum(axis=0))]
    spread = math.sqrt(
        float((table.sum(axis=1) * ranks[0] ** 2).sum()) * float((table.sum(axis=0) * ranks[1] ** 2).sum())
    )
    return float(ranks[0] @ table @ ranks[1]) / spread if spread > 0 else math.nan


def _middle_ranks(counts: np.ndarray[Any, Any]) -> Matrix:
    """The mid-rank of each grade, less the mean."""
    ranks: Matrix = np.cumsum(counts) - counts / 2 - counts.sum() / 2
    return ranks
