"""Amounts of several currencies made one, by the plan's rates; without a rate they are not added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from vitrail.collection.mapping import ROW_HASH, SPOILED
from vitrail.collection.model import TABLES
from vitrail.collection.quoting import is_quotable
from vitrail.collection.readings import find_parts
from vitrail.collection.values import Reading
from vitrail.collection.values.number_styles import CURRENCIES, NumberStyle, currency_pattern
from vitrail.engine import Engine, Query, column, sql
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan, SourceSpec

SIGNS = "_signs"
"""The column that the signs are stood in."""

_SAMPLE_ROWS = 10_000
_MONEY = (*(name for name, each in TABLES["order_lines"].columns.items() if each.money), "product_amount")


def told_by_signs(
    engine: Engine, spec: SourceSpec, relation: Query, readings: Mapping[str, Reading]
) -> exp.Expr | None:
    """Each row's currency by the signs beside its amounts; None where one sign or a column tells it.

    A column of a single sign refuses any other, so it need not be asked.
    """
    if "currency" in spec.known:
        return None
    money = [source for target, source in spec.columns.items() if target in _MONEY]
    signs = [
        sql("nullif(regexp_extract($cell, $any), '')", cell=column(source), any=currency_pattern())
        for source in (*money, *find_parts(spec, readings).values())
        if isinstance(style := readings[source].style, NumberStyle)
        if readings[source].native == "VARCHAR" and not style.currency
    ]
    if not signs:
        return None
    first = exp.select(exp.func("unnest", exp.Array(expressions=signs)).as_("sign"))
    first = first.from_(
        exp.select("*").from_(relation.subquery("rows_")).limit(_SAMPLE_ROWS).subquery("some")
    )
    several = sql("select count(distinct sign) > 1 as several from $first", first=first.subquery("signs"))
    if not engine.records(several)[0]["several"]:
        return None
    sign = exp.func("coalesce", *signs)
    code = exp.case(sign)
    for written, meant in CURRENCIES.items():
        code = code.when(exp.Literal.string(written), exp.Literal.string(meant))
    return code.else_(sign)


def convert_amounts(
    engine: Engine,
    plan: Plan,
    query: Query,
    columns: Sequence[str],
    place: str,
    hidden: Sequence[str] = (ROW_HASH, SPOILED),
) -> Query:
    """`query` with its amounts in the plan's currency.

    Args:
        query: order lines as mapped.
        columns: its columns but the hidden ones, which stay too.
        place: where its source stands in the plan.
        hidden: these.

    Raises:
        DataError: rows in a currency that is neither the plan's nor has a rate.
    """
    if "currency" not in columns:
        return query
    code = sql("upper(currency)")
    counts = engine.records(
        exp.select(code.as_("code"), sql("count(*)").as_("rows"))
        .from_(query.subquery("rows"))
        .where("currency is not null")
        .group_by(code)
        .order_by("2 desc, 1")
    )
    found = [row["code"] for row in counts]
    target = plan.currency or (found[0] if len(found) == 1 else None)
    missing = [each for each in found if each != target and each not in plan.rates]
    if missing:
        told = [each if is_quotable(each) else "…" for each in found]
        figures = {
            "currencies": [each for each in missing if is_quotable(each)],
            "found": list(dict.fromkeys(told)),
            "example": missing[-1] if is_quotable(missing[-1]) else "USD",
            "target": target or told[0],
        }
        raise DataError(Finding("rates_missing", "error", plan.place(place), figures))
    if all(each == target for each in found):
        return query
    rate = exp.case()
    for each in found:
        if each != target:
            rate = rate.when(code.eq(each), sql("$rate", rate=plan.rates[each]))
    rate = rate.else_(sql("1"))
    converted = [
        sql(
            "try_cast(cast($amount as decimal(38, 4)) * $rate as decimal(18, 4))",
            amount=column(name),
            rate=rate,
        ).as_(name)
        if name in _MONEY
        else column(name)
        for name in columns
    ]
    return exp.select(*converted, *hidden).from_(query.subquery("rows"))
