"""Variables that contain the answer: refused, with the reason.

    drivers_leak_kpi           the KPI is computed from this very variable
    drivers_leak_definition    both are made of the same facts (see `vitrail.variables.lineage`)
    drivers_leak_missing       whether it is missing says almost without fail what the KPI is
    drivers_leak_answer        where it has certain values the KPI is always the rarer answer: a field that is
                               filled in afterwards, such as a reason for leaving
    drivers_leak_separation    it separates almost perfectly, out of sample

The last three look at the data. Honest variables do not do this: behaviour leaves doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitrail.insight.drivers.concordance import measure_concordance

ALMOST_PERFECT = 0.99
SURE_CUSTOMERS = 30
SURE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Refusal:
    """A variable that is not ranked: the code of the sentence that says why, and what it quotes."""

    variable: str
    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def check_leak(name: str, counts: NDArray[np.int64], separation: float) -> Refusal | None:
    """The refusal of a variable that tells the KPI too well, if it does.

    Args:
        counts: customers by fold, level (0 is missing) and KPI group.
        separation: its concordance out of sample.
    """
    table = counts.sum(axis=0).astype(np.float64)
    missing = np.stack([table[0], table[1:].sum(axis=0)])
    if missing.sum(axis=1).all():
        told = float(measure_concordance(missing))
        if max(told, 1 - told) >= ALMOST_PERFECT:
            return Refusal(name, "drivers_leak_missing", {"customers": int(missing[0].sum())})
    if separation >= ALMOST_PERFECT:
        return Refusal(name, "drivers_leak_separation", {"separation": separation})
    return _check_sure(name, table) if table.shape[1] == 2 else None


def _check_sure(name: str, table: NDArray[np.float64]) -> Refusal | None:
    """Levels whose customers all have the rarer answer, where they hold a good part of those that have it."""
    rarer = int(np.argmin(table.sum(axis=0)))
    sizes = table.sum(axis=1)
    sure = (sizes >= SURE_CUSTOMERS) & (table[:, rarer] == sizes)
    customers, all_rarer = float(sizes[sure].sum()), float(table[:, rarer].sum())
    if all_rarer and customers >= SURE_SHARE * all_rarer and 2 * all_rarer <= table.sum():
        figures = {"customers": int(customers), "share": customers / all_rarer}
        return Refusal(name, "drivers_leak_answer", figures)
    return None
