"""Whose figures a picture shows: everyone's, and those of each segment of one segmentation.

Figures are first summed by the combination of segments that customers are in (each customer is in one), which
is one scan however many segments there are, and then rolled up to everyone and to each segment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlglot import exp

from vitrail.engine import Query, column, expression, sql
from vitrail.segments import Segmentation

EVERYONE = ""
"""The segment that stands for all customers in a rolled-up table; no segment is called so."""

FIRST_ORDERED_BY_DATES = frozenset(
    {"recency_days", "first_order_days", "last_gap_days", "amount_365d", "orders_365d", "amount_trend"}
)


@dataclass(frozen=True, slots=True)
class Groups:
    """Everyone, and the segments of `segmentation` where there is one.

    Args:
        table: the profile with its segmentation columns.
    """

    segmentation: Segmentation | None
    table: str = "segmented"

    @property
    def key(self) -> exp.Expr:
        """Over `table`: the combination of segments a customer is in."""
        if self.segmentation is None:
            return expression("cast(null as varchar)")
        return column(self.segmentation.key, self.table)

    @property
    def segments(self) -> tuple[str, ...]:
        """The keys of the segments, in plan order."""
        return tuple(each.key for each in self.segmentation.segments) if self.segmentation else ()

    @property
    def tells_dates(self) -> bool:
        """Whether segments are made by when people ordered, so that their months follow from it."""
        each = self.segmentation
        return each is not None and (
            each.method == "lifecycle" or bool(FIRST_ORDERED_BY_DATES & set(each.variables))
        )

    def roll_up(self, summed: Query, by: Sequence[str], sums: Collection[str]) -> Query:
        """Sums by `_key` and `by`, rolled up to `segment` and `by`: `EVERYONE`, then each segment.

        A plan may give its segmentations any name, so that `summed` groups by `all` (the name of a column of
        `table` would mean that column) and says of which table its other columns are.

        Args:
            summed: a query whose columns are `_key`, `by` and `sums`.
        """
        if self.segmentation is None:
            spread = sql("[$everyone]", everyone=EVERYONE)
        elif self.segmentation.partition:
            spread = sql("[$everyone, _key]", everyone=EVERYONE)
        else:
            spread = sql("list_concat([$everyone], _key)", everyone=EVERYONE)
        rows = exp.select(exp.Unnest(expressions=[spread]).as_("segment"), *map(column, by))
        rows = rows.select(*map(column, sums)).from_(summed.subquery("summed"))
        total = [sql("sum($x)", x=column(name)).as_(name) for name in sums]
        query = exp.select("segment", *map(column, by), *total).from_(rows.subquery("spread"))
        return query.where("segment is not null").group_by("segment", *map(column, by))

    def to_dict(self) -> dict[str, Any]:
        """Which segmentation it is, and its segments with their names by language."""
        each = self.segmentation
        return {
            "segmentation": each.key if each else None,
            "segments": [{"key": s.key, "label": dict(s.label)} for s in each.segments] if each else [],
            "tells_dates": self.tells_dates,
        }


class Cut(Protocol):
    """What is asked of a segmentation to choose one; `segments` are empty where it found none."""

    @property
    def method(self) -> str: ...

    @property
    def partition(self) -> bool: ...

    @property
    def segments(self) -> Sequence[Any]: ...


AnyCut = TypeVar("AnyCut", bound=Cut)


def choose_main(segmentations: Sequence[AnyCut]) -> AnyCut | None:
    """What opens a report: of those with segments, RFM, else the first partition, else the first."""
    filled = [each for each in segmentations if each.segments]
    partitions = [each for each in filled if each.partition]
    rfm = [each for each in partitions if each.method == "rfm"]
    return next(iter([*rfm, *partitions, *filled]), None)


def choose_groups(
    segmentations: Sequence[Segmentation], wanted: str | None = None, table: str = "segmented"
) -> Groups:
    """The segmentation `wanted`, else the one that opens a report."""
    named = next((each for each in segmentations if each.key == wanted), None)
    return Groups(named or choose_main(segmentations), table)


def by_segment(rows: Sequence[Mapping[str, Any]]) -> dict[str | None, list[Mapping[str, Any]]]:
    """Rolled-up rows by segment; None is everyone.

    >>> by_segment([{"segment": "", "n": 2}, {"segment": "a", "n": 1}])[None]
    [{'segment': '', 'n': 2}]
    """
    found: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["segment"] or None, []).append(row)
    return found
