"""Counting over the rows: one query, one scan, for all columns and all readings together.

Of a table with hundreds of columns, `MOST_AT_ONCE` columns a query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlglot import exp

from vitrail.collection.values.moment_styles import MomentStyle
from vitrail.collection.values.number_styles import NumberStyle
from vitrail.collection.values.readings import Reading
from vitrail.engine import Engine, Query, column, expression, sql

Value = TypeVar("Value")

MOST_AT_ONCE = 30
EXAMPLES = 300
LONGEST_EXAMPLE = 200

_SAME_DAY_MONTH = "|".join(
    f"0?{n}[/. -]0?{n}[/. -]" if n < 10 else f"{n}[/. -]{n}[/. -]" for n in range(1, 13)
)


@dataclass(frozen=True, slots=True)
class Contest:
    """Two readings of the same cells, counted.

    Args:
        first, second: cells that only the one, only the other can read.
        both: cells that both read, each as something else.
    """

    first: int
    second: int
    both: int

    @property
    def cells(self) -> int:
        """Cells that say anything at all."""
        return self.first + self.second + self.both


@dataclass(frozen=True, slots=True)
class Measure:
    """One reading of one column, counted: `integers` are whole numbers, the extremes typed values."""

    rows: int
    filled: int
    read: int
    distinct: int
    rounded: int = 0
    integers: int = 0
    minimum: Any = None
    maximum: Any = None


@dataclass(frozen=True, slots=True)
class Glance:
    """A column before any reading: rows, filled cells, different cells, and some of these."""

    rows: int
    filled: int
    distinct: int
    cells: tuple[str, ...]


def glance(engine: Engine, relation: Query, texts: Mapping[str, Reading]) -> dict[str, Glance]:
    """Each column of `texts` (by its reading as text): counts, and up to `EXAMPLES` different cells.

    The cells are those with the smallest hash, so that the order of the rows does not choose them. The
    columns are stood under one another, so that hundreds of them are counted as one is.
    """
    if not texts:
        return {}
    cells = exp.Array(expressions=[text.expression(column(name)) for name, text in texts.items()])
    numbers = expression("range($columns)", columns=len(texts))
    stood = _over(relation, [exp.func("unnest", cells).as_("cell"), exp.func("unnest", numbers).as_("place")])
    different = sql(
        "select place, cell, count(*) as many from $stood group by all", stood=stood.subquery("s")
    )
    short = expression("left(cell, $longest)", longest=LONGEST_EXAMPLE)
    found = engine.records(
        sql(
            """
            select place, sum(many) as n, coalesce(sum(many) filter (where cell is not null), 0) as filled,
                count(cell) as different, min_by(distinct $short, hash($short), $most) as cells
            from $different group by place
            """,
            short=short,
            most=EXAMPLES,
            different=different.subquery("d"),
        )
    )
    seen = {each["place"]: each for each in found}
    return {
        name: Glance(int(each["n"]), int(each["filled"]), each["different"], tuple(each["cells"] or ()))
        if (each := seen.get(place))
        else Glance(0, 0, 0, ())
        for place, name in enumerate(texts)
    }


def contest(engine: Engine, relation: Query, rivals: Mapping[str, Sequence[Reading]]) -> dict[str, Contest]:
    """For each column the cells that settle which of two readings is meant, by their form alone."""
    if not rivals:
        return {}
    read: list[exp.Expr] = []
    counted: list[exp.Expr] = []
    for number, (name, (first, second)) in enumerate(rivals.items()):
        cell = column(name)
        signs = {"a": _reads(first, cell), "b": _reads(second, cell), "d": _differs(first, cell)}
        read += [each.as_(f"{sign}{number}") for sign, each in signs.items()]
        one, other, differs = (column(f"{sign}{number}") for sign in signs)
        counted += [
            sql("count_if($a and not $b)", a=one, b=other).as_(f"first{number}"),
            sql("count_if($b and not $a)", a=one, b=other).as_(f"second{number}"),
            sql("count_if($a and $b and $d)", a=one, b=other, d=differs).as_(f"both{number}"),
        ]
    found = engine.records(exp.select(*counted).from_(_over(relation, read).subquery("read")))[0]
    return {
        name: Contest(*(int(found[f"{side}{number}"] or 0) for side in ("first", "second", "both")))
        for number, name in enumerate(rivals)
    }


def measure(
    engine: Engine, relation: Query, readings: Mapping[str, Sequence[Reading]], exact: Collection[str] = ()
) -> dict[str, tuple[Measure, ...]]:
    """Each column read in each of its ways, counted; exactly so the different values of `exact` ones."""
    if len(readings) > MOST_AT_ONCE:
        return {
            name: each
            for part in _parts(readings)
            for name, each in measure(engine, relation, part, exact).items()
        }
    if not readings:
        return {}
    inner: list[exp.Expr] = []
    outer: list[exp.Expr] = [expression("count(*)").as_("n")]
    for number, (name, ways) in enumerate(readings.items()):
        cell = column(name)
        exactly = name in exact
        for way, reading in enumerate(ways):
            key = f"{number}_{way}"
            different = "count(distinct" if exactly and not way else "approx_count_distinct("
            inner += [
                reading.expression(cell).as_(f"v{key}"),
                expression("not $blank", blank=reading.blank(cell)).as_(f"f{key}"),
            ]
            outer += [
                expression(f"count_if(f{key})").as_(f"filled{key}"),
                expression(f"count(v{key})").as_(f"read{key}"),
                expression(f"{different} v{key})").as_(f"distinct{key}"),
            ]
            if reading.kind in ("number", "day", "moment"):
                outer += [
                    expression(f"min(v{key})").as_(f"min{key}"),
                    expression(f"max(v{key})").as_(f"max{key}"),
                ]
            if reading.kind == "number":
                inner.append(reading.rounded(cell).as_(f"r{key}"))
                outer += [
                    expression(f"count_if(v{key} = trunc(v{key}))").as_(f"integers{key}"),
                    expression(f"count_if(v{key} is not null and r{key})").as_(f"rounded{key}"),
                ]
    found = engine.records(exp.select(*outer).from_(_over(relation, inner).subquery("typed")))[0]

    def taken(key: str) -> Measure:
        return Measure(
            found["n"],
            int(found[f"filled{key}"] or 0),
            found[f"read{key}"],
            found[f"distinct{key}"],
            int(found.get(f"rounded{key}") or 0),
            int(found.get(f"integers{key}") or 0),
            found.get(f"min{key}"),
            found.get(f"max{key}"),
        )

    return {
        name: tuple(taken(f"{number}_{way}") for way in range(len(ways)))
        for number, (name, ways) in enumerate(readings.items())
    }


def _parts(columns: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    """Columns so many at a time: the time the engine plans for grows with the square of their number."""
    names = list(columns)
    for begin in range(0, len(names), MOST_AT_ONCE):
        yield {name: columns[name] for name in names[begin : begin + MOST_AT_ONCE]}


def _over(relation: Query, selected: Sequence[exp.Expr]) -> exp.Select:
    return exp.select(*selected).from_(relation.subquery("rows_"))


def _reads(reading: Reading, cell: exp.Expr) -> exp.Expr:
    style = reading.style
    assert isinstance(style, NumberStyle | MomentStyle)
    return expression("coalesce(regexp_full_match($x, $pattern), false)", x=cell, pattern=style.pattern())


def _differs(reading: Reading, cell: exp.Expr) -> exp.Expr:
    """True where two rival readings give two values: a mark in a number, day and month unequal."""
    if reading.kind == "number":
        return expression("regexp_matches($x, '[.,]')", x=cell)
    return expression("not regexp_matches($x, $same)", x=cell, same=rf"^\s*(?:{_SAME_DAY_MONTH})")
