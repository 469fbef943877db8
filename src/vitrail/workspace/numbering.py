"""Order numbers that begin again each year, in each shop or at each till, told by whom they belong to.

An order is one customer's. Where many numbers are several customers', a number alone names no order: with its
year, or with the column that tells where it was given, it does, and the plan computes it so. Where neither
helps, it is said: rows of one customer under one number count as one order, whatever their days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from vitrail.collection.guessing import ComputedGuess
from vitrail.collection.guessing.computed import name_in_plan
from vitrail.collection.values.readings import Reading, TextStyle
from vitrail.engine import Engine, column, expression, sql
from vitrail.findings import Finding
from vitrail.workspace.drafting import DraftedSource

_NEEDED = ("customer_id", "order_id", "ordered_at")
_MANY = 0.1  # of the numbers are several customers'
_FEWEST = 5
_SETTLED = 0.02  # of them still are
_MOST_PLACES = 200


def split_numbers(engine: Engine, sources: list[DraftedSource]) -> list[DraftedSource]:
    """The sources, with numbers that name no order made to, or said to name none."""
    sales = [each for each in sources if each.guess.table != "customers"]
    if any(model not in each.guess.columns for each in sales for model in _NEEDED):
        return sources  # several files make the orders, and the number joins them
    return [_split(engine, each) if each in sales else each for each in sources]


def _split(engine: Engine, source: DraftedSource) -> DraftedSource:
    guess = source.guess
    number = guess.columns["order_id"].source
    if guess.preset or guess.order_fields == "first_row" or source.reports[number].unique:
        return source
    shared, numbers = _count_shared(engine, source, None)
    if shared < _FEWEST or shared < _MANY * numbers:
        return source
    figures = {"column": number, "numbers": shared, "source": guess.name}
    for told, where in _ways(source):
        if _count_shared(engine, source, where)[0] > _SETTLED * shared:
            continue
        if told is not None and not _is_a_place(engine, source, where):
            continue
        columns = {model: each for model, each in guess.columns.items() if model != "order_id"}
        rest = replace(guess, columns=columns)
        parts = [
            name_in_plan(rest, number),
            "'-'",
            "year(ordered_at)" if told is None else name_in_plan(rest, told),
        ]
        code = "guess_number_by_year" if told is None else "guess_number_by_column"
        reason = Finding(code, "warning", "order_id", figures | {"other": told})
        made = ComputedGuess(" || ".join(parts), reason, (number,))
        text = Reading(TextStyle(), native=source.reports[number].reading.native)
        left = tuple(each for each in guess.unsure if not each.key.endswith(".columns.order_id"))
        split = replace(
            rest,
            computed={**guess.computed, "order_id": made},
            parts=(*guess.parts, number),
            readings={**guess.readings, number: text},
            unsure=left,
        )
        return replace(source, guess=split)
    said = Finding("guess_numbers_shared", "warning", guess.name, figures)
    return replace(source, guess=replace(guess, findings=(*guess.findings, said)))


def _ways(source: DraftedSource) -> Iterator[tuple[str | None, exp.Expr]]:
    """What might tell numbers apart that are alike: the year, then each column of few different texts."""
    guess = source.guess
    day = guess.columns["ordered_at"].source
    reading = guess.readings.get(day) or source.reports[day].reading
    yield None, expression("year($day)", day=reading.expression(column(day)))
    taken = {guess.columns[model].source for model in _NEEDED}
    for name, report in source.reports.items():
        few = report.reading.kind == "text" and 1 < report.distinct <= _MOST_PLACES
        if few and report.filled == report.rows and name not in taken and name in source.read.columns:
            yield name, expression("cast($place as varchar)", place=column(name))


def _is_a_place(engine: Engine, source: DraftedSource, where: exp.Expr) -> bool:
    """Whether customers come to several, which are no trait of theirs, and each order is of one."""
    number, customer, day = (
        column(source.guess.columns[model].source) for model in ("order_id", "customer_id", "ordered_at")
    )
    counted = sql(
        """
        with orders as (
            select $customer as who, min($place) as least, max($place) as most from $rows
            where $number is not null and $customer is not null group by $customer, $number, $day
        ), people as (select min(least) <> max(most) as several from orders group by who)
        select (select avg((least <> most)::int) from orders) as parted,
            (select avg(several::int) from people) as several
        """,
        customer=customer,
        number=number,
        day=day,
        place=where,
        rows=source.read.relation.subquery("rows_"),
    )
    found = engine.records(counted)[0]
    return bool(found["parted"] <= _MANY and found["several"] >= _MANY)


def _count_shared(engine: Engine, source: DraftedSource, where: exp.Expr | None) -> tuple[int, int]:
    """How many numbers several customers have, and how many numbers there are; of each place `where`."""
    guess = source.guess
    number, customer = (guess.columns[model].source for model in ("order_id", "customer_id"))
    counted = sql(
        """
        with numbers as (
            select min($customer) <> max($customer) as shared from $rows
            where $number is not null and $customer is not null group by $number, $place
        )
        select count_if(shared) as shared, count(*) as numbers from numbers
        """,
        customer=column(customer),
        number=column(number),
        place=where if where is not None else exp.null(),
        rows=source.read.relation.subquery("rows_"),
    )
    found = engine.records(counted)[0]
    return int(found["shared"]), int(found["numbers"])
