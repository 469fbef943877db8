"""Reading an expression: its size, its syntax, then every node of its tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlglot import Dialect, exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from vitrail.errors import ConditionError
from vitrail.findings import Finding
from vitrail.plan.expressions import vocabulary as words
from vitrail.plan.expressions.checks import refusals
from vitrail.plan.expressions.naming import STATEMENTS
from vitrail.plan.expressions.shapes import not_summed_up, not_true_or_false
from vitrail.plan.expressions.slips import find_sign, find_slip

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
    found = list(refusals(tree, words.ROW_NODES, segments)) or list(not_true_or_false(tree))
    if found:
        raise ConditionError(found)
    return tree


@lru_cache(maxsize=1024)
def read_value(text: str) -> exp.Expr:
    """The tree of an expression that has one value for each row; it is shared, so copy it first.

    Raises:
        ConditionError: with every fault found.

    >>> read_value("quantity * unit_price * (1 - discount)").sql("duckdb")
    'quantity * unit_price * (1 - discount)'
    """
    tree = _parse(text)
    if found := list(refusals(tree, words.ROW_NODES, segments=False)):
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
    found = list(refusals(tree, words.AGGREGATE_NODES, segments=False)) or list(not_summed_up(tree))
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


def _parse(text: str) -> exp.Expr:
    """The tree of `text`, once its size shows that reading it is safe."""
    if len(text) > words.LONGEST_CHARACTERS:
        raise _fault("expression_too_long", most=words.LONGEST_CHARACTERS)
    if sign := find_sign(text):
        raise ConditionError(sign)
    try:
        tokens = _DIALECT.tokenize(text)
    except TokenError:
        raise _fault("expression_not_closed") from None
    _check_tokens(tokens)
    try:
        trees = _DIALECT.parser().parse_into(exp.Condition, tokens, text)
    except ParseError as error:
        if slip := find_slip(text):
            raise ConditionError(slip) from None
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
    except TypeError:  # SQLGlot, compiled, met an operator (`->`) that lacks a side
        raise _fault("expression_incomplete", column=len(text)) from None
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
    _check_opening(tokens)
    depth = stacked = 0
    for token in tokens:
        kind = token.token_type
        if kind is TokenType.SEMICOLON:
            raise _fault("expression_semicolon")
        if token.comments:
            raise _fault("expression_comment")
        depth += (kind in words.OPENING) - (kind in words.CLOSING)
        stacked = stacked + 1 if kind in words.STACKING else 0
        if max(depth, stacked) > words.DEEPEST:
            raise _fault("expression_too_deep", most=words.DEEPEST)
    kinds = [token.token_type for token in tokens]
    opened, closed = kinds.count(TokenType.L_PAREN), kinds.count(TokenType.R_PAREN)
    if opened != closed:
        raise _fault("expression_parentheses", opened=opened, closed=closed)


def _check_opening(tokens: list[Token]) -> None:
    """Refuse a statement by its first word; a column of that name is followed by an operator."""
    opening, name = tokens[0], tokens[0].text.casefold()
    following = tokens[1].token_type if len(tokens) > 1 else None
    if opening.token_type is TokenType.IDENTIFIER:
        return
    if name in STATEMENTS and following in words.AFTER_STATEMENT:
        raise _fault("expression_statement", name=name)
    if name == "if" and following is not TokenType.L_PAREN:
        raise _fault("expression_syntax", column=opening.start + 1, near=opening.text)


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


def _fault(code: str, **figures: Any) -> ConditionError:
    return ConditionError(Finding(code, "error", figures=figures))
