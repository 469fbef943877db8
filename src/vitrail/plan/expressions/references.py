"""The names an expression uses: columns, and segments of other segmentations."""

from __future__ import annotations

from collections.abc import Collection, Iterator
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


def list_calculated(node: exp.Expr, number: bool) -> Iterator[exp.Column]:
    """The columns of a tree that are calculated with, or that are its value where that is a `number`.

    >>> from vitrail.plan.expressions import read_value
    >>> tree = read_value("case when sense = 'D' then amount else -amount end * (1 - coalesce(rate, 0))")
    >>> [each.name for each in list_calculated(tree, True)]
    ['amount', 'amount', 'rate']
    """
    if isinstance(node, exp.Column):
        if number:
            yield node
    elif isinstance(node, exp.Case | exp.If):
        for key, given in node.args.items():
            for part in given if isinstance(given, list) else [given]:
                if isinstance(part, exp.Expr):
                    yield from list_calculated(part, number and key != "this")
    else:
        inner = isinstance(node, _ARITHMETIC) or (number and isinstance(node, _OF_THE_SAME_KIND))
        for part in node.iter_expressions():
            yield from list_calculated(part, inner)


_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Round, exp.Sign)
_OF_THE_SAME_KIND = (exp.Paren, exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest, exp.Floor, exp.Ceil)


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
