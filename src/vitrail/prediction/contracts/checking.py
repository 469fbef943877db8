"""Whether a model of subscribers holds: on later periods it has not seen, and beside the curve observed.

Model: fitted on what was known by the middle period, a model says how many of those seen later would leave;
    the interval joins the chance of each leaving and the doubt about the parameters (by the likelihood where
    the first half does not tell whether rates differ). It does not hold where
    those who left are outside the interval and more than a quarter beside the number expected. What needs no
    model is what a subscriber brings within the periods that enough subscribers have lived through: the area
    under the Kaplan–Meier curve, discounted. Its interval is Wilson's of a share, between the first payment
    alone and every payment, seen in as many subscribers as Greenwood's variance is worth; one more who is as
    likely to pay all as only the first is counted among those of the last period, so that it does not close
    where nobody left, or everybody.
Source: Wilson, Journal of the American Statistical Association 22, 1927; Klein and Moeschberger, "Survival
    analysis", 2nd edition, 2003, section 4.5 (restricted mean).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vitrail.insight.survival import estimate_survival
from vitrail.prediction.contracts.shifted_beta_geometric import (
    FEWEST_LEAVERS,
    FEWEST_PERIODS,
    Shape,
    ShiftedBetaGeometric,
    fit_shifted_beta_geometric,
    list_supported,
    survive,
)
from vitrail.prediction.contracts.subscription_value import Interval
from vitrail.prediction.contracts.tenures import Tenures
from vitrail.statistics.normal import normal_quantile
from vitrail.statistics.shares import wilson_interval

Array = npt.NDArray[np.float64]

MOST_POINTS = 120
FEWEST_AT_RISK = 30
FAR = 0.25
_ONE_MORE = 0.25
_Z = normal_quantile(0.975)


@dataclass(frozen=True, slots=True)
class HoldOut:
    """Fitted on what was known by `period`: who would leave after it, with the interval, and who did."""

    period: int
    expected: float
    low: float
    high: float
    left: int
    at_risk: int

    @property
    def holds(self) -> bool:
        """Whether what happened is what was expected, within chance or within a quarter."""
        return self.low <= self.left <= self.high or abs(self.left - self.expected) <= FAR * self.expected


def hold_out(tenures: Tenures, shape: Shape) -> HoldOut | None:
    """The model fitted on the first half of the periods against the others; None where one is too small.

    Args:
        shape: of the model fitted on all periods, the one to be used. If it is `heterogeneous`, so is the one
            checked, even where the first half alone does not show it.
    """
    middle = tenures.periods // 2
    known = tenures.until(middle)
    if middle < FEWEST_PERIODS or known.leavers < FEWEST_LEAVERS or known.leavers == known.exposure:
        return None
    model = fit_shifted_beta_geometric(known)
    later = np.arange(middle + 1, tenures.periods + 1, dtype=float)
    risk = tenures.at_risk[middle:].astype(float)

    def leaving(alpha: float, beta: float) -> float:
        return float(risk @ (alpha / (alpha + beta + later - 1)))

    shares = model.alpha / (model.alpha + model.beta + later - 1)
    if shape != "heterogeneous":
        shares = np.full(len(later), known.leavers / known.exposure)
    expected = float(risk @ shares)
    if shape != "heterogeneous":
        doubt = _Z / math.sqrt(known.leavers) * expected
        low, high = expected - doubt, expected + doubt
    elif model.shape == "heterogeneous":
        least, most = model.interval(leaving)
        low, high = expected - float(most - least) / 2, expected + float(most - least) / 2
    else:
        supported = [leaving(alpha, beta) for alpha, beta in list_supported(known, model)]
        low, high = min(expected, *supported), max(expected, *supported)
    chance = _Z**2 * float(risk @ (shares * (1 - shares)))
    low = max(0.0, expected - math.hypot(expected - low, math.sqrt(chance)))
    high = expected + math.hypot(high - expected, math.sqrt(chance))
    left = sum(tenures.lost[middle:])
    return HoldOut(middle, expected, low, high, left, int(risk[0]))


def observe_payments(tenures: Tenures, rate: float) -> tuple[int, Interval] | None:
    """What a new subscriber pays within the periods seen, discounted; the first payment at once.

    Returns:
        the periods (as long as enough subscribers were there), and the payments; None where there are none.

    >>> found = observe_payments(Tenures(lost=(50, 30), kept=(0, 0, 20)), 0.0)
    >>> found[0], round(found[1].value, 2)
    (2, 1.5)
    """
    risk = tenures.at_risk
    last = int((risk >= FEWEST_AT_RISK).sum())
    if not last:
        return None
    lost = np.asarray(tenures.lost[:last], dtype=float)
    stays = np.concatenate([[1.0], np.cumprod(1 - lost / risk[:last])])[:last]
    worth = stays / (1 + rate) ** np.arange(last)
    ahead = worth[::-1].cumsum()[::-1]
    left = risk[:last] - lost
    terms = np.divide(lost, risk[:last] * left, out=np.zeros(last), where=left > 0)
    most = float(((1 + rate) ** -np.arange(last)).sum())
    value, room = float(worth.sum()), most - 1
    if not room:
        return last, Interval(1.0, 1.0, 1.0)
    share, fewest = min((value - 1) / room, 1.0), int(risk[last - 1])
    variance = float((ahead[1:] ** 2 * terms[:-1]).sum()) / room**2
    single = share * (1 - share)
    trials = fewest * (fewest * single + _ONE_MORE) / (fewest**2 * variance + _ONE_MORE)
    low, high = wilson_interval(share * trials, trials)
    return last, Interval(value, 1 + room * low, 1 + room * high)


def trace_curve(tenures: Tenures, model: ShiftedBetaGeometric | None) -> list[dict[str, Any]]:
    """Period by period: who could leave, who did, the share still there, and what the model says of it."""
    if not tenures.periods:
        return []
    periods = np.arange(1, tenures.periods + 1)
    times = np.concatenate([periods, np.arange(tenures.periods + 1)])
    gone = np.concatenate([np.ones(tenures.periods, bool), np.zeros(tenures.periods + 1, bool)])
    observed = estimate_survival(times, gone, np.array([*tenures.lost, *tenures.kept]))
    shown = model if model is not None and model.shape == "heterogeneous" else None
    low = high = None
    if shown is not None:
        low, high = shown.interval(lambda a, b: survive(a, b, periods.astype(float)))
    step = max(1, math.ceil(tenures.periods / MOST_POINTS))
    points = []
    for i in range(0, tenures.periods, step):
        t = int(periods[i])
        share = observed.share_at(t)
        point: dict[str, Any] = {"period": t, "at_risk": int(tenures.at_risk[i]), "left": tenures.lost[i]}
        point |= {"survival": share.value, "low": share.low, "high": share.high}
        point["churn"] = tenures.lost[i] / int(tenures.at_risk[i]) if tenures.at_risk[i] else None
        if shown is not None and low is not None and high is not None:
            point |= {
                "model": float(shown.survival(t)),
                "model_low": float(low[i]),
                "model_high": float(high[i]),
                "model_churn": 1 - float(shown.retention(t)),
            }
        points.append(point)
    return points
