"""All that the judgements rest on, as counts and exact sums: a few scans of the customers, however many
segments.

Model: each number is cut at up to 31 quantiles of a sample chosen by a hash of the key, so a measure
    becomes one of 32 grades in order (a yes/no one of two), and a segment's distribution of it 32 counts.
    Ranks, their ties and their variance follow from the counts. What a grade hides is told apart no more:
    the variance of the ranks falls by about 1/32², a thousandth. Sums are taken over decimals and integers.
Source: the grouped form of the rank tests: Lehmann, "Nonparametrics", 1975, section 1.5 (ties).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from sqlglot import exp

from vitrail.engine import Engine, column, expression, sql
from vitrail.validation.cuts import APART, Cut
from vitrail.validation.measures import Measure

GRADES = 32
SAMPLED = 20_000
"""How many customers, about, the points between grades and the redundancy of measures are read off."""
COMPARED = 200_000
"""How many customers, about, are compared where there are more; sizes, means and shares are always of all."""
TABLE = "validated"
_MISSING = 255

Counts = tuple[int, ...]
"""Customers by grade of a measure."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts and sums by segment; a segment is named (segmentation, segment).

    Args:
        customers: all of them.
        sizes: members.
        grades: (segment, measure) → members by grade; those without the measure are in none.
        everyone: measure → customers by grade.
        totals: (segment, name) → the sum of what `count_of` names over the members.
        whole: the same over all customers.
        paths: for each way in which the segmentations meet, a path a segmentation and its customers.
    """

    customers: int
    sizes: Mapping[tuple[str, str], int]
    grades: Mapping[tuple[tuple[str, str], str], Counts]
    everyone: Mapping[str, Counts]
    totals: Mapping[tuple[tuple[str, str], str], Decimal]
    whole: Mapping[str, Decimal]
    paths: tuple[tuple[tuple[str, ...], int], ...]


def prepare_grades(
    engine: Engine, table: str, cuts: Sequence[Cut], measures: Sequence[Measure], key: exp.Expr
) -> int:
    """Make the working table `validated`: a path a cut and a grade a measure, of the customers compared.

    Args:
        key: what tells a customer from the others, for the samples.

    Returns:
        how many customers are compared: all, or about `COMPARED` of them.
    """
    customers = int(engine.records(sql("select count(*) as n from $t", t=exp.to_table(table)))[0]["n"])
    points = _load_points(engine, table, measures, _sample(key, customers, SAMPLED))
    values = [exp.alias_(each.path, f"g{i}") for i, each in enumerate(cuts)]
    values += [exp.alias_(_comparable(each), f"v{i}") for i, each in enumerate(measures)]
    values.append(exp.alias_(_sample(key, customers, SAMPLED), "sampled"))
    rows = exp.select(*values).from_(table).where(_sample(key, customers, COMPARED))
    columns: list[exp.Expr] = [column("sampled"), *(column(f"g{i}") for i in range(len(cuts)))]
    columns += [_grade(each, f"v{i}", f"b{i}", points.get(each.key)) for i, each in enumerate(measures)]
    engine.create(TABLE, exp.Select(expressions=columns).from_(rows.subquery("rows"), copy=False))
    return int(engine.records(sql("select count(*) as n from $t", t=exp.to_table(TABLE)))[0]["n"])


def _sample(key: exp.Expr, customers: int, most: int) -> exp.Expr:
    """A condition that about `most` customers meet, by a hash of their key; all where they are fewer."""
    share = -(-customers // most)
    return expression("hash($key) % $share = 0", key=key, share=share) if share > 1 else exp.true()


def _comparable(measure: Measure) -> exp.Expr:
    """The measure as a number in binary, quick to compare; a yes is 1, a no 0."""
    if measure.kind == "yes_no":
        return expression("case when $x then 1 when not $x then 0 end", x=measure.expression)
    return expression("cast($x as double)", x=measure.expression)


def load_sums(
    engine: Engine,
    table: str,
    cuts: Sequence[Cut],
    measures: Sequence[Measure],
    count_of: Mapping[str, exp.Expr],
) -> Sums:
    """Sum up what `prepare_grades` made, and `count_of` (numbers and yes/no by name) over the segments."""
    sizes: dict[tuple[str, str], int] = {(c.key, s): 0 for c in cuts for s in c.segments}
    totals: dict[tuple[tuple[str, str], str], Decimal] = defaultdict(Decimal)
    whole: dict[str, Decimal] = dict.fromkeys(count_of, Decimal(0))
    customers = 0
    for cut, path, row in _sum_up(engine, table, cuts, count_of):
        if cut is None:
            customers = row["customers"]
            whole = {name: Decimal(row[f"x{i}"]) for i, name in enumerate(count_of)}
            continue
        for segment in _members(path, cut):
            sizes[cut.key, segment] += row["customers"]
            for i, name in enumerate(count_of):
                totals[(cut.key, segment), name] += Decimal(row[f"x{i}"])
    grades, everyone = _load_grades(engine, cuts, measures)
    paths = _load_paths(engine, table, cuts)
    return Sums(customers, sizes, grades, everyone, totals, whole, paths)


def load_correlations(
    engine: Engine, measures: Sequence[Measure], formed: Collection[int]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The rank correlation of each measure with each of some, over the sampled customers who have both.

    Args:
        formed: the places of those some.

    Returns:
        a matrix, measure × measure; NaN where nothing is asked, or nobody has both.
    """
    size = len(measures)
    matrix = np.full((size, size), np.nan)
    if not formed:
        return matrix
    names = [f"b{i}" for i in range(size)]
    rows = engine.arrow(exp.select(*names).from_(TABLE).where("sampled"))
    graded = [rows.column(name).to_numpy() for name in names]
    for i in range(size):
        for j in formed:
            both = (graded[i] != _MISSING) & (graded[j] != _MISSING)
            one, other = (_ranks(each[both]) for each in (graded[i], graded[j]))
            spread = float(np.sqrt((one @ one) * (other @ other)))
            if spread > 0:
                matrix[i, j] = matrix[j, i] = float(one @ other) / spread
    return matrix


