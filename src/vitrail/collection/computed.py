"""Columns of the model that the plan computes from columns of the file: the amount less its discount.

What an expression names are columns as they are read, by their name in the model or in the file (`Unit price`
is `unit_price`). Numbers are computed last, where what each row of an order repeats counts once; what is no
number (who the customer is, put together of two names) before that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from vitrail.collection.model import TABLES, Kind
from vitrail.collection.readings import find_parts, list_names, name_columns
from vitrail.collection.values import Reading
from vitrail.engine import Engine, column, expression, sql
from vitrail.engine.conditions import check_types, parse_value
from vitrail.errors import ConditionError
from vitrail.findings import Finding
from vitrail.plan import Plan
from vitrail.plan.faults import choose

_SQL_TYPES: Mapping[str, str] = {
    "number": "decimal(18, 4)",
    "day": "date",
    "moment": "timestamp",
    "boolean": "boolean",
}


_DECIMALS, _MOST_DECIMALS = 4, 8
_KEEPING = (exp.Add, exp.Sub, exp.Mul, exp.Paren, exp.Neg, exp.Abs, exp.Coalesce)


@dataclass(frozen=True, slots=True)
class Computation:
    """What a source computes.

    Args:
        parts: columns of the file that only expressions name: their name there → the column.
        values: column of the model → its value, over model columns and `part_name` of the parts.
    """

    parts: Mapping[str, str]
    values: Mapping[str, exp.Expr]


def part_name(name: str) -> str:
    """What a column of the file is called while amounts are computed; no column kept has such a name."""
    return f"_part_{name}"


def compile_computed(
    engine: Engine, plan: Plan, name: str, columns: Collection[str], readings: Mapping[str, Reading]
) -> Computation:
    """The values that a source computes.

    Args:
        columns: every column of the file.
        readings: how the mapped ones and the parts are read.

    Raises:
        ConditionError: with every fault found: what the table does not have is computed, a column that is not
            in the file is named, texts are calculated with.
    """
    spec = plan.sources[name]
    if not spec.computed:
        return Computation({}, {})
    parts = find_parts(spec, columns)
    kinds: dict[str, Kind] = {each: readings[source].kind for each, source in parts.items()}
    model = TABLES[spec.table].columns
    for target, source in spec.columns.items():
        kinds[target] = model[target].kind if target in model else readings[source].kind
    nulls = [
        exp.cast(exp.null(), _SQL_TYPES.get(kind, "varchar")).as_(each, quoted=True)
        for each, kind in kinds.items()
    ]
    typed = exp.select(*nulls) if nulls else exp.select("null as nothing")
    own = {name: target for target, source in spec.columns.items() for name in list_names(source)}
    names = [*kinds, *name_columns(spec, columns), *own]
    values: dict[str, exp.Expr] = {}
    faults: list[Finding] = []
    for target, text in spec.computed.items():
        place = plan.place(f"sources.{name}.computed.{target}")
        if target not in model:
            figures = {"name": target, "options": list(model)}
            faults.append(choose("computed_no_model_column", place, figures))
            continue
        try:
            value = parse_value(text, names, place)
        except ConditionError as error:
            faults += error.findings
            continue
        for each in list(value.find_all(exp.Column)):
            if each.name not in kinds:
                each.replace(column(own[each.name]))
        if found := check_types(engine, value, typed, place, condition=False):
            faults += found
            continue
        if model[target].kind == "number" and _is_no_number(engine, value, typed):
            faults.append(Finding("computed_no_number", "error", place, {"name": target, "formula": text}))
            continue
        numbers = {each: _DECIMALS for each in (*parts, *spec.columns) if kinds[each] == "number"}
        values[target] = _of_kind(_renamed(value, parts), model[target].kind)
        if model[target].kind == "number":
            quick = _renamed(narrow(value, numbers) or value, parts)
            wide = _renamed(_widened(value, numbers), parts)
            values[target] = expression(
                "coalesce($quick, $wide)", quick=_of_kind(quick, "number"), wide=_of_kind(wide, "number")
            )
    if faults:
        raise ConditionError(faults)
    return Computation(parts, values)


def _is_no_number(engine: Engine, value: exp.Expr, rows: exp.Select) -> bool:
    """Whether what is computed is a yes or no, or a day: the engine would make a 1 of the yes."""
    kinds = engine.columns(sql("select $value as value from $rows", value=value, rows=rows.subquery("rows")))
    return kinds["value"] in ("BOOLEAN", "DATE", "TIME", "TIMESTAMP")


def narrow(value: exp.Expr, decimals: Mapping[str, int]) -> exp.Expr | None:
    """The same value with each step held in 18 digits, forty times faster; NULL where they are too few.

    None where the decimals of a step are not known, or more than eight.

    Args:
        decimals: of each column.
    """
    tree = value.copy()
    steps = [node for node in reversed(list(tree.bfs())) if isinstance(node, exp.Add | exp.Sub | exp.Mul)]
    places = [(node, _count_decimals(node, decimals)) for node in steps]
    for node, places_ in places:
        if places_ is None or (places_ > _MOST_DECIMALS and node.parent is not tree):
            return None
        if places_ <= _MOST_DECIMALS:
            node.replace(exp.cast(node.copy(), f"decimal(18, {places_})"))
    return tree if steps else None


def _renamed(value: exp.Expr, parts: Collection[str]) -> exp.Expr:
    """A value over the columns as they are called while amounts are computed."""
    return value.transform(
        lambda node: (
            column(part_name(node.name)) if isinstance(node, exp.Column) and node.name in parts else node
        )
    )


def _widened(value: exp.Expr, numbers: Collection[str]) -> exp.Expr:
    """A value whose numbers have 38 digits, for what 18 do not hold."""
    return value.transform(
        lambda node: (
            exp.cast(node.copy(), "decimal(38, 4)")
            if isinstance(node, exp.Column) and node.name in numbers
            else node
        )
    )


def _count_decimals(node: exp.Expr, decimals: Mapping[str, int]) -> int | None:
    """How many decimals a step of a computation has at most; None where that cannot be told."""
    if isinstance(node, exp.Column):
        return decimals.get(node.name)
    if isinstance(node, exp.Literal):
        return None if node.is_string else max(0, -int(Decimal(node.name).as_tuple().exponent))
    if not isinstance(node, _KEEPING):
        return None
    inner = [_count_decimals(part, decimals) for part in node.iter_expressions()]
    known = [each for each in inner if each is not None]
    if len(known) < len(inner):
        return None
    return sum(known) if isinstance(node, exp.Mul) else max(known)


def place_columns(value: exp.Expr, typed: Mapping[str, exp.Expr]) -> exp.Expr:
    """`value` with what each of its columns is, in the place of the column."""
    return value.transform(lambda node: exp.paren(typed[node.name]) if isinstance(node, exp.Column) else node)


def _of_kind(value: exp.Expr, kind: Kind) -> exp.Expr:
    if kind == "text":
        return expression("nullif(trim(cast($value as varchar)), '')", value=value)
    return exp.TryCast(this=value, to=exp.DataType.build(_SQL_TYPES[kind]), safe=True)
