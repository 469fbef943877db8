"""Migrations: who changed segment since an earlier run, and what the segments held then and now.

Model: every customer of either run is counted once a segmentation, under the segment it was in (none where it
    was no customer yet) and the one it is in (none where it no longer is one). The sums of those counts over
    where customers go are the segments then, over where they come from the segments now, so that the parts
    always add up. Revenue is what the customers of a segment have bought up to the day of each run.
Assumes: customers keep their identifiers. Where a segmentation finds its own thresholds (quantiles, the
    base's rhythm) or its clusters, they move with the base: `cuts_moved` says so, since a customer may then
    change segment by standing still.
Source: none needed; a cross-table of two partitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, Query, column, expression, sql
from vitrail.segments import Segmentation
from vitrail.segments.memberships import compile_memberships

SCHEMA = pa.schema(
    [
        ("segmentation", pa.string()),
        ("before", pa.string()),  # null: no customer yet
        ("after", pa.string()),  # null: a customer no longer
        ("customers", pa.int64()),
        ("revenue_before", pa.decimal128(38, 4)),
        ("revenue_after", pa.decimal128(38, 4)),
    ]
)


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """The run to compare with.

    Args:
        run_id: its name.
        as_of: the day it speaks of, as ISO writes it.
        segmentations: what its `segmentations.json` says, by key.
        memberships: its `memberships.parquet`.
        profile: its `profile.parquet`.
        same_plan: whether the plan was the same to the letter.
        same_currency: whether amounts can be compared.
    """

    run_id: str
    as_of: str
    segmentations: Mapping[str, Mapping[str, Any]]
    memberships: Path
    profile: Path
    same_plan: bool
    same_currency: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A segmentation that both runs have.

    Args:
        labels: the names of segments that only the earlier run had, by key and language.
        cuts_moved: whether its thresholds, or its clusters, are not what they were.
    """

    segmentation: str
    labels: Mapping[str, Mapping[str, str]]
    cuts_moved: bool


@dataclass(frozen=True, slots=True)
class MigrationsResult:
    """Who went where since an earlier run.

    Args:
        cuts: the segmentations compared, in plan order.
        rows: one a segmentation and pair of segments that holds somebody, as in `SCHEMA`.
    """

    run_id: str
    as_of: str
    same_plan: bool
    cuts: tuple[Cut, ...]
    rows: tuple[dict[str, Any], ...]

    def to_arrow(self) -> pa.Table:
        """One row a segmentation, a segment then and a segment now."""
        return pa.Table.from_pylist(list(self.rows), schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "run_id": self.run_id,
            "as_of": self.as_of,
            "same_plan": self.same_plan,
            "cuts": [asdict(each) for each in self.cuts],
            "rows": list(self.rows),
        }


def analyse_migrations(
    engine: Engine, segmentations: Sequence[Segmentation], earlier: EarlierRun, table: str = "segmented"
) -> MigrationsResult:
    """Compare the segments of `table` with those of an earlier run: one query over both sets of members.

    Segmentations whose segments overlap are left out, as are those that the earlier run did not have or cut
    by other means: there a customer does not move from one segment to another.

    Args:
        table: the segmented profile of this run, with `customer_id`.
    """
    compared = [each for each in segmentations if each.partition and _is_alike(each, earlier)]
    rows: list[dict[str, Any]] = []
    if compared:
        rows = engine.records(_compile(engine, compared, earlier, table))
    order = {each.key: place for place, each in enumerate(compared)}
    rows.sort(key=lambda row: (order[row["segmentation"]], row["before"] or "", row["after"] or ""))
    cuts = tuple(_describe(engine, each, earlier.segmentations[each.key]) for each in compared)
    return MigrationsResult(earlier.run_id, earlier.as_of, earlier.same_plan, cuts, tuple(rows))


def _is_alike(each: Segmentation, earlier: EarlierRun) -> bool:
    before = earlier.segmentations.get(each.key)
    return before is not None and before.get("partition") is True and before.get("method") == each.method


def _describe(engine: Engine, each: Segmentation, before: Mapping[str, Any]) -> Cut:
    now = {segment.key for segment in each.segments}
    labels = {
        str(segment["key"]): dict(segment["label"])
        for segment in before.get("segments") or ()
        if segment["key"] not in now
    }
    was = {
        variable: tuple(Decimal(str(cut)) for cut in cuts)
        for variable, cuts in (before.get("cuts") or {}).items()
    }
    moved = was != dict(each.cuts)
    if each.method == "clusters":
        moved = before.get("sql") != engine.render(each.expression)
    return Cut(each.key, labels, moved)


def _compile(engine: Engine, compared: Sequence[Segmentation], earlier: EarlierRun, table: str) -> Query:
    """A row a segmentation, a segment then and a segment now."""
    members = compile_memberships(compared, (), table)
    assert members is not None
    money = "total_amount"
    known = money in engine.columns(sql("select * from $table", table=exp.to_table(table)))
    was_known = earlier.same_currency and money in engine.columns(_read(earlier.profile))
    query: Query = sql(
        """
        with was as (select customer_id, segmentation, segment from read_parquet($file) where $kept),
          at_present as (select customer_id, segmentation, segment from $members)
        select coalesce(was.segmentation, at_present.segmentation) as segmentation,
          was.segment as before, at_present.segment as after, count(*) as customers,
          $revenue_before as revenue_before, $revenue_after as revenue_after
        from was full join at_present
            on was.customer_id = at_present.customer_id and was.segmentation = at_present.segmentation
          left join read_parquet($profile) as profile_before on was.customer_id = profile_before.customer_id
          left join $table as profile_now on at_present.customer_id = profile_now.customer_id
        group by 1, 2, 3
        """,
        file=str(earlier.memberships),
        kept=column("segmentation").isin(*(each.key for each in compared)),
        members=members.subquery("members"),
        revenue_before=_revenue("profile_before") if was_known else _UNKNOWN,
        revenue_after=_revenue("profile_now") if known else _UNKNOWN,
        profile=str(earlier.profile),
        table=exp.to_table(table),
    )
    return query


_UNKNOWN = expression("cast(null as decimal(38, 4))")


def _read(file: Path) -> Query:
    query: Query = sql("select * from read_parquet($file)", file=str(file))
    return query


def _revenue(table: str) -> exp.Expr:
    return expression("cast(sum($amount) as decimal(38, 4))", amount=column("total_amount", table))
