"""What to do: for each segment that asks for something, what is at stake, the move, and the way to the list.

The plan's own strategies come in place of ours. Items stand in the order of what is at stake now: what the
segment bought in the last 12 months, its revenue so far where the data go back no further; past and no
forecast. What was bought years ago by people who are gone can no longer be lost. Segments that are won
already (`KEPT`) come last, unless they slip: loyal customers silent for more than `SLIPPING` times their
usual gap stand with the others. Of `MOST_ADVICE` places, one is for the next order to win (`BEGUN`), and
those that leave (`LEAVING`), of whom the opening speaks, always have theirs; where segments find none, the
page says so and names them. A move suits the channels that reach the members, as the verdict on
accessibility counted them.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.reports.analyses.differences import say_kpi
from vitrail.reports.conditions import Labels
from vitrail.reports.run import ReportedRun, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

ADVISED = (
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
KEPT = ("champions", "loyal")
BEGUN = ("new", "promising")
LEAVING = ("at_risk", "critical")
MOST_ADVICE = 6
LONG_DAYS = 365  # a silence that no name of a segment hides
WELCOME_DAYS = 60  # a silence after which a welcome comes too late
SLIPPING = 2  # silences longer than so many usual gaps between orders
CHANNELS = ("email", "phone", "post")

Card = Mapping[str, Any]
Recent = Mapping[str, Mapping[str, Decimal]]  # segmentation → segment → what it bought in the last 12 months
Asked = tuple[SegmentationRow, SegmentRow, Mapping[str, Any] | None]  # with the plan's strategy, if any


@dataclass(frozen=True, slots=True)
class Advice:
    """One item of the list: the stakes, the move, who can be reached, how it is done, and the command that
    lists the people."""

    stakes: Markup
    move: Markup
    reach: Markup
    means: tuple[str, ...]
    command: str


def tell_advice(
    run: ReportedRun,
    main: SegmentationRow | None,
    words: Words,
    validation: Mapping[str, Any] | None = None,
    recent: Recent | None = None,
) -> list[Advice]:
    """Every strategy of the plan, and our advice for the main segmentation, in order.

    Args:
        validation: the stored verdicts, whose cards say which channels reach the members.
        recent: what they bought in the last 12 months; None or empty where the data go back no further.
    """
    recent = recent or {}
    chosen, _ = _choose(run, main, recent)
    cards = _cards(validation)
    enough = (validation or {}).get("thresholds", {}).get("accessible", 0.0)
    return [
        _advice(
            *each,
            cards.get((each[0].key, each[1].key)),
            enough,
            words,
            run.labels,
            _tell_recent(each[1], recent.get(each[0].key), words),
        )
        for each in sorted(chosen, key=partial(_stake, recent=recent))
    ]


def tell_order(
    run: ReportedRun,
    main: SegmentationRow | None,
    words: Words,
    validation: Mapping[str, Any] | None = None,
    recent: Recent | None = None,
) -> str:
    """The rule by which the items are ordered, who has none, and whether nobody can be reached."""
    money = any(segmentation.has_revenue for segmentation in run.segmentations)
    recent = recent or {}
    measure = "_recent" if money and recent else "" if money else "_customers"
    said = [words.text(f"report_todo_order{measure}")]
    _, left = _choose(run, main, recent)
    if left:
        ranked = sorted(left, key=partial(_stake, recent=recent))
        names = [segment.name(words.language) for _, segment, _ in ranked]
        said.append(words.text("report_todo_left", names=names, most=MOST_ADVICE))
    cards = (validation or {}).get("cards", ())
    if cards and not any(each["reach"] for each in cards):
        said.append(words.text("report_reach_none"))
    return " ".join(said)


def _choose(
    run: ReportedRun, main: SegmentationRow | None, recent: Recent
) -> tuple[list[Asked], list[Asked]]:
    """The plan's strategies and the first of ours, and those of ours that find no place."""
    planned: list[Asked] = []
    ours: list[Asked] = []
    for segmentation in run.segmentations:
        for segment in segmentation.segments:
            strategy = run.strategies.get(f"{segmentation.key}.{segment.key}")
            if strategy:
                planned.append((segmentation, segment, strategy))
            elif segmentation is main and segment.tone in ADVISED and segment.customers:
                ours.append((segmentation, segment, None))
    ours.sort(key=partial(_stake, recent=recent))
    begun = [each for each in ours if each[1].tone in BEGUN][:1]
    placed = [*begun, *(each for each in ours if each[1].tone in LEAVING)]
    ranked = [*placed, *(each for each in ours if each not in placed)]
    most = max(MOST_ADVICE - len(planned), 0)
    return [*planned, *ranked[:most]], ranked[most:]


