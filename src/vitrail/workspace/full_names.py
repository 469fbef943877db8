"""Names written in two columns, the first in one and the last in another, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.engine import column, expression, sql


def join_columns(read: FilesRead, joined: Mapping[str, Sequence[str]]) -> FilesRead:
    """The records with more columns: the words of several, a blank between two; NULL where all are empty."""
    if not joined:
        return read
    texts = [exp.alias_(_join(parts), column(name).this) for name, parts in joined.items()]
    relation = exp.select("*", *texts).from_(read.relation.subquery("parts"))
    return replace(read, relation=relation, columns=(*read.columns, *joined))


def _join(parts: Sequence[str]) -> exp.Expr:
    words = [expression("nullif(trim(cast($x as varchar)), '')", x=column(part)) for part in parts]
    text = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), *words])
    joined: exp.Expr = sql("nullif($text, '')", text=text)
    return joined
