"""What a compiled segmentation is: small fitted figures and SQL expressions, no rows.

A segmentation is fitted once (its cuts are estimated on the profile) and from then on is one expression
over profile columns, so that `vitrail sql`, `explain` and history read and run the very same thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from sqlglot import exp

from vitrail.engine import Query, column, sql


@dataclass(frozen=True, slots=True)
class Segment:
    """One group of a segmentation.

    Args:
        key: its name in the plan; `value.champions` is segment `champions` of segmentation `value`.
        label: its name for people, by language.
        meaning: who is in it, in a few words, by language.
        tone: what it means for the business, which decides its colour.
    """

    key: str
    label: Mapping[str, str]
    meaning: Mapping[str, str]
    tone: str


class Evidence(Protocol):
    """What a method that estimates its segments found out about them."""

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """A way of cutting, fitted and ready to apply.

    Args:
        key: its name in the plan, and of its column in the segmented profile.
        method: `rfm`, `abc`, `rules`, `lifecycle` or `clusters`.
        label: its name for people, by language.
        segments: all its segments in plan order, also those that hold nobody.
        variables: the profile columns it reads.
        scores: score column → expression over profile columns (an integer, NULL without orders).
        scales: scored variable → number of scores; 1 is the worst.
        cuts: variable → the values that open the next interval, ascending (for ABC descending: the least
            value of each class). A value equal to a cut belongs to the interval above. A cut written
            several times means that the scores between hold nobody.
        assign: of a partition: the segment's key, over profile columns, scores and `depends_on`.
        members: of overlapping segments: segment key → condition.
        depends_on: segmentations whose columns `assign` or `members` read.
        evidence: what a method that estimates found out about its own segments; an analysis stores it.
    """

    key: str
    method: str
    label: Mapping[str, str]
    segments: tuple[Segment, ...]
    variables: tuple[str, ...]
    scores: Mapping[str, exp.Expr] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    cuts: Mapping[str, tuple[Decimal, ...]] = field(default_factory=dict)
    assign: exp.Expr | None = None
    members: Mapping[str, exp.Expr] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    evidence: Evidence | None = field(default=None, compare=False, repr=False)

    @property
    def partition(self) -> bool:
        """Whether each customer is in exactly one segment."""
        return self.assign is not None

    @property
    def expression(self) -> exp.Expr:
        """The segmentation's column: a segment key, or for overlapping segments the list of them."""
        if self.assign is not None:
            return self.assign
        keys = [sql("case when $met then $key end", met=met, key=key) for key, met in self.members.items()]
        listed: exp.Expr = sql(
            "list_filter($keys, lambda key: key is not null)", keys=exp.Array(expressions=keys)
        )
        return listed

    def contains(self, segment: str) -> exp.Expr:
        """A condition on the segmented profile: the customer is in `segment`."""
        template = "$column = $key" if self.partition else "list_contains($column, $key)"
        condition: exp.Expr = sql(template, column=column(self.key), key=segment)
        return condition


def apply_segmentations(segmentations: Sequence[Segmentation], relation: Query) -> Query:
    """`relation` with its columns, then the score columns, then a column a segmentation.

    The work is layered selects over one scan: scores first, then each segmentation above those it
    depends on.

    Args:
        segmentations: in dependency order, as `compile_segmentations` returns them.
        relation: a query that has the profile's columns.
    """
    scores = {name: score for each in segmentations for name, score in each.scores.items()}
    if scores:
        relation = _extend(relation, scores)
    depth: dict[str, int] = {}
    for each in segmentations:
        depth[each.key] = 1 + max((depth[key] for key in each.depends_on), default=0)
    for level in sorted(set(depth.values())):
        layer = {each.key: each.expression for each in segmentations if depth[each.key] == level}
        relation = _extend(relation, layer)
    return relation


def no_order_condition(columns: Mapping[str, str]) -> exp.Expr:
    """A customer without an order: no order counted, or none to be recent. False where nothing tells."""
    signs = []
    if "order_count" in columns:
        signs.append(sql("coalesce(order_count, 0) = 0"))
    if "recency_days" in columns:
        signs.append(sql("recency_days is null"))
    return exp.or_(*signs) if signs else exp.false()


def _extend(relation: Query, columns: Mapping[str, exp.Expr]) -> Query:
    query: Query = exp.select(exp.Star()).from_(relation.subquery("profile"))
    return query.select(*(exp.alias_(value.copy(), column(name).this) for name, value in columns.items()))
