"""A run as a report tells it: all that the page may say, read from the files of a stored run.

Tables the run does not have leave their part empty; a part that cannot be shown says so in the page.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from vitrail.collection.refusals import UNREADABLE
from vitrail.engine import Engine, column, sql
from vitrail.i18n import Language
from vitrail.store import Run

FEWEST_IN_RANGE = 5  # customers, for the range of their mean to be written

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment with its figures, as the run counted them.

    `mark` is its number in the page, the biggest first; `place` its place in the plan.
    """

    key: str
    label: Mapping[str, str]
    meaning: Mapping[str, str]
    tone: str
    mark: str
    place: int
    customers: int
    share: float | None
    revenue: Decimal | None
    revenue_share: float | None
    figures: Row  # every column of segments.parquet

    def name(self, language: Language) -> str:
        return self.label.get(language) or self.label.get("en") or self.key

    @property
    def revenue_per_customer(self) -> Decimal | None:
        return self.revenue / self.customers if self.revenue is not None and self.customers else None


@dataclass(frozen=True, slots=True)
class SegmentationRow:
    """A segmentation as the run applied it, its segments by revenue, biggest first."""

    key: str
    method: str
    label: Mapping[str, str]
    partition: bool
    cuts: Mapping[str, tuple[Decimal, ...]]
    variables: tuple[str, ...]
    scales: Mapping[str, int]  # variable → the scores it is graded in
    sql: str
    segments: tuple[SegmentRow, ...]

    def name(self, language: Language) -> str:
        return self.label.get(language) or self.label.get("en") or self.key

    @property
    def by_place(self) -> tuple[SegmentRow, ...]:
        """The segments in the order of the plan: the stages of a life, from the first to the last."""
        return tuple(sorted(self.segments, key=lambda segment: segment.place))

    @property
    def has_revenue(self) -> bool:
        return any(segment.revenue for segment in self.segments)

    @property
    def whole(self) -> SegmentRow | None:
        """The segments of a partition together; None of one segment, or where customers may be in several."""
        if not self.partition or len(self.segments) < 2:
            return None
        revenue = [each.revenue for each in self.segments if each.revenue is not None]
        return SegmentRow(
            key="", label={}, meaning={}, tone="", mark="", place=0,
            customers=sum(each.customers for each in self.segments),
            share=sum(each.share or 0.0 for each in self.segments),
            revenue=sum(revenue, Decimal()) if revenue else None,
            revenue_share=sum(each.revenue_share or 0.0 for each in self.segments),
            figures={},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """What a report says of a run, small tables only; the profile stays with the engine, as `profile`."""

    run_id: str
    as_of: dt.date
    computed_at: dt.datetime | None
    data_until: dt.datetime | None
    plan_name: str
    plan_hash: str
    currency: str | None
    version: str
    customers: int
    seconds: float | None
    labels: Mapping[str, Mapping[str, str]]  # as `load_labels` reads them
    sources: Sequence[Row]
    segmentations: tuple[SegmentationRow, ...]
    has_profile: bool
    findings: Sequence[Row] = ()
    funnel: Sequence[Row] = ()
    monthly: Sequence[Row] = ()
    objectives: Sequence[Row] = ()  # as the plan states them
    strategies: Mapping[str, Row] = field(default_factory=dict)  # `segmentation.segment` → its strategy
    shares: Mapping[str, Sequence[float]] = field(default_factory=dict)  # ABC segmentation → its classes
    pictures: bool = True  # whether the run made what only a report shows
    refused: Sequence[Row] = ()  # source, reason, records; file, line, detail and message of the first


def load_labels(stored: Run) -> dict[str, Mapping[str, str]]:
    """What variables (with their `unit`), segmentations and segments (`value.champions`) are called."""
    cuts = stored.segmentations()
    return {
        **{f"{cut['key']}.{each['key']}": each["label"] for cut in cuts for each in cut["segments"]},
        **{str(cut["key"]): cut["label"] for cut in cuts},
        **{
            str(each["name"]): {**each["label"], "unit": each.get("unit") or ""}
            for each in stored.variables()
        },
    }


def load_reported(engine: Engine, stored: Run) -> ReportedRun:
    """Read a run; its profile becomes the engine's view `profile`.

    Raises:
        StoreError: a file of the run cannot be read.
    """
    manifest = stored.manifest
    plan = manifest["plan"]
    profile = stored.file("profile.parquet")
    if profile.exists():
        engine.view("profile", sql("select * from read_parquet($file)", file=str(profile)))
    return ReportedRun(
        run_id=str(manifest.get("run_id", stored.run_id)),
        as_of=dt.date.fromisoformat(manifest["as_of"]),
        computed_at=_moment(manifest.get("computed_at"), plan.get("timezone")),
        data_until=_moment(manifest.get("data_until")),
        plan_name=str(plan.get("name") or ""),
        plan_hash=str(plan.get("hash") or ""),
        currency=plan.get("currency") or None,
        version=str(manifest.get("version", "")),
        customers=manifest["customers"],
        seconds=manifest.get("duration") or sum((manifest.get("timings") or {}).values()) or None,
        labels=load_labels(stored),
        sources=manifest.get("sources") or (),
        segmentations=_load_segmentations(engine, stored),
        has_profile=profile.exists(),
        findings=_rows(engine, stored.file("findings.parquet")),
        funnel=_rows(engine, stored.file("funnel.parquet")),
        monthly=_rows(
            engine,
            stored.file("monthly.parquet"),
            "select segmentation, segment, month::date as month, revenue, orders"
            " from read_parquet($file) order by segmentation, segment, month",
        ),
        objectives=plan.get("objectives") or (),
        strategies=plan.get("strategies") or {},
        shares=plan.get("shares") or {},
        pictures=bool(manifest.get("pictures", True)),
        refused=_load_refused(engine, stored.file("refused.parquet")),
    )


def _load_segmentations(engine: Engine, stored: Run) -> tuple[SegmentationRow, ...]:
    rows = _rows(engine, stored.file("segments.parquet"))
    known: dict[str, Row] = {str(entry["key"]): entry for entry in stored.segmentations()}
    for row in rows:  # a run whose segmentations are not described still has their figures
        known.setdefault(row["segmentation"], {"key": row["segmentation"]})
    return tuple(
        _segmentation(entry, [row for row in rows if row["segmentation"] == key])
        for key, entry in known.items()
    )


def _segmentation(entry: Row, rows: Sequence[Row]) -> SegmentationRow:
    described = {str(segment["key"]): segment for segment in entry.get("segments") or ()}
    ordered = sorted(
        rows, key=lambda row: (-(row.get("revenue") or 0), -(row.get("customers") or 0), str(row["segment"]))
    )
    segments = []
    for mark, row in enumerate(ordered, start=1):
        words = described.get(str(row["segment"]), {})
        segments.append(
            SegmentRow(
                key=str(row["segment"]),
                label=_words(words.get("label"), str(row.get("label") or row["segment"])),
                meaning=_words(words.get("meaning"), ""),
                tone=str(words.get("tone") or f"other_{mark}"),
                mark=str(mark),
                place=list(described).index(str(row["segment"])) if words else mark,
                customers=int(row.get("customers") or 0),
                share=_finite(row.get("share")),
                revenue=row.get("revenue"),
                revenue_share=_revenue_share(row),
                figures=row,
            )
        )
    return SegmentationRow(
        key=str(entry["key"]),
        method=str(entry.get("method") or ""),
        label=_words(entry.get("label"), str(entry["key"])),
        partition=bool(entry.get("partition", True)),
        cuts={
            variable: tuple(Decimal(str(cut)) for cut in cuts)
            for variable, cuts in (entry.get("cuts") or {}).items()
        },
        variables=tuple(entry.get("variables") or ()),
        scales={name: int(scores) for name, scores in (entry.get("scales") or {}).items()},
        sql=str(entry.get("sql") or ""),
        segments=tuple(segments),
    )


def _rows(engine: Engine, file: Path, template: str = "select * from read_parquet($file)") -> Sequence[Row]:
    return engine.records(sql(template, file=str(file))) if file.exists() else ()


def _load_refused(engine: Engine, file: Path) -> Sequence[Row]:
    """Refused records by source and reason (of unreadable cells: and column), with the first of each."""
    if not file.exists():
        return ()
    has = engine.columns(sql("select * from read_parquet($file)", file=str(file)))
    return engine.records(
        sql(
            """
            select $source as source, reason, count(*) as records, min_by(file, (file, line)) as file,
              min_by(line, (file, line)) as line, min_by(message, (file, line)) as message,
              min_by($detail, (file, line)) as detail
            from read_parquet($file)
            group by 1, 2, case when list_contains($unreadable, reason) then $detail end
            order by 1, records desc, 2, 4, 5
            """,
            file=str(file),
            source=column("source") if "source" in has else sql("''"),
            detail=column("detail") if "detail" in has else sql("null::varchar"),
            unreadable=exp.array(*map(exp.Literal.string, sorted(UNREADABLE))),
        )
    )


def _words(found: object, otherwise: str) -> Mapping[str, str]:
    if isinstance(found, Mapping):
        return {str(language): str(word) for language, word in found.items() if word}
    word = str(found or otherwise)
    return {"en": word, "fr": word} if word else {}


def _finite(value: object) -> float | None:
    return float(value) if isinstance(value, int | float | Decimal) and math.isfinite(value) else None


def _revenue_share(row: Row) -> float | None:
    """The share of revenue; None where the whole is negative, so that the share's sign says the opposite."""
    share, revenue = _finite(row.get("revenue_share")), row.get("revenue") or 0
    return None if share is None or share * float(revenue) < 0 else share


def _moment(value: object, timezone: str | None = None) -> dt.datetime | None:
    """A moment by the plan's clock."""
    if not value:
        return None
    moment = dt.datetime.fromisoformat(str(value))
    return moment.astimezone(ZoneInfo(timezone)) if timezone and moment.tzinfo else moment
