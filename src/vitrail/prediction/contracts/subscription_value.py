"""What a subscriber is worth: margin × revenue a period over the share that leaves in one.

Model: everybody leaves with the same probability `churn` at the end of each period, so a new subscriber pays
    for 1 / churn periods on average and brings margin × ARPA / churn. The interval joins Wilson's of churn
    and Student's of ARPA (average revenue per account) by MOVER-R.
Assumes: one constant leaving rate for all, the same at any tenure; amounts that do not change and have
    nothing to do with leaving; no discounting. Where the rate falls with tenure this says too little of those
    who have stayed: use the shifted beta-geometric.
Source: Gupta and Lehmann, "Customers as assets", Journal of Interactive Marketing 17(1), 2003; Newcombe,
    "MOVER-R confidence intervals for ratios and products of two independently estimated quantities",
    Statistical Methods in Medical Research 25(5), 2016. Where nobody left, the rule of three: Hanley and
    Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 249, 1983.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from vitrail.prediction.contracts.tenures import Tenures
from vitrail.statistics.shares import ShareDifference, estimate_share_difference, wilson_interval
from vitrail.statistics.welch import Moments, student_quantile

FEWEST_LEAVERS = 10
"""Below this many who left the interval of a ratio does not close."""

_RULE_OF_THREE = -math.log(0.05)


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval; None where it is not estimable."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SubscriptionValue:
    """A subscriber's value under one constant leaving rate.

    Args:
        churn: the share that leaves in a period.
        amount: revenue a period and subscriber.
        periods: expected periods, 1 / churn.
        value: margin × amount × periods; where nobody left only `low` is known, and with fewer than
            `FEWEST_LEAVERS` or no amount above zero nothing.
        leavers: how many left, in how many periods lived (`exposure`).
    """

    churn: Interval
    amount: Interval
    periods: Interval
    value: Interval
    leavers: int
    exposure: int


def estimate_subscription_value(tenures: Tenures, amounts: Moments, margin: float = 1.0) -> SubscriptionValue:
    """Value from tenures and the revenue a period of each subscriber.

    Args:
        amounts: exact sums of the revenue a period, over the subscribers who pay.
        margin: the share of revenue that is left, in (0, 1].

    >>> from fractions import Fraction
    >>> months = Tenures(lost=(20, 20), kept=(0, 0, 360))
    >>> found = estimate_subscription_value(months, Moments(100, Fraction(5000), Fraction(260_000)), 0.8)
    >>> round(found.churn.value, 4), round(found.value.value), found.value.low < 780 < found.value.high
    (0.0513, 780, True)
    """
    leavers, exposure = tenures.leavers, tenures.exposure
    amount = _mean(amounts)
    if not exposure:
        none = Interval(None, None, None)
        return SubscriptionValue(none, amount, none, none, 0, 0)
    low, high = wilson_interval(leavers, exposure)
    if not leavers:
        most = min(1.0, _RULE_OF_THREE / exposure)
        least = None if amount.low is None else max(0.0, amount.low) * margin / most
        unbounded = Interval(None, 1 / most, None)
        return SubscriptionValue(
            Interval(0.0, 0.0, most), amount, unbounded, Interval(None, least, None), 0, exposure
        )
    churn = Interval(leavers / exposure, low, high)
    periods = Interval(exposure / leavers, 1 / high, 1 / low)
    told = leavers >= FEWEST_LEAVERS and (amount.value or 0) > 0
    value = _scale(divide_intervals(amount, churn), margin) if told else Interval(None, None, None)
    return SubscriptionValue(churn, amount, periods, value, leavers, exposure)


def divide_intervals(above: Interval, below: Interval) -> Interval:
    """The ratio of two independent estimates, its interval recovered from theirs (MOVER-R).

    Without bounds where those given have none, or where the one below is too wide for the ratio to have any.

    >>> ratio = divide_intervals(Interval(50.0, 48.0, 52.0), Interval(0.05, 0.04, 0.0625))
    >>> round(ratio.value), round(ratio.low), round(ratio.high)
    (1000, 797, 1254)
    """
    if above.value is None or not below.value:
        return Interval(None, None, None)
    value = above.value / below.value
    if None in (above.low, above.high, below.low, below.high):
        return Interval(value, None, None)
    a, low_a, high_a = above.value, float(above.low or 0), float(above.high or 0)
    b, low_b, high_b = below.value, float(below.low or 0), float(below.high or 0)
    if low_b <= 0 or high_b >= 2 * b or low_a <= 0:
        return Interval(value, None, None)
    product = a * b
    low = product - math.sqrt(max(0.0, product**2 - low_a * high_b * (2 * a - low_a) * (2 * b - high_b)))
    high = product + math.sqrt(max(0.0, product**2 - high_a * low_b * (2 * a - high_a) * (2 * b - low_b)))
    return Interval(value, low / (high_b * (2 * b - high_b)), high / (low_b * (2 * b - low_b)))


@dataclass(frozen=True, slots=True)
class TenureTrend:
    """Whether leaving slows down with tenure: the leaving rate up to `period`, and after it."""

    period: int
    early: float
    late: float
    difference: ShareDifference

    @property
    def falls(self) -> bool:
        """Whether the rate is lower later, beyond chance."""
        return self.difference.low is not None and self.difference.low > 0

    @property
    def rises(self) -> bool:
        """Whether the rate is higher later, beyond chance."""
        return self.difference.high is not None and self.difference.high < 0


def compare_tenures(tenures: Tenures) -> TenureTrend | None:
    """The leaving rate in the first half of the periods lived and in the second; None where one is empty.

    >>> trend = compare_tenures(Tenures(lost=(300, 30), kept=(0, 0, 670)))
    >>> trend.period, trend.early, round(trend.late, 3), trend.falls
    (1, 0.3, 0.043, True)
    """
    risk = tenures.at_risk.tolist()
    lived, half, early = 0, tenures.exposure / 2, 0
    while early < len(risk) and (not early or lived + risk[early] <= half):
        lived += risk[early]
        early += 1
    rest = tenures.exposure - lived
    if not lived or not rest:
        return None
    left = sum(tenures.lost[:early])
    later = tenures.leavers - left
    difference = estimate_share_difference(left, lived, later, rest)
    return TenureTrend(early, left / lived, later / rest, difference)


def _mean(amounts: Moments) -> Interval:
    if not amounts.count:
        return Interval(None, None, None)
    mean = float(amounts.mean)
    if amounts.count < 2:
        return Interval(mean, None, None)
    half = student_quantile(amounts.count - 1) * math.sqrt(float(amounts.variance) / amounts.count)
    return Interval(mean, mean - half, mean + half)


def _scale(each: Interval, factor: float) -> Interval:
    low, high = (None if bound is None else bound * factor for bound in (each.low, each.high))
    return Interval(None if each.value is None else each.value * factor, low, high)
