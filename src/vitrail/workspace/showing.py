"""`vitrail sql`: the SQL behind a variable, a segmentation or a segment."""

from __future__ import annotations

from sqlglot import exp

from vitrail.engine import DuckDB
from vitrail.errors import UsageError
from vitrail.findings import Finding
from vitrail.insight import lookup
from vitrail.plan.names import nearest
from vitrail.segments import apply_segmentations
from vitrail.store import Run


def show_sql(run: Run, reference: str) -> str:
    """The SQL behind `reference`, as the run ran it.

    A variable (`recency_days`) is shown over its working table; a segmentation (`value`) as a query over
    the profile; a segment (`value.champions`) as the query of its members.

    Raises:
        UsageError: there is no such thing in the run.
    """
    known = lookup.segmentations(run)
    variables = {each["name"]: each for each in run.variables()}
    with DuckDB() as engine:
        if reference in variables:
            text: str = variables[reference]["sql"]
            return text
        segmentation, _, segment = reference.partition(".")
        keys = [
            key
            for each in known.values()
            for key in (s.key for s in each.segments)
            if each.key == segmentation
        ]
        if segmentation in known and (not segment or segment in keys):
            query = apply_segmentations(tuple(known.values()), exp.select("*").from_("profile"))
            columns = ["customer_id", *known[segmentation].scores, segmentation]
            shown = exp.select(*columns).from_(query.subquery("segmented"))
            if segment:
                shown = exp.select("customer_id").from_(query.subquery("segmented"))
                shown = shown.where(known[segmentation].contains(segment))
            return engine.render(shown)
    references = [f"{each.key}.{s.key}" for each in known.values() for s in each.segments]
    options = [*variables, *known, *references]
    near = nearest(reference, options)
    figures = {"name": reference, "options": [*variables, *known], "suggestion": near or ""}
    raise UsageError(
        Finding("reference_unknown_near" if near else "reference_unknown", "error", figures=figures)
    )
