"""Columns of a file put together: whoever has a first name in one and a last name in another is one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.engine import column, expression, sql
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.plan import Plan
from vitrail.plan.names import nearest


def join_columns(read: FilesRead, joined: Mapping[str, Sequence[str]]) -> FilesRead:
    """The records with more columns: the words of several, a blank between two; NULL where all are empty."""
    if not joined:
        return read
    texts = [exp.alias_(_join(parts), column(name).this) for name, parts in joined.items()]
    relation = exp.select("*", *texts).from_(read.relation.subquery("parts"))
    return replace(read, relation=relation, columns=(*read.columns, *joined))


def check_joined(plan: Plan, name: str, read: FilesRead) -> list[Finding]:
    """What is wrong with a source's `joined:`: columns that the file lacks, names that it has already."""
    findings = []
    for whole, parts in plan.sources[name].joined.items():
        place = plan.place(f"sources.{name}.joined.{whole}")
        if whole in read.columns:
            findings.append(Finding("joined_name_taken", "error", place, {"column": whole}))
        for part in (part for part in parts if part not in read.columns):
            near = nearest(part, read.columns)
            code = "column_not_in_file_near" if near else "column_not_in_file"
            figures = {"column": part, "columns": list(read.columns[:30]), "suggestion": near or ""}
            findings.append(Finding(code, "error", place, figures))
    return findings


def join_named(plan: Plan, name: str, read: FilesRead) -> FilesRead:
    """The records of a source with the columns that the plan puts together.

    Raises:
        SourceError: a part is no column of the file, or the name is one.
    """
    faults = check_joined(plan, name, read)
    if faults:
        raise SourceError(faults)
    return join_columns(read, plan.sources[name].joined)


def _join(parts: Sequence[str]) -> exp.Expr:
    words = [expression("nullif(trim(cast($x as varchar)), '')", x=column(part)) for part in parts]
    text = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), *words])
    joined: exp.Expr = sql("nullif($text, '')", text=text)
    return joined
