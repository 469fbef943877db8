"""What the judgements rest on, as exact sums: few scans of the customers, many segments or few.

Sums are taken over decimals and integers, so that no figure depends on the order of rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from vitrail.engine import Engine, column, sql
from vitrail.validation.cuts import Cut, compile_sets, find_members

_SUMMED_UP = "summed_up"


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts and sums by segment; a segment is named (segmentation, segment).

    Args:
        customers: all of them.
        sizes: members.
        totals: (segment, name) → the sum of what `count_of` names over the members.
        whole: the same over all customers.
        paths: for each way in which the segmentations meet, a path a segmentation and its customers.
    """

    customers: int
    sizes: Mapping[tuple[str, str], int]
    totals: Mapping[tuple[tuple[str, str], str], Decimal]
    whole: Mapping[str, Decimal]
    paths: tuple[tuple[tuple[str, ...], int], ...]


def load_sums(
    engine: Engine,
    table: str,
    cuts: Sequence[Cut],
    count_of: Mapping[str, exp.Expr],
) -> Sums:
    """Sum `count_of`, numbers by name, over the segments."""
    sizes: dict[tuple[str, str], int] = {(c.key, s): 0 for c in cuts for s in c.segments}
    totals: dict[tuple[tuple[str, str], str], Decimal] = defaultdict(Decimal)
    whole: dict[str, Decimal] = dict.fromkeys(count_of, Decimal(0))
    customers = 0
    _sum_up(engine, table, cuts, count_of)
    for cut, path, row in _roll_up(engine, cuts, len(count_of)):
        if cut is None:
            customers = row["customers"]
            whole = {name: Decimal(row[f"x{i}"]) for i, name in enumerate(count_of)}
            continue
        for segment in find_members(path, cut):
            sizes[cut.key, segment] += row["customers"]
            for i, name in enumerate(count_of):
                totals[(cut.key, segment), name] += Decimal(row[f"x{i}"])
    return Sums(customers, sizes, totals, whole, _load_paths(engine, cuts))


def _sum_up(engine: Engine, table: str, cuts: Sequence[Cut], count_of: Mapping[str, exp.Expr]) -> None:
    """Make `summed_up`, the one scan: each way in which the segmentations meet, its customers and sums."""
    names = _names(cuts)
    inner = [exp.alias_(cut.path, name) for cut, name in zip(cuts, names, strict=True)]
    inner += [exp.alias_(value, f"x{i}") for i, value in enumerate(count_of.values())]
    sums = [sql("coalesce(sum($x), 0)", x=column(f"x{i}")).as_(f"x{i}") for i in range(len(count_of))]
    query = exp.select(*names, sql("count(*) as customers"), *sums)
    rows = exp.select(*inner, sql("1 as one")).from_(table).subquery("rows")
    engine.create(_SUMMED_UP, query.from_(rows).group_by(*names))


def _roll_up(
    engine: Engine, cuts: Sequence[Cut], counted: int
) -> Iterator[tuple[Cut | None, str, dict[str, Any]]]:
    """By cut and path, and once over all: customers, and the sum of each thing counted."""
    names = _names(cuts)
    query = exp.select(*names, sql("coalesce(sum(customers), 0)::bigint as customers"))
    for i in range(counted):
        query = query.select(sql("coalesce(sum($x), 0)", x=column(f"x{i}")).as_(f"x{i}"), copy=False)
    query = query.from_(_SUMMED_UP)
    query.set("group", compile_sets([*([name] for name in names), []]))
    for row in engine.records(query):
        index = next((i for i, name in enumerate(names) if row[name] is not None), None)
        yield (None, "", row) if index is None else (cuts[index], row[names[index]], row)


def _load_paths(engine: Engine, cuts: Sequence[Cut]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Every combination of segments that holds somebody, in the order of its keys."""
    names = _names(cuts)
    rows = engine.arrow(exp.select(*names, "customers").from_(_SUMMED_UP)).to_pydict()
    found = zip(*(rows[name] for name in names), strict=True)
    return tuple(sorted(zip(found, rows["customers"], strict=True)))


def _names(cuts: Sequence[Cut]) -> list[str]:
    return [f"g{i}" for i in range(len(cuts))]
