"""Measures as grades: where each number is cut, what says the same, and how many members have each grade.

Model: each number is cut at up to 31 quantiles of a sample chosen by a hash of the key, and just below each
    value that more than one in 32 has. So a heavy value (no refund at all, all orders in the evening) is
    alone in its grade, however few lie beside it: they may be all of a segment. A measure becomes one of
    up to 63 grades in order (a yes/no one of two), and a segment's distribution of it as many counts.
    Ranks, their ties and their variance follow from the counts. What a grade hides is told apart no more:
    the variance of the ranks falls by about 1/32², a thousandth. Correlations are of the ranks of the
    sample's grades (Spearman's, with ties), from counts too, so that no figure depends on the order of
    rows.
Source: the grouped form of the rank tests: Lehmann, "Nonparametrics", 1975, section 1.5 (ties).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, compile_drawn, expression, sql
from vitrail.statistics.leaning import estimate_leaning
from vitrail.statistics.superiority import Superiority, estimate_superiority
from vitrail.validation.alike import CLASSES, classify_orders
from vitrail.validation.cuts import Cut, find_members
from vitrail.validation.measures import Measure

QUANTILES = 32
GRADES = 2 * QUANTILES - 1
"""The most grades of a measure: fewer than 32 values can each be more than one customer in 32's."""
SAMPLED = 20_000
"""How many customers, about, the points between grades and the redundancy of measures are read off."""
COMPARED = 100_000
"""How many customers, about, are compared where there are more; sizes, means and shares are always of all."""

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Counts = tuple[int, ...]
"""Customers by grade of a measure."""


@dataclass(frozen=True, slots=True)
class Grades:
    """Counts by grade.

    Args:
        members: (segment, measure) → members by grade; those without the measure are in none.
        everyone: measure → customers by grade.
        correlations: measure × measure, by place; NaN where nothing was asked or nobody has both.
        compared: how many customers were compared.
        layers: as `members`, by class of equal numbers of orders and grade, of the averages over orders.
        whole_layers: as `everyone`, likewise.
    """

    members: Mapping[tuple[tuple[str, str], str], Counts]
    everyone: Mapping[str, Counts]
    correlations: Matrix
    compared: int
    layers: Mapping[tuple[tuple[str, str], str], Matrix] = field(default_factory=dict)
    whole_layers: Mapping[str, Matrix] = field(default_factory=dict)


def estimate_effect(
    measure: Measure, inside: Sequence[float], outside: Sequence[float]
) -> Superiority | None:
    """How often one inside has more than one outside; of a yes/no, how often it leans to yes more."""
    if measure.kind == "number":
        return estimate_superiority(inside, outside)
    answers = (inside[1], sum(inside), outside[1], sum(outside))
    return estimate_leaning(*(round(each) for each in answers))


def load_grades(
    engine: Engine,
    table: str,
    cuts: Sequence[Cut],
    measures: Sequence[Measure],
    key: exp.Expr,
    formed: Collection[int],
    averages: Collection[str] = (),
) -> Grades:
    """Grade the measures of those who are compared, and count the members of each grade: one scan.

    Args:
        key: what tells a customer from the others, for the samples.
        formed: the places of the measures with which all others are correlated.
        averages: the measures that are counted by number of orders too, which `table` then has.
    """
    rows = _load_compared(engine, table, cuts, measures, key, bool(averages))
    orders = classify_orders(_values(rows, "orders")) if averages else np.zeros(rows.num_rows, dtype=np.int64)
    sampled = np.from_dlpack(rows.column("sampled").combine_chunks().cast(pa.uint8())).astype(bool)
    graded = {each.key: _grade(rows, f"v{i}", each, sampled) for i, each in enumerate(measures)}
    members: dict[tuple[tuple[str, str], str], Counts] = {}
    layers: dict[tuple[tuple[str, str], str], Matrix] = {}
    for i, cut in enumerate(cuts):
        paths = rows.column(f"g{i}").combine_chunks().dictionary_encode()
        codes, names = np.from_dlpack(paths.indices).astype(np.int64), paths.dictionary.to_pylist()
        keys = list(cut.segments)
        pairs = [(place, keys.index(k)) for place, name in enumerate(names) for k in find_members(name, cut)]
        inside = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        whole, split = _Strata(codes, len(names)), _Strata(codes * CLASSES + orders, len(names) * CLASSES)
        for name, grades in graded.items():
            classes = CLASSES if name in averages else 1
            counted = (split if name in averages else whole).count(grades).reshape(-1, classes, GRADES)
            found = np.zeros((len(keys), classes, GRADES), dtype=np.int64)
            np.add.at(found, inside[:, 1], counted[inside[:, 0]])
            for k, own, layer in zip(keys, found.sum(axis=1).tolist(), found, strict=True):
                members[(cut.key, k), name] = tuple(own)
                if name in averages:
                    layers[(cut.key, k), name] = layer.astype(np.float64)
    everyone = _Strata(orders, CLASSES)
    by_orders = {name: everyone.count(grades) for name, grades in graded.items()}
    drawn = [grades[sampled] for grades in graded.values()]
    correlations = np.full((len(measures), len(measures)), np.nan)
    for i in range(len(measures)):
        for j in formed:
            correlations[i, j] = correlations[j, i] = _correlate(drawn[i], drawn[j])
    return Grades(
        members,
        {name: tuple(counts.sum(axis=0).tolist()) for name, counts in by_orders.items()},
        correlations,
        rows.num_rows,
        layers,
        {name: counts.astype(np.float64) for name, counts in by_orders.items() if name in averages},
    )


