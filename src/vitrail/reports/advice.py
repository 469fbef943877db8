"""What to do: for each segment that asks for something, what is at stake, the move, and the way to the list.

The plan's own strategies come in place of ours.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from vitrail.charts.colours import TONE_ORDER
from vitrail.reports.run import Run, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

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


@dataclass(frozen=True, slots=True)
class Advice:
    """One item of the list: the stakes, the move, how it is done, and the command that lists the people."""

    stakes: Markup
    move: Markup
    means: tuple[str, ...]
    command: str


def tell_advice(run: Run, main: SegmentationRow | None, words: Words) -> list[Advice]:
    """Every strategy of the plan, and our advice for the main segmentation's tones; the most urgent first."""
    planned, ours = [], []
    for segmentation in run.segmentations:
        for segment in segmentation.segments:
            strategy = run.strategies.get(f"{segmentation.key}.{segment.key}")
            if strategy:
                planned.append((segmentation, segment, strategy))
            elif segmentation is main and segment.tone in ADVICE_ORDER and segment.customers:
                ours.append((segmentation, segment, None))
    ours.sort(key=_urgency)
    chosen = [*planned, *ours[: max(MOST_ADVICE - len(planned), 0)]]
    return [_advice(*each, words) for each in sorted(chosen, key=_urgency)]


def _urgency(each: tuple[SegmentationRow, SegmentRow, Any]) -> tuple[int, int]:
    tone = each[1].tone
    ranks = (*ADVICE_ORDER, *(other for other in TONE_ORDER if other not in ADVICE_ORDER))
    return (ranks.index(tone) if tone in ranks else len(ranks), each[1].place)


def _advice(
    segmentation: SegmentationRow, segment: SegmentRow, strategy: Mapping[str, Any] | None, words: Words
) -> Advice:
    days = segment.figures.get("median_recency_days")
    amount = segment.revenue_per_customer
    code = "report_advice"
    code += "_worth" if amount is not None and amount > 0 else ""
    code += "_days" if days is not None else ""
    stakes = words.html(
        code,
        name=segment.name(words.language),
        customers=segment.customers,
        revenue=words.money(segment.revenue, 0),
        amount=words.money(amount, 0 if amount and amount >= 100 else None),
        days=None if days is None else round(days),
    )
    command = f"vitrail members {shlex.quote(f'{segmentation.key}.{segment.key}')}"
    command += f" -o {shlex.quote(segment.key + '.csv')}"
    if strategy is None:
        return Advice(stakes, words.html(_move(segmentation, segment)), (), command)
    move = words.html("report_strategy", goal=str(strategy.get("goal") or ""))
    return Advice(stakes, move, tuple(_means(strategy, words)), command)


def _move(segmentation: SegmentationRow, segment: SegmentRow) -> str:
    """Our advice for a tone. A second order is asked only of those who have one."""
    again = any(cut > 2 for cut in segmentation.cuts.get("order_count", ())[:1])
    if segment.tone in ("new", "promising") and segmentation.method == "rfm" and again:
        return "report_advice_again"
    if segment.key == "won_back":
        return "report_advice_won_back"
    return f"report_advice_{segment.tone}"


def _means(strategy: Mapping[str, Any], words: Words) -> list[str]:
    """The actions, the channel and the measure of success that the plan gives."""
    means = [clean(action) for action in strategy.get("actions") or ()]
    if strategy.get("channel"):
        means.append(words.text("report_strategy_channel", channel=str(strategy["channel"])))
    if strategy.get("success"):
        means.append(words.text("report_strategy_success", success=name_kpi(strategy["success"], words)))
    return means


def name_kpi(kpi: object, words: Words) -> str:
    """A key figure by its name for people, else as the plan writes it."""
    return words.known(f"kpi_{kpi}", str(kpi).replace("_", " "))


@dataclass(frozen=True, slots=True)
class Goal:
    """An objective of the plan: the sentence, and whom, what and by when."""

    statement: str
    terms: tuple[str, ...]


def list_goals(run: Run, words: Words) -> list[Goal]:
    """The objectives of the plan."""
    goals = []
    for objective in run.objectives:
        kpi, target = name_kpi(objective.get("kpi"), words), objective.get("target")
        terms = [
            words.text("report_goal_target", kpi=kpi, target=_write_target(str(target), words))
            if target
            else kpi
        ]
        if objective.get("segment"):
            terms.append(words.text("report_goal_segment", name=_name(run, str(objective["segment"]), words)))
        if objective.get("due"):
            due = dt.date.fromisoformat(str(objective["due"]))
            terms.append(words.text("report_goal_due", due=due))
        goals.append(Goal(clean(objective.get("statement") or ""), tuple(terms)))
    return goals


def _write_target(target: str, words: Words) -> str:
    """A target as the plan writes it, its percent sign as the language sets it."""
    return re.sub(r"(?<=\d)\s*%", "\u202f%" if words.language == "fr" else "%", target)


def _name(run: Run, reference: str, words: Words) -> str:
    """The label of `segmentation.segment`, or the reference where the run has no such segment."""
    found = (
        segment.name(words.language)
        for segmentation in run.segmentations
        for segment in segmentation.segments
        if f"{segmentation.key}.{segment.key}" == reference
    )
    return next(found, reference)
