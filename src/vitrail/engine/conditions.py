"""From an expression of the plan to a tree that runs: known columns, no fault of a single row, repeatable.

`vitrail.plan.expressions` has already refused what the language does not hold. Here

- names become the columns they mean, whatever their capitals;
- `segment('value.champions')` becomes what that segment is;
- a cast gives NULL for a value it cannot read, a division by zero gives NULL, and so does what is no finite
  number (`ln(0)`, `sqrt(-1)`, a cast of `'NaN'`), so that one odd row cannot stop a run, show its content in
  an error, or count as greater than every number;
- an aggregate gives the same figure whatever the order of rows and the number of threads: `sum` and `avg`
  add up DECIMAL(38, 6) (a DOUBLE is rounded to six decimals first), `stddev`, `var_…`, `mode`, `arg_min` and
  `arg_max` take their values in order, so that of equals the least counts. The others are exact by nature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from sqlglot import exp

from vitrail.engine.base import Engine, Query
from vitrail.engine.sql import column, expression, sql
from vitrail.errors import ConditionError, DataError
from vitrail.findings import Finding
from vitrail.plan.expressions import check_columns, read_aggregate, read_condition, read_value
from vitrail.plan.expressions.checks import is_segment
from vitrail.plan.names import nearest

_HELD_AGAINST = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_YEAR_FIRST = re.compile(r"\s*\d{4}\D\d|-?infinity|epoch", re.IGNORECASE)

Segments = Mapping[str, exp.Expr] | Collection[str]

_FLOATS = (exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE)
_ORDERED = (
    *(exp.Stddev, exp.StddevSamp, exp.StddevPop, exp.Variance, exp.VariancePop),
    *(exp.Mode, exp.ArgMin, exp.ArgMax),
)


def parse_condition(text: str, columns: Collection[str], place: str, segments: Segments = ()) -> exp.Expr:
    """A condition of the plan as a tree: true, false or NULL of each row.

    Args:
        columns: the columns it may name.
        place: where the plan says it.
        segments: by reference (`value.champions`), the condition that a segment is; or only the references
            that are known, and then `segment('…')` stays in the tree as it is.

    Raises:
        ConditionError: with every fault found.

    >>> parse_condition("Recency_Days > 90 or amount / orders > 5", ["recency_days", "amount", "orders"],
    ...                 "vitrail.yml:3").sql("duckdb")
    'recency_days > 90 OR amount / NULLIF(orders, 0) > 5'
    """
    tree = _placed(read_condition, text, place)
    findings = check_columns(tree, columns, place)
    for node in tree.find_all(exp.Anonymous):
        if is_segment(node) and node.expressions[0].name not in segments:
            findings.append(_unknown_segment(node.expressions[0].name, segments, place))
    if findings:
        raise ConditionError(findings)
    tree = _runnable(tree, columns)
    if isinstance(segments, Mapping):
        for node in list(tree.find_all(exp.Anonymous)):
            if is_segment(node):
                meaning = exp.paren(segments[node.expressions[0].name])
                tree = meaning if node is tree else tree
                node.replace(meaning)
    return tree


def parse_aggregate(text: str, columns: Collection[str], place: str) -> exp.Expr:
    """An expression of the plan that sums many rows up in one value, as a tree.

    Raises:
        ConditionError: with every fault found.

    >>> parse_aggregate("sum(amount)", ["amount"], "vitrail.yml:3").sql("duckdb")
    'SUM(TRY_CAST(amount AS DECIMAL(38, 6)))'
    >>> parse_aggregate("arg_max(channel, ordered_at)", ["channel", "ordered_at"], "").sql("duckdb")
    'ARG_MAX(channel, ordered_at ORDER BY channel)'
    """
    tree = _placed(read_aggregate, text, place)
    findings = check_columns(tree, columns, place)
    if findings:
        raise ConditionError(findings)
    return _repeatable(_runnable(tree, columns))


def parse_value(text: str, columns: Collection[str], place: str) -> exp.Expr:
    """An expression of the plan that has one value for each row, as a tree.

    A division by a written 10, 100 … stays exact; a row whose value is too great to be held has none.

    Raises:
        ConditionError: with every fault found.

    >>> parse_value("price / 100 * (1 - rate)", ["price", "rate"], "").sql("duckdb")
    'TRY(price * 0.01 * (1 - rate))'
    """
    tree = _placed(read_value, text, place)
    if findings := check_columns(tree, columns, place):
        raise ConditionError(findings)
    tree = _runnable(tree, columns)
    for node in list(tree.find_all(exp.Div)):
        if re.fullmatch("10{1,6}", node.expression.name) and isinstance(node.expression, exp.Literal):
            part = exp.Literal.number(f"0.{'1':0>{len(node.expression.name) - 1}}")
            exact = exp.Mul(this=node.this.copy(), expression=part)
            tree = exact if node is tree else tree
            node.replace(exact)
    return exp.Try(this=tree)


def check_types(
    engine: Engine, tree: exp.Expr, rows: Query, place: str, condition: bool = True
) -> list[Finding]:
    """What the engine has against `tree` over the columns of `rows`, without running it.

    Args:
        condition: whether it must be true or false.
    """
    faults = check_comparisons(tree, engine.columns(rows), place)
    if faults:
        return faults
    try:
        kind = engine.columns(sql("select $tree as value from $rows", tree=tree, rows=rows.subquery("rows")))
    except DataError as error:
        return [Finding(f.code, f.level, place, f.figures) for f in error.findings]
    if condition and kind["value"] != "BOOLEAN":
        return [Finding("expression_not_true_or_false", "error", place)]
    return []


def check_comparisons(tree: exp.Expr, kinds: Mapping[str, str], place: str) -> list[Finding]:
    """What in `tree` compares a column of `kinds` (column → SQL type) with what it can never hold."""
    return [*check_truths(tree, kinds, place), *check_dates(tree, kinds, place)]


def check_truths(tree: exp.Expr, kinds: Mapping[str, str], place: str) -> list[Finding]:
    """A finding for each yes/no column compared with a number that is neither 1 (yes) nor 0 (no).

    The engine would take the yes for 1 and find nobody, or everybody.

    Args:
        kinds: column → SQL type.

    >>> (fault,) = check_truths(read_condition("opted_in > 90"), {"opted_in": "BOOLEAN"}, "vitrail.yml:3")
    >>> fault.code, fault.figures["name"]
    ('expression_truth_compared', 'opted_in')
    """
    compared = {
        side.name: None
        for node in tree.find_all(exp.Predicate)
        for side in (each.unnest() for each in node.iter_expressions())
        if isinstance(side, exp.Column)
        and kinds.get(side.name) == "BOOLEAN"
        and any(_beyond_truth(other.unnest()) for other in node.iter_expressions())
    }
    return [Finding("expression_truth_compared", "error", place, {"name": name}) for name in compared]


def check_dates(tree: exp.Expr, kinds: Mapping[str, str], place: str) -> list[Finding]:
    """A finding for each column of dates compared with a text that is none, such as `'31/01/2026'`.

    Args:
        kinds: column → SQL type.

    >>> tree = read_condition("signed_up_at >= '31/01/2026'")
    >>> (fault,) = check_dates(tree, {"signed_up_at": "DATE"}, "vitrail.yml:3")
    >>> fault.code, fault.figures["value"]
    ('expression_date_compared', '31/01/2026')
    """
    compared = {
        side.name: other.name
        for node in tree.find_all(*_HELD_AGAINST)
        for side in (each.unnest() for each in node.iter_expressions())
        if isinstance(side, exp.Column) and kinds.get(side.name, "").startswith(("DATE", "TIMESTAMP"))
        for other in (each.unnest() for each in node.iter_expressions())
        if isinstance(other, exp.Literal) and other.is_string and not _YEAR_FIRST.match(other.name)
    }
    return [
        Finding("expression_date_compared", "error", place, {"name": name, "value": value[:40]})
        for name, value in compared.items()
    ]


def _beyond_truth(node: exp.Expr) -> bool:
    """Whether it is a number written in the plan, other than 0 and 1."""
    if isinstance(node, exp.Neg):
        return _beyond_truth(node.this.unnest())
    return isinstance(node, exp.Literal) and not node.is_string and float(node.name) not in (0, 1)


def _placed(read: Callable[[str], exp.Expr], text: str, place: str) -> exp.Expr:
    """A tree of one's own, or the faults at their place."""
    try:
        return read(text).copy()
    except ConditionError as error:
        raise ConditionError([Finding(f.code, f.level, place, f.figures) for f in error.findings]) from None


