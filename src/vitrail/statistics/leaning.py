"""How much likelier members are to say yes than others: an effect that suits rare answers and common ones.

Model: behind a yes or no stands a leaning, logistic, that is cut somewhere. The odds ratio r of two groups is
    then how far their leanings lie apart, wherever the cut, and a member leans more than another customer
    with probability r (r - 1 - ln r) / (r - 1)²: the superiority of the leanings, 0.5 for none and on the
    same scale as that of numbers. 0.56, a small effect, is an odds ratio of 1.4: 50 % against 59 %, 10 %
    against 14 %, 1 % against 1.4 %. Half the difference of two shares, the superiority of the answers
    themselves, could never be more than a hundredth where the shares are 1 % and 3 %.
    The interval joins Wilson's of the two shares, on the scale of log odds (variance estimates recovered).
    With 15 members and shares within 10 % of none or all it is approximate: it holds 87 to 91 %, not 95.
    The p-value is Pearson's chi-square, with N - 1; exact where fewer than ten yeses or noes are expected.
Assumes: customers independent of one another.
Source: Agresti, "Analysis of Ordinal Categorical Data", 2nd edition, 2010, section 3.3 (odds ratios and
    superiority); Chinn, "A simple method for converting an odds ratio to effect size", Statistics in
    Medicine 19, 2000; Zou & Donner, "Construction of confidence limits about effect measures", Statistics
    in Medicine 27, 2008; Campbell, Statistics in Medicine 26, 2007 (chi-square with N - 1).
"""

from __future__ import annotations

import math

from vitrail.statistics.normal import normal_quantile, normal_two_tails
from vitrail.statistics.shares import wilson_interval
from vitrail.statistics.superiority import Superiority

FEWEST_EXPECTED = 10
_MOST = 40.0


def estimate_leaning(yes: int, members: int, rest_yes: int, others: int) -> Superiority | None:
    """The superiority of members' leaning over others'; None with fewer than two a side.

    >>> found = estimate_leaning(40, 1000, 90, 9000)
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.72, 0.67, 0.77)
    """
    if members < 2 or others < 2:
        return None
    every = yes + rest_yes
    if every in (0, members + others):
        return Superiority(0.5, 0.0, 1.0, 1.0)
    own, low, high = _log_odds(yes, members)
    rest, rest_low, rest_high = _log_odds(rest_yes, others)
    distance = own - rest
    low = distance - math.hypot(own - low, rest_high - rest)
    high = distance + math.hypot(high - own, rest - rest_low)
    p = _p_value(yes, members, every, members + others)
    return Superiority(_superiority(distance), _superiority(low), _superiority(high), p)


def find_share(others: float, superiority: float) -> float:
    """The share of members that leans so much more than a share of the others.

    >>> round(find_share(0.01, 0.56), 4), round(find_share(0.5, 0.56), 3), round(find_share(0.04, 0.44), 3)
    (0.0143, 0.589, 0.028)
    """
    if not 0 < others < 1:
        return others
    low, high = -_MOST, _MOST
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _superiority(middle) > superiority else (middle, high)
    return 1 / (1 + math.exp(-(math.log(others / (1 - others)) + low)))


def smallest_share(
    rest_yes: int, members: int, others: int, power: float = 0.8, level: float = 0.05
) -> float | None:
    """The share of members nearest to that of the others which is found with this power; None where none is.

    The greater one; where there is no room above, the smaller. The fewest yeses that count are those of the
    test itself, exact where it is; both sides owe something to chance.

    >>> round(smallest_share(90, 1000, 9000), 3), round(smallest_share(1000, 50, 1000), 2)
    (0.021, 0.93)
    """
    above = _smallest_above(rest_yes, members, others, power, level)
    if above is not None:
        return above
    below = _smallest_above(others - rest_yes, members, others, power, level)
    return None if below is None else 1 - below


def _smallest_above(rest_yes: int, members: int, others: int, power: float, level: float) -> float | None:
    rest = rest_yes / others
    few, many = math.floor(rest * members), members
    if _p_value(many, members, rest_yes + many, members + others) > level:
        return None
    while many - few > 1:
        yes = (few + many) // 2
        found = _p_value(yes, members, rest_yes + yes, members + others) <= level
        few, many = (few, yes) if found else (yes, many)
    needed, distance = many / members, normal_quantile(power)
    low, high = needed, 1.0
    for _ in range(40):
        share = (low + high) / 2
        error = math.sqrt(share * (1 - share) / members + rest * (1 - rest) / others)
        low, high = (low, share) if share - needed >= distance * error else (share, high)
    return high if high - needed >= distance * math.sqrt(rest * (1 - rest) / others) else None


def _superiority(log_odds_ratio: float) -> float:
    """That of two logistic leanings which lie this far apart."""
    if log_odds_ratio < 0:
        return 1 - _superiority(-log_odds_ratio)
    if log_odds_ratio < 1e-3:
        return 0.5 + log_odds_ratio / 6
    ratio = math.exp(min(log_odds_ratio, _MOST))
    return ratio * (ratio - 1 - math.log(ratio)) / (ratio - 1) ** 2


def _log_odds(yes: int, trials: int) -> tuple[float, float, float]:
    """Of the share, and of the ends of its interval; half a customer away from nobody and from everybody."""
    share = yes / trials if 0 < yes < trials else (yes + 0.5) / (trials + 1)
    low, high = wilson_interval(yes, trials)
    return _log(share), _log(low), _log(high)


def _log(share: float) -> float:
    return math.log(share / (1 - share)) if 0 < share < 1 else math.copysign(_MOST, share - 0.5)


def _p_value(yes: int, members: int, every: int, customers: int) -> float:
    least = min(every, customers - every) * min(members, customers - members) / customers
    if least < FEWEST_EXPECTED:
        import numpy as np

        from vitrail.statistics.exact import exact_p

        size, side, marked = (np.array([float(each)]) for each in (customers, members, every))
        return exact_p(size, side, marked, float(yes))
    expected = members * every / customers
    variance = expected * (customers - members) * (customers - every) / (customers * (customers - 1))
    return normal_two_tails((yes - expected) / math.sqrt(variance))
