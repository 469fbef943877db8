"""Each variable as a few classes, and the conditions that people can read over them.

A number is cut near its deciles, at the roundest number at hand (`order_count >= 5`, not `4.73`), or between
all its values where there are at most `MOST_VALUES`; a value that fills two deciles is parted from those
above it. A text gives a condition a common value, a yes/no two. A value that is often missing gives
`is null`. Cuts and values are chosen from all customers and never from the KPI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, finite, sql
from vitrail.engine.kinds import is_float, is_number, is_whole
from vitrail.engine.sql import literal

CLASSES = 10
MOST_VALUES = 20

Operator = Literal["at_least", "below", "is", "yes", "no", "missing", "within"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition over one variable.

    Args:
        text: as the plan writes it.
        value: what it compares with; a segment's key for `within`.
        unit: of the variable, such as `money` or `days`; empty where it is not known.
    """

    variable: str
    operator: Operator
    value: Any
    text: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Coding:
    """A variable as classes 0, 1, 2 …

    Args:
        code: the class of a customer, over the columns of the table.
        conditions: those over the variable.
        holds: a row a condition, a column a class: whether it is true there.
    """

    variable: str
    code: exp.Expr
    conditions: tuple[Condition, ...]
    holds: npt.NDArray[np.bool_]


def code_variables(
    engine: Engine,
    rows: Query,
    variables: Sequence[str],
    segmentations: Mapping[str, tuple[Sequence[str], bool]],
    least: int,
) -> tuple[Coding, ...]:
    """Cut and code the variables; one that gives no condition is left out.

    Args:
        rows: a query with a row a customer.
        segmentations: of the variables that are segmentations, their segments and whether they overlap.
        least: customers that a condition must hold for, and not hold for.
    """
    types = engine.columns(rows)
    numbers = [name for name in variables if name not in segmentations and is_number(types[name])]
    cuts = _load_cuts(engine, rows, {name: types[name] for name in numbers})
    codings = []
    for name in variables:
        if name in segmentations:
            coding = _code_segments(name, *segmentations[name])
        elif name in cuts:
            coding = _code_number(name, cuts[name])
        elif types[name] == "BOOLEAN":
            coding = _code_truth(name)
        else:
            coding = _code_text(engine, rows, name, least)
        if coding.conditions:
            codings.append(coding)
    return tuple(codings)


def _load_cuts(engine: Engine, rows: Query, types: Mapping[str, str]) -> dict[str, tuple[Decimal, ...]]:
    """Where each number is cut."""
    known = {name: finite(column(name)) if is_float(kind) else column(name) for name, kind in types.items()}
    shares = exp.Array(expressions=[literal(k / CLASSES) for k in range(1, CLASSES)])
    asked: dict[str, exp.Expr] = {}
    for i, x in enumerate(known.values()):
        asked[f"q{i}"] = sql("quantile_disc($x, $at)", x=x, at=shares)
        asked[f"d{i}"] = sql("count(distinct $x)", x=x)
        asked[f"l{i}"] = sql("min($x)", x=x)
    facts = _record(engine, rows, asked)
    asked = {}
    for i, x in enumerate(known.values()):
        few = facts[f"d{i}"] <= MOST_VALUES
        heavy = {one for one, following in pairwise(facts[f"q{i}"] or ()) if one == following}
        if few:
            asked[f"x{i}"] = sql("list(distinct $x) filter (where $x is not null)", x=x)
        elif heavy:
            asked[f"x{i}"] = exp.Array(expressions=[_find_next(x, each) for each in sorted(heavy)])
    parted = _record(engine, rows, asked)
    return {
        name: choose_cuts(
            [*(facts[f"q{i}"] or ()), *(each for each in parted.get(f"x{i}") or () if each is not None)],
            facts[f"l{i}"],
            is_whole(types[name]),
            parted=f"x{i}" in parted,
        )
        for i, name in enumerate(known)
    }


def _find_next(x: exp.Expr, value: Any) -> exp.Expr:
    """The least value above another; a long decimal is no longer the same double."""
    exact: exp.Expr = literal(value)
    if isinstance(value, float):
        exact = exp.cast(literal(repr(value)), "double")
    return expression("min($x) filter (where $x > $value)", x=x, value=exact)


def _record(engine: Engine, rows: Query, asked: Mapping[str, exp.Expr]) -> dict[str, Any]:
    if not asked:
        return {}
    query = exp.select(*(exp.alias_(value, name) for name, value in asked.items()))
    return engine.records(query.from_(rows.subquery("rows")))[0]


