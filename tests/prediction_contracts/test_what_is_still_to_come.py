"""The remaining value by hand: its discount, which end of it is which, who paid more."""

from __future__ import annotations

import pyarrow as pa
import pytest

import vitrail
from vitrail.statistics.shares import wilson_interval

LOST = [100, 90, 81, 73, 66, 59]
"""One in ten leaves each year."""


def subscribers(left: float, staying: float) -> pa.Table:
    kept = 1000 - sum(LOST)
    years = [t for t, count in enumerate(LOST, start=1) for _ in range(count)] + [len(LOST)] * kept
    gone = [True] * sum(LOST) + [False] * kept
    return pa.table({"years": years, "gone": gone, "fee": [left] * sum(LOST) + [staying] * kept})


@pytest.mark.parametrize(("period", "rate"), [("year", 0.2), ("month", 1.2 ** (1 / 12) - 1)])
def test_one_rate_leaves_a_discounted_sum_with_its_ends(period: str, rate: float) -> None:
    """Σ ((1 − churn) / (1 + rate))^t = (1 − churn) / (churn + rate), a payment at the end of each period."""
    found = vitrail.contract_value(
        subscribers(20, 20), "years", "gone", "fee", period=period, discount=0.2, margin=0.5
    )
    assert found.status == "constant"
    kept, exposure = 1000 - sum(LOST), sum(1000 - sum(LOST[:t]) for t in range(len(LOST)))
    ends = wilson_interval(sum(LOST), exposure)
    low, high, value = (
        kept * 20 * 0.5 * (1 - churn) / (churn + rate) for churn in (ends[1], ends[0], sum(LOST) / exposure)
    )
    total = found.content["remaining"]["total"]
    assert low < value < high
    assert (total["low"], total["value"], total["high"]) == pytest.approx((low, value, high))


def test_those_who_left_paid_more_where_they_did() -> None:
    amounts = vitrail.contract_value(subscribers(30, 20), "years", "gone", "fee").content["amounts"]
    assert (amounts["left"], amounts["staying"], amounts["difference"]) == (30, 20, 10)
