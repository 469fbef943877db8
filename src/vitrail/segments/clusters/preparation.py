"""Variables made comparable before they are clustered; every step is shown, and can be changed in the plan.

Model, for each variable:
    skew      a variable that is never negative, spans more than its least value, leans to the right
              (skewness above 1) and has one hump goes on a logarithmic scale, ln(x + c); of 0 (where
              nothing is 0) and three low quantiles, c is the one that leaves the least skewness. So what
              counts is ratios, in whatever unit.
    outliers  what lies beyond the 1st and 99th percentile counts as these.
    scale     from the 1st percentile (0) to the 99th (1). A yes/no variable is 0 or 1.
    missing   a customer with a missing value is set apart, or the median stands in, as the plan says.
    Nothing depends on the unit or on where zero lies, but for the logarithm: ends are written to nine digits
    of the width between them, and what is added up is never larger than 1. Exact numbers too long for a
    double are taken from the least of them (see `sampling`).
Assumes: one hump is told by the bimodality coefficient, (skewness² + 1) / kurtosis, below 0.65: 0.33 for a
    Gaussian, 0.56 for a uniform or an exponential, near 1 for two distant groups, whose skewness is no
    reason to squeeze them together.
Source: Milligan & Cooper, "A study of standardization of variables in cluster analysis", Journal of
    Classification 5, 1988, and Steinley & Brusco, "A new variable weighting and selection procedure for
    K-means cluster analysis", Multivariate Behavioral Research 43, 2008: the range recovers groups better
    than the standard deviation, which makes a variable with groups count for less and noise for more.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlglot import exp

from vitrail.engine import sql

if TYPE_CHECKING:
    from vitrail.segments.clusters.partition import Rows

ScaleChoice = Literal["auto", "log", "linear"]

SKEWED = 1.0
ONE_HUMP = 0.65
#: Values of a logarithmic scale end this near to zero, as a share of the middle value.
_SHIFTS = (0.05, 0.25, 0.5)
#: A value this near to a multiple of the step, in steps, is one.
_STEP_ERROR = 1e-3
#: Beyond, the distance of two values is no double any more.
_FURTHEST = 8e307


@dataclass(frozen=True, slots=True)
class Scale:
    """How a variable is prepared.

    Args:
        yes_no: whether it is a yes or no; then it is 0 or 1 and nothing else is done.
        shift: what is added before the logarithm; None for no logarithm.
        low, high: the values that become 0 and 1, after the logarithm if there is one.
        median: the middle value, in the variable's unit.
        fill: what stands in where the value is missing; None where the customer is set apart.
        origin: what was taken off the variable before anything else; `low` to `fill` are without it.
    """

    variable: str
    yes_no: bool
    shift: float | None
    low: float
    high: float
    median: float
    fill: float | None = None
    origin: float = 0.0

    @property
    def width(self) -> float:
        """What one unit of the prepared variable is worth."""
        return self.high - self.low

    def apply(self, values: Rows) -> Rows:
        """Values in the variable's unit, prepared: 0 to 1."""
        import numpy as np

        if self.shift is not None:
            values = np.log(np.maximum(values, 0) + self.shift)
        prepared: Rows = (np.clip(values, self.low, self.high) - self.low) / self.width
        return prepared

    def restore(self, prepared: float) -> float:
        """A prepared value back in the variable's unit.

        >>> Scale("amount", False, 0.0, 0.0, 4.0, 7.0).restore(0.5).__round__(3)
        7.389
        """
        value = self.low + prepared * self.width
        return self.origin + (value if self.shift is None else math.exp(value) - self.shift)

    def expression(self, value: exp.Expr) -> exp.Expr:
        """As SQL, of a number: prepared as `apply` does."""
        if self.fill is not None:
            value = sql("coalesce($x, $fill)", x=value, fill=write_double(self.fill))
        if self.yes_no:
            return value
        if self.shift is not None:
            value = sql("ln(greatest($x, 0) + $shift)", x=value, shift=write_double(self.shift))
        low, high, width = (write_double(each) for each in (self.low, self.high, self.width))
        prepared: exp.Expr = sql(
            "(least(greatest($x, $low), $high) - $low) / $width", x=value, low=low, high=high, width=width
        )
        return prepared

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)