def _unknown_segment(name: str, segments: Segments, place: str) -> Finding:
    if not segments:
        return Finding("expression_segment_here", "error", place)
    near = nearest(name, segments)
    code = "plan_unknown_segment_near" if near else "plan_unknown_segment"
    options = {"suggestion": near} if near else {"options": sorted(segments)}
    return Finding(code, "error", place, {"name": name[:80], **options})


def _runnable(tree: exp.Expr, columns: Collection[str]) -> exp.Expr:
    """Exact column names, and nothing that a single row can make fail."""
    exact = {name.casefold(): name for name in columns}
    for node in reversed(list(tree.bfs())):
        mended = _mended(node, exact)
        if mended is not node:
            tree = mended if node is tree else tree
            node.replace(mended)
    return tree


def _mended(node: exp.Expr, exact: Mapping[str, str]) -> exp.Expr:
    """`node`, whose parts are mended already, as it runs; the same one where nothing is to be done."""
    if isinstance(node, exp.Column):
        return column(exact[node.name.casefold()])
    if type(node) is exp.Cast and not _written_date(node):
        cast = exp.TryCast(this=node.this.copy(), to=node.args["to"].copy(), safe=True)
        return _finite(cast) if node.args["to"].this in _FLOATS else cast
    if isinstance(node, exp.Ln | exp.Sqrt) or (
        isinstance(node, exp.TryCast) and node.args["to"].this in _FLOATS
    ):
        return _finite(node.copy())
    if isinstance(node, exp.Div | exp.IntDiv | exp.Mod) and not _never_zero(node.expression):
        node.set("expression", sql("nullif($divisor, 0)", divisor=node.expression.unnest()))
    if isinstance(node, exp.IntDiv):  # the engine's own rounds decimals before it divides them
        return expression("floor(round($a / $b, 9))", a=exp.paren(node.this), b=exp.paren(node.expression))
    return node


def _finite(value: exp.Expr) -> exp.Expr:
    """`value`, NULL where it is no number (an engine holds NaN above any); written once, however deep."""
    return expression("list_filter([$value], lambda each: isfinite(each))[1]", value=value)


def _written_date(node: exp.Cast) -> bool:
    """Whether the cast is a date written in the expression, which reading has checked."""
    return isinstance(node.this, exp.Literal) and node.args["to"].this in exp.DataType.TEMPORAL_TYPES


def _never_zero(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and float(node.name) != 0


def _repeatable(tree: exp.Expr) -> exp.Expr:
    """Aggregates whose figure does not depend on the order in which rows are met."""
    for node in list(tree.find_all(exp.Sum, exp.Avg)):
        inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
        inner.replace(sql("try_cast($value as decimal(38, 6))", value=inner))
    for node in list(tree.find_all(*_ORDERED)):
        last = node.args.get("expression") or node.this
        order = exp.Ordered(this=node.this.copy(), nulls_first=False)
        last.replace(exp.Order(this=last.copy(), expressions=[order]))
    return tree
