"""What subscribers are worth, by which model, and how far it may be trusted.

Two models look at the same counts. One leaving rate for all gives the value that SaaS firms quote, margin ×
ARPA / churn (`subscription_value`). Where rates differ between people, those who have stayed are those who
leave little, and the shifted beta-geometric says what that is worth. Which one holds is judged from the
counts; where neither does, what was observed is all there is to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vitrail.prediction.contracts import shifted_beta_geometric as sbg
from vitrail.prediction.contracts.checking import HoldOut, hold_out, observe_payments, trace_curve
from vitrail.prediction.contracts.shifted_beta_geometric import (
    ShiftedBetaGeometric,
    expect_payments,
    fit_shifted_beta_geometric,
)
from vitrail.prediction.contracts.subscribers import Contracts
from vitrail.prediction.contracts.subscription_value import (
    FEWEST_LEAVERS,
    Interval,
    SubscriptionValue,
    TenureTrend,
    compare_tenures,
    estimate_subscription_value,
)
from vitrail.prediction.contracts.tenures import Tenures
from vitrail.statistics.welch import estimate_difference

Array = npt.NDArray[np.float64]
Status = Literal[
    "no_tenures",
    "nobody_left",
    "few_leavers",
    "everybody_left",
    "polarised",
    "rising",
    "falling",
    "misfit",
    "constant",
    "heterogeneous",
]
HELD = ("constant", "heterogeneous")
"""Where a model holds, and its value is told; elsewhere what was observed leads."""

PERIODS_A_YEAR: Mapping[str, float] = {"day": 365.25, "week": 52.1775, "month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True, slots=True, eq=False)
class ContractValue:
    """What subscribers are worth.

    Args:
        contracts: what was counted.
        simple: under one leaving rate for all.
        model: the shifted beta-geometric; None where it cannot be fitted.
        payments: by whole periods stayed, the payments still to come, discounted; None where not estimable.
        content: all of it as plain data.
    """

    contracts: Contracts
    simple: SubscriptionValue
    model: ShiftedBetaGeometric | None
    payments: Array | None
    content: Mapping[str, Any]


def value_contracts(
    contracts: Contracts, period: str = "month", margin: Decimal | float = 1, discount: Decimal | float = 0.1
) -> ContractValue:
    """What subscribers are worth under both models, and how far each may be trusted.

    Args:
        period: what a tenure counts: `day`, `week`, `month`, `quarter` or `year`.
        margin: the share of revenue that is left, in (0, 1]; `discount`: a year, above 0.
    """
    tenures, share = contracts.tenures, float(margin)
    rate = (1 + float(discount)) ** (1 / PERIODS_A_YEAR[period]) - 1
    simple = estimate_subscription_value(tenures, contracts.amounts, share)
    has_enough = tenures.leavers >= sbg.FEWEST_LEAVERS and _leaving_periods(tenures) >= sbg.FEWEST_PERIODS
    model = fit_shifted_beta_geometric(tenures) if has_enough and tenures.leavers < tenures.exposure else None
    trend = compare_tenures(tenures)
    held = hold_out(tenures, model.shape) if model is not None else None
    status = judge_contracts(tenures, model, trend, held)
    if status == "falling":
        nothing = Interval(None, None, None)
        simple = replace(simple, periods=nothing, value=nothing)
    payments = _expect(status, tenures, simple, model, rate)
    seen = observe_payments(tenures, rate)
    content: dict[str, Any] = {
        "status": status,
        "period": period,
        "margin": share,
        "discount": float(discount),
        "customers": tenures.customers,
        "staying": sum(tenures.kept),
        "leavers": tenures.leavers,
        "exposure": tenures.exposure,
        "passed_over": contracts.passed_over,
        "simple": {name: _plain(getattr(simple, name)) for name in ("churn", "amount", "periods", "value")},
        "trend": None
        if trend is None
        else {
            "period": trend.period,
            "early": trend.early,
            "late": trend.late,
            "difference": trend.difference.value,
            "low": trend.difference.low,
            "high": trend.difference.high,
            "falls": trend.falls,
            "rises": trend.rises,
        },
        "amounts": _compare_amounts(contracts),
        "model": None if model is None else _describe(model, contracts, share, rate),
        "remaining": _sum_up(contracts, simple, model, share, rate, payments),
        "holdout": None if held is None else {**asdict(held), "holds": held.holds},
        "observed": None if seen is None else _value_seen(*seen, contracts, share),
        "curve": trace_curve(tenures, model),
    }
    return ContractValue(contracts, simple, model, payments, content)


def judge_contracts(
    tenures: Tenures, model: ShiftedBetaGeometric | None, trend: TenureTrend | None, held: HoldOut | None
) -> Status:
    """Which answer holds, or why none does.

    >>> judge_contracts(Tenures(lost=(0, 0), kept=(0, 0, 9)), None, None, None)
    'nobody_left'
    """
    if not tenures.exposure:
        return "no_tenures"
    if not tenures.leavers:
        return "nobody_left"
    if tenures.leavers < FEWEST_LEAVERS:
        return "few_leavers"
    if tenures.leavers == tenures.customers:
        return "everybody_left"
    if trend is not None and trend.rises:
        return "rising"
    if trend is not None and trend.falls and (model is None or model.shape == "constant"):
        return "falling"
    if held is not None and not held.holds:
        return "misfit"
    return "constant" if model is None else model.shape


def _leaving_periods(tenures: Tenures) -> int:
    return sum(count > 0 for count in tenures.lost)


def _expect(
    status: Status,
    tenures: Tenures,
    simple: SubscriptionValue,
    model: ShiftedBetaGeometric | None,
    rate: float,
) -> Array | None:
    """The payments still to come by whole periods stayed, shape (periods + 1,); None where no model holds."""
    if status == "heterogeneous" and model is not None:
        return _model_payments(model.alpha, model.beta, rate, tenures.periods)
    if status == "constant":
        churn = float(simple.churn.value or 0)
        return np.full(tenures.periods + 1, (1 - churn) / (churn + rate))
    return None


def _value_seen(periods: int, payments: Interval, contracts: Contracts, margin: float) -> dict[str, Any]:
    """What a new subscriber brings within the periods seen."""
    amounts = contracts.amounts
    amount = float(amounts.mean) * margin if amounts.total > 0 else None
    return {
        "periods": periods,
        "payments": _plain(payments),
        "value": _plain(_times(payments, amount)),
    }


def _model_payments(alpha: float, beta: float, rate: float, periods: int) -> Array:
    """By whole periods stayed: the last by the closed form, each before it by what follows it."""
    found = np.empty(periods + 1)
    found[periods] = expect_payments(alpha, beta, rate, periods)
    for t in range(periods - 1, -1, -1):
        renews = (beta + t) / (alpha + beta + t)
        found[t] = renews * (1 + found[t + 1]) / (1 + rate)
    return found


def _describe(
    model: ShiftedBetaGeometric, contracts: Contracts, margin: float, rate: float
) -> dict[str, Any]:
    """The fitted model, and what a new subscriber is worth by it."""
    told: dict[str, Any] = {
        "shape": model.shape,
        "alpha": model.alpha,
        "beta": model.beta,
        "log_likelihood": model.log_likelihood,
        "constant_log_likelihood": model.constant_log_likelihood,
        "heterogeneity_p": model.heterogeneity_p,
        "new": None,
    }
    if model.shape != "heterogeneous":
        return told
    for name, figure in (("alpha", lambda a, b: a), ("beta", lambda a, b: b)):
        low, high = model.interval(figure)
        told |= {f"{name}_low": float(low), f"{name}_high": float(high)}
    low, high = model.interval(lambda a, b: expect_payments(a, b, rate))
    payments = Interval(model.expected_payments(rate), float(low), float(high))
    amount = float(contracts.staying.mean) if contracts.staying.count else None
    value = _times(payments, None if amount is None else amount * margin)
    told["new"] = {"payments": _plain(payments), "value": _plain(value)}
    return told


def _sum_up(
    contracts: Contracts,
    simple: SubscriptionValue,
    model: ShiftedBetaGeometric | None,
    margin: float,
    rate: float,
    payments: Array | None,
) -> dict[str, Any] | None:
    """The margin still to come of all subscribers still here, with its interval."""
    if payments is None or not contracts.staying.count:
        return None
    due, periods = contracts.paid, contracts.tenures.periods
    total = float(due @ payments)
    if model is not None and model.shape == "heterogeneous":
        low, high = model.interval(lambda a, b: due @ _model_payments(a, b, rate, periods))
        ends = float(low), float(high)
    else:
        most, least = simple.churn.low or 0.0, simple.churn.high or 1.0
        ends = float(due.sum()) * (1 - least) / (least + rate), float(due.sum()) * (1 - most) / (most + rate)
    whole = _times(Interval(total, *ends), margin)
    count = contracts.staying.count
    return {"total": _plain(whole), "mean": _plain(_times(whole, 1 / count)), "customers": count}


def _compare_amounts(contracts: Contracts) -> dict[str, Any] | None:
    """Whether those who left paid more or less: then one ARPA for all misleads."""
    if not contracts.staying.count or not contracts.leaving.count:
        return None
    found = estimate_difference(contracts.leaving, contracts.staying)
    return {
        "left": float(contracts.leaving.mean),
        "staying": float(contracts.staying.mean),
        "difference": found.value,
        "low": found.low,
        "high": found.high,
    }


def _times(each: Interval, factor: float | None) -> Interval:
    if factor is None:
        return Interval(None, None, None)
    return Interval(*(None if v is None else v * factor for v in (each.value, each.low, each.high)))


def _plain(each: Interval) -> dict[str, float | None]:
    return asdict(each)
