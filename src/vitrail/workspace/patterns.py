"""The regular expressions of a plan, which only the engine can judge, tried before anything runs."""

from __future__ import annotations

from sqlglot import exp

from vitrail.engine import Engine, sql
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.plan import Plan
from vitrail.plan.columns import list_expressions


def check_patterns(engine: Engine, plan: Plan) -> list[Finding]:
    """A finding, at its line, for each regular expression that the engine cannot read."""
    findings: dict[tuple[str, str], Finding] = {}
    for path, tree, _ in list_expressions(plan):
        for node in tree.find_all(exp.RegexpLike):
            pattern = node.expression.name
            try:
                engine.records(sql("select regexp_matches('', $pattern) as fits", pattern=pattern))
            except DataError:
                place = plan.place(path)
                figures = {"got": pattern[:60]}
                findings[place, pattern] = Finding("expression_bad_pattern", "error", place, figures)
    return list(findings.values())
