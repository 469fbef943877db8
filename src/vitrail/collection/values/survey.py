"""Counting over the rows: one query, one scan, for all columns and all readings together.

Of more than `MOST_AT_ONCE` columns, those that are read alike are stood under one another: the time the
engine plans for grows with the square of the columns that stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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

_CELL, _PLACE = "cell", "place"

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
    stood = _stand(relation, (text.expression(column(name)) for name, text in texts.items()))
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
    if len(rivals) > MOST_AT_ONCE:
        return _of_alike(relation, rivals, partial(_contest, engine))
    return _contest(engine, relation, rivals)[None] if rivals else {}


def _contest(
    engine: Engine, relation: Query, rivals: Mapping[str, Sequence[Reading]], by: str | None = None
) -> dict[int | None, dict[str, Contest]]:
    """The contest of each column, for each value of `by`; under None without it."""
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
    return {
        place: {
            name: Contest(*(int(found[f"{side}{number}"] or 0) for side in ("first", "second", "both")))
            for number, name in enumerate(rivals)
        }
        for place, found in _count(engine, relation, read, counted, by).items()
    }


def measure(
    engine: Engine, relation: Query, readings: Mapping[str, Sequence[Reading]], exact: Collection[str] = ()
) -> dict[str, tuple[Measure, ...]]:
    """Each column read in each of its ways, counted; exactly so the different values of `exact` ones."""
    if len(readings) <= MOST_AT_ONCE:
        return _measure(engine, relation, readings, exact=exact)[None] if readings else {}
    found: dict[str, tuple[Measure, ...]] = {}
    for exactly in (True, False):
        own = {name: ways for name, ways in readings.items() if (name in exact) is exactly}
        found |= _of_alike(relation, own, partial(_measure, engine, exact=[_CELL] * exactly))
    return found


def _measure(
    engine: Engine,
    relation: Query,
    readings: Mapping[str, Sequence[Reading]],
    by: str | None = None,
    exact: Collection[str] = (),
) -> dict[int | None, dict[str, tuple[Measure, ...]]]:
    """The measures of each column, for each value of `by`; under None without it."""
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
    return {
        place: {
            name: tuple(_taken(found, f"{number}_{way}") for way in range(len(ways)))
            for number, (name, ways) in enumerate(readings.items())
        }
        for place, found in _count(engine, relation, inner, outer, by).items()
    }


def _taken(found: Mapping[str, Any], key: str) -> Measure:
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


def _count(
    engine: Engine, relation: Query, read: Sequence[exp.Expr], counted: Sequence[exp.Expr], by: str | None
) -> dict[int | None, dict[str, Any]]:
    """What is counted of what is read, for each value of `by`; under None without it."""
    parts = [column(by)] if by else []
    query = exp.select(*parts, *counted).from_(_over(relation, [*parts, *read]).subquery("read"))
    found = engine.records(query.group_by(*parts) if by else query)
    return {each[by] if by else None: each for each in found}


def _of_alike(
    relation: Query,
    readings: Mapping[str, Sequence[Reading]],
    count: Callable[[Query, Mapping[str, Sequence[Reading]], str | None], dict[int | None, dict[str, Value]]],
) -> dict[str, Value]:
    """What `count` says of each column, those that are read alike stood under one another in one query.

    A query of a thousand columns side by side is planned for minutes.
    """
    alike: dict[tuple[Reading, ...], list[str]] = {}
    for name, ways in readings.items():
        alike.setdefault(tuple(ways), []).append(name)
    found: dict[str, Value] = {}
    for ways, names in alike.items():
        stood = _stand(relation, map(column, names))
        typed = {_CELL: ways}
        counts = count(stood, typed, _PLACE)
        if not counts:  # no rows
            counts = dict.fromkeys(range(len(names)), count(stood, typed, None)[None])
        found |= {name: counts[place][_CELL] for place, name in enumerate(names)}
    return found


def _stand(relation: Query, columns: Iterable[exp.Expr]) -> exp.Select:
    """Columns of one type under one another: their cells, each with the place of its column."""
    cells = exp.Array(expressions=list(columns))
    places = expression("range($columns)", columns=len(cells.expressions))
    return _over(
        relation, [exp.func("unnest", each).as_(name) for name, each in ((_CELL, cells), (_PLACE, places))]
    )


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
