"""Revenue and orders a month and segment, for all segmentations in one pass over the orders."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.segments import Segmentation


def build_months(engine: Engine, segmentations: Sequence[Segmentation]) -> Query | None:
    """One row a segmentation, segment and month; None without segmentations.

    Makes the working table `months` (orders summed by month and by the combination of segments, each
    customer being in one combination) and returns the query that rolls it up.
    """
    if not segmentations:
        return None
    keys = [column(each.key, "segmented") for each in segmentations]
    engine.create(
        "months",
        exp.select(sql("cast(date_trunc('month', orders.day) as date)").as_("_month"), *keys)
        .select(sql("sum(orders.amount)").as_("_revenue"))
        .select(sql("count(*) filter (where orders.is_purchase)").as_("_orders"))
        .from_("orders")
        .join("segmented", on="orders.customer_id = segmented.customer_id")
        .group_by("_month", *keys),
    )
    parts: list[Query] = []
    for each in segmentations:
        key = column(each.key)
        segment = key if each.partition else exp.Unnest(expressions=[key])
        rows = exp.select(segment.as_("_segment"), "_month", "_revenue", "_orders").from_("months")
        parts.append(
            sql(
                """
                select $key as segmentation, _segment as segment, _month as month,
                    cast(sum(_revenue) as decimal(38, 4)) as revenue, cast(sum(_orders) as bigint) as orders
                from $rows group by _segment, _month
                """,
                key=each.key,
                rows=rows.subquery("rows"),
            )
        )
    united = parts[0]
    for part in parts[1:]:
        united = exp.union(united, part, distinct=False)
    return exp.select("*").from_(united.subquery("months_by_segment"))
