"""What is told of amounts that the plan computes: how, and where they come out below zero."""

from __future__ import annotations

from sqlglot import exp

from vitrail.collection.pairing import table_of
from vitrail.collection.readings import find_computed
from vitrail.engine import Engine, sql
from vitrail.findings import Finding
from vitrail.plan import Plan


def check_amounts(engine: Engine, plan: Plan) -> tuple[Finding, ...]:
    """A finding, at its line, for each source whose amount is computed, unless `to_check` says so already.

    One that takes more off than there is, though quantity and price are above zero, is likely a percentage
    taken for a fraction.
    """
    findings = []
    for name, spec in plan.sources.items():
        if "amount" not in spec.computed:
            continue
        place = plan.place(f"sources.{name}.computed.amount")
        if not any(find_computed(spec, source) for source in spec.to_check):
            findings.append(Finding("amount_computed", "info", place, {"formula": spec.computed["amount"]}))
        if not {"quantity", "unit_price"} <= spec.known:
            continue
        counts = sql(
            "select count(*) as rows from $table where amount < 0 and quantity > 0 and unit_price > 0",
            table=exp.to_table(table_of(name)),
        )
        if rows := engine.records(counts)[0]["rows"]:
            findings.append(Finding("computed_amount_turned", "warning", place, {"rows": rows}))
    return tuple(findings)
