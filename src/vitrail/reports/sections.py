"""The parts of the report that are tables: what each says, as plain values for the page to lay out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from vitrail.collection.refusals import SUBTOTAL, UNREADABLE
from vitrail.reports.run import FEWEST_IN_RANGE, ReportedRun, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

_TOTALS = ("total_line", SUBTOTAL)

FRESH_DAYS, STALE_DAYS = 7, 35  # data older than this when computed are no longer fresh; are stale
MOST_LISTED = 3  # countries and products told of a segment
LEAST_TOLD = 0.005  # the share of a segment below which those without a country go unmentioned
ALL_KNOWN = 0.99  # the share of a segment's revenue from which its products pass for known


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the data were when the run was made; `state` is fresh, ageing, stale or unknown."""

    state: str
    label: str
    data_until: str
    computed: str


def tell_freshness(run: ReportedRun, words: Words) -> Freshness:
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
    until = words.text("report_data_until", moment=_moment_or_day(run.data_until, words))
    code = "report_freshness_years" if days >= 2 * 365 else f"report_freshness_{state}"
    return Freshness(state, words.text(code, days=days, years=days // 365), until, computed)


def _moment_or_day(value: dt.datetime, words: Words) -> dt.datetime | str:
    """The newest order; its day alone where the data give no time."""
    return value.replace(tzinfo=None) if value.time() != dt.time() else words.day(value.date())


def tell_cut(segmentation: SegmentationRow, words: Words) -> str:
    """A segmentation in a line: how many segments hold somebody, and the largest of them."""
    held = [each for each in segmentation.segments if each.customers]
    if not held:
        return words.text("report_no_segments", name=segmentation.name(words.language))
    money = segmentation.has_revenue and held[0].revenue_share is not None
    largest = held[0] if money else max(held, key=lambda each: each.customers)
    return words.text(
        "report_cut_verdict" if money else "report_cut_verdict_customers",
        segments=len(held),
        name=clean(largest.name(words.language), 60),
        customers=largest.customers,
        share=largest.share or 0.0,
        revenue_share=largest.revenue_share or 0.0,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the cleaning funnel; `kind` is whole (read, kept), change, or aside (of which)."""

    name: str
    rows: str
    amount: str
    kind: str


def list_funnel(run: ReportedRun, words: Words) -> list[tuple[str, list[Step]]]:
    """The cleaning of each source: what was read, what each step took out, what was kept, of which what."""
    by_source = groupby(run.funnel, key=lambda row: str(row["source"]))
    return [
        (clean(source), [*_files(run, source, words), *_steps(list(rows), words)])
        for source, rows in by_source
    ]


def _files(run: ReportedRun, source: str, words: Words) -> list[Step]:
    """What the files hold and what of it is malformed, before the lines read; nothing where all is read."""
    files = [file for each in run.sources if each.get("name") == source for file in each.get("files") or ()]
    refused = sum(file.get("refused") or 0 for file in files)
    own = {
        reason: sum(r["records"] for r in run.refused if (r["source"], r["reason"]) == (source, reason))
        for reason in _TOTALS
    }
    totals = sum(own.values())
    if not refused and not totals:
        return []
    held = sum(file.get("records") or 0 for file in files)
    counted = {"total_lines": totals, "refused": refused - own["total_line"]}
    return [
        Step(words.text("report_step_in_files"), words.number(held), "–", "whole"),
        *(
            Step(words.text(f"report_step_{name}"), words.signed(-count), "–", "change")
            for name, count in counted.items()
            if count
        ),
    ]


def tell_refused(run: ReportedRun, words: Words) -> str:
    """How many lines are malformed and how many values are unreadable; empty where all was read."""
    counted = {"lines": 0, "values": 0}
    for row in run.refused:
        if row["reason"] not in _TOTALS:  # which are read for what they are
            counted["values" if row["reason"] in UNREADABLE else "lines"] += row["records"]
    parts = [words.text(f"report_refused_{name}", count=count) for name, count in counted.items() if count]
    return words.text("report_refused_note", parts=parts) if parts else ""


def _steps(rows: Sequence[Mapping[str, Any]], words: Words) -> list[Step]:
    """Cancellations are told as those of the voided sales only where sales were voided."""
    voided = any(row["step"] == "voided" for row in rows)
    names = {} if voided else {"cancelled": "cancelled_alone"}
    return [_step({**row, "step": names.get(row["step"], row["step"])}, words) for row in rows]


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
                words.money(median, 0 if abs(median) >= 100 else None)
                if variable.endswith("amount")
                else words.days(median)
                if variable.endswith(("_days", "days_between_orders"))
                else words.figure(median, "")
            )
            lines.append((words.text(f"report_median_{variable}"), written))
    difference = figures.get("difference_total_amount")
    if difference is not None:
        low, high = figures.get("difference_total_amount_low"), figures.get("difference_total_amount_high")
        sign = "+" if difference > 0 else ""
        written = sign + words.money(difference, 0)
        if segment.customers < FEWEST_IN_RANGE:
            written = words.text("report_interval_few", value=written)
        elif low is not None and high is not None:
            written = words.text(
                "report_interval", value=written, low=words.money(low, 0), high=words.money(high, 0)
            )
        lines.append((words.text("report_difference"), written))
    if figures.get("last_order_on"):
        lines.append((words.text("report_last_order"), words.day(_as_day(figures["last_order_on"]))))
    countries = [
        f"{words.country(place['name'])} ({words.share(place['share'], int(place['share'] < 0.01))})"
        for place in (figures.get("top_countries") or ())[:MOST_LISTED]
    ]
    located = figures.get("countries_known")
    if countries and located is not None and located < 1 - LEAST_TOLD:
        countries.append(words.text("report_country_unknown", share=words.share(1 - located, 0)))
    products = [
        f"{clean(product['name'], 40)} ({words.money(product['amount'], 0)})"
        for product in (figures.get("top_products") or ())[:MOST_LISTED]
    ]
    lines += [(words.text("report_top_countries"), ", ".join(countries))] if countries else []
    if products:
        sold, known = ", ".join(products), figures.get("products_known")
        if known is not None and 0 <= known < ALL_KNOWN:
            sold = words.text("report_products_known", products=sold, share=words.share(known, 0))
        lines.append((words.text("report_top_products"), sold))
    return lines


def _as_day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value
