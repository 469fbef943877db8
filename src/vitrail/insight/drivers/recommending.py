"""The few variables that together tell the KPI best: chosen one after another, out of sample.

Model: customers are scored by the sum of one effect a level and variable (fitted in turn to what the others
    leave, `PASSES` times), and then by the mean of what is still left in each combination of coarse levels,
    so that effects which depend on one another count. Effects and combinations are drawn towards zero as if
    customers with none were among them. All of it is learnt on the other folds; the separation is the mean
    concordance over the folds. Each step takes the variable that adds most, out of those that separate by
    themselves and neither say nearly the same as one taken already nor are made of the same facts: the
    first and the last day of a customer's orders, neither of which tells it, together betray that there
    were two. A set that is almost perfect is not taken either, for the same reason. It stops where the gain
    is under `LEAST_GAIN`, or where its interval, widened for having picked the best of many, holds zero.
Assumes: customers are independent. The gain's error is that of the difference of the influence functions.
Source: Hastie and Tibshirani, "Generalized additive models", Statistical Science 1, 1986 (backfitting);
    LeDell, Petersen and van der Laan 2015 (see `concordance`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitrail.insight.drivers.coding import Coding
from vitrail.insight.drivers.counting import Sample
from vitrail.insight.drivers.ranking import FOLDS, PRIOR_CUSTOMERS
from vitrail.statistics.concordance import find_influence, measure_concordance
from vitrail.statistics.normal import normal_quantile
from vitrail.variables.leakage import ALMOST_PERFECT

MOST_RECOMMENDED = 4
LEAST_GAIN = 0.01
PASSES = 3
COARSE_LEVELS = 4
_PRIOR_COMBINED = 100
_SCORE_BINS = 256

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Step:
    """A variable taken into the recommended set.

    Args:
        separation: of the set with it.
        gain: what it adds; of the first, what it has above chance. `low`, `high`: its interval.
    """

    variable: str
    separation: float
    gain: float
    low: float
    high: float


def recommend_variables(
    sample: Sample,
    codings: Sequence[Coding],
    candidates: Sequence[str],
    excluded: Mapping[str, Collection[str]],
    weights: Sequence[float],
) -> tuple[Step, ...]:
    """The recommended set, in the order it was taken; empty without candidates.

    Args:
        candidates: the variables to choose from, the best first.
        excluded: by variable, those that do not go with it.
        weights: the mean rank of each KPI group.
    """
    places = {coding.name: at for at, coding in enumerate(codings)}
    target = np.asarray(weights)[sample.groups]
    steps: list[Step] = []
    left = list(candidates)
    before: Floats | None = None
    while left and len(steps) < MOST_RECOMMENDED:
        tried = {}
        for name in left:
            taken = [places[step.variable] for step in steps] + [places[name]]
            scores = _predict(sample, [codings[at] for at in taken], sample.levels[:, taken], target)
            tried[name] = _judge(scores, sample, len(weights))
        left = [name for name in left if tried[name][0] < ALMOST_PERFECT]
        if not left:
            break
        best = max(left, key=lambda name: (tried[name][0], -left.index(name)))
        separation, influence = tried[best]
        gain = separation - (steps[-1].separation if steps else 0.5)
        change = influence if before is None else influence - before
        error = math.sqrt(float((change**2).sum())) / max(len(change), 1)
        half = normal_quantile(1 - 0.025 / len(left)) * error
        if gain < LEAST_GAIN or gain - half <= 0:
            break
        steps.append(Step(best, separation, gain, gain - half, gain + half))
        before = influence
        left = [name for name in left if name != best and name not in excluded.get(best, ())]
    return tuple(steps)


def _judge(scores: Floats, sample: Sample, groups: int) -> tuple[float, Floats]:
    """The mean concordance over the folds, and each customer's influence on it."""
    influence = np.zeros(len(scores))
    found = []
    for fold in range(FOLDS):
        own = np.flatnonzero(sample.folds == fold)
        if not own.size:
            continue
        values, places = np.unique(scores[own], return_inverse=True)
        if values.size > _SCORE_BINS:
            cuts = np.quantile(scores[own], np.arange(1, _SCORE_BINS) / _SCORE_BINS)
            places = np.searchsorted(np.unique(cuts), scores[own], side="right")
        cells = np.bincount(places * groups + sample.groups[own], minlength=(places.max() + 1) * groups)
        table = cells.reshape(-1, groups).astype(np.float64)
        found.append(float(measure_concordance(table)))
        influence[own] = find_influence(table)[places, sample.groups[own]] * (len(scores) / own.size / FOLDS)
    return float(np.mean(found)), influence


def _predict(sample: Sample, codings: Sequence[Coding], levels: Whole, target: Floats) -> Floats:
    """Each customer's score, learnt on the other folds."""
    scores = np.zeros(len(target))
    combined, combinations = _combine(codings, levels)
    for fold in range(FOLDS):
        own = sample.folds == fold
        learnt = levels[~own]
        if not own.any() or not len(learnt):
            continue
        left = target[~own] - target[~own].mean()
        effects = [np.zeros(coding.levels) for coding in codings]
        for _ in range(PASSES if len(codings) > 1 else 1):
            for at, coding in enumerate(codings):
                left = left + effects[at][learnt[:, at]]
                effects[at] = _fit_means(learnt[:, at], left, coding.levels, PRIOR_CUSTOMERS)
                left = left - effects[at][learnt[:, at]]
        scores[own] = sum(effect[levels[own, at]] for at, effect in enumerate(effects))
        if len(codings) > 1:
            scores[own] += _fit_means(combined[~own], left, combinations, _PRIOR_COMBINED)[combined[own]]
    return scores


def _fit_means(levels: Whole, values: Floats, count: int, prior: int) -> Floats:
    """The mean value a level, drawn towards zero."""
    sums = np.bincount(levels, weights=values, minlength=count)
    means: Floats = sums / (np.bincount(levels, minlength=count) + prior)
    return means


def _combine(codings: Sequence[Coding], levels: Whole) -> tuple[Whole, int]:
    """Each customer's combination of coarse levels, and how many combinations there are."""
    combined, combinations = np.zeros(len(levels), dtype=np.int64), 1
    for at, coding in enumerate(codings):
        coarse = _coarsen(coding, levels[:, at])
        size = COARSE_LEVELS + 2
        combined, combinations = combined * size + coarse, combinations * size
    return combined, combinations


def _coarsen(coding: Coding, levels: Whole) -> Whole:
    """Ordered levels in quarters, the most frequent categories and the rest; missing stays apart."""
    if not coding.ordered:
        return np.minimum(levels, COARSE_LEVELS + 1)
    sizes = np.bincount(levels, minlength=coding.levels).astype(np.float64)
    sizes[0] = 0
    middle = (sizes.cumsum() - sizes / 2) / max(sizes.sum(), 1)
    quarter = 1 + np.minimum((middle * COARSE_LEVELS).astype(np.int64), COARSE_LEVELS - 1)
    quarter[0] = 0
    coarse: Whole = quarter[levels]
    return coarse
