"""A mean with its interval, from exact sums.

Model: values drawn independently from one distribution; their mean over its error follows Student's t.
Assumes: enough values for the mean to be near normal; with amounts, which are skewed, a few dozen.
Source: Student, "The probable error of a mean", Biometrika 6, 1908.
"""

from __future__ import annotations

import math

from vitrail.statistics.welch import Moments, near_root, student_quantile


def mean_interval(sample: Moments) -> tuple[float, float | None, float | None]:
    """The mean of a sample that is not empty, and its 95 % interval; None for that of a single value.

    >>> from fractions import Fraction
    >>> tuple(round(figure, 4) for figure in mean_interval(Moments(3, Fraction(6), Fraction(14))))
    (2.0, -0.4841, 4.4841)
    """
    mean = float(sample.mean)
    if sample.count < 2:
        return mean, None, None
    square = sample.variance / sample.count
    size = near_root(square)
    error = math.sqrt(float(square / size**2)) * float(size)
    half = student_quantile(sample.count - 1) * error
    return mean, mean - half, mean + half
