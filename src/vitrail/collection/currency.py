"""Amounts of several currencies made one, by the plan's rates; without a rate they are not added up."""

from __future__ import annotations

from sqlglot import exp

from vitrail.collection.mapping import MappedSource
from vitrail.collection.model import TABLES
from vitrail.engine import Engine, column, sql
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan


def convert_amounts(engine: Engine, plan: Plan, source: MappedSource) -> MappedSource:
    """`source` with its amounts in the plan's currency.

    Raises:
        DataError: rows in a currency that is neither the plan's nor has a rate.
    """
    if "currency" not in source.columns:
        return source
    code = sql("upper(currency)")
    counts = engine.records(
        exp.select(code.as_("code"), sql("count(*)").as_("rows"))
        .from_(source.query.subquery("rows"))
        .where("currency is not null")
        .group_by(code)
        .order_by("2 desc, 1")
    )
    found = [row["code"] for row in counts]
    target = plan.currency or (found[0] if len(found) == 1 else None)
    missing = [each for each in found if each != target and each not in plan.rates]
    if missing:
        figures = {
            "currencies": missing,
            "found": found,
            "example": missing[-1],
            "target": target or found[0],
        }
        raise DataError(Finding("rates_missing", "error", plan.place(f"sources.{source.name}"), figures))
    if all(each == target for each in found):
        return source
    rate = exp.case()
    for each in found:
        if each != target:
            rate = rate.when(code.eq(each), sql("$rate", rate=plan.rates[each]))
    rate = rate.else_(sql("1"))
    money = {name for name, each in TABLES[source.table].columns.items() if each.money}
    converted = [
        sql("cast($amount * $rate as decimal(18, 4))", amount=column(name), rate=rate).as_(name)
        if name in money
        else column(name)
        for name in source.columns
    ]
    hidden = [each for each in source.query.named_selects if each.startswith("_")]
    query = exp.select(*converted, *hidden).from_(source.query.subquery("rows"))
    return MappedSource(source.name, source.table, query, source.columns, source.watched, source.readings)