def choose_cuts(
    quantiles: Sequence[Any], least: Any, whole: bool, parted: bool = False
) -> tuple[Decimal, ...]:
    """Round numbers near the quantiles, ascending; none at or below the least value, where all are above.

    Args:
        parted: whether each of the quantiles is to be parted from the one before: cuts are not above them.

    >>> choose_cuts([1, 1, 1, 2, 3, 4, 6, 9, 17], 1, True)
    (Decimal('2'), Decimal('3'), Decimal('4'), Decimal('6'), Decimal('9'), Decimal('15'))
    >>> choose_cuts([47.13, 98.21, 151.7, 203.4, 399.8], 3.0, False)
    (Decimal('50'), Decimal('100'), Decimal('150'), Decimal('200'), Decimal('400'))
    >>> choose_cuts([4.9, 9.9, 14.9], 4.9, False, parted=True)
    (Decimal('9'), Decimal('14'))
    """
    values = sorted({Decimal(str(each)) for each in quantiles})
    cuts: list[Decimal] = []
    for place, value in enumerate(values):
        gaps = [abs(value - other) for other in values[max(place - 1, 0) : place + 2] if other != value]
        room = min(gaps) / 4 if gaps else abs(value) / 4
        cuts.append(_round(value, room, whole, ROUND_FLOOR if parted else ROUND_HALF_EVEN))
    return tuple(cut for cut in sorted(set(cuts)) if cut > Decimal(str(least)))


def _round(value: Decimal, room: Decimal, whole: bool, rounding: str) -> Decimal:
    """The number of fewest digits (a last 5 counts as half a digit) within `room` of a value."""
    if not room:
        return value
    size = max(value.adjusted() if value else room.adjusted(), room.adjusted())
    for digits in range(12):
        for step in (Decimal(1), Decimal("0.5")):
            unit = step.scaleb(size - digits)
            near = (value / unit).to_integral_value(rounding) * unit
            if abs(near - value) <= room and (not whole or near == near.to_integral_value()):
                return Decimal(format(near.normalize(), "f"))
    return value


def _write(value: Decimal) -> str:
    return format(value, "f")


def _name(name: str) -> str:
    return column(name).sql("duckdb")


def _code_number(name: str, cuts: Sequence[Decimal]) -> Coding:
    value = column(name)
    case = exp.Case().when(sql("$x is null", x=value), literal(len(cuts) + 1))
    for place, cut in enumerate(cuts):
        case = case.when(sql("$x < $cut", x=value, cut=literal(cut)), literal(place))
    conditions, holds = [], []
    classes = np.arange(len(cuts) + 2)
    for place, cut in enumerate(cuts):
        conditions.append(Condition(name, "at_least", cut, f"{_name(name)} >= {_write(cut)}"))
        holds.append((classes > place) & (classes <= len(cuts)))
        conditions.append(Condition(name, "below", cut, f"{_name(name)} < {_write(cut)}"))
        holds.append(classes <= place)
    conditions.append(Condition(name, "missing", None, f"{_name(name)} is null"))
    holds.append(classes == len(cuts) + 1)
    return Coding(name, case.else_(literal(len(cuts))), tuple(conditions), np.array(holds, dtype=bool))


def _code_truth(name: str) -> Coding:
    code = expression("case when $x then 1 when not $x then 0 else 2 end", x=column(name))
    texts = {
        "yes": f"{_name(name)} = true",
        "no": f"{_name(name)} = false",
        "missing": f"{_name(name)} is null",
    }
    conditions = tuple(Condition(name, operator, None, text) for operator, text in texts.items())  # type: ignore[arg-type]
    return Coding(name, code, conditions, np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=bool))


def _code_text(engine: Engine, rows: Query, name: str, least: int) -> Coding:
    """A condition a value that is common enough, the most common first."""
    query: Query = sql(
        "select $x as value, count(*) as customers from $rows group by 1 having count(*) >= $least"
        " order by customers desc, value limit $most",
        x=column(name),
        rows=rows.subquery("rows"),
        least=least,
        most=MOST_VALUES,
    )
    values = [row["value"] for row in engine.records(query)]
    case = exp.Case()
    conditions = []
    for place, value in enumerate(values):
        test = sql("$x is null", x=column(name)) if value is None else sql("$x = $v", x=column(name), v=value)
        case = case.when(test, literal(place))
        if value is None:
            conditions.append(Condition(name, "missing", None, f"{_name(name)} is null"))
        else:
            text = f"{_name(name)} = {exp.Literal.string(value).sql('duckdb')}"
            conditions.append(Condition(name, "is", value, text))
    code = case.else_(literal(len(values))) if values else literal(0)
    return Coding(name, code, tuple(conditions), np.eye(len(values), len(values) + 1, dtype=bool))


def _code_segments(name: str, segments: Sequence[str], overlapping: bool) -> Coding:
    """A condition a segment; of overlapping ones a customer's class says which of the first 8 hold."""
    kept = list(segments)[: 8 if overlapping else 200]
    conditions = tuple(Condition(name, "within", key, f"segment('{name}.{key}')") for key in kept)
    if not overlapping:
        case = exp.Case()
        for place, key in enumerate(kept):
            case = case.when(sql("$x = $key", x=column(name), key=key), literal(place))
        return Coding(
            name, case.else_(literal(len(kept))), conditions, np.eye(len(kept), len(kept) + 1, dtype=bool)
        )
    code: exp.Expr = literal(0)
    for place, key in enumerate(kept):
        member = sql(
            "case when list_contains($x, $key) then $bit else 0 end", x=column(name), key=key, bit=1 << place
        )
        code = expression("$rest + $member", rest=code, member=member)
    classes = np.arange(1 << len(kept))
    return Coding(
        name, code, conditions, np.array([(classes >> place) & 1 for place in range(len(kept))], dtype=bool)
    )
