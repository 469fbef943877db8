"""The customers a clustering is fitted on: all, or a sample that says nothing about them but their key.

A customer's place in the sample is drawn by lot from the key and the seed: the same whatever the order of the
rows, the machine or the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from vitrail.engine import Query, column, compile_drawn, draw, sql
from vitrail.engine.kinds import is_number
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.plan.faults import choose
from vitrail.segments.base import Base
from vitrail.variables.kpis import find_yes_no

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Rows

#: Where the sample's order is made of.
KEY = "customer_id"
#: Whole numbers up to this are doubles.
_EXACT = 2**53
_ENDS = ("min", "max")


@dataclass(frozen=True, slots=True)
class Readable:
    """A variable that can be clustered.

    Args:
        value: its value as a double, less `origin`.
        yes_no: whether it is a yes or no.
        origin: its least value, where it has exact numbers too long for a double, else 0.
    """

    value: exp.Expr
    yes_no: bool
    origin: int | Decimal = 0


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Values of a sample of customers.

    Args:
        values: by variable, in the sample's order; NaN where missing.
        customers: those with an order (of a table without orders, all).
        missing: by variable, how many of them have no value.
        complete: how many have all values.
    """

    values: Mapping[str, Rows]
    customers: int
    missing: Mapping[str, int]
    complete: int


def read_variables(
    base: Base, variables: Mapping[str, str], place: Callable[[str], str]
) -> dict[str, Readable]:
    """How each variable is read: numbers, booleans, and texts that say yes or no.

    Args:
        variables: path in the plan → the variable named there.

    Raises:
        PlanError: the profile does not have it, or it is nothing of the kind; all such faults at once.
    """
    found = _read(base, [name for name in dict.fromkeys(variables.values()) if name in base.columns])
    faults: list[Finding] = []
    for path, variable in variables.items():
        kind = base.columns.get(variable)
        if kind is None:
            figures = {"name": variable, "options": sorted(base.columns)}
            faults.append(choose("segments_unknown_variable", place(path), figures))
        elif variable not in found:
            figures = {"name": variable, "kind": kind}
            faults.append(Finding("clusters_not_a_number", "error", place(path), figures))
    if faults:
        raise PlanError(faults)
    return found


def _read(base: Base, names: Collection[str]) -> dict[str, Readable]:
    """Those of the columns that are numbers, or a yes or no."""
    rows: Query = exp.select(exp.Star()).from_(base.table).where(sql("not $none", none=base.no_order))
    yes_no = find_yes_no(base.engine, rows, names)
    origins = _find_origins(base, [name for name in names if name not in yes_no])
    found = {}
    for name in names:
        if name in yes_no:
            found[name] = Readable(yes_no[name], True)
        elif name in origins:
            value = sql("cast($x - $origin as double)", x=base.value(name), origin=origins[name])
            found[name] = Readable(value, False, origins[name])
        elif is_number(base.columns[name]):
            found[name] = Readable(sql("cast($x as double)", x=base.value(name)), False)
    return found


def _find_origins(base: Base, names: Collection[str]) -> dict[str, int | Decimal]:
    """The least value of each column of exact numbers that a double would round, and its distances not."""
    exact = [name for name in names if is_number(base.columns[name]) and not base.is_float(name)]
    ends = {
        f"{side}{i}": sql(f"{side}($x)", x=column(name)) for i, name in enumerate(exact) for side in _ENDS
    }
    row = base.record(ends) if ends else {}
    found = {}
    for i, name in enumerate(exact):
        low, high = (row[f"{side}{i}"] for side in _ENDS)
        if low is not None and max(abs(low), abs(high)) > _EXACT >= high - low:
            found[name] = low
    return found


def find_readable(base: Base) -> list[str]:
    """The columns that can be clustered, the key and those whose names begin with `_` left out."""
    return list(_read(base, [name for name in base.columns if name != KEY and not name.startswith("_")]))


def load_sample(base: Base, readable: Mapping[str, Readable], size: int, seed: int, impute: bool) -> Sample:
    """The sample's values, and what is missing in the whole base: two scans.

    Args:
        size: the most customers in the sample.
        impute: whether customers with missing values may be in it.
    """
    import numpy as np

    missing = {f"m{i}": sql("count(*) - count($x)", x=each.value) for i, each in enumerate(readable.values())}
    whole = exp.and_(*(sql("$x is not null", x=each.value) for each in readable.values()))
    counted = {"customers": sql("count(*)"), "complete": sql("count(*) filter ($whole)", whole=whole)}
    figures = base.record(counted | missing)
    values = [exp.alias_(each.value.copy(), f"v{i}") for i, each in enumerate(readable.values())]
    query = exp.select(*values).from_(base.table).where(sql("not $none", none=base.no_order))
    if not impute:
        query = query.where(whole)
    lot, usable = f"clusters:{seed}", figures["customers" if impute else "complete"]
    if figures["customers"] > size:  # a first cut by the draw itself spares the sorting of all
        query = query.where(compile_drawn(column(KEY), usable, 4 * size, lot))
    table = base.engine.arrow(query.order_by(draw(column(KEY), lot), column(KEY)).limit(size))
    read = {
        name: table.column(i).to_numpy(zero_copy_only=False).astype(np.float64)
        for i, name in enumerate(readable)
    }
    lost = {name: figures[f"m{i}"] for i, name in enumerate(readable)}
    return Sample(read, figures["customers"], lost, figures["complete"])
