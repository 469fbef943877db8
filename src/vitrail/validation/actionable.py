"""Actionable: is there a strategy with a goal, a channel and a measure of success, and something to act on?

What one can act on is a *lever*: a measure in which the members differ from the others by more than
matters, and that an action can follow: when to write, through which channel, about which category, with
which offer. Differences that formed the segment count here: that customers bought long ago is a reason to
write to them now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from vitrail.plan import StrategySpec, by_language
from vitrail.validation.comparing import Comparison
from vitrail.validation.measures import Measure
from vitrail.validation.model import Judgement, Verdict, nobody

LEVERS = frozenset(
    {
        "recency_days",
        "days_between_orders",
        "last_gap_days",
        "mean_order_amount",
        "median_order_amount",
        "discount_share",
        "refund_share",
        "distinct_products",
        "favourite_category",
        "favourite_product",
        "usual_weekday",
        "usual_hour",
        "usual_channel",
        "usual_payment_method",
        "acquisition_channel",
        "country",
    }
)
"""The built-in variables that an action can follow; the plan's own can, too, and so can predictions."""

MOST_LEVERS = 3


def find_levers(
    compared: Sequence[Comparison],
    measures: Mapping[str, Measure],
    own: Collection[str],
    alpha: float,
    least_effect: float,
) -> tuple[str, ...]:
    """The levers of a segment, the largest difference first.

    Args:
        compared: the segment on every measure.
        own: variables of the plan's own.
    """
    found = [
        each
        for each in compared
        if set(measures[each.measure].variables) & (LEVERS | set(own)) and each.is_large(alpha, least_effect)
    ]
    found.sort(key=lambda each: (-(each.effect.margin if each.effect else 0.0), each.measure))
    return tuple(each.measure for each in found)


def judge_actionable(
    members: int,
    strategy: StrategySpec | None,
    levers: Sequence[str],
    compared: Sequence[Comparison],
    measures: Mapping[str, Measure],
) -> Judgement:
    """The verdict on a segment.

    The figure is how many of four things are there: a goal, a channel, a measure of success, a lever.
    """
    if not members:
        return nobody()
    absent = [
        part
        for part, there in (
            ("goal", strategy is not None and bool(by_language(strategy.goal)["en"].strip())),
            ("channel", strategy is not None and bool((strategy.channel or "").strip())),
            ("success", strategy is not None and bool((strategy.success or "").strip())),
        )
        if not there
    ]
    figures: dict[str, Any] = {
        "levers": [dict(measures[name].label) for name in levers[:MOST_LEVERS]],
        "absent": [f"validation_part_{part}" for part in absent],
    }
    there = 3 - len(absent) + bool(levers)
    compared_at_all = any(each.effect is not None for each in compared)
    if strategy is None and not levers and not compared_at_all:
        reason, change = "validation_actionable_unknown", "validation_actionable_none_change"
        return Judgement("not_estimable", reason, change, float(there), 4.0, figures)
    plan = "none" if strategy is None else "part" if absent else "whole"
    both, one = plan == "whole" and levers, plan == "whole" or levers
    verdict: Verdict = "pass" if both else "weak" if one else "fail"
    reason = f"validation_actionable_{plan}_{'levers' if levers else 'no_lever'}"
    change = f"validation_actionable_{plan}_change"
    if plan == "whole" and not levers:
        change = "validation_no_lever_change"
    return Judgement(verdict, reason, change, float(there), 4.0, figures)