def _cards(validation: Mapping[str, Any] | None) -> dict[tuple[str, str], Card]:
    return {(each["segmentation"], each["segment"]): each for each in (validation or {}).get("cards", ())}


def _stake(each: Asked, recent: Recent) -> tuple[bool, Decimal, Decimal, int, int]:
    """The most money of the last 12 months first, then of all time; what is won already last; equal ones as
    the plan has them."""
    segmentation, segment, _ = each
    whole = segment.revenue or Decimal(0)
    lately = recent.get(segmentation.key)
    now = whole if lately is None else lately.get(segment.key, Decimal(0))
    return (_is_kept(segment), -now, -whole, -segment.customers, segment.place)


def _is_kept(segment: SegmentRow) -> bool:
    """Whether its customers are won, and order as they used to."""
    return segment.tone in KEPT and not _slips(segment)


def _slips(segment: SegmentRow) -> bool:
    """Whether loyal customers have been silent for much longer than they usually are."""
    days: float | None = segment.figures.get("median_recency_days")
    gap: float = segment.figures.get("median_days_between_orders") or 0.0
    return segment.tone == "loyal" and days is not None and gap >= 2 and days > SLIPPING * gap


def _is_long_gone(segment: SegmentRow) -> bool:
    """Whether a name of those who come or stay is borne by customers of whom half have left since a year."""
    days: float = segment.figures.get("median_recency_days") or 0.0
    gap: float = segment.figures.get("median_days_between_orders") or 0.0
    return segment.tone in ("loyal", "potential", "attention", *BEGUN) and days > max(
        LONG_DAYS, SLIPPING * gap
    )


def _is_alike(card: Card | None) -> bool:
    """Whether nothing but what formed the segment tells its members from the other customers."""
    return card is not None and card["criteria"].get("distinct", {}).get("verdict") == "fail"


def _advice(
    segmentation: SegmentationRow,
    segment: SegmentRow,
    strategy: Mapping[str, Any] | None,
    card: Card | None,
    enough: float,
    words: Words,
    labels: Labels,
    recent: str,
) -> Advice:
    days = segment.figures.get("median_recency_days")
    amount = segment.revenue_per_customer
    code = "report_advice"
    code += "_worth" if amount is not None and amount > 0 else ""
    code += "_days" if days is not None else ""
    if segment.customers == 1 and code == "report_advice_worth_days":
        code = "report_advice_one"
    stakes = words.html(
        code,
        name=segment.name(words.language),
        customers=segment.customers,
        revenue=_say_money(segment.revenue, words),
        amount=_say_money(amount, words),
        recent=recent,
        days=None if days is None else round(days),
    )
    command = f"vitrail members {shlex.quote(f'{segmentation.key}.{segment.key}')}"
    command += f" -o {shlex.quote(segment.key + '.csv')}"
    reach = _tell_reach(card, words)
    if _is_alike(card):
        reach = Markup(" ").join(filter(None, (reach, words.html("report_advice_alike"))))
    if strategy is None:
        gap = segment.figures.get("median_days_between_orders")
        move = words.html(_move(segmentation, segment, card, enough), gap=gap and round(gap))
        return Advice(stakes, move, reach, (), command)
    move = words.html("report_strategy", goal=strategy["goal"][words.language])
    return Advice(stakes, move, reach, tuple(_means(strategy, words, labels)), command)


def _tell_recent(segment: SegmentRow, amounts: Mapping[str, Decimal] | None, words: Words) -> str:
    """How much of what a segment bought falls in the last 12 months; nothing where that is not known."""
    if not amounts or segment.revenue is None:
        return ""
    amount = amounts.get(segment.key, Decimal(0))
    part = "none" if amount <= 0 else "all" if amount >= segment.revenue else "part"
    return words.text(f"report_advice_recent_{part}", amount=_say_money(amount, words))


def _say_money(amount: Decimal | None, words: Words) -> str:
    """An amount without cents from 100 on."""
    return words.money(amount, 0 if amount and amount >= 100 else None)


def _tell_reach(card: Card | None, words: Words) -> Markup:
    """Which channels reach the members; what is missing where the one of the strategy is not known."""
    if card is None or not card["reach"]:
        return Markup()
    judged = card["criteria"]["accessible"]
    if judged["reason"] == "validation_accessible_no_channel":
        said = (words.html(judged[each], **judged["figures"]) for each in ("reason", "change"))
        return Markup(" ").join(said)
    channels = [
        words.text("report_reach_channel", channel=_channel(name), share=share)
        for name, share in sorted(card["reach"].items(), key=lambda each: (-each[1], each[0]))
    ]
    return words.html("report_reach", channels=channels)


