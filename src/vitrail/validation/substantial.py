"""Substantial: enough customers and value to be worth an action, and enough to learn whether it worked.

Model: members and revenue against the plan's minimum sizes; and the smallest gain in the response rate that
    an A/B test, half the members each, shows with 80 % power at the 5 % level, against the gain wanted.
Assumes: that about `response_rate` of the members respond without the action.
Source: Cohen, "Statistical power analysis for the behavioral sciences", 2nd edition, 1988, chapter 6.
"""

from __future__ import annotations

import math
from decimal import Decimal

from vitrail.statistics.power import needed_customers, smallest_difference
from vitrail.validation.model import NEAR, Judgement, Verdict, nobody


def smallest_gain(members: int, response_rate: float) -> float | None:
    """The smallest gain in the response rate that a test within a segment could show; None where none could.

    >>> round(smallest_gain(1000, 0.1), 3), smallest_gain(3, 0.1)
    (0.053, None)
    """
    deviation = math.sqrt(response_rate * (1 - response_rate))
    gain = smallest_difference(members // 2, members - members // 2, deviation)
    return gain if gain is not None and gain <= 1 - response_rate else None


def judge_substantial(
    members: int,
    value: Decimal | None,
    minimum_customers: int,
    minimum_value: Decimal | None,
    response_rate: float,
    test_gain: float,
) -> Judgement:
    """The verdict on a segment's size.

    >>> judge_substantial(400, None, 50, None, 0.1, 0.1).verdict
    'pass'
    >>> judge_substantial(60, None, 50, None, 0.1, 0.1).verdict  # too few for a test
    'weak'
    >>> [judge_substantial(members, None, 50, None, 0.1, 0.1).verdict for members in (45, 9, 0)]
    ['weak', 'fail', 'not_estimable']
    """
    if not members:
        return nobody()
    deviation = math.sqrt(response_rate * (1 - response_rate))
    needed = needed_customers(test_gain, deviation) or 0
    gain = smallest_gain(members, response_rate)
    figures = {
        "customers": members,
        "minimum": minimum_customers,
        "value": value if value is not None else Decimal(0),
        "minimum_value": minimum_value if minimum_value is not None else Decimal(0),
        "to": response_rate + gain if gain is not None else 1.0,
        "needed": needed,
        "response": response_rate,
    }
    threshold = float(minimum_customers)
    if members < minimum_customers:
        verdict: Verdict = "weak" if members >= NEAR * minimum_customers else "fail"
        return _judged(verdict, "customers", members, threshold, figures)
    if minimum_value is not None and value is not None and value < minimum_value:
        verdict = "weak" if value >= Decimal(str(NEAR)) * minimum_value else "fail"
        return Judgement(
            verdict,
            "validation_substantial_value",
            "validation_substantial_value_change",
            float(value),
            float(minimum_value),
            figures,
        )
    if gain is None or gain > test_gain:
        return _judged("weak", "test" if gain is not None else "no_test", members, threshold, figures)
    return _judged("pass", "pass", members, threshold, figures)


def _judged(
    verdict: Verdict, why: str, members: int, threshold: float, figures: dict[str, object]
) -> Judgement:
    reason = f"validation_substantial_{why}"
    change = f"validation_substantial_{'test' if why == 'no_test' else why}_change"
    return Judgement(verdict, reason, change, float(members), threshold, figures)