def write_double(value: float) -> exp.Expr:
    """A double as SQL, read back as the same."""
    written = exp.Literal.number(f"{abs(value):.16e}")
    return exp.Neg(this=written) if value < 0 else written


def fit_scale(
    variable: str, values: Rows, yes_no: bool, choice: ScaleChoice = "auto", clip: float = 0.01
) -> Scale | None:
    """Look at a variable's values, none of them missing; None where they are all equal.

    Args:
        clip: the share of values at each end that counts as outliers.

    >>> import numpy as np
    >>> fit_scale("visits", np.array([1.0, 1.0, 1.0]), False) is None
    True
    >>> fit_scale("visits", np.arange(101.0), False).high
    99.0
    """
    import numpy as np

    values = np.clip(values, -_FURTHEST, _FURTHEST)
    if len(values) == 0 or values.min() == values.max():
        return None
    median = float(np.median(values))
    if yes_no:
        return Scale(variable, True, None, 0.0, 1.0, median)
    shift = None
    if choice == "log" or (choice == "auto" and is_skewed(values)):
        shift = _choose_shift(np.maximum(values, 0))
        values = np.log(np.maximum(values, 0) + shift)
    low, high = (float(each) for each in np.quantile(values, [clip, 1 - clip]))
    if low == high:
        low, high = float(values.min()), float(values.max())
    low, high = _written(low, high - low), _written(high, high - low)
    return Scale(variable, False, shift, low, high, median) if low < high else None


def spread_ties(values: Rows, seed: int) -> Rows:
    """Counts and grades as if they had been measured: each anywhere within the step that it stands for.

    Between 5 orders and 6, or the answers 3 and 4, there is nobody because nobody can be, which is no gap
    between groups. A yes or no, and values that have no step in common or mostly differ, stay as they are.

    >>> import numpy as np
    >>> counts = np.arange(100.0) % 25
    >>> spread = spread_ties(counts, seed=1)
    >>> len(np.unique(spread)), bool((np.abs(spread - counts) <= 0.5).all())
    (100, True)
    """
    import numpy as np

    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    if not 2 < len(distinct) <= len(known) / 2:
        return values
    step = np.diff(distinct).min()
    places = (distinct - distinct[0]) / step
    if np.abs(places - places.round()).max() > _STEP_ERROR:
        return values
    spread: Rows = values + step * np.random.default_rng((seed, 3)).uniform(-0.5, 0.5, len(values))
    return spread


def is_skewed(values: Rows) -> bool:
    """Whether values lean to the right from one hump, are never negative, and span more than the least."""
    low, high = values.min(), values.max()
    if low < 0 or low >= high - low:
        return False
    skewness, kurtosis = _shape(values)
    hump = (skewness**2 + 1) / kurtosis if kurtosis > 0 else 1.0
    return skewness > SKEWED and hump < ONE_HUMP


def _choose_shift(values: Rows) -> float:
    import numpy as np

    above = values[values > 0]
    if len(above) == 0:
        return 1.0
    shifts = [_written(float(each), float(each)) for each in np.quantile(above, _SHIFTS)]
    candidates = [0.0, *shifts] if len(above) == len(values) else shifts
    return min(candidates, key=lambda shift: abs(_shape(np.log(values + shift))[0]))


def _shape(values: Rows) -> tuple[float, float]:
    """Skewness and kurtosis."""
    import numpy as np

    centred = values / 2 - np.median(values) / 2
    furthest = float(np.abs(centred).max())
    if furthest == 0:
        return 0.0, 3.0
    centred = centred / furthest
    centred = centred - centred.mean()
    spread = float(centred.std())
    if spread == 0:
        return 0.0, 3.0
    scaled = centred / spread
    return float(np.mean(scaled**3)), float(np.mean(scaled**4))


def _written(value: float, unit: float) -> float:
    """The number to nine digits of `unit`, so that what is stored, shown and run is one figure."""
    if not unit:
        return value
    return round(value, 8 - math.floor(math.log10(abs(unit))))
