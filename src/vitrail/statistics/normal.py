"""The standard normal distribution.

Source: the standard library's `statistics.NormalDist`, after Wichura, "Algorithm AS 241: The percentage
    points of the normal distribution", Applied Statistics 37, 1988; tails by the complementary error
    function.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_STANDARD = NormalDist()


@lru_cache(maxsize=1024)
def normal_quantile(probability: float) -> float:
    """The value below which a standard normal lies with this probability, in (0, 1).

    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    return _STANDARD.inv_cdf(probability)


def normal_two_tails(z: float) -> float:
    """The probability that a standard normal is further from zero than `z`; exact far out in the tails.

    >>> round(normal_two_tails(1.959964), 6), normal_two_tails(-20) < 1e-80
    (0.05, True)
    """
    return math.erfc(abs(z) / math.sqrt(2))
