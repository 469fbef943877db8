"""Whether a tree has the shape that its place asks for: true or false, or one value of many rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan.expressions import vocabulary as words
from vitrail.plan.expressions.checks import is_segment
from vitrail.plan.expressions.naming import finding, name_node


def not_true_or_false(node: exp.Expr) -> Iterator[Finding]:
    """What stands where only true or false may, outermost first."""
    if isinstance(node, exp.Paren):
        yield from not_true_or_false(node.this)
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
        yield from not_true_or_false(node.this)
    elif isinstance(node, exp.Column):
        if not node.name.casefold().startswith(words.TRUE_OR_FALSE_NAMES):
            yield finding("expression_bare_column", name=node.name[:80])
    elif isinstance(node, exp.Cast) and node.args["to"].this is exp.DataType.Type.BOOLEAN:
        return
    elif not isinstance(node, words.TRUE_OR_FALSE) and not is_segment(node):
        yield finding("expression_not_true_or_false")


def _all_true_or_false(nodes: Collection[exp.Expr | None]) -> Iterator[Finding]:
    for node in nodes:
        if node is not None and not isinstance(node, exp.Null):
            yield from not_true_or_false(node)


def not_summed_up(tree: exp.Expr) -> Iterator[Finding]:
    """Columns outside an aggregate, aggregates inside one, or none at all."""
    aggregates = tuple(words.AGGREGATES)
    if not tree.find(*aggregates):
        yield finding("expression_no_aggregate")
        return
    for node in tree.find_all(*aggregates):
        if node.find_ancestor(*aggregates, exp.Where):
            yield finding("expression_nested_aggregate", name=name_node(node))
    for node in tree.find_all(exp.Column):
        if not node.find_ancestor(*aggregates, exp.Filter):
            yield finding("expression_outside_aggregate", name=node.name[:80])
    for node in tree.find_all(exp.Filter):
        if type(node.this) not in words.AGGREGATES:
            yield finding("expression_part", name="filter")
        yield from not_true_or_false(node.expression.this)
