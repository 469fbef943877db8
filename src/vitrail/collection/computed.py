"""Columns of the model that the plan computes from columns of the file: the amount less its discount.

What an expression names are columns as they are read, by their name in the model or in the file (`Unit price`
is `unit_price`). Numbers are computed last, where what each row of an order repeats counts once; what is no
number (who the customer is, put together of two names) before that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlglot import exp

from vitrail.collection.model import TABLES, Kind
from vitrail.collection.readings import find_parts, list_names, name_columns
from vitrail.collection.values import Reading
from vitrail.engine import Engine, column, expression
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
        for each in list(value.find_all(exp.Column)):
            if each.name in parts:
                each.replace(column(part_name(each.name)))
        values[target] = _of_kind(value, model[target].kind)
    if faults:
        raise ConditionError(faults)
    return Computation(parts, values)


def place_columns(value: exp.Expr, typed: Mapping[str, exp.Expr]) -> exp.Expr:
    """`value` with what each of its columns is, in the place of the column."""
    return value.transform(lambda node: exp.paren(typed[node.name]) if isinstance(node, exp.Column) else node)


def _of_kind(value: exp.Expr, kind: Kind) -> exp.Expr:
    if kind == "text":
        return expression("nullif(trim(cast($value as varchar)), '')", value=value)
    return exp.TryCast(this=value, to=exp.DataType.build(_SQL_TYPES[kind]), safe=True)
