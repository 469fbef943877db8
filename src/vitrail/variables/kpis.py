"""A KPI of the plan as a number of each customer, and whether it is a yes/no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, finite, sql
from vitrail.engine.conditions import check_types, parse_condition
from vitrail.engine.kinds import is_number, is_text
from vitrail.errors import ConditionError
from vitrail.findings import Finding
from vitrail.plan.expressions import check_columns
from vitrail.plan.kpis import read_kpi

YES = ("yes", "y", "true", "t", "oui", "o", "vrai", "1")
NO = ("no", "n", "false", "f", "non", "faux", "0")
"""How a yes and a no are written, in small letters."""
_FIRST_ROWS = 1000


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


def compile_again() -> Kpi:
    """Who ordered again, of customers whose orders are counted."""
    return Kpi(sql("cast(order_count > 1 as double)"), "share", ("order_count",))


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
        ConditionError: a name is not known, or the KPI is neither a number nor a yes/no.
    """
    tree, used, kind = _read(engine, text, rows, place, segments or {})
    if kind == "BOOLEAN":
        return Kpi(_one_or_none(tree), "share", used)
    yes_no = find_yes_no(engine, rows, used).get(used[0])
    if yes_no is not None:
        return Kpi(yes_no, "share", used)
    if not is_number(kind) and kind.strip('"') != "NULL":  # a column without any value
        raise ConditionError(Finding("kpi_not_a_number", "error", place, {"name": used[0], "kind": kind}))
    return Kpi(_finite(tree), "mean", used)


def compile_yes_no(
    engine: Engine, text: str, rows: Query, place: str, segments: Mapping[str, exp.Expr] | None = None
) -> exp.Expr:
    """The condition `text` over `rows`, or its yes/no column; NULL where nothing tells.

    Raises:
        ConditionError: a name is not known, or it is no yes/no.
    """
    tree, used, kind = _read(engine, text, rows, place, segments or {})
    if kind == "BOOLEAN":
        return tree
    yes_no = find_yes_no(engine, rows, used).get(used[0])
    if yes_no is None:
        raise ConditionError(Finding("kpi_not_yes_no", "error", place, {"name": used[0]}))
    return expression("$x = 1", x=yes_no)


def find_yes_no(engine: Engine, rows: Query, names: Iterable[str]) -> dict[str, exp.Expr]:
    """Which columns of `rows` hold nothing but yes and no, each as 1 or 0; one scan for all.

    They are those of true and false, of the numbers 0 and 1, and of words for yes and for no (`Yes`, `non`,
    `o`, `n`, `vrai` …), where a value is there at all.

    Returns:
        by name: a DOUBLE, NULL where there is no value.
    """
    kinds = engine.columns(rows)
    found: dict[str, exp.Expr] = {}
    asked: dict[str, exp.Expr] = {}
    for name in names:
        each, kind = column(name), kinds[name]
        if kind == "BOOLEAN":
            found[name] = _one_or_none(each)
        elif is_number(kind):
            found[name] = _finite(each)
            asked[name] = expression("$x in (0, 1)", x=found[name])
        elif is_text(kind):
            word = expression("nullif(lower(trim(cast($x as varchar))), '')", x=each)
            found[name] = _read_words(word)
            asked[name] = expression(
                "case when $word is not null then $value is not null end", value=found[name], word=word
            )
    first = exp.select("*").from_(rows.subquery("rows")).limit(_FIRST_ROWS)
    early = _ask(engine, first, asked)  # most columns are neither, and one row shows it
    told = _ask(engine, rows, {name: x for name, x in asked.items() if early[name] is not False})
    return {name: value for name, value in found.items() if name not in asked or told.get(name)}


def _ask(engine: Engine, rows: Query, asked: Mapping[str, exp.Expr]) -> dict[str, bool | None]:
    """By name, whether the condition holds of every row; None where it is known of none."""
    if not asked:
        return {}
    answers = [exp.alias_(sql("bool_and($x)", x=x), f"a{i}") for i, x in enumerate(asked.values())]
    told = engine.records(exp.select(*answers).from_(rows.subquery("rows")))[0]
    return dict(zip(asked, told.values(), strict=True))


def _read(
    engine: Engine, text: str, rows: Query, place: str, segments: Mapping[str, exp.Expr]
) -> tuple[exp.Expr, tuple[str, ...], str]:
    """A column or a condition as a tree, the columns it is made of, and its SQL type."""
    columns = engine.columns(rows)
    exact = {each.casefold(): each for each in columns}
    name = exact.get(text.strip().casefold())
    if name is None and isinstance(read := read_kpi(text), exp.Column):
        faults = check_columns(read, columns, place)
        if faults:
            raise ConditionError(faults)
        name = exact[read.name.casefold()]
    if name is not None:
        return column(name), (name,), columns[name]
    tree = parse_condition(text, columns, place, segments)
    faults = check_types(engine, tree, rows, place)
    if faults:
        raise ConditionError(faults)
    named = {each.name for each in tree.find_all(exp.Column)}
    return tree, tuple(each for each in columns if each in named), "BOOLEAN"


def _one_or_none(tree: exp.Expr) -> exp.Expr:
    return expression("cast(cast($x as integer) as double)", x=tree)


def _finite(tree: exp.Expr) -> exp.Expr:
    return finite(expression("cast($x as double)", x=tree))


def _read_words(word: exp.Expr) -> exp.Expr:
    """1 for a word that says yes, 0 for one that says no, NULL for any other."""
    sides = [exp.In(this=word.copy(), expressions=[exp.convert(each) for each in side]) for side in (YES, NO)]
    return expression(
        "case when $yes then 1.0::double when $no then 0.0::double end", yes=sides[0], no=sides[1]
    )
