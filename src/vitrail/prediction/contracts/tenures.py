"""How long subscribers have stayed: whole periods, counted for those who left and those who are still here.

These counts are all that a contractual model needs, so that its cost does not grow with the base.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tenures:
    """Subscribers by the whole periods they stayed.

    Args:
        lost: how many left in their 1st, 2nd, 3rd … period.
        kept: how many are still here after 0, 1, 2 … whole periods; one entry more than `lost`.

    Raises:
        ValueError: the lengths do not fit, or a count is negative.
    """

    lost: tuple[int, ...]
    kept: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.kept) != len(self.lost) + 1 or min((*self.lost, *self.kept)) < 0:
            raise ValueError("counts of those kept start at 0 periods, of those lost at 1; none is negative")

    @property
    def periods(self) -> int:
        """The longest tenure."""
        return len(self.lost)

    @property
    def customers(self) -> int:
        return self.leavers + sum(self.kept)

    @property
    def leavers(self) -> int:
        return sum(self.lost)

    @property
    def at_risk(self) -> Counts:
        """Of each period, how many could leave in it: those who lived it to its end or left in it.

        >>> Tenures(lost=(3, 1), kept=(2, 1, 5)).at_risk.tolist()
        [10, 6]
        """
        leaving = np.asarray(self.lost, dtype=np.int64)
        staying = np.asarray(self.kept[1:], dtype=np.int64)
        return np.cumsum((leaving + staying)[::-1])[::-1]

    @property
    def exposure(self) -> int:
        """Periods lived by all of them, those of leaving included."""
        return int(self.at_risk.sum())

    def until(self, period: int) -> Tenures:
        """What was known when nobody had been followed beyond `period`.

        >>> Tenures(lost=(3, 1), kept=(2, 1, 5)).until(1)
        Tenures(lost=(3,), kept=(2, 7))
        """
        later = sum(self.lost[period:]) + sum(self.kept[period:])
        return Tenures(self.lost[:period], (*self.kept[:period], later))