def _ranks(grades: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mid-ranks less their mean."""
    counts = np.bincount(grades, minlength=GRADES)
    middle = np.cumsum(counts) - counts / 2
    ranks: np.ndarray[Any, np.dtype[np.float64]] = middle[grades] - len(grades) / 2
    return ranks


def _load_points(
    engine: Engine, table: str, measures: Sequence[Measure], sampled: exp.Expr
) -> dict[str, list[float]]:
    """The values at which each number is cut, ascending; fewer where values are tied."""
    numbers = [each for each in measures if each.kind == "number"]
    if not numbers:
        return {}
    shares = exp.Array(expressions=[exp.Literal.number(str(i / GRADES)) for i in range(1, GRADES)])
    points = [
        exp.alias_(expression("quantile_disc($x, $shares)", x=_comparable(each), shares=shares), f"q{i}")
        for i, each in enumerate(numbers)
    ]
    row = engine.records(exp.select(*points).from_(table).where(sampled))[0]
    return {each.key: sorted(set(row[f"q{i}"] or ())) for i, each in enumerate(numbers)}


def _grade(measure: Measure, value: str, name: str, points: Sequence[float] | None) -> exp.Expr:
    """The grade of a value: how many of the points it reaches; a yes/no is its own; 255 without a value."""
    graded = column(value) if points is None else _steps(value, points, 0)
    case = exp.Case().when(exp.Is(this=column(value), expression=exp.Null()), exp.Literal.number(_MISSING))
    whole = exp.Cast(this=case.else_(graded, copy=False), to=exp.DataType.build("utinyint", dialect="duckdb"))
    return exp.Alias(this=whole, alias=exp.to_identifier(name))


def _steps(value: str, points: Sequence[float], below: int) -> exp.Expr:
    """A tree of comparisons: five deep for 31 points."""
    if not points:
        return exp.Literal.number(below)
    middle = len(points) // 2
    under = exp.LT(this=column(value), expression=_double(points[middle]))
    low, high = _steps(value, points[:middle], below), _steps(value, points[middle + 1 :], below + middle + 1)
    return exp.Case().when(under, low, copy=False).else_(high, copy=False)


def _double(point: float) -> exp.Expr:
    """A number in binary, exactly: DuckDB reads `1e0` as one."""
    number = exp.Literal.number(f"{abs(point):.17e}")
    return exp.Neg(this=number) if point < 0 else number


def _sets(sets: Sequence[Sequence[str]]) -> exp.Group:
    each = [exp.Tuple(expressions=[column(name) for name in names]) for names in sets]
    return exp.Group(grouping_sets=[exp.GroupingSets(expressions=each)])


def _sum_up(
    engine: Engine, table: str, cuts: Sequence[Cut], count_of: Mapping[str, exp.Expr]
) -> Iterator[tuple[Cut | None, str, dict[str, Any]]]:
    """By cut and path, and once over all: customers, and the sum of each thing counted."""
    names = [f"g{i}" for i in range(len(cuts))]
    inner = [exp.alias_(cut.path, name) for cut, name in zip(cuts, names, strict=True)]
    inner += [exp.alias_(value, f"x{i}") for i, value in enumerate(count_of.values())]
    query = exp.select(*names, sql("count(*) as customers"))
    for i in range(len(count_of)):
        query = query.select(sql("coalesce(sum($x), 0)", x=column(f"x{i}")).as_(f"x{i}"))
    source = exp.select(*inner, sql("1 as one")).from_(table).subquery("rows")
    query = query.from_(source)
    query.set("group", _sets([*([name] for name in names), []]))
    for row in engine.records(query):
        index = next((i for i, name in enumerate(names) if row[name] is not None), None)
        yield (None, "", row) if index is None else (cuts[index], row[names[index]], row)


def _load_grades(
    engine: Engine, cuts: Sequence[Cut], measures: Sequence[Measure]
) -> tuple[dict[tuple[tuple[str, str], str], Counts], dict[str, Counts]]:
    """By segment and measure, the members of each grade: one scan."""
    found: dict[tuple[tuple[str, str], str], list[int]] = {
        ((cut.key, segment), each.key): [0] * GRADES
        for cut in cuts
        for segment in cut.segments
        for each in measures
    }
    everyone = {each.key: [0] * GRADES for each in measures}
    if measures:
        groups = [f"g{i}" for i in range(len(cuts))]
        codes = exp.Array(
            expressions=[
                sql("cast($grade as usmallint) + $first", grade=column(f"b{i}"), first=256 * i)
                for i in range(len(measures))
            ]
        )
        rows = exp.select(*groups, sql("unnest($codes)", codes=codes).as_("code")).from_(TABLE)
        query = exp.select(*groups, "code", sql("count(*) as customers")).from_(rows.subquery("rows"))
        query.set("group", _sets([*([name, "code"] for name in groups), ["code"]]))
        counted = engine.arrow(query).to_pydict()
        for row, (code, customers) in enumerate(zip(counted["code"], counted["customers"], strict=True)):
            measure, grade = measures[code // 256].key, code % 256
            if grade == _MISSING:
                continue
            index = next((i for i, name in enumerate(groups) if counted[name][row] is not None), None)
            if index is None:
                everyone[measure][grade] += customers
                continue
            for segment in _members(counted[groups[index]][row], cuts[index]):
                found[(cuts[index].key, segment), measure][grade] += customers
    return (
        {name: tuple(counts) for name, counts in found.items()},
        {name: tuple(counts) for name, counts in everyone.items()},
    )


def _load_paths(engine: Engine, table: str, cuts: Sequence[Cut]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Every combination of segments that holds somebody, in the order of its keys."""
    names = [f"g{i}" for i in range(len(cuts))]
    paths = exp.select(*(exp.alias_(each.path, name) for each, name in zip(cuts, names, strict=True)))
    query = exp.select(*names, sql("count(*) as customers")).from_(paths.from_(table).subquery("paths"))
    rows = engine.arrow(query.group_by(*names)).to_pydict()
    found = zip(*(rows[name] for name in names), strict=True)
    return tuple(sorted(zip(found, rows["customers"], strict=True)))


def _members(path: str, cut: Cut) -> list[str]:
    """The segments that a path names; those the cut does not know are passed over."""
    return [segment for segment in path.split(APART) if segment in cut.segments]
