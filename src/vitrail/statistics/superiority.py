"""How often a member has more than somebody else: the rank effect of a group against the rest.

Model: the *superiority* is P(member > other) + ½ P(equal), 0.5 where there is no difference. The p-value is
    the larger of two: that of the Wilcoxon-Mann-Whitney test, normal, corrected for ties, without a
    continuity correction, which takes both sides for equally wide; and Brunner and Munzel's, which does not.
    The 95 % interval is Wilson's for a share: the variances of each side's placements among the other
    (Brunner and Munzel) say of how many yes/no answers the superiority is worth, and that number goes into
    Wilson's formula with Student's t, Satterthwaite's degrees of freedom. A side whose placements hardly vary
    may owe that to chance: each side counts one more customer, whose placement is as likely 0 as 1.
Assumes: customers independent of one another. Nothing of the shape: amounts as skewed as they are will do,
    and any increasing change of units leaves all figures as they are. Ten customers a side or more.
Source: Mann & Whitney, Annals of Mathematical Statistics 18, 1947; Brunner & Munzel, "The nonparametric
    Behrens-Fisher problem", Biometrical Journal 42, 2000; Wilson, Journal of the American Statistical
    Association 22, 1927; Newcombe, "Confidence intervals for an effect size measure based on the
    Mann-Whitney statistic", Statistics in Medicine 25, 2006, on why not the value ± error, which holds 60 to
    90 % of large effects in small groups; McGraw & Wong, "A common language effect size statistic",
    Psychological Bulletin 111, 1992; Vargha & Delaney, Journal of Educational and Behavioral Statistics 25,
    2000, for 0.56, 0.64 and 0.71 as small, medium and large; Noether, "Sample size determination for some
    common nonparametric tests", Journal of the American Statistical Association 82, 1987, for the customers
    needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vitrail.statistics.normal import normal_quantile, normal_two_tails
from vitrail.statistics.welch import student_quantile, student_two_tails

_ONE_MORE = 0.25


@dataclass(frozen=True, slots=True)
class Superiority:
    """How often a member has more than another.

    Args:
        value: in [0, 1], 0.5 for no difference.
        low, high: its 95 % interval.
        p: two-sided, of no difference.
    """

    value: float
    low: float
    high: float
    p: float

    @property
    def margin(self) -> float:
        """How far from 0.5 the interval stays: its nearer bound less 0.5; 0 where it holds 0.5."""
        return max(self.low - 0.5, 0.5 - self.high, 0.0)


def estimate_superiority(members: Sequence[float], others: Sequence[float]) -> Superiority | None:
    """The superiority of members over others, both counted by ordered grade; None with fewer than two a side.

    Args:
        members: how many have each grade, the lowest first; where they are weighed, what they are worth.
        others: likewise, over the same grades.

    >>> found = estimate_superiority([1, 2, 3, 4], [4, 3, 2, 1])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), round(found.p, 4)
    (0.75, 0.45, 0.917, 0.0513)
    """
    inside, outside = sum(members), sum(others)
    if inside < 2 or outside < 2:
        return None
    placed, other_placed = _placements(others), _placements(members)
    value = sum(count * place for count, place in zip(members, placed, strict=True)) / inside
    scatter = _scatter(members, placed, value), _scatter(others, other_placed, 1 - value)
    low, high = _interval(value, scatter, inside, outside)
    ties = sum((one + other) ** 3 - (one + other) for one, other in zip(members, others, strict=True))
    whole = inside + outside
    variance = (whole + 1 - ties / (whole * (whole - 1))) / (12 * inside * outside)
    p = normal_two_tails((value - 0.5) / math.sqrt(variance)) if variance > 1e-15 else 1.0
    return Superiority(value, low, high, max(p, _unequal_p(value, scatter, inside, outside)))


def needed_members(others: int, value: float = 0.71, power: float = 0.8, level: float = 0.05) -> int | None:
    """The members needed to find a superiority with this power; None where there are too few others.

    >>> needed_members(4000), needed_members(20), needed_members(10)
    (15, 58, None)
    """
    distance = normal_quantile(1 - level / 2) + normal_quantile(power)
    pairs = distance**2 / (12 * (value - 0.5) ** 2)
    return math.ceil(pairs * others / (others - pairs)) if others > pairs else None


def smallest_superiority(members: int, others: int, power: float = 0.8, level: float = 0.05) -> float | None:
    """The smallest superiority above 0.5 found with this power; None where a side is empty.

    >>> round(smallest_superiority(200, 4000), 2)
    0.56
    """
    if members < 1 or others < 1:
        return None
    distance = normal_quantile(1 - level / 2) + normal_quantile(power)
    return min(1.0, 0.5 + distance * math.sqrt((members + others) / (12 * members * others)))


def _placements(others: Sequence[float]) -> list[float]:
    """For each grade, the share of `others` below it, ties counted half."""
    whole, below, placed = sum(others), 0.0, []
    for count in others:
        placed.append((below + count / 2) / whole)
        below += count
    return placed


def _scatter(counts: Sequence[float], placed: Sequence[float], mean: float) -> float:
    """The sum of squared deviations of one side's placements."""
    return sum(n * (place - mean) ** 2 for n, place in zip(counts, placed, strict=True))


def _unequal_p(value: float, scatter: tuple[float, float], inside: float, outside: float) -> float:
    """Brunner and Munzel's p-value; 0 where no placement varies and there is a difference."""
    own, other = scatter[0] / (inside - 1) / inside, scatter[1] / (outside - 1) / outside
    if own + other < 1e-15:
        return 1.0 if value == 0.5 else 0.0
    return student_two_tails((value - 0.5) / math.sqrt(own + other), _freedom(own, other, inside, outside))


def _freedom(own: float, other: float, inside: float, outside: float) -> float:
    """Satterthwaite's degrees of freedom of the sum of two variances."""
    return (own + other) ** 2 / (own**2 / (inside - 1) + other**2 / (outside - 1))


def _worth(scatter: float, mean: float, whole: float) -> float:
    """The variance of a mean placement, over that of a single yes or no as probable as the superiority."""
    return (scatter + _ONE_MORE) / ((whole - 1) * mean * (1 - mean) + _ONE_MORE) / whole


def _interval(
    value: float, scatter: tuple[float, float], inside: float, outside: float
) -> tuple[float, float]:
    """Wilson's interval of a share that was seen in as many answers as the superiority is worth."""
    own, other = _worth(scatter[0], value, inside), _worth(scatter[1], 1 - value, outside)
    square = student_quantile(_freedom(own, other, inside, outside)) ** 2 * (own + other)
    middle = (value + square / 2) / (1 + square)
    half = math.sqrt(square * (value * (1 - value) + square / 4)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
