"""Holding every node of a tree against the vocabulary."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan.expressions import vocabulary as words
from vitrail.plan.expressions.naming import finding, name_node, name_refusal


def is_segment(node: exp.Expr) -> bool:
    """Whether `node` is `segment('…')`."""
    return isinstance(node, exp.Anonymous) and str(node.this).casefold() == "segment"


def refusals(
    tree: exp.Expr, allowed: dict[type[exp.Expr], frozenset[str]], segments: bool
) -> Iterator[Finding]:
    """What in the tree is not in the vocabulary, each kind once, outermost first."""
    seen: set[tuple[str, str]] = set()
    pending = [tree]
    while pending:
        node = pending.pop()
        found = _check_segment(node, segments) if is_segment(node) else _refusal(node, allowed)
        if found is None:
            pending += node.iter_expressions(reverse=True)
        elif (key := (found.code, str(found.figures.get("name")))) not in seen:
            seen.add(key)
            yield found


def _refusal(node: exp.Expr, allowed: dict[type[exp.Expr], frozenset[str]]) -> Finding | None:
    """The finding that refuses `node` itself, or None."""
    arguments = allowed.get(type(node))
    if arguments is None:
        return name_refusal(node, allowed)
    given = {name for name, value in node.args.items() if value not in (None, False, [])}
    if isinstance(node, exp.Column) and given - arguments:
        return finding("expression_qualified")
    if isinstance(node, exp.In) and "expressions" not in given:
        return finding("expression_query" if "query" in given else "expression_in_list")
    if given - arguments:
        return finding("expression_arguments", name=name_node(node))
    check = _CHECKS.get(type(node))
    return check(node) if check else None


def _check_segment(node: exp.Expr, segments: bool) -> Finding | None:
    names = node.expressions
    fits = len(names) == 1 and isinstance(names[0], exp.Literal) and names[0].is_string
    if not (fits and names[0].name.count(".") == 1):
        return finding("expression_segment")
    return None if segments else finding("expression_segment_here")


def _check_literal(node: exp.Expr) -> Finding | None:
    if node.is_string:
        long = len(node.name) > words.LONGEST_LITERAL
        return finding("expression_long_text", most=words.LONGEST_LITERAL) if long else None
    counted = node.name.isdecimal() and node.find_ancestor(exp.Add, exp.Sub, exp.Mul)
    most = words.MOST_WHOLE_DIGITS if counted else words.MOST_DIGITS
    return finding("expression_long_number", most=most) if len(node.name) > most else None


def _check_pattern(node: exp.Expr) -> Finding | None:
    pattern = node.expression
    fits = (
        isinstance(pattern, exp.Literal) and pattern.is_string and len(pattern.name) <= words.LONGEST_PATTERN
    )
    return None if fits else finding("expression_pattern", most=words.LONGEST_PATTERN)


def _check_like(node: exp.Expr) -> Finding | None:
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and pattern.name.count("%") > 10:
        return finding("expression_like", most=10)
    return None


def _check_escape(node: exp.Expr) -> Finding | None:
    pattern, mark = node.this.expression, node.expression
    if not all(isinstance(each, exp.Literal) and each.is_string for each in (pattern, mark)):
        return finding("expression_escape")
    left = pattern.name.replace(mark.name * 2, "")
    fits = len(mark.name) == 1 and not left.endswith(mark.name)
    return None if fits else finding("expression_escape")


def _check_unit(node: exp.Expr) -> Finding | None:
    unit = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
    options = words.INTERVAL_UNITS if isinstance(node, exp.Interval) else words.UNITS
    name = unit.name.casefold() if isinstance(unit, exp.Var | exp.Literal) else ""
    if name.removesuffix("s") not in options and name not in options:
        return finding("expression_unit", name=name, options=sorted(options))
    return None


def _check_interval(node: exp.Expr) -> Finding | None:
    length = node.this
    fits = isinstance(length, exp.Literal) and length.name.isdecimal() and len(length.name) <= 5
    return _check_unit(node) if fits else finding("expression_interval")


def _check_type(node: exp.Expr) -> Finding | None:
    fits = node.this in words.TYPES and not node.args.get("nested")
    return None if fits else finding("expression_type", name=node.sql("duckdb").casefold()[:40])


def _check_cast(node: exp.Expr) -> Finding | None:
    """A date written in the condition must be one."""
    value, to = node.this, node.args["to"]
    pattern = _DATES.get(to.this) if isinstance(to, exp.DataType) else None
    if pattern is None or not (isinstance(value, exp.Literal) and value.is_string):
        return None
    try:
        dt.datetime.fromisoformat(value.name)
        fits = pattern.fullmatch(value.name)
    except ValueError:
        fits = None
    return None if fits else finding("expression_date", name=value.name[:40])


_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = re.compile(rf"{_DAY}(?:[ T]\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,6}})?)?)?")
_DATES: dict[Any, re.Pattern[str]] = {
    exp.DataType.Type.DATE: re.compile(_DAY),
    exp.DataType.Type.TIMESTAMP: _MOMENT,
    exp.DataType.Type.TIMESTAMPNTZ: _MOMENT,
}


def _check_quantile(node: exp.Expr) -> Finding | None:
    share = node.expression
    fits = isinstance(share, exp.Literal) and not share.is_string and 0 <= float(share.name) <= 1
    return None if fits else finding("expression_quantile")


def _check_distinct(node: exp.Expr) -> Finding | None:
    fits = len(node.expressions) == 1 and isinstance(node.parent, exp.Count | exp.Sum | exp.Avg)
    return None if fits else finding("expression_distinct")


def _check_star(node: exp.Expr) -> Finding | None:
    return None if isinstance(node.parent, exp.Count) else finding("expression_star")


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr], Finding | None]] = {
    exp.Literal: _check_literal,
    exp.RegexpLike: _check_pattern,
    exp.Like: _check_like,
    exp.ILike: _check_like,
    exp.Escape: _check_escape,
    exp.Extract: _check_unit,
    exp.DateDiff: _check_unit,
    exp.DateTrunc: _check_unit,
    exp.TimestampTrunc: _check_unit,
    exp.Interval: _check_interval,
    exp.DataType: _check_type,
    exp.Cast: _check_cast,
    exp.TryCast: _check_cast,
    exp.PercentileCont: _check_quantile,
    exp.Distinct: _check_distinct,
    exp.Star: _check_star,
}
