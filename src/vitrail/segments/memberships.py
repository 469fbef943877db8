"""Who is where: a segmented profile turned into one row a customer and segment."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from vitrail.engine import Query, column, sql
from vitrail.segments.model import Segmentation


def compile_members(segmentation: Segmentation, table: str, columns: Sequence[str]) -> Query:
    """`segment` and `columns` of a segmented table: a row a customer for a partition, a membership else."""
    template = "$column as segment" if segmentation.partition else "unnest($column) as segment"
    segment = sql(template, column=column(segmentation.key))
    return exp.select(segment, *(column(name) for name in columns)).from_(table)


def compile_memberships(
    segmentations: Sequence[Segmentation], columns: Collection[str], table: str
) -> Query | None:
    """`customer_id`, `segmentation`, `segment`, `since`, a row a customer and segment.

    None where there is no segmentation.

    Args:
        columns: the columns of `table`; `since` is read from `<segmentation>_since` where there is one.
    """
    parts = []
    for each in segmentations:
        since = f"{each.key}_since"
        known = [since] if since in columns else []
        parts.append(
            sql(
                "select customer_id, $key as segmentation, segment, cast($since as date) as since"
                " from $members",
                key=each.key,
                since=column(since) if known else exp.null(),
                members=compile_members(each, table, ["customer_id", *known]).subquery("members"),
            )
        )
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
