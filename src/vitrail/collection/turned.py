"""Computed amounts below zero though quantity and price are above: a percentage taken for a fraction."""

from __future__ import annotations

from sqlglot import exp

from vitrail.collection.pairing import table_of
from vitrail.engine import Engine, sql
from vitrail.findings import Finding
from vitrail.plan import Plan


def check_turned(engine: Engine, plan: Plan) -> tuple[Finding, ...]:
    """A finding, at its line, for each source whose computed amount takes more off than there is."""
    findings = []
    for name, spec in plan.sources.items():
        if "amount" not in spec.computed or not {"quantity", "unit_price"} <= spec.known:
            continue
        counts = sql(
            "select count(*) as rows from $table where amount < 0 and quantity > 0 and unit_price > 0",
            table=exp.to_table(table_of(name)),
        )
        if rows := engine.records(counts)[0]["rows"]:
            place = plan.place(f"sources.{name}.computed.amount")
            findings.append(Finding("computed_amount_turned", "warning", place, {"rows": rows}))
    return tuple(findings)
