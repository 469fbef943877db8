"""Numbers counted as whole ones, so that sums and sums of squares are exact whatever the order of rows.

A value is told in steps of a power of ten that suits the values themselves: as fine as leaves the sum of
squares of all customers below what a HUGEINT holds, and no finer than a DOUBLE tells apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from sqlglot import exp

from vitrail.engine.sql import expression

_MOST_EXACT, _MOST_SQUARED = 9e15, 1.7e38
_FINEST = 300
_COARSE = 1e15


@dataclass(frozen=True, slots=True)
class Whole:
    """How values become whole numbers.

    Args:
        centre: what is taken off each value.
        unit: the steps in one: what the rest is multiplied by.
    """

    centre: float = 0.0
    unit: float = 1.0

    @property
    def scale(self) -> float:
        """A power of ten near the greatest value: sums told in it can be squared, whatever the unit."""
        return _COARSE / self.unit

    def compile(self, value: exp.Expr) -> exp.Expr:
        """The value as a BIGINT; NULL stays NULL."""
        return expression(
            "cast(round((cast($x as double) - cast($centre as double)) * cast($unit as double)) as bigint)",
            x=value,
            centre=self.centre,
            unit=self.unit,
        )

    def read_sum(self, total: int) -> Fraction:
        """A sum of whole numbers as a sum of the values less the centre, exactly."""
        return Fraction(total) / Fraction(self.unit)

    def read_squares(self, squares: int) -> Fraction:
        """A sum of their squares, likewise."""
        return Fraction(squares) / Fraction(self.unit) ** 2


def choose_whole(
    least: float | None, greatest: float | None, count: int, centre: float = 0.0, decimals: int | None = None
) -> Whole:
    """The steps for `count` values between `least` and `greatest`.

    Args:
        least, greatest: None where there is no value.
        centre: taken off each value first.
        decimals: that the values have at most, where that is known.

    >>> choose_whole(-3e-5, 2e-5, 1000).unit, choose_whole(0, 2e12, 1000, decimals=2).unit
    (1e+20, 100.0)
    """
    if least is None or greatest is None:
        return Whole(centre)
    finest = _FINEST if decimals is None else decimals
    reach = max(float(greatest) - centre, centre - float(least))
    if not reach:
        return Whole(centre)
    most = min(_MOST_EXACT, math.sqrt(_MOST_SQUARED / max(count, 1)))
    return Whole(centre, 10.0 ** min(math.floor(math.log10(most) - math.log10(reach)), finest))
