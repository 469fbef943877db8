"""Variables of any kind as a few levels, so that counts a level are all that is needed of them.

    number, day    cut at the 5 %, 10 %, … 95 % quantiles that were observed, or between all values where
                   there are at most `MOST_BINS`; a value that fills two of these is a level by itself;
                   monotone changes (units, logarithms) leave the levels as they are
    yes_no         no, yes
    category       the `MOST_VALUES` most frequent values, the others together

Missing is a level of its own: 0. What is cut is learnt from a sample by hash of the key, never from the KPI.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, finite, sql
from vitrail.engine.kinds import is_day, is_float, is_number, is_text
from vitrail.engine.sql import literal

MOST_BINS = 20
MOST_VALUES = 200
LEVELS_TABLE = "drivers_levels"

Kind = Literal["number", "day", "yes_no", "category"]
Aside = Literal["constant", "identifier", "kind"]
Cut = int | float | Decimal | dt.date


@dataclass(frozen=True, slots=True)
class Coding:
    """How a variable is put in levels.

    Args:
        value: the variable as it is compared, in SQL.
        cuts: of numbers and days: each opens the next level.
        least, greatest: of numbers and days, in the sample.
        discrete: whether the cuts are all the values there are but the least.
        values: of categories: the value of each level, the most frequent first.
        folded: categories that share the last level, as far as the sample shows.
    """

    name: str
    kind: Kind
    value: exp.Expr
    cuts: tuple[Any, ...] = ()
    least: Any = None
    greatest: Any = None
    discrete: bool = False
    values: tuple[str, ...] = ()
    folded: int = 0

    @property
    def levels(self) -> int:
        """How many levels there are, the missing one included."""
        if self.kind == "category":
            return len(self.values) + 2
        return 3 if self.kind == "yes_no" else len(self.cuts) + 2

    @property
    def ordered(self) -> bool:
        """Whether a higher level means more."""
        return self.kind != "category"


def choose_codings(
    engine: Engine, sample: Query, names: Sequence[str]
) -> tuple[tuple[Coding, ...], dict[str, Aside]]:
    """How each variable of a sample is put in levels, and which cannot be, with the reason.

    Args:
        sample: rows with the columns `names`.
    """
    kinds = engine.columns(sample)
    aside: dict[str, Aside] = {}
    begun: list[Coding] = []
    texts = _find_number_texts(engine, sample, [name for name in names if is_text(kinds[name])])
    for name in names:
        coding = _begin(name, kinds[name], name in texts)
        if coding is None:
            aside[name] = "kind"
        else:
            begun.append(coding)
    if not begun:
        return (), aside
    figures: dict[str, exp.Expr] = {}
    for at, coding in enumerate(begun):
        figures[f"present_{at}"] = sql("count($x)", x=coding.value)
        figures[f"distinct_{at}"] = sql("count(distinct $x)", x=coding.value)
    figures["rows"] = sql("count(*)")
    survey = _record(engine, sample, figures)
    kept: list[tuple[Coding, int]] = []
    for at, coding in enumerate(begun):
        present, distinct = survey[f"present_{at}"], survey[f"distinct_{at}"]
        if distinct + (present < survey["rows"]) < 2:
            aside[coding.name] = "constant"
        elif coding.kind == "category" and distinct > MOST_VALUES and 2 * distinct > present:
            aside[coding.name] = "identifier"
        else:
            kept.append((coding, distinct))
    return _finish(engine, sample, kept), aside


def _begin(name: str, kind: str, holds_numbers: bool) -> Coding | None:
    value: exp.Expr = column(name)
    if kind == "BOOLEAN":
        return Coding(name, "yes_no", value)
    if is_float(kind):
        return Coding(name, "number", finite(value))
    if is_number(kind):
        return Coding(name, "number", value)
    if is_day(kind):
        return Coding(name, "day", exp.cast(value, "date") if kind != "DATE" else value)
    if holds_numbers:
        return Coding(name, "number", _as_number(name))
    if is_text(kind):
        return Coding(name, "category", expression("nullif(trim(cast($x as varchar)), '')", x=value))
    return None


def _as_number(name: str) -> exp.Expr:
    return finite(expression("try_cast(trim(cast($x as varchar)) as double)", x=column(name)))


def _find_number_texts(engine: Engine, sample: Query, names: Sequence[str]) -> set[str]:
    """The columns of text that hold numbers only: none of them written with a zero in front, as codes are."""
    figures: dict[str, exp.Expr] = {}
    for at, name in enumerate(names):
        text = expression("nullif(trim(cast($x as varchar)), '')", x=column(name))
        figures[f"present_{at}"] = sql("count($x)", x=text)
        figures[f"numbers_{at}"] = sql(
            "count($number) filter (where not regexp_matches($x, '^0[0-9]'))", number=_as_number(name), x=text
        )
    if not figures:
        return set()
    found = _record(engine, sample, figures)
    return {
        name
        for at, name in enumerate(names)
        if found[f"present_{at}"] and found[f"present_{at}"] == found[f"numbers_{at}"]
    }


def _finish(engine: Engine, sample: Query, begun: Sequence[tuple[Coding, int]]) -> tuple[Coding, ...]:
    """The cuts of numbers and days, the values of categories."""
    steps = exp.Array(expressions=[literal(Decimal(step) / MOST_BINS) for step in range(1, MOST_BINS)])
    figures: dict[str, exp.Expr] = {}
    for at, (coding, distinct) in enumerate(begun):
        if coding.kind in ("number", "day"):
            few = "list_sort(list(distinct $x) filter (where $x is not null))"
            cuts = few if distinct <= MOST_BINS else "quantile_disc($x, $steps)"
            figures[f"cuts_{at}"] = sql(cuts, x=coding.value, steps=steps)
            figures[f"least_{at}"] = sql("min($x)", x=coding.value)
            figures[f"greatest_{at}"] = sql("max($x)", x=coding.value)
    found = _record(engine, sample, figures) if figures else {}
    for cuts, after in _part_common(engine, sample, begun, found).items():
        found[cuts] = [*found[cuts], *(value for value in after if value is not None)]
    finished = []
    for at, (coding, distinct) in enumerate(begun):
        if coding.kind in ("number", "day"):
            least = found[f"least_{at}"]
            opened = tuple(cut for cut in sorted(set(found[f"cuts_{at}"] or ())) if cut > least)
            greatest, discrete = found[f"greatest_{at}"], distinct <= MOST_BINS
            coding = replace(coding, cuts=opened, least=least, greatest=greatest, discrete=discrete)
        elif coding.kind == "category":
            values = _load_values(engine, sample, coding)
            coding = replace(coding, values=values, folded=distinct - len(values))
        finished.append(coding)
    return tuple(finished)


def _part_common(
    engine: Engine, sample: Query, begun: Sequence[tuple[Coding, int]], found: Mapping[str, Any]
) -> dict[str, Any]:
    """The least values above those that fill two cuts: what lies beside a mass is not mixed with it."""
    figures: dict[str, exp.Expr] = {}
    for at, (coding, _) in enumerate(begun):
        cuts = found.get(f"cuts_{at}") or ()
        after = [
            sql("min($x) filter (where $x > $value)", x=coding.value, value=_exact(value))
            for value, following in pairwise(cuts)
            if value == following
        ]
        if after:
            figures[f"cuts_{at}"] = exp.Array(expressions=after)
    return _record(engine, sample, figures) if figures else {}


def _load_values(engine: Engine, sample: Query, coding: Coding) -> tuple[str, ...]:
    query = sql(
        "select $x as value, count(*) as customers from $rows where $x is not null"
        " group by 1 order by customers desc, value limit $most",
        x=coding.value,
        rows=sample.subquery("rows"),
        most=MOST_VALUES,
    )
    return tuple(str(record["value"]) for record in engine.records(query))


def _record(engine: Engine, rows: Query, figures: Mapping[str, exp.Expr]) -> dict[str, Any]:
    query = exp.select(*(exp.alias_(value, name) for name, value in figures.items()))
    return engine.records(query.from_(rows.subquery("rows")))[0]


def compile_codes(
    engine: Engine, rows: Query, codings: Sequence[Coding], keep: Mapping[str, exp.Expr]
) -> Query:
    """`keep`, and the level of each variable as `v0`, `v1` … of every row.

    Makes `LEVELS_TABLE`, the values of the categories, readable to the engine.
    """
    listed = [
        (at, value, code)
        for at, coding in enumerate(codings)
        for code, value in enumerate(coding.values, start=1)
    ]
    columns = list(zip(*listed, strict=True)) or [(), (), ()]
    types = {"variable": pa.int32(), "value": pa.string(), "code": pa.int16()}
    engine.register(
        LEVELS_TABLE,
        pa.table(
            {name: pa.array(each, kind) for (name, kind), each in zip(types.items(), columns, strict=True)}
        ),
    )
    query = exp.select(*(exp.alias_(value, name) for name, value in keep.items())).from_(
        rows.subquery("rows")
    )
    for at, coding in enumerate(codings):
        code = sql("cast($code as smallint)", code=_code(at, coding))
        query = query.select(exp.alias_(code, f"v{at}", copy=False), copy=False)
        if coding.kind == "category":
            own = sql(  # beside columns of any name
                "select value as _level_value, code as _level_code from drivers_levels where variable = $at",
                at=at,
            )
            query = query.join(
                own.subquery(f"l{at}"),
                on=sql("$x = $value", x=coding.value, value=column("_level_value", f"l{at}")),
                join_type="left",
                copy=False,
            )
    return query


def _code(at: int, coding: Coding) -> exp.Expr:
    """The level of a variable as SQL."""
    if coding.kind == "yes_no":
        return expression("case when $x then 2 when not $x then 1 else 0 end", x=coding.value)
    if coding.kind == "category":
        return expression(
            "case when $x is null then 0 else coalesce($code, $rest) end",
            x=coding.value,
            code=column("_level_code", f"l{at}"),
            rest=len(coding.values) + 1,
        )
    return compile_bin(coding.value, coding.cuts)


def compile_bin(value: exp.Expr, cuts: Sequence[Any]) -> exp.Expr:
    """0 where missing, else 1 and how many of the cuts are at or below the value.

    >>> compile_bin(column("age"), (30, 50)).sql("duckdb")
    'CASE WHEN age IS NULL THEN 0 WHEN age < 30 THEN 1 WHEN age < 50 THEN 2 ELSE 3 END'
    """
    steps = [exp.If(this=sql("$x is null", x=value), true=literal(0))]
    steps += [
        exp.If(this=sql("$x < $cut", x=value, cut=_exact(cut)), true=literal(level))
        for level, cut in enumerate(cuts, start=1)
    ]
    return exp.Case(ifs=steps, default=literal(len(cuts) + 1))


def _exact(cut: Cut) -> exp.Expr:
    """A cut as SQL that is the very value it was: a long decimal is no longer the same double."""
    return exp.cast(exp.Literal.string(repr(cut)), "double") if isinstance(cut, float) else literal(cut)
