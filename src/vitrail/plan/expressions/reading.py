"""Reading an expression: its size, its syntax, then every node of its tree."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any

from sqlglot import Dialect, exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from vitrail.errors import ConditionError
from vitrail.findings import Finding
from vitrail.plan.expressions import vocabulary as words
from vitrail.plan.names import nearest

_WANTS_MORE = re.compile(r"(?:[-+*/%=<>,(|]|\b(?:and|or|not|in|is|like|between|case|when|then|else))$", re.I)
_DIALECT = Dialect.get_or_raise("duckdb")


@lru_cache(maxsize=4096)
def read_condition(text: str, segments: bool = True) -> exp.Expr:
    """The tree of a condition: true or false of each row; it is shared, so copy it first.

    Args:
        segments: whether it may ask for `segment('…')`, which is left in place as a function.

    Raises:
        ConditionError: with every fault found.

    >>> read_condition("recency_days <= 90 and is_one_time").sql("duckdb")
    'recency_days <= 90 AND is_one_time'
    """
    tree = _parse(text)
    found = list(_refusals(tree, words.ROW_NODES, segments)) or list(_not_true_or_false(tree))
    if found:
        raise ConditionError(found)
    return tree


@lru_cache(maxsize=1024)
def read_aggregate(text: str) -> exp.Expr:
    """The tree of an expression that sums many rows up in one value; it is shared, so copy it first.

    Raises:
        ConditionError: with every fault found; also for a column that stands outside any aggregate.

    >>> read_aggregate("sum(amount) / count(*)").sql("duckdb")
    'SUM(amount) / COUNT(*)'
    """
    tree = _parse(text)
    found = list(_refusals(tree, words.AGGREGATE_NODES, segments=False)) or list(_not_summed_up(tree))
    if found:
        raise ConditionError(found)
    return tree


def faults(read: Callable[[str], object], text: str) -> tuple[Finding, ...]:
    """What `read` finds wrong with `text`; nothing where it is right."""
    try:
        read(text)
    except ConditionError as error:
        return error.findings
    return ()


def is_segment(node: exp.Expr) -> bool:
    """Whether `node` is `segment('…')`."""
    return isinstance(node, exp.Anonymous) and str(node.this).casefold() == "segment"


def _parse(text: str) -> exp.Expr:
    """The tree of `text`, once its size shows that reading it is safe."""
    if len(text) > words.LONGEST_CHARACTERS:
        raise _fault("expression_too_long", most=words.LONGEST_CHARACTERS)
    try:
        tokens = _DIALECT.tokenize(text)
    except TokenError:
        raise _fault("expression_not_closed") from None
    _check_tokens(tokens)
    try:
        trees = _DIALECT.parser().parse_into(exp.Condition, tokens, text)
    except ParseError as error:
        fault = (getattr(error.__cause__, "errors", None) or error.errors or [{}])[0]
        near = str(fault.get("highlight") or "").strip()[:40]
        column = _column(text, fault)
        if _WANTS_MORE.search(near) and text.rstrip().endswith(near):
            near = ""
        raise (
            _fault("expression_syntax", column=column, near=near)
            if near
            else _fault("expression_incomplete", column=column)
        ) from None
    except RecursionError:
        raise _fault("expression_too_deep", most=words.DEEPEST) from None
    tree = trees[0] if len(trees) == 1 else None
    if tree is None:
        raise _fault("expression_empty")
    if _depth(tree) > words.DEEPEST_TREE:
        raise _fault("expression_too_deep", most=words.DEEPEST_TREE)
    for node in list(tree.find_all(exp.Anonymous)):
        if str(node.this).casefold() == "date_part" and len(node.expressions) == 2:
            part = exp.Extract(this=node.expressions[0], expression=node.expressions[1])
            tree = part if node is tree else tree
            node.replace(part)
    return tree


def _column(text: str, fault: dict[str, Any]) -> int:
    """The 1-based character at which a syntax fault begins, over all lines of the text."""
    start = str(fault.get("start_context") or "")
    return len(start) + 1 if text.startswith(start) else max(1, int(fault.get("col") or 1))


def _check_tokens(tokens: list[Token]) -> None:
    """Refuse what must not reach the parser: much too much, several statements, hidden text."""
    if not tokens:
        raise _fault("expression_empty")
    if len(tokens) > words.MOST_TOKENS:
        raise _fault("expression_too_many_parts", most=words.MOST_TOKENS)
    opening = tokens[0]
    if opening.text.casefold() in words.STATEMENTS and opening.token_type is not TokenType.IDENTIFIER:
        following = tokens[1].token_type if len(tokens) > 1 else None
        if following in (
            None,
            TokenType.VAR,
            TokenType.STRING,
            TokenType.STAR,
            TokenType.NUMBER,
            TokenType.L_PAREN,
        ):
            raise _fault("expression_statement", name=opening.text.casefold())
    depth = stacked = 0
    for token in tokens:
        kind = token.token_type
        if kind is TokenType.SEMICOLON:
            raise _fault("expression_semicolon")
        if token.comments:
            raise _fault("expression_comment")
        depth += (kind in words.OPENING) - (kind in words.CLOSING)
        stacked = stacked + 1 if kind in words.STACKING else 0 if kind is TokenType.AND else stacked
        if depth > words.DEEPEST:
            raise _fault("expression_too_deep", most=words.DEEPEST)


def _depth(tree: exp.Expr) -> int:
    """How deep the tree is; a chain of `and` or of `or` counts once."""
    deepest, pending = 0, [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        for child in node.iter_expressions():
            chained = isinstance(node, exp.Connector) and type(child) is type(node)
            pending.append((child, depth + (not chained)))
    return deepest


def _refusals(
    tree: exp.Expr, allowed: dict[type[exp.Expr], frozenset[str]], segments: bool
) -> Iterator[Finding]:
    """What in the tree is not in the vocabulary, each kind once, outermost first."""
    seen: set[tuple[str, str]] = set()
    pending = [tree]
    while pending:
        node = pending.pop()
        finding = _check_segment(node, segments) if is_segment(node) else _refusal(node, allowed)
        if finding is None:
            pending += node.iter_expressions(reverse=True)
        elif (key := (finding.code, str(finding.figures.get("name")))) not in seen:
            seen.add(key)
            yield finding


def _refusal(node: exp.Expr, allowed: dict[type[exp.Expr], frozenset[str]]) -> Finding | None:
    """The finding that refuses `node` itself, or None."""
    arguments = allowed.get(type(node))
    if arguments is None:
        return _named(node, allowed)
    given = {name for name, value in node.args.items() if value not in (None, False, [])}
    if isinstance(node, exp.Column) and given - arguments:
        return _finding("expression_qualified")
    if isinstance(node, exp.In) and "expressions" not in given:
        return _finding("expression_query" if "query" in given else "expression_in_list")
    if given - arguments:
        return _finding("expression_arguments", name=_name(node))
    check = _CHECKS.get(type(node))
    return check(node) if check else None


def _check_segment(node: exp.Expr, segments: bool) -> Finding | None:
    names = node.expressions
    fits = len(names) == 1 and isinstance(names[0], exp.Literal) and names[0].is_string
    if not (fits and names[0].name.count(".") == 1):
        return _finding("expression_segment")
    return None if segments else _finding("expression_segment_here")


def _named(node: exp.Expr, allowed: dict[type[exp.Expr], frozenset[str]]) -> Finding:
    """The finding for a node that is not in the vocabulary, in words."""
    name = _name(node)
    if name in words.CLOCK:
        return _finding("expression_clock", name=name)
    if name in words.CHANCE:
        return _finding("expression_chance", name=name)
    if type(node) in words.AGGREGATE_NODES:
        star = isinstance(node, exp.Star)
        return _finding("expression_star" if star else "expression_aggregate_here", name=name)
    for kind, code in words.WORDS.items():
        if isinstance(node, kind):
            return _finding(code, name=name)
    if type(node) in words.OPERATORS:
        return _finding("expression_operator", name=words.OPERATORS[type(node)])
    if isinstance(node, exp.Func):
        options = words.ROW_NAMES + (words.AGGREGATE_NAMES if exp.Sum in allowed else ())
        near = nearest(name, options)
        figures = {"suggestion": near} if near else {}
        return _finding("expression_function_near" if near else "expression_function", name=name, **figures)
    return _finding("expression_part", name=name)


def _name(node: exp.Expr) -> str:
    """What a person calls the node."""
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return str(node.this).casefold()[:80]
    if type(node) in words.AGGREGATES:
        return words.AGGREGATES[type(node)][0]
    if type(node) in words.FUNCTIONS:
        return words.FUNCTIONS[type(node)][0]
    if isinstance(node, exp.Func):
        written = node.sql("duckdb", unsupported_level=ErrorLevel.IGNORE).partition("(")[0].casefold()
        return written if written.isidentifier() else node.sql_name().casefold()
    return node.key


def _check_literal(node: exp.Expr) -> Finding | None:
    if node.is_string:
        long = len(node.name) > words.LONGEST_LITERAL
        return _finding("expression_long_text", most=words.LONGEST_LITERAL) if long else None
    return (
        _finding("expression_long_number", most=words.MOST_DIGITS)
        if len(node.name) > words.MOST_DIGITS
        else None
    )


def _check_pattern(node: exp.Expr) -> Finding | None:
    pattern = node.expression
    fits = (
        isinstance(pattern, exp.Literal) and pattern.is_string and len(pattern.name) <= words.LONGEST_PATTERN
    )
    return None if fits else _finding("expression_pattern", most=words.LONGEST_PATTERN)


def _check_like(node: exp.Expr) -> Finding | None:
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and pattern.name.count("%") > 10:
        return _finding("expression_like", most=10)
    return None


def _check_unit(node: exp.Expr) -> Finding | None:
    unit = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
    options = words.INTERVAL_UNITS if isinstance(node, exp.Interval) else words.UNITS
    name = unit.name.casefold() if isinstance(unit, exp.Var | exp.Literal) else ""
    if name.removesuffix("s") not in options and name not in options:
        return _finding("expression_unit", name=name, options=sorted(options))
    return None


def _check_interval(node: exp.Expr) -> Finding | None:
    length = node.this
    fits = isinstance(length, exp.Literal) and length.name.isdecimal() and len(length.name) <= 5
    return _check_unit(node) if fits else _finding("expression_interval")


def _check_type(node: exp.Expr) -> Finding | None:
    fits = node.this in words.TYPES and not node.args.get("nested")
    return None if fits else _finding("expression_type", name=node.sql("duckdb").casefold()[:40])


def _check_cast(node: exp.Expr) -> Finding | None:
    """A date written in the condition must be one."""
    value, to = node.this, node.args["to"]
    if isinstance(value, exp.Literal) and value.is_string and isinstance(to, exp.DataType):
        readers: dict[Any, Callable[[str], object]] = {
            exp.DataType.Type.DATE: dt.date.fromisoformat,
            exp.DataType.Type.TIMESTAMP: dt.datetime.fromisoformat,
            exp.DataType.Type.TIMESTAMPNTZ: dt.datetime.fromisoformat,
        }
        try:
            readers.get(to.this, str)(value.name)
        except ValueError:
            return _finding("expression_date", name=value.name[:40])
    return None


def _check_quantile(node: exp.Expr) -> Finding | None:
    share = node.expression
    fits = isinstance(share, exp.Literal) and not share.is_string and 0 <= float(share.name) <= 1
    return None if fits else _finding("expression_quantile")


def _check_distinct(node: exp.Expr) -> Finding | None:
    fits = len(node.expressions) == 1 and isinstance(node.parent, exp.Count | exp.Sum | exp.Avg)
    return None if fits else _finding("expression_distinct")


def _check_star(node: exp.Expr) -> Finding | None:
    return None if isinstance(node.parent, exp.Count) else _finding("expression_star")


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr], Finding | None]] = {
    exp.Literal: _check_literal,
    exp.RegexpLike: _check_pattern,
    exp.Like: _check_like,
    exp.ILike: _check_like,
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


def _not_true_or_false(node: exp.Expr) -> Iterator[Finding]:
    """What stands where only true or false may, outermost first."""
    if isinstance(node, exp.Paren):
        yield from _not_true_or_false(node.this)
    elif isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]]
        yield from _all_true_or_false([*results, node.args.get("default")])
    elif isinstance(node, exp.If):
        yield from _all_true_or_false([node.args["true"], node.args.get("false")])
    elif isinstance(node, exp.Coalesce):
        yield from _all_true_or_false([node.this, *node.expressions])
    elif isinstance(node, exp.Connector):
        yield from _all_true_or_false(list(node.flatten()))
    elif isinstance(node, exp.Not):
        yield from _not_true_or_false(node.this)
    elif isinstance(node, exp.Column):
        if not node.name.casefold().startswith(words.TRUE_OR_FALSE_NAMES):
            yield _finding("expression_bare_column", name=node.name[:80])
    elif isinstance(node, exp.Cast) and node.args["to"].this is exp.DataType.Type.BOOLEAN:
        return
    elif not isinstance(node, words.TRUE_OR_FALSE) and not is_segment(node):
        yield _finding("expression_not_true_or_false")


def _all_true_or_false(nodes: Collection[exp.Expr | None]) -> Iterator[Finding]:
    for node in nodes:
        if node is not None and not isinstance(node, exp.Null):
            yield from _not_true_or_false(node)


def _not_summed_up(tree: exp.Expr) -> Iterator[Finding]:
    """Columns outside an aggregate, aggregates inside one, or none at all."""
    aggregates = tuple(words.AGGREGATES)
    if not tree.find(*aggregates):
        yield _finding("expression_no_aggregate")
        return
    for node in tree.find_all(*aggregates):
        if node.find_ancestor(*aggregates):
            yield _finding("expression_nested_aggregate", name=_name(node))
    for node in tree.find_all(exp.Column):
        if not node.find_ancestor(*aggregates, exp.Filter):
            yield _finding("expression_outside_aggregate", name=node.name[:80])
    for node in tree.find_all(exp.Filter):
        if type(node.this) not in words.AGGREGATES:
            yield _finding("expression_part", name="filter")
        yield from _not_true_or_false(node.expression.this)


def _finding(code: str, **figures: Any) -> Finding:
    return Finding(code, "error", figures=figures)


def _fault(code: str, **figures: Any) -> ConditionError:
    return ConditionError(_finding(code, **figures))
