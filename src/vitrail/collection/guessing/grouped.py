"""Rows in groups: what is the order's written once, and left blank on the rows below that are its lines.

Told by which cells are blank together. Each answer names the columns of the file in the order in which
`collection.filling` takes them: what leads a group first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.filling import is_filled, says_total
from vitrail.collection.guessing.choosing import Reports
from vitrail.engine import Engine, column, sql
from vitrail.findings import Finding

_FEWEST_ROWS = 3
_LEAST, _MOST = 0.02, 0.99
_NEARLY, _HALF = 0.9, 0.5
_DAYS = ("day", "moment")
_ORDERED = 0.95
_DAILY = 0.3  # of rows below their day, from which the days of a list are taken to be written once


@dataclass(frozen=True, slots=True)
class Grouped:
    """Columns whose blanks take what stands above, and the rows where they are blank.

    Args:
        sure: the order and its customer are written with the day; a day alone may just not be known.
        lines: the columns that rows have of their own.
    """

    columns: tuple[str, ...]
    rows: int
    sure: bool
    lines: tuple[str, ...] = ()

    def tell(self, name: str) -> Finding:
        """That it is so, or is taken to be so."""
        figures = {"rows": self.rows, "names": list(self.columns)}
        if self.sure:
            return Finding("guess_grouped", "info", name, figures)
        return Finding("guess_maybe_grouped", "warning", name, figures)


def find_groups(
    engine: Engine, read: FilesRead, reports: Reports, taken: Mapping[str, str]
) -> Grouped | None:
    """The columns of a file that are written once for the rows below, where its rows say so.

    Args:
        taken: model column → column of the file, as guessed with the blanks; empty where nothing was.
    """
    days = [taken["ordered_at"]] if "ordered_at" in taken else _list_days(reports)
    days = [day for day in days if _is_at_times_blank(reports, day)]
    if not days:
        return None
    patterns = _list_blanks(engine, read)
    for day in days:
        found = _group(day, patterns, reports, taken)
        numbers = [name for name in found.lines if reports[name].reading.kind == "number"] if found else []
        if found is None or _are_totals(engine, read, day, numbers, reports):
            continue
        if found.sure or _follow_each_other(engine, read, day, reports):
            return found
    return None


def count_groups_left(engine: Engine, read: FilesRead, reports: Reports, taken: Mapping[str, str]) -> int:
    """The rows of a day but of no customer nor order, which perhaps are those of the row above."""
    asked = ("customer_id", "ordered_at", "order_id", "amount")
    customer, day, order, amount = (taken.get(name) for name in asked)
    if customer is None or day is None or not _is_at_times_blank(reports, customer):
        return 0
    if order is not None and reports[order].filled > reports[customer].filled:
        return 0
    patterns = _list_blanks(engine, read)
    below = [(blank, rows, first) for blank, rows, first in patterns if customer in blank]
    if any(day in blank or first or order not in (None, *blank) for blank, _, first in below):
        return 0
    count = sum(rows for blank, rows, _ in below if amount not in blank)
    return count if count >= _DAILY * sum(rows for _, rows, _ in patterns) else 0


def _is_at_times_blank(reports: Reports, name: str) -> bool:
    return _LEAST < 1 - reports[name].filled / max(reports[name].rows, 1) < _MOST


def _follow_each_other(engine: Engine, read: FilesRead, day: str, reports: Reports) -> bool:
    """Whether the days of a file only grow, or only shrink, as where one is written when it begins."""
    value = reports[day].reading.expression(column(day))
    rows = exp.select(value.as_("day"), sql("row_number() over ()").as_("place"))
    days = exp.select("day", sql("lag(day) over (order by place)").as_("before")).where("day is not null")
    query = sql(
        "select count_if(day < before) as back, count_if(day > before) as on from $days",
        days=days.from_(rows.from_(read.relation.subquery("records")).subquery("r")).subquery("d"),
    )
    found = engine.records(query)[0]
    return bool(min(found["back"], found["on"]) <= (1 - _ORDERED) * max(found["back"], found["on"]))


def _are_totals(engine: Engine, read: FilesRead, day: str, numbers: Sequence[str], reports: Reports) -> bool:
    """Whether most rows without a day are, in all their numbers, what the rows above them add up to."""
    values = {f"v{at}": reports[name].reading.expression(column(name)) for at, name in enumerate(numbers)}
    rows = exp.select(sql("not $f", f=is_filled(day)).as_("below"), sql("row_number() over ()").as_("place"))
    rows = rows.select(*(value.as_(name) for name, value in values.items()))
    rows = rows.from_(read.relation.subquery("records"))
    run = sql(
        "coalesce(count_if(below) over (order by place rows between unbounded preceding and 1 preceding), 0)"
    )
    runs = exp.select("*", run.as_("run")).from_(rows.subquery("rows_"))
    sums = exp.select(
        *(sql("$v is null or abs($v - $s) <= 0.011", v=column(v), s=_sum_above(v)).as_(v) for v in values),
        "below",
    )
    alike = exp.and_(*(column(name) for name in values))
    query = sql(
        "select coalesce(avg(case when $a then 1 else 0 end), 0) as share from $sums where below",
        a=alike,
        sums=sums.from_(runs.subquery("runs")).subquery("sums"),
    )
    return bool(engine.records(query)[0]["share"] > _HALF)


def _sum_above(value: str) -> exp.Expr:
    above: exp.Expr = sql("sum($v) filter (where not below) over (partition by run)", v=column(value))
    return above


def _list_days(reports: Reports) -> list[str]:
    return [name for name, report in reports.items() if report.reading.kind in _DAYS and report.filled]


Patterns = Sequence[tuple[frozenset[str], int, bool]]
"""For each set of columns that are blank together: the rows, and whether the first row is one of them."""


def _list_blanks(engine: Engine, read: FilesRead) -> Patterns:
    names = read.columns
    marks = exp.Array(expressions=[is_filled(name) for name in names])
    rows = exp.select(marks.as_("marks"), sql("row_number() over () = 1").as_("first"))
    rows = rows.select(says_total(names).as_("total")).from_(read.relation.subquery("records"))
    query = sql(
        "select marks, count(*) as rows, bool_or(first) as first from $rows where not total group by marks",
        rows=rows.subquery("rows_"),
    )
    return [
        (
            frozenset(name for name, filled in zip(names, each["marks"], strict=True) if not filled),
            each["rows"],
            each["first"],
        )
        for each in engine.records(query)
    ]


def _group(day: str, patterns: Patterns, reports: Reports, taken: Mapping[str, str]) -> Grouped | None:
    below = [(blank, rows) for blank, rows, _ in patterns if day in blank]
    count = sum(rows for _, rows in below)
    whole = sum(rows for _, rows, _ in patterns)
    if count < max(_FEWEST_ROWS, _LEAST * whole) or any(
        day in blank for blank, _, first in patterns if first
    ):
        return None
    with_day = [blank for blank, _, _ in patterns if day not in blank]
    group = [
        name
        for name, report in reports.items()
        if all(name in blank for blank, _ in below) and any(name not in blank for blank in with_day)
    ]
    filled = {name: sum(rows for blank, rows in below if name not in blank) / count for name in reports}
    lines = [name for name in reports if name not in group and filled[name] >= _NEARLY]
    if len(lines) < 2 or not any(reports[name].reading.kind == "number" for name in lines):
        return None
    order, customer = taken.get("order_id"), taken.get("customer_id")
    if order not in (None, *group):
        return None
    if order is None and any(reports[name].reading.kind in _DAYS for name in lines):
        return None  # which tells the lines' days
    always = [name for name in group if all(name not in blank for blank in with_day)]
    if order in group or customer in group or (not taken and len(always) > 1):
        leaders = [name for name in (order, *always) if name is not None]
        return Grouped(tuple(dict.fromkeys((*leaders, *group))), count, True, tuple(lines))
    inner = [name for name in (customer,) if name is not None and name not in lines]
    if any(name in blank for blank in with_day for name in inner) or count < _DAILY * whole:
        return None
    return Grouped(
        (*always, *(name for name in group if name not in always), *inner), count, bool(inner), tuple(lines)
    )
