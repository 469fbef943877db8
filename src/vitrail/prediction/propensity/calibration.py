"""Scores made probabilities that mean what they say, and the check that they do.

Model: a score becomes a probability through a line on the logit scale (Platt), or, where 1,000 cases of each
    kind or more allow a freer form, through a rising curve: the share of cases in up to 40 groups of equal
    size, made monotone, straight between their middles (isotonic). Checked on other customers by the line
    that the outcomes follow over the logit of the probabilities: its slope is 1 where they are right; below 1
    says that they are too far from the middle.
Assumes: the future to be like the window calibrated on; scores made without the customers calibrated on.
Source: Platt, "Probabilistic outputs for support vector machines", 1999; Zadrozny and Elkan, "Transforming
    classifier scores into accurate multiclass probability estimates", KDD 2002; Cox, "Two further
    applications of a model for binary regression", Biometrika 45, 1958; Brier, Monthly Weather Review 78,
    1950.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail.engine.sql import expression, literal
from vitrail.statistics.normal import normal_quantile
from vitrail.statistics.shares import wilson_interval

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

ENOUGH_FOR_A_CURVE = 1_000
MOST_KNOTS = 40
GROUPS = 10
_FURTHEST = 30.0  # beyond it a logistic is 0 or 1 to the last digit


@dataclass(frozen=True, slots=True)
class LogitLine:
    """A logistic regression on one number, with the standard error of its slope."""

    intercept: float
    slope: float
    slope_error: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """From score to probability: a `line` on the logit scale, or `knots` (score, probability), rising."""

    method: str
    line: tuple[float, float] = (0.0, 1.0)
    knots: tuple[tuple[float, float], ...] = ()

    def apply(self, scores: Array) -> Array:
        """The probability of each score, shape (n,)."""
        if self.method == "isotonic":
            at, chances = np.transpose(self.knots)
            found: Array = np.interp(scores, at, chances)
            return found
        return inverse_logit(self.line[0] + self.line[1] * scores)

    def compile(self, score: exp.Expr) -> exp.Expr:
        """The probability as SQL over the SQL of the score."""
        if self.method != "isotonic":
            return expression(
                "1 / (1 + exp(-least(greatest($a + $b * $score, -$most), $most)))",
                a=literal(self.line[0]),
                b=literal(self.line[1]),
                score=score,
                most=_FURTHEST,
            )
        (first, lowest), (_, highest) = self.knots[0], self.knots[-1]
        steps = [(expression("$score <= $first", score=score, first=first), literal(lowest))]
        steps += [_step(score, left, right) for left, right in pairwise(self.knots)]
        ifs = [exp.If(this=at, true=chance) for at, chance in steps]
        return exp.Case(ifs=ifs, default=literal(highest))


def _step(
    score: exp.Expr, left: tuple[float, float], right: tuple[float, float]
) -> tuple[exp.Expr, exp.Expr]:
    """The condition and the value of the straight line between two knots."""
    slope = (right[1] - left[1]) / (right[0] - left[0])
    line = expression("$low + $slope * ($score - $left)", low=left[1], slope=slope, score=score, left=left[0])
    return expression("$score <= $right", score=score, right=right[0]), line


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """About a tenth of the customers, by probability; equal probabilities stay together.

    Args:
        predicted: mean probability; `happened`: to how many it did, `share` of them with its 95 % interval.
        lift: the share over that of all customers.
        reached: the share of all cases found in this group and those above it.
    """

    customers: int
    predicted: float
    happened: int
    share: float
    low: float
    high: float
    lift: float
    reached: float


@dataclass(frozen=True, slots=True)
class CalibrationCheck:
    """Probabilities against what happened to customers they were not made from.

    Args:
        brier: mean squared distance; `reference`: that of giving everybody the share of all.
        slope: with its 95 % interval; None where the probabilities do not differ.
        expected: the cases that the probabilities add up to; `happened`: those there were.
    """

    brier: float
    reference: float
    slope: float | None
    slope_low: float | None
    slope_high: float | None
    expected: float
    happened: int


def fit_calibration(scores: Array, happened: Truth) -> Calibration:
    """From score to probability, on scores made without the customers they are of; both of shape (n,).

    Raises:
        ValueError: it happened to nobody, or to everybody.

    >>> scores = np.tile([-1.0, 0.0, 1.0], 100)
    >>> happened = np.tile([False, False, False, True, True, True], 50) | (scores > 0)
    >>> fit_calibration(scores, happened).method
    'platt'
    """
    cases = min(int(happened.sum()), int((~happened).sum()))
    if not cases:
        raise ValueError("it happened to nobody, or to everybody")
    if cases >= ENOUGH_FOR_A_CURVE:
        curve = _fit_curve(scores, happened)
        if curve is not None:
            return curve
    line = fit_logit_line(scores, happened)
    if line is None or line.slope <= 0:  # the scores say nothing
        return Calibration("platt", (float(logit(happened.mean())), 0.0))
    return Calibration("platt", (_round(line.intercept), _round(line.slope)))


def fit_logit_line(values: Array, happened: Truth) -> LogitLine | None:
    """The logistic regression of what happened on one number; None where there is none of finite slope."""
    spread = float(values.std())
    if not np.isfinite(spread) or spread <= 1e-9 * max(1.0, float(np.abs(values).max())):
        return None
    centre = float(values.mean())
    design = np.column_stack([np.ones(len(values)), (values - centre) / spread])
    fitted = np.array([float(logit(happened.mean())), 0.0])
    for _ in range(50):
        chances = inverse_logit(design @ fitted)
        weights = np.maximum(chances * (1 - chances), 1e-12)
        step = np.linalg.solve((design.T * weights) @ design, design.T @ (happened - chances))
        fitted = fitted + np.clip(step, -2, 2)
        if np.abs(fitted).max() > 200:
            return None
        if np.abs(step).max() < 1e-12:
            break
    chances = inverse_logit(design @ fitted)
    spreads = np.linalg.inv((design.T * (chances * (1 - chances) + 1e-12)) @ design)
    back = np.array([[1.0, -centre / spread], [0.0, 1 / spread]])
    covariance = back @ spreads @ back.T
    intercept, slope = back @ fitted
    return LogitLine(float(intercept), float(slope), math.sqrt(covariance[1, 1]))


def check_calibration(chances: Array, happened: Truth) -> CalibrationCheck:
    """How probabilities fared with customers they were not made from; both of shape (n,)."""
    line = fit_logit_line(logit(chances), happened) if 0 < happened.mean() < 1 else None
    half = normal_quantile(0.975) * line.slope_error if line else 0.0
    share = float(happened.mean())
    return CalibrationCheck(
        brier=float(np.mean((chances - happened) ** 2)),
        reference=share * (1 - share),
        slope=line.slope if line else None,
        slope_low=line.slope - half if line else None,
        slope_high=line.slope + half if line else None,
        expected=float(chances.sum()),
        happened=int(happened.sum()),
    )


def group_scores(chances: Array, happened: Truth, groups: int = GROUPS) -> tuple[ScoreGroup, ...]:
    """Customers in groups of about equal size by probability, the highest first; both of shape (n,).

    >>> chances = np.array([0.9, 0.9, 0.2, 0.1])
    >>> found = group_scores(chances, np.array([True, True, False, False]), 2)
    >>> [(group.customers, group.share, group.lift) for group in found]
    [(2, 1.0, 2.0), (2, 0.0, 0.0)]
    """
    from scipy.stats import rankdata

    ranks = rankdata(-chances)
    places = np.minimum(((ranks - 0.5) * groups / len(chances)).astype(int), groups - 1)
    found, reached, cases = [], 0, int(happened.sum())
    for place in np.unique(places):
        own = places == place
        count, yes = int(own.sum()), int(happened[own].sum())
        reached += yes
        low, high = wilson_interval(yes, count)
        found.append(
            ScoreGroup(
                customers=count,
                predicted=float(chances[own].mean()),
                happened=yes,
                share=yes / count,
                low=low,
                high=high,
                lift=yes / count / (cases / len(chances)) if cases else 0.0,
                reached=reached / cases if cases else 0.0,
            )
        )
    return tuple(found)


def logit(chances: npt.ArrayLike) -> Array:
    """The log-odds of probabilities, those of 0 and 1 taken as a millionth away."""
    inside = np.clip(np.asarray(chances, dtype=float), 1e-6, 1 - 1e-6)
    found: Array = np.log(inside / (1 - inside))
    return found


def inverse_logit(values: Array) -> Array:
    """The probability of log-odds."""
    found: Array = 1 / (1 + np.exp(-np.clip(values, -_FURTHEST, _FURTHEST)))
    return found


def _fit_curve(scores: Array, happened: Truth) -> Calibration | None:
    """The rising curve; None where the scores hold too few values, or do not rise with what happens."""
    from sklearn.isotonic import IsotonicRegression

    edges = np.unique(np.quantile(scores, np.linspace(0, 1, MOST_KNOTS + 1)[1:-1]))
    places = np.searchsorted(edges, scores, side="right")
    sizes = np.bincount(places, minlength=len(edges) + 1)
    filled = sizes > 0
    middles = np.bincount(places, scores, len(edges) + 1)[filled] / sizes[filled]
    shares = (np.bincount(places, happened, len(edges) + 1)[filled] + 0.5) / (sizes[filled] + 1)
    if len(middles) < 5:
        return None
    rising = IsotonicRegression().fit_transform(middles, shares, sample_weight=sizes[filled])
    if rising[0] == rising[-1]:
        return None
    knots = tuple((_round(at), _round(chance)) for at, chance in zip(middles, rising, strict=True))
    apart = all(left < right for (left, _), (right, _) in pairwise(knots))
    return Calibration("isotonic", knots=knots) if apart else None


def _round(value: float) -> float:
    """Ten digits: the last ones of a sum depend on the machine."""
    return float(f"{value:.10g}")
