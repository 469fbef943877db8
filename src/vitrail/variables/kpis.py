"""A KPI of the plan as a number of each customer, and whether it is a yes/no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.engine.conditions import check_types, parse_condition
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.plan.expressions import check_columns
from vitrail.plan.kpis import read_kpi

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U", "DECIMAL", "FLOAT", "DOUBLE")


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure of each customer that a question is about.

    Args:
        value: over the columns of the table: a DOUBLE; NULL where it is missing or not finite.
        kind: `share` of a yes/no (the value is 1 or 0), `mean` of a number.
        columns: the columns it is made of.
    """

    value: exp.Expr
    kind: Literal["share", "mean"]
    columns: tuple[str, ...]


def compile_kpi(
    engine: Engine, text: str, rows: Query, place: str, segments: Mapping[str, exp.Expr] | None = None
) -> Kpi:
    """The KPI `text` over `rows`. A column of numbers that holds only 0 and 1 is a yes/no.

    Args:
        rows: a query with a row a customer.
        segments: by reference (`value.champions`), the condition that a segment is.

    Raises:
        PlanError: a name is not known, or the KPI is neither a number nor a yes/no.
    """
    columns = engine.columns(rows)
    read = read_kpi(text)
    tree: exp.Expr
    used: tuple[str, ...]
    if isinstance(read, exp.Column):
        faults = check_columns(read, columns, place)
        if faults:
            raise PlanError(faults)
        name = next(each for each in columns if each.casefold() == read.name.casefold())
        tree, used, kind = column(name), (name,), columns[name]
    else:
        tree = parse_condition(text, columns, place, segments or {})
        faults = check_types(engine, tree, rows, place)
        if faults:
            raise PlanError(faults)
        named = {each.name for each in tree.find_all(exp.Column)}
        used, kind = tuple(name for name in columns if name in named), "BOOLEAN"
    if kind == "BOOLEAN":
        return Kpi(expression("cast(cast($x as integer) as double)", x=tree), "share", used)
    if not kind.startswith(_NUMBERS):
        raise PlanError(Finding("kpi_not_a_number", "error", place, {"name": used[0], "kind": kind}))
    number = expression("cast($x as double)", x=tree)
    value = expression("case when isfinite($x) then $x end", x=number)
    query = sql(
        "select coalesce(bool_and($x in (0, 1)), false) as two from $rows",
        x=value,
        rows=rows.subquery("rows"),
    )
    two = engine.records(query)[0]["two"]
    return Kpi(value, "share" if two else "mean", used)