def _load_compared(
    engine: Engine,
    table: str,
    cuts: Sequence[Cut],
    measures: Sequence[Measure],
    key: exp.Expr,
    counted: bool,
) -> pa.Table:
    """A row a customer who is compared: measures `v0`, …, paths `g0`, …, `orders`, and who is `sampled`."""
    customers = int(engine.records(sql("select count(*) as n from $t", t=exp.to_table(table)))[0]["n"])
    chosen = [exp.alias_(_comparable(each), f"v{i}") for i, each in enumerate(measures)]
    chosen += [exp.alias_(cut.path, f"g{i}") for i, cut in enumerate(cuts)]
    chosen += [exp.alias_(sql("cast(coalesce(order_count, 0) as double)"), "orders")] if counted else []
    chosen.append(exp.alias_(compile_drawn(key, customers, SAMPLED), "sampled"))
    return engine.arrow(exp.select(*chosen).from_(table).where(compile_drawn(key, customers, COMPARED)))


def _comparable(measure: Measure) -> exp.Expr:
    """The measure as a number in binary, quick to compare; a yes is 1, a no 0, and what is not known NaN."""
    if measure.kind == "yes_no":
        asked = "case when $x then 1e0 when not $x then 0e0 else cast('nan' as double) end"
        return expression(asked, x=measure.expression)
    return expression("coalesce(cast($x as double), cast('nan' as double))", x=measure.expression)


def _grade(
    rows: pa.Table, name: str, measure: Measure, sampled: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """The grade of each row, -1 for none, cut where the sampled rows say."""
    values = _values(rows, name)
    points = np.zeros(1) if measure.kind == "yes_no" else _find_points(values[sampled])
    return np.where(np.isnan(values), -1, np.searchsorted(points, values, side="left"))


def _values(rows: pa.Table, name: str) -> Matrix:
    found: Matrix = np.asarray(np.from_dlpack(rows.column(name).combine_chunks()))
    return found


def _find_points(values: Matrix) -> np.ndarray[Any, Any]:
    """The greatest value of each grade but the last, ascending: observed quantiles, each once, and below each
    heavy one the next number, so that it is alone.

    >>> _find_points(np.array([1.0] * 50 + [1.3, 1.7] + [2.0] * 50)).round(2).tolist()
    [1.0, 1.0, 1.3, 2.0, 2.0]
    """
    there = np.sort(values[~np.isnan(values)])
    places = np.ceil(len(there) * np.arange(1, QUANTILES) / QUANTILES).astype(int) - 1
    points = _distinct(there[np.maximum(places, 0)]) if len(there) else there
    holding = np.searchsorted(there, points, side="right") - np.searchsorted(there, points, side="left")
    heavy = points[holding * QUANTILES > len(there)]
    return _distinct(np.sort(np.concatenate((points, np.nextafter(heavy, -math.inf)))))


def _distinct(ascending: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Each value once; `np.unique` would first load masked arrays, which takes longer than all grades."""
    new = np.ones(len(ascending), dtype=bool)
    new[1:] = ascending[1:] > ascending[:-1]
    return ascending[new]


class _Strata:
    """Rows by stratum, to count each measure's grades in them."""

    def __init__(self, codes: np.ndarray[Any, Any], most: int) -> None:
        """`codes` names each row's stratum, below `most`."""
        self._places, self._most = codes * (GRADES + 1) + 1, most

    def count(self, grades: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Stratum × grade → rows; a row without the measure is in none."""
        table = np.bincount(self._places + grades, minlength=self._most * (GRADES + 1))
        return table.reshape(self._most, GRADES + 1)[:, 1:]


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
