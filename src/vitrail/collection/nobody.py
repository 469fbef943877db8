"""Words of `clean: nobody:` that no row of a source has: a slip of writing, or a word of another file."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.engine import Engine, column, sql
from vitrail.findings import Finding
from vitrail.plan import Plan


def check_nobody(engine: Engine, plan: Plan, sources: Mapping[str, FilesRead]) -> tuple[Finding, ...]:
    """The words of each source that stand in no cell of its customers; they are the plan's own."""
    findings = []
    for name, read in sources.items():
        spec = plan.sources[name]
        customer, words = spec.columns.get("customer_id"), spec.clean.nobody
        if not words or customer not in read.columns:
            continue
        cell = sql("lower(trim(cast($x as varchar)))", x=column(str(customer)))
        counts = [
            exp.alias_(sql("count(*) filter ($cell = $word)", cell=cell, word=word.strip().lower()), f"n{i}")
            for i, word in enumerate(words)
        ]
        met = engine.records(exp.select(*counts).from_(read.relation.subquery("rows_")))[0].values()
        unmet = [word for word, rows in zip(words, met, strict=True) if not rows]
        if unmet:
            place = plan.place(f"sources.{name}.clean.nobody")
            figures = {"names": unmet, "column": customer}
            findings.append(Finding("nobody_unmet", "info", place, figures))
    return tuple(findings)
