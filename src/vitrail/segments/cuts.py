"""Quantile cuts that never split equal values and never shrink the scale.

Model: over n values, `q_i` is the type-7 quantile at i/k (linear between order statistics; Hyndman & Fan,
    "Sample quantiles in statistical packages", The American Statistician 50(4), 1996). Cut i is the least
    value above `q_i`; a value's interval is 1 plus the number of cuts at or below it. So the interval is
    1 plus the number of i in 1..k-1 with i/k strictly below the value's percent rank, the share of the
    others that are lower: equal values share an interval whatever the row order.
Ties: where two cuts fall on one value, a mass of equal values takes more than an interval's share. It
    keeps the interval of the first of the two cuts, and the values beyond are cut anew, by the same rule,
    into the intervals that are left. Where the tied mass is the greatest value, it takes the last interval.
    So the lowest value is always in interval 1, and with two distinct values or more the greatest is in
    interval k. Where all are equal there is no cut: everyone is in interval 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sqlglot import exp

from vitrail.engine import sql
from vitrail.segments.base import Base, exact


@dataclass(frozen=True, slots=True)
class Tie:
    """A mass of equal values that takes more than an interval's share.

    Args:
        value: what they share.
        customers: how many they are.
    """

    value: Decimal
    customers: int


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cuts in ascending order, k - 1 of them (none where all values are equal), and the ties met."""

    values: tuple[Decimal, ...]
    ties: tuple[Tie, ...] = ()


def fit_cuts(base: Base, variable: str, intervals: int) -> Cuts:
    """Cut the buyers' values of `variable` into `intervals` quantile intervals.

    Three scans of one column; three more for each tied mass, which are few.
    """
    cuts: list[Decimal] = []
    ties: list[Tie] = []
    while len(cuts) < intervals - 1:
        values = _Values(base, variable, cuts[-1] if cuts else None)
        if values.size == 0 or (values.least == values.greatest and not cuts):
            break
        quantiles = values.quantiles(intervals - len(cuts))
        above = values.next_above(quantiles)
        found = [above[quantile] for quantile in quantiles]
        stuck = next((i for i, cut in enumerate(found) if cut is None or cut in found[i + 1 :]), None)
        cuts += [cut for cut in found[: len(found) if stuck is None else stuck + 1] if cut is not None]
        if stuck is not None:
            ties += values.tie(quantiles[stuck])
            if found[stuck] is None:
                cuts += [values.greatest] * (intervals - 1 - len(cuts))
    return Cuts(tuple(cuts), tuple(ties))


class _Values:
    """The buyers' values of a variable, from `floor` up."""

    def __init__(self, base: Base, variable: str, floor: Decimal | None) -> None:
        self.base, self.value = base, base.value(variable)
        self._literal = partial(base.literal, variable)
        self._kept = (
            sql("$x >= $floor", x=self.value, floor=self._literal(floor))
            if floor is not None
            else sql("$x is not null", x=self.value)
        )
        figures = base.record(
            {
                "size": sql("count(*)"),
                "least": sql("coalesce(min($x), 0)", x=self.value),
                "greatest": sql("coalesce(max($x), 0)", x=self.value),
            },
            self._kept,
        )
        self.size: int = figures["size"]
        self.least, self.greatest = (exact(figures[name]) for name in ("least", "greatest"))

    def quantiles(self, intervals: int) -> list[Decimal]:
        """The order statistics at or just below the quantiles i / `intervals`."""
        ranks = [i * (self.size - 1) // intervals for i in range(1, intervals)]
        middles = [sql("$share", share=(rank + 0.5) / self.size) for rank in ranks]
        found = sql("quantile_disc($x, $at)", x=self.value, at=exp.Array(expressions=middles))
        return [exact(value) for value in self.base.record({"found": found}, self._kept)["found"]]

    def next_above(self, quantiles: Sequence[Decimal]) -> dict[Decimal, Decimal | None]:
        """For each of `quantiles`, the least value above it, None above the greatest."""
        distinct = list(dict.fromkeys(quantiles))
        least = {
            f"above_{i}": sql("min($x) filter ($x > $q)", x=self.value, q=self._literal(quantile))
            for i, quantile in enumerate(distinct)
        }
        found = self.base.record(least).values()
        return {q: None if up is None else exact(up) for q, up in zip(distinct, found, strict=True)}

    def tie(self, value: Decimal) -> tuple[Tie, ...]:
        """The mass at `value`, if more than one customer is there."""
        same = sql("count(*) filter ($x = $value)", x=self.value, value=self._literal(value))
        customers: int = self.base.record({"customers": same})["customers"]
        return (Tie(value, customers),) if customers > 1 else ()
