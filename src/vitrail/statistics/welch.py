"""The difference of two means with its interval.

Model: two independent samples with their own variances; the difference of their means over its standard
    error follows Student's t with Welch and Satterthwaite's degrees of freedom.
Assumes: samples large enough for means to be near normal. With amounts, which are skewed, a few dozen
    customers a side; below that the interval is an indication.
Source: Welch, "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34, 1947; Satterthwaite, Biometrics Bulletin 2(6), 1946. The distribution of t by
    the incomplete beta function: Abramowitz & Stegun, 26.7.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from vitrail.statistics.beta import incomplete_beta
from vitrail.statistics.normal import normal_quantile, normal_two_tails


@dataclass(frozen=True, slots=True)
class Moments:
    """Exact sums of a sample: how many values, their sum, the sum of their squares."""

    count: int
    total: Fraction
    squares: Fraction

    def __sub__(self, part: Moments) -> Moments:
        """The sample without `part` of it."""
        return Moments(self.count - part.count, self.total - part.total, self.squares - part.squares)

    @property
    def mean(self) -> Fraction:
        """The mean of a sample that is not empty."""
        return self.total / self.count

    @property
    def variance(self) -> Fraction:
        """The unbiased variance of a sample of two or more."""
        return (self.squares - self.total * self.total / self.count) / (self.count - 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean less another, with its 95 % interval and the two-sided p of none; None where not estimable."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None = None


def estimate_difference(sample: Moments, rest: Moments) -> Difference:
    """The mean of `sample` less the mean of `rest`, with the 95 % Welch interval.

    The difference needs one value a side; the interval two, and some variance.

    >>> one, two = Moments(3, Fraction(6), Fraction(14)), Moments(3, Fraction(12), Fraction(50))
    >>> found = estimate_difference(one, two)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (-2.0, -4.267, 0.267)
    """
    if not sample.count or not rest.count:
        return Difference(None, None, None)
    value = sample.mean - rest.mean
    if sample.count < 2 or rest.count < 2:
        return Difference(float(value), None, None)
    exact = [side.variance / side.count for side in (sample, rest)]
    if sum(exact) <= 0:
        return Difference(float(value), None, None)
    scale = near_root(sum(exact, start=Fraction()))
    errors = [float(each / scale**2) for each in exact]
    square = sum(errors)
    freedom = square**2 / (errors[0] ** 2 / (sample.count - 1) + errors[1] ** 2 / (rest.count - 1))
    half = student_quantile(freedom) * math.sqrt(square) * float(scale)
    p = student_two_tails(float(value / scale) / math.sqrt(square), freedom)
    return Difference(float(value), float(value) - half, float(value) + half, p)


def near_root(square: Fraction) -> Fraction:
    """A power of two near the root of a figure: squares of huge figures are beyond a float.

    >>> near_root(Fraction(10) ** 400) ** 2 / Fraction(10) ** 400 < 4
    True
    """
    places = square.numerator.bit_length() - square.denominator.bit_length()
    return Fraction(2) ** (places // 2)


@lru_cache(maxsize=4096)
def student_quantile(freedom: float) -> float:
    """The 0.975 quantile of Student's t for 1 degree of freedom or more, to eight digits.

    By its expansion in powers of 1 / `freedom`; below a thousand, Newton's steps go on from there.

    >>> round(student_quantile(1), 4), round(student_quantile(10), 4), round(student_quantile(1e9), 4)
    (12.7062, 2.2281, 1.96)
    """
    z = normal_quantile(0.975)
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    step = 0.0 if freedom >= 1000 else t
    peak = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    while abs(step) > 1e-9 * t:
        density = math.exp(peak - (freedom + 1) / 2 * math.log1p(t * t / freedom))
        step = (student_two_tails(t, freedom) - 0.05) / (2 * density)
        t += step
    return t


def student_two_tails(t: float, freedom: float) -> float:
    """The probability that |T| exceeds |t|: the regularised incomplete beta function.

    Beyond 10⁷ degrees of freedom it is the normal's: a step of 5.5e-7 of the probability.

    >>> round(student_two_tails(2.2281, 10), 4), round(student_two_tails(0, 3), 4)
    (0.05, 1.0)
    """
    near, far = freedom / (freedom + t * t), t * t / (freedom + t * t)
    if not near or not far or freedom > 10_000_000:
        return normal_two_tails(t)
    return incomplete_beta(freedom / 2, 0.5, near, far)
