"""The customers a segmentation is fitted on: a profile table, its columns, who has ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, Query, column, finite, sql
from vitrail.engine.kinds import is_float, is_number
from vitrail.engine.sql import literal
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.plan.faults import choose
from vitrail.segments.model import no_order_condition


@dataclass(frozen=True, slots=True)
class Base:
    """A profile table as the fits see it.

    Args:
        columns: profile column → SQL type.
        customers: all of them.
        buyers: those with an order: the only ones who take part in a fit.
        one_time_buyers: those with exactly one order.
        words: what the plan and the files call a column, by language.
    """

    engine: Engine
    table: str
    columns: Mapping[str, str]
    customers: int
    buyers: int
    one_time_buyers: int
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def no_order(self) -> exp.Expr:
        """The condition of customers without an order."""
        return no_order_condition(self.columns)

    def record(self, figures: Mapping[str, exp.Expr], where: exp.Expr | None = None) -> dict[str, Any]:
        """Aggregates over the buyers that `where` keeps: one scan, one record."""
        query = exp.select(*(exp.alias_(value, name) for name, value in figures.items()))
        query = query.from_(self.table).where(sql("not $missing", missing=self.no_order))
        return self.engine.records(query.where(where) if where is not None else query)[0]

    def value(self, variable: str) -> exp.Expr:
        """The column `variable`; what is not a finite number counts as missing."""
        value = column(variable)
        return finite(value) if self.is_float(variable) else value

    def is_float(self, variable: str) -> bool:
        """Whether the variable is stored in binary."""
        return is_float(self.columns[variable])

    def literal(self, variable: str, value: Decimal) -> exp.Expr:
        """`value` as SQL of the variable's kind, exact: a long decimal is no longer the same double."""
        if self.is_float(variable) and len(value.as_tuple().digits) > 15:
            return exp.cast(exp.Literal.string(str(value)), "double")
        return literal(value)


def exact(value: int | float | Decimal) -> Decimal:
    """A figure of the engine as the decimal that writes it.

    >>> exact(0.1), exact(90), exact(Decimal("5.2500"))
    (Decimal('0.1'), Decimal('90'), Decimal('5.25'))
    """
    text = format(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def load_base(engine: Engine, table: str) -> Base:
    """Look at a profile table: its columns and how many customers ordered, once, or not at all."""
    relation: Query = exp.select(exp.Star()).from_(table)
    columns = engine.columns(relation)
    no_order = no_order_condition(columns)
    once = sql("order_count = 1") if "order_count" in columns else exp.false()
    counted = sql(
        "select count(*) as customers, count(*) filter (not $none) as buyers,"
        " count(*) filter (not $none and $once) as once from $table",
        none=no_order,
        once=once,
        table=exp.to_table(table),
    )
    figures = engine.records(counted)[0]
    return Base(engine, table, columns, figures["customers"], figures["buyers"], figures["once"])


def check_numbers(base: Base, variables: Mapping[str, str], place: Callable[[str], str]) -> None:
    """Refuse variables that the profile does not have, or that are no numbers.

    Args:
        variables: path in the plan → the variable named there.
        place: says where in the plan a path is written.

    Raises:
        PlanError: with a finding for each of them.
    """
    faults = [
        fault
        for path, variable in variables.items()
        if (fault := _number_fault(base, variable, place(path))) is not None
    ]
    if faults:
        raise PlanError(faults)


def _number_fault(base: Base, variable: str, place: str) -> Finding | None:
    kind = base.columns.get(variable)
    if kind is None:
        figures = {"name": variable, "options": sorted(base.columns)}
        return choose("segments_unknown_variable", place, figures)
    if not is_number(kind):
        return Finding("segments_not_a_number", "error", place, {"name": variable, "kind": kind})
    return None
