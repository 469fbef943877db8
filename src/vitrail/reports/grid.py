"""The recency × frequency grid and the thresholds behind scores, as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from vitrail.charts.colours import known_tone
from vitrail.insight.grid import Cell, Interval, score_intervals
from vitrail.reports.run import ReportedRun, SegmentationRow
from vitrail.reports.words import Words, clean

UNITS = {"recency_days": "report_grid_days", "order_count": "report_grid_orders"}
COUNTED = ("order_count", "recency_days", "first_order_days", "item_count", "distinct_products")


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of the grid as shown: its count, its segment and that segment's mark."""

    customers: str
    name: str
    mark: str
    tone: str
    said: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Recency down from the best score, frequency across from the worst; each axis with its intervals."""

    rows: tuple[tuple[tuple[int, str], tuple[GridCell | None, ...]], ...]
    columns: tuple[tuple[int, str], ...]
    shared: bool  # some cell holds several segments: the map also reads the monetary score


def lay_grid(segmentation: SegmentationRow, cells: Sequence[Cell], words: Words) -> Grid | None:
    """The heat map of an RFM segmentation; None where the scores are not there."""
    if not cells:
        return None
    by_scores = {(cell.recency_score, cell.frequency_score): cell for cell in cells}
    by_key = {segment.key: segment for segment in segmentation.segments}
    recency = _axis(segmentation, "recency_days", 0, [r for r, _ in by_scores], words)
    frequency = _axis(segmentation, "order_count", 1, [f for _, f in by_scores], words)

    def cell(r: int, f: int) -> GridCell | None:
        found = by_scores.get((r, f))
        if found is None:
            return None
        segment = by_key.get(found.segment)
        name = clean(segment.name(words.language) if segment else found.segment, 40)
        said = words.text("report_grid_cell", customers=found.customers, name=name, r=r, f=f)
        tone = known_tone(segment.tone if segment else None)
        return GridCell(words.number(found.customers), name, segment.mark if segment else "", tone, said)

    rows = tuple(((r, label), tuple(cell(r, f) for f, _ in frequency)) for r, label in reversed(recency))
    return Grid(rows, tuple(frequency), any(found.segments > 1 for found in cells))


def _axis(
    segmentation: SegmentationRow, variable: str, place: int, scores: Sequence[int], words: Words
) -> list[tuple[int, str]]:
    """Every score of an axis with the values that earn it."""
    if variable not in segmentation.cuts and place < len(segmentation.variables):
        variable = segmentation.variables[place]
    intervals = score_intervals(segmentation.cuts.get(variable, ()), fewer_is_better=place == 0)
    unit = UNITS.get(variable, "")
    labels = {interval.score: write_interval(interval, variable, words, unit) for interval in intervals}
    return [(score, labels.get(score, "")) for score in range(1, max([*scores, len(intervals)]) + 1)]


def write_interval(interval: Interval, variable: str, words: Words, unit: str = "") -> str:
    """The values that earn a score: `2 – 3`, `7 and more`, `–` where none can.

    Counts are written as whole numbers, money as money; `unit` is a sentence that the last number is put in.
    """

    def measure(value: str) -> str:
        return words.text(unit, values=value) if unit else value

    low, high = interval.low, interval.high
    if low is not None and low == high:
        return "–"
    if variable in COUNTED:
        first, last = interval.whole()
        if variable == "order_count":
            first = max(first or 1, 1)  # who never ordered has no score
        if first is not None and first == last:
            return measure(words.number(first))
        if first is not None and last is not None and first > last:
            return "–"
        shown: tuple[str, str] = (
            "" if first is None else words.number(first),
            "" if last is None else words.number(last),
        )
    else:
        write = partial(_write_money, words=words) if variable.endswith("amount") else words.number
        shown = ("" if low is None else write(low), "" if high is None else write(high))
        if low is None and high is not None:
            return words.text("report_below", value=shown[1])
    if low is None and high is None:
        return words.text("report_any_value")
    if low is None:
        return words.text("report_at_most", value=measure(shown[1]))
    if high is None:
        return words.text("report_at_least", value=measure(shown[0]))
    return words.text("report_between", low=shown[0], high=measure(shown[1]))


def _write_money(value: Decimal, words: Words) -> str:
    """A bound to the cent, as `explain` says it: who is a cent below is below on the page too."""
    return words.money(value, 0 if value == int(value) else 2)


def list_thresholds(
    segmentation: SegmentationRow, run: ReportedRun, words: Words
) -> list[tuple[str, list[tuple[str, str]]]]:
    """For each variable with cuts: its name, and each interval with its score or its bound."""
    listed = []
    for variable, cuts in segmentation.cuts.items():
        fewer = segmentation.method == "rfm" and variable == (segmentation.variables or ("recency_days",))[0]
        intervals = score_intervals(cuts, fewer_is_better=fewer)
        if segmentation.method == "rfm":
            pairs = [(words.number(each.score), write_interval(each, variable, words)) for each in intervals]
        else:
            pairs = [("", write_interval(each, variable, words)) for each in intervals]
        listed.append((words.variable(variable, run.labels), pairs))
    return listed
