"""The check built into every lifetime value: fitted to an earlier day, compared with what happened since.

Model: the same model, chosen anew from what was known on the earlier day, expects the repeat orders of the
    customers known then. Beside it the plainest expectation: each customer keeps the pace it has had.
Assumes: nothing. It is a count of what came and what did not; but of one period, so that a season or a
    campaign in it speaks too.
Source: Fader, Hardie & Lee, Marketing Science 24(2), 2005, section 4 (tracking plots and conditional
    expectations by frequency).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from vitrail.engine import Engine
from vitrail.findings import Finding
from vitrail.prediction.lifetime.choice import Chosen, check_purchases, choose_model
from vitrail.prediction.lifetime.histories import Floats
from vitrail.prediction.lifetime.outlook import Total, add_up, look_ahead
from vitrail.prediction.lifetime.purchases import Happened, Purchases, load_happened, load_purchases

MISSED = 0.2
"""An expected total this far from what happened is said to miss it."""
FEWEST_ORDERS = 50
_BANDS = (0, 1, 2, 3, 5, 8)


@dataclass(frozen=True, slots=True)
class Holdout:
    """What was expected of the days held out, and what came.

    Args:
        cut: the day the model knew nothing of, and after.
        until: the end of the days held out.
        model: the one used.
        expected: orders in the days held out, with where the total should have fallen.
        happened: orders that came.
        paced: orders, had each customer kept its pace.
        error: root mean square error a customer, of the model; `pace_error` of keeping the pace.
        covered: share of customers whose orders fell between `least` and `most`.
        weeks: (last day of the week, expected, happened), both in repeat orders since the first day of all.
        bands: by repeat orders before the cut: (from, to or None, customers, mean expected, mean happened).
    """

    cut: dt.date
    until: dt.date
    model: str
    customers: int
    expected: Total
    happened: int
    paced: float
    error: float
    pace_error: float
    covered: float
    weeks: tuple[tuple[dt.date, float, int], ...]
    bands: tuple[tuple[int, int | None, int, float, float], ...]

    @property
    def miss(self) -> float:
        """How far the expected total is from what happened, as a share of it."""
        return self.expected.value / self.happened - 1

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        names = ("from", "to", "customers", "expected", "happened")
        return {
            "cut": self.cut.isoformat(),
            "until": self.until.isoformat(),
            "days": (self.until - self.cut).days,
            "model": self.model,
            "customers": self.customers,
            "expected": {
                "value": self.expected.value,
                "low": self.expected.low,
                "high": self.expected.high,
            },
            "happened": self.happened,
            "miss": self.miss,
            "paced": self.paced,
            "error": self.error,
            "pace_error": self.pace_error,
            "covered": self.covered,
            "weeks": [
                {"until": day.isoformat(), "expected": expected, "happened": happened}
                for day, expected, happened in self.weeks
            ],
            "bands": [dict(zip(names, band, strict=True)) for band in self.bands],
        }


def hold_out(
    engine: Engine, place: str, name: str, now: Purchases, days: int | None
) -> tuple[Holdout | None, list[Finding]]:
    """Fit the model to what was known `days` before the as-of date, and compare.

    Args:
        name: of the model.
        now: what is known today.
        days: held out; a third of those observed unless given.
    """
    days = days or max(now.days // 3, 1)
    if days >= now.days:
        return None, [
            Finding("lifetime_holdout_few_days", "warning", place, {"have": now.days, "need": days + 1})
        ]
    known = load_purchases(engine, now.as_of - dt.timedelta(days=days), f"{now.table}_known")
    failed = check_purchases(place, known, "lifetime_holdout")
    if failed:
        return None, failed
    happened = load_happened(engine, known, now.as_of)
    came = int(happened.customers @ happened.orders)
    if came < FEWEST_ORDERS:
        figures = {"have": came, "need": FEWEST_ORDERS}
        return None, [Finding("lifetime_holdout_few_orders", "warning", place, figures)]
    chosen = choose_model(name, known.histories)
    found = _compare(chosen, known, happened, now.as_of, float(days))
    return found, judge_holdout(place, found)


def _compare(chosen: Chosen, known: Purchases, happened: Happened, as_of: dt.date, days: float) -> Holdout:
    histories, model, fit = known.histories, chosen.model, chosen.fit
    outlook = look_ahead(model, fit, histories, days)
    age = np.maximum(histories.age, 1.0)
    pace = histories.frequency / age * days
    at, came, n = happened.history, happened.orders, happened.customers
    inside = (came >= outlook.least[at]) & (came <= outlook.most[at])
    total = float(n.sum())
    return Holdout(
        cut=known.as_of,
        until=as_of,
        model=model.name,
        customers=int(total),
        expected=add_up(model, fit, histories, days, outlook.variance),
        happened=int(n @ came),
        paced=float(histories.customers @ pace),
        error=float(np.sqrt(n @ (outlook.orders[at] - came) ** 2 / total)),
        pace_error=float(np.sqrt(n @ (pace[at] - came) ** 2 / total)),
        covered=float(n @ inside) / total,
        weeks=_track(chosen, known, happened),
        bands=_band(histories.frequency[at], outlook.orders[at], came, n),
    )


def _track(chosen: Chosen, known: Purchases, happened: Happened) -> tuple[tuple[dt.date, float, int], ...]:
    """Repeat orders so far by whole week: those expected from each first order on, and those placed."""
    if known.first is None:
        return ()
    weeks = happened.days // 7
    starts = np.bincount(
        (known.days - 1 - known.histories.age).astype(np.int64), known.histories.customers, 7 * weeks
    )
    repeats = chosen.model.expected_repeats(chosen.fit.parameters, np.arange(1.0, 7 * weeks))
    expected = np.convolve(starts, np.concatenate([[0.0], repeats]))[: 7 * weeks]
    so_far = np.cumsum(happened.by_week)
    return tuple(
        (
            known.first + dt.timedelta(days=7 * week + 6),
            float(expected[7 * week + 6]),
            int(so_far[week]),
        )
        for week in range(weeks)
    )


def _band(
    frequency: Floats, expected: Floats, came: Floats, n: Floats
) -> tuple[tuple[int, int | None, int, float, float], ...]:
    bands = []
    for low, high in zip(_BANDS, [*_BANDS[1:], None], strict=True):
        inside = (frequency >= low) & (frequency < (np.inf if high is None else high))
        count = float(n[inside].sum())
        if count:
            mean, placed = (float(n[inside] @ each[inside]) / count for each in (expected, came))
            bands.append((low, None if high is None else high - 1, int(count), mean, placed))
    return tuple(bands)


def judge_holdout(place: str, found: Holdout) -> list[Finding]:
    """What the check says that a person should know before using the prediction."""
    findings, expected = [], found.expected
    if abs(found.miss) > MISSED:
        code = "lifetime_holdout_under" if found.miss < 0 else "lifetime_holdout_over"
        figures = {
            "expected": round(found.expected.value),
            "happened": found.happened,
            "days": (found.until - found.cut).days,
            "miss": abs(found.miss),
        }
        findings.append(Finding(code, "warning", place, figures))
    elif not expected.low <= found.happened <= expected.high:
        figures = {
            "expected": round(expected.value),
            "low": round(expected.low),
            "high": round(expected.high),
            "happened": found.happened,
            "days": (found.until - found.cut).days,
        }
        findings.append(Finding("lifetime_holdout_outside", "warning", place, figures))
    if found.error >= found.pace_error:
        figures = {"error": round(found.error, 2), "pace_error": round(found.pace_error, 2)}
        findings.append(Finding("lifetime_no_better", "warning", place, figures))
    return findings
