"""Who is in which cohort: by when customers began, by a variable, or by a segmentation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from vitrail import i18n
from vitrail.engine import Engine, Query, column, sql
from vitrail.engine.conditions import check_types, parse_condition
from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.insight.cohorts.calendar import Period
from vitrail.plan.cohorts import START_GROUPS, CohortSpec
from vitrail.segments import Segmentation
from vitrail.segments.words import label_texts, translate
from vitrail.variables import Variable
from vitrail.variables.kpis import compile_yes_no

Labels = Mapping[str, str]
"""A name by language."""

#: Units of variables that count what a customer did: groups made from them answer their own question.
_COUNTED = frozenset({"days", "orders", "money", "items", "products", "share", "trend"})


@dataclass(frozen=True, slots=True)
class Base:
    """What cohorts are made from.

    Args:
        columns: of the working table `segmented`, with their SQL types.
        line_columns: of `order_lines`.
    """

    columns: Mapping[str, str]
    line_columns: tuple[str, ...]
    variables: tuple[Variable, ...]
    segmentations: tuple[Segmentation, ...]
    as_of: dt.date

    def find(self, name: str) -> str:
        """A column by its name, whatever its capitals."""
        return next((each for each in self.columns if each.casefold() == name.casefold()), name)

    def segmentation(self, name: str) -> Segmentation | None:
        """The segmentation of this name."""
        return next((each for each in self.segmentations if each.key == name), None)

    def variable(self, name: str) -> Variable | None:
        """The variable of this name; of two grains the last, which is the register's."""
        return next((each for each in reversed(self.variables) if each.name == name), None)

    def overlap(self, name: str) -> bool:
        """Whether a customer can be in several groups of it."""
        found = self.segmentation(name)
        return found is not None and not found.partition


def compile_members(base: Base, spec: CohortSpec, place: str) -> Query:
    """`customer_id`, `cohort` (text, empty where unknown), `start_day`, `first_day` of those followed.

    Cohorts by start have no name yet: their period is it.

    Raises:
        ConditionError: `where` is refused.
    """
    first = sql("$as_of - first_order_days", as_of=base.as_of)
    since = spec.by if spec.by in START_GROUPS else spec.since
    start = sql("try_cast(signed_up_at as date)") if since == "signup" else first
    cohort: exp.Expr = exp.Literal.string("")
    if spec.by not in START_GROUPS:
        cohort = compile_group(base, spec.by)
    query = exp.select("customer_id", cohort.as_("cohort"), start.as_("start_day"), first.as_("first_day"))
    query = query.from_("segmented")
    return query if spec.where is None else query.where(restrict(base, spec.where, place))


def compile_group(base: Base, by: str) -> exp.Expr:
    """The group of a row of `segmented`, as text; empty where it is not known."""
    value: exp.Expr = column(base.find(by))
    if base.overlap(by):
        value = exp.Unnest(expressions=[value])
    grouped: exp.Expr = sql("coalesce(cast($value as varchar), '')", value=value)
    return grouped


def restrict(base: Base, where: str, place: str) -> exp.Expr:
    """A condition of the plan over `segmented`; what is not known is not true."""
    met: exp.Expr = sql("coalesce($met, false)", met=parse_condition(where, list(base.columns), place))
    return met


def check_block(
    engine: Engine, name: str, spec: CohortSpec, base: Base, place: Callable[[str], str]
) -> list[Finding]:
    """What the data have against the conditions of a block."""
    customers: Query = exp.select("*").from_("segmented")
    lines: Query = exp.select("*").from_("order_lines")
    found: list[Finding] = []
    for key, written, rows in (("where", spec.where, customers), ("adopted", spec.adopted, lines)):
        at = place(f"cohorts.{name}.{key}")
        if written is not None:
            try:
                tree = parse_condition(written, engine.columns(rows), at)
                found += check_types(engine, tree, rows, at)
            except PlanError as error:
                found += error.findings
    if spec.survival is not None:
        try:
            compile_yes_no(engine, spec.survival.left, customers, place(f"cohorts.{name}.survival.left"))
        except PlanError as error:
            found += error.findings
    return found


def is_circular(base: Base, by: str) -> bool:
    """Whether groups are made from what is then measured: how lately, how often, for how much they bought.

    The country, what the customers' file says, and what the first order alone decided, are not.
    """
    segmentation = base.segmentation(by)
    if segmentation is not None:
        own = any(is_circular(base, name) for name in segmentation.variables)
        return own or any(is_circular(base, key) for key in segmentation.depends_on)
    variable = base.variable(base.find(by))
    if variable is None or variable.grain == "customers" or variable.family == "geographic":
        return False
    if variable.custom and isinstance(variable.expression, exp.Expr):
        aggregates = list(variable.expression.find_all(exp.AggFunc))
        return not all(_settled_by_first_order(each) for each in aggregates)
    return variable.unit in _COUNTED or variable.name == "is_one_time"


def _settled_by_first_order(aggregate: exp.Expr) -> bool:
    moment = aggregate.args.get("expression")
    if isinstance(moment, exp.Order):
        moment = moment.this
    return (
        isinstance(aggregate, exp.ArgMin) and isinstance(moment, exp.Column) and moment.name == "ordered_at"
    )


def name_group(base: Base, by: str, key: str) -> Labels:
    """A group's name for people."""
    if key == "*":
        return translate("cohorts_others")
    if key == "":
        return translate("cohorts_unknown")
    segmentation = base.segmentation(by)
    for segment in segmentation.segments if segmentation else ():
        if segment.key == key:
            return dict(segment.label)
    if base.columns.get(base.find(by)) == "BOOLEAN":
        return translate("notebook_yes" if key == "true" else "notebook_no")
    if base.find(by) == "country":
        return {language: i18n.formats.country(key, language) for language in i18n.LANGUAGES}
    return dict.fromkeys(i18n.LANGUAGES, key)


def name_by(base: Base, by: str, period: Period | None = None) -> Labels:
    """What makes the groups, for people.

    Args:
        period: of groups by start.
    """
    if by in START_GROUPS:
        return translate(f"cohorts_by_{by}_{period}")
    segmentation = base.segmentation(by)
    if segmentation is not None:
        return dict(segmentation.label)
    variable = base.variable(base.find(by))
    if variable is None:
        return dict.fromkeys(i18n.LANGUAGES, by)
    return {language: variable.label_in(language) for language in i18n.LANGUAGES}


def name_block(base: Base, name: str, spec: CohortSpec, period: Period | None = None) -> Labels:
    """A block's name for people: the plan's, else what makes its groups."""
    if spec.label is not None:
        return label_texts(spec.label, name)
    if spec.survival is not None and spec.by in START_GROUPS:
        return translate("cohorts_all")
    return name_by(base, spec.by, period)


def order_groups(base: Base, by: str, keys: Sequence[str]) -> list[str]:
    """Groups in reading order: a segmentation's own, else as given; the others and the unknown last."""
    segmentation = base.segmentation(by)
    own = [segment.key for segment in segmentation.segments] if segmentation else []
    ranks = {key: place for place, key in enumerate(own)}
    return sorted(keys, key=lambda key: (key in ("*", ""), key == "", ranks.get(key, 0)))
