"""The names an expression uses: columns, and segments of other segmentations."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from sqlglot import exp

from vitrail.errors import ConditionError
from vitrail.findings import Finding
from vitrail.plan.expressions.checks import is_segment
from vitrail.plan.expressions.reading import read_condition
from vitrail.plan.names import nearest


@lru_cache(maxsize=4096)
def segments_named(text: str) -> tuple[str, ...]:
    """The segments that a condition names; none where the condition cannot be read.

    >>> segments_named("segment('value.champions') and recency_days > 90")
    ('value.champions',)
    """
    if "segment" not in text.casefold():
        return ()
    try:
        tree = read_condition(text)
    except ConditionError:
        return ()
    return tuple(node.expressions[0].name for node in tree.find_all(exp.Anonymous) if is_segment(node))


def check_columns(tree: exp.Expr, columns: Collection[str], place: str = "") -> list[Finding]:
    """A finding for each name in `tree` that is not one of `columns`; capitals do not matter."""
    known = {name.casefold() for name in columns}
    findings: dict[str, Finding] = {}
    for column in tree.find_all(exp.Column):
        name = column.name
        if name.casefold() in known:
            continue
        figures = {"name": name[:80]}
        near = nearest(name, columns)
        if near:
            code, figures["suggestion"] = "expression_unknown_column_near", near
        else:
            text = column.this.args.get("quoted") or _stands_for_text(column)
            code = "expression_text_unquoted" if text else "expression_unknown_column"
        findings.setdefault(name, Finding(code, "error", place, figures))
    return list(findings.values())


def _stands_for_text(column: exp.Column) -> bool:
    """Whether an unknown name is what another is held against, as in `city = Rome`: a text without quotes."""
    against = column.parent
    if isinstance(against, exp.In):
        return column is not against.this
    return (
        isinstance(against, exp.EQ | exp.NEQ)
        and column is against.expression
        and isinstance(against.this, exp.Column)
    )
