"""The purchase rhythm: how soon customers come back, those who have not yet come back counted too.

Model: from each purchase day, the days until the customer's next one; whoever has not come back is followed
    up to the last day observed. The share back within n days is one less the Kaplan–Meier curve, once after
    the first purchase (one a customer) and once after all later ones.
Assumes: whoever bought lately will come back as those before them did. Later purchases of one customer
    resemble one another, so the interval of their curve is too narrow: it is not shown.
Source: see `vitrail.insight.survival`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vitrail.engine import Engine, sql
from vitrail.insight.survival import SurvivalCurve, estimate_survival

WITHIN_DAYS = (7, 14, 30, 60, 90, 180, 365, 730)
LEAST = 30  # customers still followed, for a share to be told


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How soon customers come back: after their first purchase day, and after a later one (None: too few)."""

    first: SurvivalCurve
    later: SurvivalCurve | None


def load_rhythm(engine: Engine, as_of: dt.date, until: dt.date) -> Rhythm | None:
    """The rhythm of the working tables `orders` and `profile`; None where nobody was followed for a day.

    Args:
        until: the first day not observed.
    """
    back = engine.records(
        sql(
            """
            select day - cast(gap_days as integer) = first_day as first, gap_days as days,
                count(*) as purchases
            from orders where gap_days is not null group by all
            """
        )
    )
    open_days = sql("recency_days - 1 - $quiet", quiet=(as_of - until).days)
    waiting = engine.records(
        sql(
            """
            select first_order_days = recency_days as first, $days as days, count(*) as purchases
            from profile where recency_days is not null group by all
            """,
            days=open_days,
        )
    )
    first = _estimate([row for row in back if row["first"]], [row for row in waiting if row["first"]])
    later = _estimate([row for row in back if not row["first"]], [row for row in waiting if not row["first"]])
    if first.followed < 1:
        return None
    return Rhythm(first, later if later.departures else None)


def _estimate(back: Sequence[Mapping[str, Any]], waiting: Sequence[Mapping[str, Any]]) -> SurvivalCurve:
    rows = [*back, *waiting]
    return estimate_survival(
        [max(row["days"], 0) for row in rows],
        [True] * len(back) + [False] * len(waiting),
        [row["purchases"] for row in rows],
    )


def describe_returns(curve: SurvivalCurve) -> dict[str, Any]:
    """What a curve of returns says: shares back within usual spans, and when a quarter and half are back."""
    within = []
    for days in WITHIN_DAYS:
        still = curve.share_at(days)
        followed = curve.at_risk_at(days)
        if still.value is not None and still.low is not None and still.high is not None and followed >= LEAST:
            within.append(
                {
                    "days": days,
                    "share": 1 - still.value,
                    "low": 1 - still.high,
                    "high": 1 - still.low,
                    "followed": followed,
                }
            )
    return {
        "purchases": curve.customers,
        "back": curve.departures,
        "followed_days": curve.followed,
        "within": within,
        "quarter_days": curve.quantile(0.75).value,
        "half_days": curve.quantile(0.5).value,
    }
