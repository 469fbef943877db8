"""A lifetime value of a base: fitted, looked ahead with, added up, checked against the days held out.

The parts are those of `choice`, `outlook`, `gamma_gamma` and `holdout`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vitrail.findings import Finding
from vitrail.plan import LifetimeValueSpec
from vitrail.prediction.base import PredictionContext
from vitrail.prediction.lifetime.choice import (
    LEAST_GAIN,
    LEAST_LEAD,
    Chosen,
    Spending,
    check_purchases,
    choose_model,
    choose_spending,
)
from vitrail.prediction.lifetime.fitting import Fit, find_unbounded
from vitrail.prediction.lifetime.gamma_gamma import (
    SpendOutlook,
    count_at_one_price,
    look_at_spend,
)
from vitrail.prediction.lifetime.histories import Histories
from vitrail.prediction.lifetime.holdout import Holdout, hold_out
from vitrail.prediction.lifetime.outlook import Outlook, Total, Z, add_up, look_ahead
from vitrail.prediction.lifetime.purchases import Purchases


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """What was found out; what could not be is None.

    Args:
        purchases: the histories it was fitted to.
        chosen: the model of repeat buying.
        spending: the model of what an order comes to.
        outlook: of each history.
        spend: of each history, in multiples of γ + S.
        orders: of all customers; `amount` likewise.
        holdout: the check.
    """

    purchases: Purchases
    chosen: Chosen | None = None
    spending: Spending | None = None
    outlook: Outlook | None = None
    spend: SpendOutlook | None = None
    orders: Total | None = None
    amount: Total | None = None
    holdout: Holdout | None = None


def estimate_lifetime_value(
    context: PredictionContext, place: str, spec: LifetimeValueSpec, purchases: Purchases
) -> tuple[LifetimeValue, list[Finding]]:
    """Fit, look ahead, and check against the days held out; findings are of `place`."""
    findings = check_purchases(place, purchases)
    if findings:
        return LifetimeValue(purchases), findings
    histories, horizon = purchases.histories, float(spec.horizon_days)
    chosen = choose_model(spec.model, histories)
    chosen = replace(chosen, fit=find_unbounded(chosen.fit, chosen.model.derivatives(histories)))
    findings += _judge_choice(place, chosen, histories)
    if spec.horizon_days > purchases.days:
        figures = {"horizon": spec.horizon_days, "days": purchases.days}
        findings.append(Finding("lifetime_horizon_beyond", "warning", place, figures))
    outlook = look_ahead(chosen.model, chosen.fit, histories, horizon)
    orders = add_up(chosen.model, chosen.fit, histories, horizon, outlook.variance)
    spending, notes = choose_spending(place, purchases)
    spend = amount = None
    if spending:
        spend = look_at_spend(
            spending.fit.parameters, histories.frequency, outlook.none, outlook.orders, outlook.variance
        )
        spend = count_at_one_price(spending.fit.parameters, histories.frequency, outlook, spend)
        amount = _add_up_spend(chosen, spending.fit, purchases, spend, horizon)
    holdout, judged = hold_out(context.engine, place, spec.model, purchases, spec.holdout_days)
    found = LifetimeValue(purchases, chosen, spending, outlook, spend, orders, amount, holdout)
    return found, [*findings, *notes, *judged]


def _judge_choice(place: str, chosen: Chosen, histories: Histories) -> list[Finding]:
    """What the model kept cannot tell."""
    findings = _judge_dropout(place, chosen, histories)
    if chosen.fit.unbounded:
        model, names = f"lifetime_model_{chosen.model.name}", list(chosen.fit.unbounded)
        findings.append(Finding("lifetime_unbounded", "warning", place, {"model": model, "names": names}))
    return findings


def _judge_dropout(place: str, chosen: Chosen, histories: Histories) -> list[Finding]:
    """Whether it sees customers leave, and can tell of whom."""
    model: dict[str, Any] = {"model": f"lifetime_model_{chosen.likeliest}"}
    if not chosen.sees_dropout:
        if chosen.gain is None:
            return []
        figures = {**model, "gain": round(chosen.gain, 2), "need": LEAST_GAIN}
        return [Finding("lifetime_no_dropout", "warning", place, figures)]
    unjudged = int(histories.customers[~chosen.model.judges(histories)].sum())
    if unjudged:
        return [Finding("lifetime_once_unjudged", "warning", place, {**model, "customers": unjudged})]
    if chosen.close:
        other, lead = chosen.close
        figures = {**model, "other": f"lifetime_model_{other}", "lead": round(lead, 2), "need": LEAST_LEAD}
        return [Finding("lifetime_models_close", "warning", place, figures)]
    return []


def _add_up_spend(
    chosen: Chosen, spending: Fit, purchases: Purchases, spend: SpendOutlook, horizon: float
) -> Total:
    """What all customers are to spend, and where it will fall; without limits where one has no variance."""
    histories, model = purchases.histories, chosen.model

    def total(orders: np.ndarray[Any, Any], parameters: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        p, q, gamma = parameters
        amounts = p * (gamma * histories.customers + purchases.spend) / (p * histories.frequency + q - 1)
        return np.atleast_1d(orders @ amounts)

    expected = model.expected_orders(chosen.fit.parameters, histories, horizon)
    value = float(total(expected, spending.parameters)[0])
    by_orders = chosen.fit.spread(
        lambda at: total(model.expected_orders(at, histories, horizon), spending.parameters)
    )
    by_spend = spending.spread(lambda at: total(expected, at))
    gamma = spending.parameters[2]
    squares = (
        histories.customers * gamma**2 + 2 * gamma * purchases.spend + purchases.spend_squares
    )  # of γ + S
    error = float(np.sqrt(by_orders[0] ** 2 + by_spend[0] ** 2 + squares @ spend.variance))
    if not np.isfinite(error):
        return Total(value, float("nan"), float("nan"))
    return Total(value, max(value - Z * error, 0.0), value + Z * error)