def _channel(name: str) -> str:
    """The code of a channel's name for people, or the plan's own name."""
    return f"validation_channel_{name}" if name in CHANNELS else name


def _move(segmentation: SegmentationRow, segment: SegmentRow, card: Card | None, enough: float) -> str:
    """Our advice for a tone: no second order of those who have it, no welcome to those long silent, no
    call of those without a telephone."""
    if _is_long_gone(segment):
        return "report_advice_long_gone"
    if segment.tone in BEGUN and segmentation.method == "rfm":
        orders = segment.figures.get("mean_order_count")
        first = segmentation.cuts.get("order_count", ())[:1]
        if any(cut > 2 for cut in first) if orders is None else orders > 1:
            return "report_advice_again"
        if (segment.figures.get("median_recency_days") or 0) > WELCOME_DAYS:
            return "report_advice_promising"
    if _slips(segment):
        return "report_advice_loyal_slipping"
    if segment.key == "won_back":
        return "report_advice_won_back"
    if segment.tone == "critical":
        reach = {name: share for name, share in (card["reach"] if card else {}).items() if name in CHANNELS}
        best = max(reach, key=lambda name: (reach[name], name), default="")
        best = "phone" if reach.get("phone", 0.0) >= enough > 0 else best
        how = f"_{best}" if reach.get(best) else ""
        return f"report_advice_critical{how}{'_one' if segment.customers == 1 else ''}"
    return f"report_advice_{segment.tone}"


def _means(strategy: Mapping[str, Any], words: Words, labels: Labels) -> list[str]:
    """The actions, the channel and the measure of success that the plan gives."""
    means = [clean(action[words.language]) for action in strategy["actions"]]
    if channel := strategy.get("channel"):
        means.append(words.text("report_strategy_channel", channel=_channel(str(channel))))
    if strategy.get("success"):
        success = name_goal(str(strategy["success"]), words, labels)
        means.append(words.text("report_strategy_success", success=success))
    return means


def name_goal(kpi: str, words: Words, labels: Labels) -> str:
    """A key figure by its name for people, a variable or a comparison in words, else as the plan writes it.

    >>> name_goal("order_count > 1", Words("en", None), {}), name_goal("repeat_rate", Words("en", None), {})
    ('Orders: more than 1', 'repeat rate')
    """
    return words.known(f"kpi_{kpi}", say_kpi(kpi, words, labels) or kpi.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Goal:
    """An objective of the plan: the sentence, and whom, what and by when."""

    statement: str
    terms: tuple[str, ...]


def list_goals(run: ReportedRun, words: Words) -> list[Goal]:
    """The objectives of the plan."""
    goals = []
    for objective in run.objectives:
        kpi, target = name_goal(str(objective.get("kpi")), words, run.labels), objective.get("target")
        terms = [
            words.text("report_goal_target", kpi=kpi, target=_write_target(str(target), words))
            if target
            else kpi
        ]
        if objective.get("segment"):
            terms.append(words.text("report_goal_segment", name=_name(run, str(objective["segment"]), words)))
        if _ever_grows(str(objective.get("kpi"))):
            terms.append(words.text("report_goal_grows"))
        if objective.get("due"):
            due = dt.date.fromisoformat(str(objective["due"]))
            terms.append(words.text("report_goal_due", due=due))
        goals.append(Goal(clean(objective["statement"][words.language]), tuple(terms)))
    return goals


def _write_target(target: str, words: Words) -> str:
    """A target as the plan writes it, its percent sign as the language sets it."""
    return re.sub(r"(?<=\d)\s*%", "\u202f%" if words.language == "fr" else "%", target)


def _ever_grows(kpi: str) -> bool:
    """Whether a key figure is a count since the beginning, which next to nothing can lower."""
    return bool(re.search(r"\b(total_amount|order_count|item_count|revenue)\b", kpi))


def _name(run: ReportedRun, reference: str, words: Words) -> str:
    """The label of `segmentation.segment`, with its segmentation's where another has a segment of that name;
    the reference where the run has no such segment."""
    labels = {
        f"{segmentation.key}.{segment.key}": (segment.name(words.language), segmentation.name(words.language))
        for segmentation in run.segmentations
        for segment in segmentation.segments
    }
    if reference not in labels:
        return reference
    name, cut = labels[reference]
    shared = [other for other, _ in labels.values()].count(name) > 1
    return f"{name} ({cut})" if shared else name
