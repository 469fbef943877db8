"""The recency × frequency grid: how many customers stand in each pair of scores, and in which segment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from vitrail.engine import Engine, column, sql


@dataclass(frozen=True, slots=True)
class Cell:
    """The customers with one pair of scores; `segments` counts the segments that share them."""

    recency_score: int
    frequency_score: int
    customers: int
    revenue: Decimal
    segment: str  # the one most of them are in
    segments: int


def load_grid(engine: Engine, segmentation: str) -> tuple[Cell, ...]:
    """The filled cells of an RFM segmentation, from the working table `profile`.

    Empty where the profile lacks the scores `<segmentation>_r` and `<segmentation>_f`.
    """
    has = engine.columns(sql("select * from profile"))
    recency, frequency = f"{segmentation}_r", f"{segmentation}_f"
    if not {segmentation, recency, frequency} <= set(has):
        return ()
    rows = engine.records(
        sql(
            """
            with parts as (
              select $r::int as recency_score, $f::int as frequency_score, $segment::varchar as segment,
                count(*) as customers, coalesce(sum($amount), 0)::decimal(38, 4) as revenue
              from profile where $r is not null and $f is not null and $segment is not null
              group by 1, 2, 3)
            select recency_score, frequency_score, sum(customers)::bigint as customers,
              sum(revenue)::decimal(38, 4) as revenue,
              first(segment order by customers desc, segment) as segment, count(*) as segments
            from parts group by 1, 2 order by 1, 2
            """,
            r=column(recency),
            f=column(frequency),
            segment=column(segmentation),
            amount=column("total_amount") if "total_amount" in has else sql("null::decimal(18, 4)"),
        )
    )
    return tuple(Cell(**row) for row in rows)


@dataclass(frozen=True, slots=True)
class Interval:
    """The values that earn one score: from `low` up to but not including `high`; None is open."""

    score: int
    low: Decimal | None
    high: Decimal | None

    def whole(self) -> tuple[int | None, int | None]:
        """The first and last whole number inside, for variables that count.

        >>> Interval(3, Decimal(2), Decimal("4.5")).whole()
        (2, 4)
        """
        return (
            None if self.low is None else math.ceil(self.low),
            None if self.high is None else math.ceil(self.high) - 1,
        )


def score_intervals(cuts: Sequence[Decimal], fewer_is_better: bool = False) -> tuple[Interval, ...]:
    """The interval behind each score, the worst score first. A value equal to a cut is above it.

    >>> [interval.whole() for interval in score_intervals([Decimal(2), Decimal(4)])]
    [(None, 1), (2, 3), (4, None)]
    >>> [interval.whole() for interval in score_intervals([Decimal(90)], fewer_is_better=True)]
    [(90, None), (None, 89)]
    """
    bounds = [None, *sorted(cuts), None]
    pairs = list(pairwise(bounds))
    if fewer_is_better:
        pairs.reverse()
    return tuple(Interval(score, low, high) for score, (low, high) in enumerate(pairs, start=1))
