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

_YES = ("yes", "y", "true", "oui", "vrai", "1")
_NO = ("no", "n", "false", "non", "faux", "0")
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
    """The KPI `text` over `rows`.

    A column of numbers that holds only 0 and 1 is a yes/no, and so is one of text that holds only words for
    yes and for no (`Yes`, `no`, `oui`, `non`, `true` …).

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
    if kind == "VARCHAR" or kind.startswith("ENUM"):
        word = expression("nullif(lower(trim(cast($x as varchar))), '')", x=tree)
        value = _read_words(word)
        if _always(engine, rows, sql("$word is null or $value is not null", word=word, value=value), word):
            return Kpi(value, "share", used)
    if not kind.startswith(_NUMBERS) and kind.strip('"') != "NULL":  # a column without any value
        raise PlanError(Finding("kpi_not_a_number", "error", place, {"name": used[0], "kind": kind}))
    number = expression("cast($x as double)", x=tree)
    value = expression("case when isfinite($x) then $x end", x=number)
    two = _always(engine, rows, sql("$x in (0, 1)", x=value), value)
    return Kpi(value, "share" if two else "mean", used)


def _read_words(word: exp.Expr) -> exp.Expr:
    """1 for a word that says yes, 0 for one that says no, NULL for any other."""
    sides = [
        exp.In(this=word.copy(), expressions=[exp.convert(each) for each in side]) for side in (_YES, _NO)
    ]
    return expression(
        "case when $yes then 1.0::double when $no then 0.0::double end", yes=sides[0], no=sides[1]
    )


def _always(engine: Engine, rows: Query, condition: exp.Expr, value: exp.Expr) -> bool:
    """Whether `condition` holds wherever `value` is known, and it is known somewhere."""
    query = sql(
        "select coalesce(bool_and($condition) filter (where $value is not null), false) as always from $rows",
        condition=condition,
        value=value,
        rows=rows.subquery("rows"),
    )
    return bool(engine.records(query)[0]["always"])
