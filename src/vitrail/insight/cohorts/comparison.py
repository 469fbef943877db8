"""Whether cohorts differ: difference and ratio with their intervals, and tests corrected for their number.

Model: shares (retention, adoption, still there) by Newcombe's interval for the difference and the log method
    for the ratio. Means (revenue) by Welch; their p-value is the larger of Welch's and of that of a draw, as
    if chance alone had put customers in cohorts: amounts lean so far to the right that Welch by itself finds
    most small cohorts below the others. Two to four cohorts are compared in pairs, more each against all the
    others together. P-values are corrected after Holm over all comparisons of a measure; a cohort is said to
    differ where the corrected one is below 0.05. Intervals are those of one comparison.
Assumes: customers independent, each in one cohort, and 30 of them a side; for shares also that either outcome
    is expected at least five times a side. Where that is not so, the comparison says what it lacks.
Source: see `vitrail.statistics.shares`, `adjusted` and `multiplicity`; the rule of five is Cochran's, "Some
    methods for strengthening the common chi-square tests", Biometrics 10, 1954.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, Literal, TypeVar

import numpy as np

from vitrail.statistics.adjusted import Effect, Side, estimate_effect
from vitrail.statistics.multiplicity import adjust_holm
from vitrail.statistics.shares import ShareDifference, estimate_share_difference
from vitrail.statistics.welch import Moments

Measure = Literal["retention", "adoption", "revenue", "survival"]
Group = TypeVar("Group")
Verdict = Literal["higher", "lower", "no_difference", "not_estimable"]

LEAST_CUSTOMERS = 30
LEAST_EXPECTED = 5
MOST_PAIRED = 4
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """A cohort against another, or against all the others together.

    Args:
        measure: what is compared; `at`: at which period (or time).
        cohort, other: their keys; `other` is None for all the others together.
        customers, value: of the cohort; `other_customers`, `other_value`: of the other.
        difference, low, high: of the values, with the 95 % interval.
        ratio, ratio_low, ratio_high: of the values: 1.25 is a quarter more, with the 95 % interval.
        p, p_adjusted: of no difference; corrected for all comparisons of the measure.
        verdict: `not_estimable` where `have` falls short of `need` (`lacking` says of what).
    """

    measure: Measure
    at: float
    cohort: str
    other: str | None
    customers: int
    other_customers: int
    value: float | None = None
    other_value: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    verdict: Verdict = "not_estimable"
    lacking: Literal["customers", "expected"] | None = None
    have: float | None = None
    need: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Every field by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


def compare_shares(
    measure: Measure, at: float, counts: Mapping[str, tuple[int, int]]
) -> tuple[Comparison, ...]:
    """Shares compared, cohorts in the order given.

    Args:
        counts: by cohort, how many do and how many there are.

    >>> found = compare_shares("retention", 6, {"partner": (310, 1000), "search": (250, 1000)})[0]
    >>> found.verdict, round(found.ratio, 2), round(found.ratio_low, 2), round(found.ratio_high, 2)
    ('higher', 1.24, 1.08, 1.43)
    """

    def compare(cohort: str, other: str | None, rest: tuple[int, int]) -> Comparison:
        (does, customers), (rest_does, rest_customers) = counts[cohort], rest
        empty = Comparison(measure, at, cohort, other, customers, rest_customers)
        if not customers or not rest_customers:
            return replace(empty, lacking="customers", have=0, need=LEAST_CUSTOMERS)
        told = replace(empty, value=does / customers, other_value=rest_does / rest_customers)
        fewest, pooled = min(customers, rest_customers), (does + rest_does) / (customers + rest_customers)
        if fewest < LEAST_CUSTOMERS:
            return replace(told, lacking="customers", have=fewest, need=LEAST_CUSTOMERS)
        expected = fewest * min(pooled, 1 - pooled)
        if expected < LEAST_EXPECTED:
            return replace(told, lacking="expected", have=expected, need=LEAST_EXPECTED)
        found = estimate_share_difference(does, customers, rest_does, rest_customers)
        return _with_effect(told, found)

    def joined(keys: Sequence[str]) -> tuple[int, int]:
        return sum(counts[key][0] for key in keys), sum(counts[key][1] for key in keys)

    return compare_all(list(counts), compare, joined)


def _with_effect(told: Comparison, found: ShareDifference | Effect) -> Comparison:
    """A comparison with the difference and the ratio that were estimated."""
    return replace(
        told,
        difference=found.value,
        low=found.low,
        high=found.high,
        ratio=found.ratio,
        ratio_low=found.ratio_low,
        ratio_high=found.ratio_high,
        p=found.p,
    )


def compare_means(measure: Measure, at: float, moments: Mapping[str, Moments]) -> tuple[Comparison, ...]:
    """Means compared; their ratio by the log method (delta), where both are above zero.

    No claim where only a few big spenders, of either side, make the difference.
    """

    def compare(cohort: str, other: str | None, rest: Moments) -> Comparison:
        own = moments[cohort]
        told = Comparison(measure, at, cohort, other, own.count, rest.count)
        if own.count and rest.count:
            told = replace(told, value=float(own.mean), other_value=float(rest.mean))
        fewest = min(own.count, rest.count)
        if fewest < LEAST_CUSTOMERS:
            return replace(told, lacking="customers", have=fewest, need=LEAST_CUSTOMERS)
        middle = (own.total + rest.total) / (own.count + rest.count)
        found = estimate_effect(_centre(own, middle), _centre(rest, middle), "mean", float(middle))
        if found is None:
            return replace(told, difference=float(own.mean - rest.mean))
        return _with_effect(told, found)

    def joined(keys: Sequence[str]) -> Moments:
        parts = [moments[key] for key in keys]
        return Moments(
            sum(part.count for part in parts),
            sum((part.total for part in parts), start=parts[0].total * 0),
            sum((part.squares for part in parts), start=parts[0].squares * 0),
        )

    return compare_all(list(moments), compare, joined)


def compare_all(
    cohorts: Sequence[str],
    compare: Callable[[str, str | None, Group], Comparison],
    join: Callable[[Sequence[str]], Group],
) -> tuple[Comparison, ...]:
    """Every comparison of a measure, with corrected p-values and verdicts.

    Args:
        compare: one cohort with another side.
        join: cohorts as one side.
    """
    if len(cohorts) < 2:
        return ()
    if len(cohorts) <= MOST_PAIRED:
        found = [compare(one, other, join([other])) for one, other in combinations(cohorts, 2)]
    else:
        found = [compare(one, None, join([key for key in cohorts if key != one])) for one in cohorts]
    tested = [each for each in found if each.p is not None]
    adjusted = adjust_holm([each.p for each in tested if each.p is not None])
    by_test = {id(each): p for each, p in zip(tested, adjusted, strict=True)}
    return tuple(_judge(each, by_test.get(id(each))) for each in found)


def _judge(comparison: Comparison, p_adjusted: float | None) -> Comparison:
    difference = comparison.difference
    if p_adjusted is None or difference is None or not math.isfinite(difference):
        return comparison
    verdict: Verdict = "no_difference"
    if p_adjusted < LEVEL:
        verdict = "higher" if difference > 0 else "lower"
    return replace(comparison, p_adjusted=p_adjusted, verdict=verdict)


def _centre(sample: Moments, middle: Fraction) -> Side:
    """The sums of a sample with `middle` taken off every value, exactly."""
    total = sample.total - sample.count * middle
    squares = sample.squares - 2 * middle * sample.total + sample.count * middle**2
    return Side(*(np.array([float(each)]) for each in (sample.count, total, squares)))
