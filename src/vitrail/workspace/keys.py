"""Which key joins the customers' register to the orders: the customer's code, or the e-mail address."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from vitrail.collection.guessing import ColumnGuess, SourceGuess
from vitrail.collection.values import Reading
from vitrail.collection.values.readings import TextStyle
from vitrail.engine import Engine, Query, column, sql
from vitrail.findings import Finding
from vitrail.workspace.drafting import DraftedSource

_ENOUGH = 0.1


def align_keys(engine: Engine, sources: list[DraftedSource]) -> tuple[list[DraftedSource], list[Finding]]:
    """Give orders and customers the same key: the one most of whose values are on both sides.

    The customer's code wins over the e-mail address where both fit alike. A register that shares nothing
    with the orders is kept, and said.
    """
    findings: list[Finding] = []
    sales = [source for source in sources if "customer_id" in source.guess.columns and not _register(source)]
    for source in [each for each in sources if _register(each)]:
        shares = {
            key: _shared(engine, sales[0], source, key)
            for key in ("customer_id", "email")
            if sales and all(key in each.guess.columns for each in (*sales, source))
        }
        if not shares:
            continue
        best = max(shares, key=lambda key: (shares[key], key == "customer_id"))
        other = _by_other_code(engine, sales[0], source) if shares[best] < _ENOUGH else None
        if other is not None:
            sources = [other if each is source else each for each in sources]
        elif shares[best] < _ENOUGH:
            findings.append(
                Finding("init_no_overlap", "warning", source.guess.name, {"orders": sales[0].guess.name})
            )
        elif best == "email":
            aligned = {each.guess.name for each in (*sales, source)}
            sources = [_by_email(each) if each.guess.name in aligned else each for each in sources]
            sales = [_by_email(each) for each in sales]
    return sources, findings


def _register(source: DraftedSource) -> bool:
    return source.guess.table == "customers"


def _shared(engine: Engine, sale: DraftedSource, register: DraftedSource, key: str) -> float:
    """The share of the orders' different customers that the register knows by `key`."""
    query = sql(
        "select coalesce(avg(case when r.k is not null then 1 else 0 end), 0) as share"
        " from $sale as s left join $register as r on s.k = r.k",
        sale=_keys(sale, key).subquery(),
        register=_keys(register, key).subquery(),
    )
    return float(engine.records(query)[0]["share"])


def _keys(source: DraftedSource, key: str) -> Query:
    """The different values of a key column, as the collection will write them."""
    name = source.guess.columns[key].source
    reading = source.guess.readings.get(name) or Reading(
        TextStyle(), native=source.reports[name].reading.native
    )
    value = reading.expression(column(name))
    email = "email" in source.guess.columns and source.guess.columns["email"].source == name
    value = sql("lower($value)", value=value) if email else value
    return exp.select(value.as_("k")).distinct().from_(source.read.relation.subquery("rows_"))


def _by_other_code(engine: Engine, sale: DraftedSource, register: DraftedSource) -> DraftedSource | None:
    """The register by another of its codes that the orders know (`customer_key` for `customer_code`)."""
    guess = register.guess
    for name in guess.columns["customer_id"].alternatives if "customer_id" in guess.columns else ():
        code = replace(guess.columns["customer_id"], source=name, alternatives=())
        left = tuple(each for each in guess.unsure if not each.key.endswith(".columns.customer_id"))
        tried = replace(guess, columns={**guess.columns, "customer_id": code}, unsure=left)
        other = replace(register, guess=tried)
        if _shared(engine, sale, other, "customer_id") >= _ENOUGH:
            return other
    return None


def _by_email(source: DraftedSource) -> DraftedSource:
    """The source with the e-mail address as its customer."""
    guess: SourceGuess = source.guess
    email = guess.columns["email"]
    reason = Finding("init_email_fits", "info", "customer_id")
    columns = {**guess.columns, "customer_id": ColumnGuess(email.source, email.score, reason)}
    left = tuple(each for each in guess.unsure if not each.key.endswith(".columns.customer_id"))
    return replace(source, guess=replace(guess, columns=columns, unsure=left))
