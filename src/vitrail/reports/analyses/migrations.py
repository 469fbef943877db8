"""What changed since an earlier run: each segment then and now, and the largest moves between segments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from vitrail.insight.groups import choose_main
from vitrail.reports.analyses.part import Part
from vitrail.reports.run import ReportedRun, SegmentationRow
from vitrail.reports.words import Words, clean

MOST_MOVES = 6

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pane:
    """A segment as a table names it; one that is gone has no mark."""

    name: str
    tone: str
    mark: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A segment then and now; `start` and `length` place its bar, in per cent of the room."""

    pane: Pane
    customers_before: str
    customers: str
    change: str
    start: float
    length: float
    revenue_before: str
    revenue: str
    revenue_change: str


@dataclass(frozen=True, slots=True)
class Move:
    """Customers who went from one segment to another."""

    source: Pane
    target: Pane
    customers: str
    revenue: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A segmentation: what is said, its segments, the moves; `money` where amounts are known of both runs."""

    name: str
    said: tuple[Markup, ...]
    notes: tuple[str, ...]
    drifts: tuple[Drift, ...]
    moves: tuple[Move, ...]
    money: bool


def tell_migrations(content: Row, run: ReportedRun, words: Words) -> Part | None:
    """The part of the report; none where no segmentation can be compared."""
    known = {each.key: each for each in run.segmentations}
    main = choose_main(run.segmentations)
    as_of = dt.date.fromisoformat(content["as_of"])
    cuts = [each for each in content["cuts"] if each["segmentation"] in known]
    cuts.sort(key=lambda each: known[each["segmentation"]] is not main)
    told = [_tell(each, known[each["segmentation"]], content["rows"], as_of, words) for each in cuts]
    if not told:
        return None
    note = words.text("migrations_note", before=as_of, now=run.as_of)
    if not content["same_plan"]:
        note += " " + words.text("migrations_plan_changed")
    return Part(words.text("report_changes"), note, "", {"main": told[0], "others": told[1:]})


def _tell(
    cut: Row, segmentation: SegmentationRow, rows: Sequence[Row], since: dt.date, words: Words
) -> Changed:
    own = [each for each in rows if each["segmentation"] == cut["segmentation"]]
    panes = {
        key: Pane(clean(label.get(words.language) or key, 60), "no_order", "–")
        for key, label in cut["labels"].items()
    }
    panes |= {
        each.key: Pane(clean(each.name(words.language), 60), each.tone, each.mark)
        for each in segmentation.segments
    }
    money = all(row["revenue_before"] is not None for row in own if row["before"] is not None)
    money = money and all(row["revenue_after"] is not None for row in own if row["after"] is not None)
    moved = [row for row in own if row["before"] != row["after"] and row["before"] and row["after"]]
    moved.sort(key=lambda row: (-row["customers"], row["before"], row["after"]))
    anew = "migrations_clusters_moved" if segmentation.method == "clusters" else "migrations_cuts_moved"
    return Changed(
        name=clean(segmentation.name(words.language), 80),
        said=tuple(_say(own, moved, since, money, words)),
        notes=(words.text(anew),) if cut["cuts_moved"] else (),
        drifts=tuple(_list_drifts(own, panes, words)),
        moves=tuple(
            Move(
                panes[row["before"]],
                panes[row["after"]],
                words.number(row["customers"]),
                words.money(_amount(row["revenue_after"]), 0),
            )
            for row in moved[:MOST_MOVES]
            if row["before"] in panes and row["after"] in panes
        ),
        money=money,
    )


def _say(own: Sequence[Row], moved: Sequence[Row], since: dt.date, money: bool, words: Words) -> list[Markup]:
    """Who arrived, who left, who moved; what revenue became."""
    arrived = sum(row["customers"] for row in own if row["before"] is None)
    gone = sum(row["customers"] for row in own if row["after"] is None)
    both = sum(row["customers"] for row in own if row["before"] and row["after"])
    said = []
    if both:
        movers = sum(row["customers"] for row in moved)
        said.append(words.html("migrations_moved", movers=movers, share=movers / both, both=both))
    said.append(words.html("migrations_arrived", arrived=arrived, since=since))
    if gone:
        said.append(words.html("migrations_gone", gone=gone))
    if money:
        before, after = (_total(own, f"revenue_{side}") for side in ("before", "after"))
        said.append(
            words.html("migrations_revenue", before=words.money(before, 0), after=words.money(after, 0))
        )
    return said


def _list_drifts(own: Sequence[Row], panes: Mapping[str, Pane], words: Words) -> list[Drift]:
    """Each segment that held or holds somebody, those of the page first, in its order."""
    held = {
        key: (
            [row for row in own if row["before"] == key],
            [row for row in own if row["after"] == key],
        )
        for key in sorted(
            panes, key=lambda key: (panes[key].mark == "–", len(panes[key].mark), panes[key].mark)
        )
    }
    counts = {
        key: tuple(sum(row["customers"] for row in side) for side in sides) for key, sides in held.items()
    }
    widest = max((abs(after - before) for before, after in counts.values()), default=0) or 1
    drifts = []
    for key, (was, now) in held.items():
        before, after = counts[key]
        if not before and not after:
            continue
        length = 50 * abs(after - before) / widest
        # rounded as they are shown, so that the difference is that of the figures beside it
        spent, spends = round(_total(was, "revenue_before")), round(_total(now, "revenue_after"))
        drifts.append(
            Drift(
                panes[key],
                words.number(before),
                words.number(after),
                words.signed(after - before),
                round(50 - length if after < before else 50, 1),
                round(length, 1),
                words.money(spent, 0),
                words.money(spends, 0),
                ("+" if spends > spent else "") + words.money(spends - spent, 0),
            )
        )
    return drifts


def _total(rows: Sequence[Row], name: str) -> Decimal:
    return sum((_amount(row[name]) or Decimal(0) for row in rows), Decimal(0))


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
