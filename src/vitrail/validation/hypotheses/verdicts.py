"""The verdict on a claim, and how many customers would decide one that is open.

Model: a claim is supported or contradicted where its p-value, adjusted by Holm over all claims of the plan,
    is at most 5 %, and the difference goes as expected or the other way. Where a smallest difference that
    matters is given and the whole interval lies within it, no difference matters, whatever its p-value. That
    interval is wider than the one shown: its level is divided by the number of claims, and of a number two
    more customers a side may be like the greatest and the least seen anywhere, since a small sample of skewed
    amounts has rarely met its great ones, which makes its mean too small and its error too.
    Everything else is undecided: not shown, and not shown to be absent.
Assumes: Holm needs no independence between the claims.
Source: Holm, 1979 (`vitrail.statistics.multiplicity`); Schuirmann, "A comparison of the two one-sided tests
    procedure and the power approach for assessing the equivalence of average bioavailability", Journal of
    Pharmacokinetics and Biopharmaceutics 15, 1987, with 95 % intervals instead of 90 %.
"""

from __future__ import annotations

import math

from vitrail.statistics.adjusted import Effect
from vitrail.statistics.normal import normal_quantile
from vitrail.validation.hypotheses.result import Verdict

LEVEL = 0.05
POWER = 0.8
_MOST_CUSTOMERS = 1e12


def judge(
    effect: Effect,
    p_adjusted: float,
    expect: str,
    matters_from: float | None,
    claims: int = 1,
    reach: float = 0.0,
) -> Verdict:
    """The verdict in a word.

    Args:
        claims: that are judged together.
        reach: how far a few customers more could move the difference.

    >>> one = Effect(0.1, 0.2, -0.1, -0.14, -0.06, None, None, None, 0.02, 1e-6)
    >>> judge(one, 1e-5, "lower", None), judge(one, 1e-5, "higher", None), judge(one, 1e-5, "lower", 0.2)
    ('supported', 'contradicted', 'negligible')
    """
    if matters_from is not None and _furthest(effect, claims) + reach < matters_from:
        return "negligible"
    if p_adjusted > LEVEL or effect.value == 0:
        return "undecided"
    found = "lower" if effect.value < 0 else "higher"
    return "supported" if expect in ("different", found) else "contradicted"


def _furthest(effect: Effect, claims: int) -> float:
    """The end of the interval that is further from zero, at the level of one of so many claims."""
    corrected, value = normal_quantile(1 - LEVEL / 2 / claims), effect.value
    wider = corrected / normal_quantile(1 - LEVEL / 2)
    low, high = value - (value - effect.low) * wider, value + (effect.high - value) * wider
    return max(abs(low), abs(high), abs(value) + corrected * effect.error)


def find_smallest(effect: Effect, claims: int) -> float:
    """The smallest difference that these customers would show with 80 % power, among so many claims."""
    return (normal_quantile(1 - LEVEL / 2 / claims) + normal_quantile(POWER)) * effect.error


def find_needed(effect: Effect, customers: int, claims: int, matters_from: float | None) -> int | None:
    """Customers on both sides, in the same proportions, that would decide with 80 % power; None if none.

    They would show the smallest difference that matters; the one observed, where that is not given or is
    within reach already.
    """
    smallest = find_smallest(effect, claims)
    wanted = matters_from if matters_from is not None and matters_from < smallest else abs(effect.value)
    times = smallest / wanted if wanted > 0 else math.inf
    needed = customers * times * times
    return math.ceil(needed) if needed <= _MOST_CUSTOMERS else None
