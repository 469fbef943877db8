"""The parts of the report that are tables: what each says, as plain values for the page to lay out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from markupsafe import Markup

from vitrail.charts.colours import known_tone
from vitrail.insight.grid import Cell, Interval, score_intervals
from vitrail.reports.run import Run, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

FRESH_DAYS, STALE_DAYS = 7, 35  # data older than this when computed are no longer fresh; are stale
ADVICE_ORDER = (
    "critical",
    "at_risk",
    "potential",
    "new",
    "promising",
    "attention",
    "champions",
    "sleepy",
    "loyal",
)
MOST_ADVICE = 5
COUNTED = ("order_count", "recency_days", "first_order_days", "item_count", "distinct_products")


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the data were when the run was made; `state` is fresh, ageing, stale or unknown."""

    state: str
    label: str
    data_until: str
    computed: str


def tell_freshness(run: Run, words: Words) -> Freshness:
    """Whether the figures can still be acted upon, judged by the run's own times."""
    computed = words.text(
        "report_computed",
        moment=run.computed_at.replace(tzinfo=None) if run.computed_at else words.day(None),
        seconds=words.number(run.seconds, 1),
        plan=run.plan_hash[:7] or "–",
    )
    if run.data_until is None or run.computed_at is None:
        return Freshness("unknown", words.text("report_freshness_unknown"), "", computed)
    days = (run.computed_at.date() - run.data_until.date()).days
    state = "fresh" if days <= FRESH_DAYS else "ageing" if days <= STALE_DAYS else "stale"
    until = words.text("report_data_until", moment=run.data_until.replace(tzinfo=None))
    return Freshness(state, words.text(f"report_freshness_{state}", days=days), until, computed)


def tell_advice(segmentation: SegmentationRow, words: Words) -> list[Markup]:
    """What to do, the most urgent first: for each segment with a known tone, its figures and one advice."""
    advice = []
    for tone in ADVICE_ORDER:
        for segment in segmentation.segments:
            if segment.tone != tone or not segment.customers:
                continue
            days = segment.figures.get("median_recency_days")
            amount = segment.revenue_per_customer
            code = "report_advice"
            code += "_worth" if amount is not None and amount > 0 else ""
            code += "_days" if days is not None else ""
            line = words.html(
                code,
                name=segment.name(words.language),
                customers=segment.customers,
                amount=words.money(amount, 0 if amount and amount >= 20 else None),
                days=None if days is None else round(days),
            )
            advice.append(line + " " + words.html(f"report_advice_{tone}"))
    return advice[:MOST_ADVICE]


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
    """Recency downwards from the best score, frequency across from the worst; each axis with its intervals."""

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
    labels = {interval.score: write_interval(interval, variable, words) for interval in intervals}
    return [(score, labels.get(score, "")) for score in range(1, max([*scores, len(intervals)]) + 1)]


def write_interval(interval: Interval, variable: str, words: Words) -> str:
    """The values that earn a score: `2 – 3`, `7 and more`, `–` where none can.

    Counts are written as whole numbers, money as money.
    """
    low, high = interval.low, interval.high
    if low is not None and low == high:
        return "–"
    if variable in COUNTED:
        first, last = interval.whole()
        if variable == "order_count":
            first = max(first or 1, 1)  # who never ordered has no score
        if first is not None and first == last:
            return words.number(first)
        if first is not None and last is not None and first > last:
            return "–"
        shown: tuple[str, str] = (
            "" if first is None else words.number(first),
            "" if last is None else words.number(last),
        )
    else:
        write = words.money if variable.endswith("amount") else words.number
        shown = ("" if low is None else write(low), "" if high is None else write(high))
        if low is None and high is not None:
            return words.text("report_below", value=shown[1])
    if low is None and high is None:
        return words.text("report_any_value")
    if low is None:
        return words.text("report_at_most", value=shown[1])
    if high is None:
        return words.text("report_at_least", value=shown[0])
    return words.text("report_between", low=shown[0], high=shown[1])


def list_thresholds(
    segmentation: SegmentationRow, run: Run, words: Words
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
        listed.append((variable_name(variable, run, words), pairs))
    return listed


def variable_name(variable: str, run: Run, words: Words) -> str:
    """A variable's name for people."""
    label = run.labels.get(variable, {}).get(words.language)
    return clean(label) if label else words.known(f"variable_{variable}", variable)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the cleaning funnel; `kind` is whole (read, kept), change, or aside (of which)."""

    name: str
    rows: str
    amount: str
    kind: str


def list_funnel(run: Run, words: Words) -> list[tuple[str, list[Step]]]:
    """The cleaning of each source: what was read, what each step took out, what was kept, of which what."""
    return [
        (clean(source), [_step(row, words) for row in rows])
        for source, rows in groupby(run.funnel, key=lambda row: str(row["source"]))
    ]


def _step(row: Mapping[str, Any], words: Words) -> Step:
    step, count, amount = str(row["step"]), row["rows"], row["amount"]
    if row["removed"]:
        rows = words.signed(-count)
        money = "–" if amount is None else words.money(-amount, 0)
        money = f"+{money}" if amount is not None and amount < 0 else money
        return Step(words.known(f"report_step_{step}", step.replace("_", " ")), rows, money, "change")
    kind = "whole" if step in ("read", "kept") else "aside"
    name = words.known(
        f"report_step_{step}" if kind == "whole" else f"report_aside_{step}", step.replace("_", " ")
    )
    return Step(name, words.number(count), words.money(amount, 0), kind)


@dataclass(frozen=True, slots=True)
class Portrait:
    """A segment in more detail: one figure or list a line, those the run has."""

    segment: SegmentRow
    lines: tuple[tuple[str, str], ...]


def list_portraits(segmentation: SegmentationRow, words: Words) -> list[Portrait]:
    """What each segment is like beyond its size: medians, difference from the rest, places, products."""
    return [Portrait(segment, tuple(_portrait_lines(segment, words))) for segment in segmentation.segments]


def _portrait_lines(segment: SegmentRow, words: Words) -> list[tuple[str, str]]:
    figures = segment.figures
    lines = []
    for variable in ("recency_days", "order_count", "mean_order_amount", "days_between_orders"):
        median = figures.get(f"median_{variable}")
        if median is not None:
            written = (
                words.money(median)
                if variable.endswith("amount")
                else words.days(median)
                if variable.endswith(("_days", "days_between_orders"))
                else words.number(median)
            )
            lines.append((words.text(f"report_median_{variable}"), written))
    difference = figures.get("difference_total_amount")
    if difference is not None:
        low, high = figures.get("difference_total_amount_low"), figures.get("difference_total_amount_high")
        sign = "+" if difference > 0 else ""
        written = sign + words.money(round(difference))
        if low is not None and high is not None:
            written = words.text(
                "report_interval", value=written, low=words.money(round(low)), high=words.money(round(high))
            )
        lines.append((words.text("report_difference"), written))
    if figures.get("last_order_on"):
        lines.append((words.text("report_last_order"), words.day(_as_day(figures["last_order_on"]))))
    countries = [
        f"{words.country(str(place['name']))} ({words.share(place['share'], 0)})"
        for place in figures.get("top_countries") or ()
    ]
    products = [
        f"{clean(product['name'], 40)} ({words.money(product['amount'], 0)})"
        for product in figures.get("top_products") or ()
    ]
    lines += [(words.text("report_top_countries"), ", ".join(countries))] if countries else []
    lines += [(words.text("report_top_products"), ", ".join(products))] if products else []
    return lines


def _as_day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value
