"""What an expression may not hold, named in the words of the person who wrote it."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from vitrail.findings import Finding
from vitrail.plan.expressions import vocabulary as words
from vitrail.plan.names import nearest

STATEMENTS = frozenset(
    {
        "select",
        "with",
        "from",
        "values",
        "insert",
        "update",
        "delete",
        "merge",
        "create",
        "drop",
        "alter",
        "truncate",
        "copy",
        "attach",
        "detach",
        "install",
        "load",
        "pragma",
        "set",
        "reset",
        "call",
        "execute",
        "prepare",
        "explain",
        "describe",
        "show",
        "summarize",
        "export",
        "import",
        "vacuum",
        "checkpoint",
        "use",
        "begin",
        "commit",
        "rollback",
        "analyze",
        "grant",
        "revoke",
        "pivot",
        "unpivot",
        "table",
        "force",
    }
)
"""Words that open a statement."""

CLOCK = frozenset(
    {
        "now",
        "today",
        "current_date",
        "current_time",
        "current_timestamp",
        "currentdate",
        "currenttime",
        "currenttimestamp",
        "localtime",
        "localtimestamp",
        "get_current_time",
        "get_current_timestamp",
        "transaction_timestamp",
        "sysdate",
        "getdate",
        "utc_date",
    }
)
CHANCE = frozenset(
    {
        "random",
        "rand",
        "randn",
        "uuid",
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "setseed",
        "randstr",
        "nextval",
    }
)

WORDS: dict[type[exp.Expr], str] = {
    exp.Query: "expression_query",
    exp.Exists: "expression_query",
    exp.Any: "expression_query",
    exp.All: "expression_query",
    exp.Window: "expression_window",
    exp.WithinGroup: "expression_ordered",
    exp.Order: "expression_ordered",
    exp.Placeholder: "expression_parameter",
    exp.Parameter: "expression_parameter",
    exp.SessionParameter: "expression_parameter",
    exp.PositionalColumn: "expression_parameter",
    exp.Star: "expression_star",
    exp.Columns: "expression_star",
    exp.Dot: "expression_qualified",
    exp.Lambda: "expression_collection",
    exp.Array: "expression_collection",
    exp.Struct: "expression_collection",
    exp.Map: "expression_collection",
    exp.Tuple: "expression_collection",
    exp.Bracket: "expression_collection",
    exp.Comprehension: "expression_collection",
    exp.IgnoreNulls: "expression_any",
    exp.First: "expression_any",
    exp.Last: "expression_any",
    exp.AnyValue: "expression_any",
    exp.ByteString: "expression_string",
    exp.RawString: "expression_string",
    exp.HexString: "expression_string",
    exp.BitString: "expression_string",
    exp.National: "expression_string",
    exp.UnicodeString: "expression_string",
}
"""The sentence that names a node which is refused; functions and types have their own."""

OPERATORS: dict[type[exp.Expr], str] = {
    exp.SimilarTo: "similar to",
    exp.Glob: "glob",
    exp.JSONExtract: "->",
    exp.JSONExtractScalar: "->>",
    exp.ArrayContainsAll: "@>",
    exp.ArrayContainedBy: "<@",
    exp.ArrayOverlaps: "&&",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "xor",
    exp.BitwiseNot: "~",
    exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
    exp.Collate: "collate",
    exp.AtTimeZone: "at time zone",
    exp.Xor: "xor",
}
"""Operators that are refused, as people write them."""


def finding(code: str, **figures: Any) -> Finding:
    """An error without a place: the place of the expression is added by who knows it."""
    return Finding(code, "error", figures=figures)


def name_refusal(node: exp.Expr, allowed: dict[type[exp.Expr], frozenset[str]]) -> Finding:
    """The finding for a node that is not in the vocabulary, in words."""
    name = name_node(node)
    if name in CLOCK:
        return finding("expression_clock", name=name)
    if name in CHANCE:
        return finding("expression_chance", name=name)
    if type(node) in words.AGGREGATE_NODES:
        star = isinstance(node, exp.Star)
        return finding("expression_star" if star else "expression_aggregate_here", name=name)
    for kind, code in WORDS.items():
        if isinstance(node, kind):
            return finding(code, name=name)
    if type(node) in OPERATORS:
        return finding("expression_operator", name=OPERATORS[type(node)])
    if isinstance(node, exp.Func):
        options = words.ROW_NAMES + (words.AGGREGATE_NAMES if exp.Sum in allowed else ())
        near = nearest(name, options)
        figures = {"suggestion": near} if near else {}
        return finding("expression_function_near" if near else "expression_function", name=name, **figures)
    return finding("expression_part", name=name)


def name_node(node: exp.Expr) -> str:
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
