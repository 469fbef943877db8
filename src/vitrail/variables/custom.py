"""Variables of the plan's own: an SQL aggregate over a customer's rows, some rows only, recent rows only."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from vitrail.engine import sql
from vitrail.engine.conditions import parse_aggregate, parse_condition
from vitrail.plan import Plan, by_language, parse_within
from vitrail.variables.catalogue import Variable, Words


def custom_variables(
    plan: Plan, columns: Mapping[str, Collection[str]], as_of: exp.Expr
) -> tuple[Variable, ...]:
    """The plan's own variables, compiled.

    Args:
        columns: the columns of `orders` and of `order_lines`.

    Raises:
        ConditionError: an expression is refused, or names a column that does not exist; all of them at once.
    """
    return tuple(_compile(plan, name, columns[spec.of], as_of) for name, spec in plan.variables.items())


def _compile(plan: Plan, name: str, columns: Collection[str], as_of: exp.Expr) -> Variable:
    spec, place = plan.variables[name], plan.place(f"variables.{name}")
    value = parse_aggregate(spec.value, columns, place)
    rows = []
    if spec.where:
        rows.append(sql("coalesce($where, false)", where=parse_condition(spec.where, columns, place)))
    if spec.within:
        rows.append(
            sql("ordered_at >= cast($as_of as timestamp) - $back", as_of=as_of, back=interval(spec.within))
        )
    if rows:
        value = _filtered(value, exp.and_(*rows))
    own = by_language(spec.label, name)
    return Variable(name, spec.family, spec.unit or "", spec.of, value, words=Words(own, own), custom=True)


def interval(within: str) -> exp.Expr:
    """`365 days`, `12 months` as an SQL interval.

    Raises:
        ValueError: `within` is no span of time.
    """
    span = parse_within(within)
    if span is None:
        raise ValueError(f"not a span of time: {within!r}")
    return exp.Interval(this=exp.Literal.string(str(span[0])), unit=exp.var(span[1].upper()))


def _filtered(value: exp.Expr, rows: exp.Expr) -> exp.Expr:
    """Every aggregate of `value` over the chosen rows only."""

    def restrict(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Filter):
            return exp.Filter(this=node.copy(), expression=exp.Where(this=rows.copy()))
        if isinstance(node, exp.Filter):
            where = node.expression
            return exp.Filter(this=node.this, expression=exp.Where(this=exp.and_(where.this, rows.copy())))
        return node

    return value.transform(restrict)
