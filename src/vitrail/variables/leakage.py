"""Variables that contain the answer: refused, with the reason.

    drivers_leak_kpi           the KPI is computed from this very variable
    drivers_leak_definition    both are made of the same facts (see `vitrail.variables.lineage`)
    drivers_leak_missing       whether it is missing says almost without fail what the KPI is
    drivers_leak_answer        where it has certain values the KPI is always the rarer answer: a field that is
                               filled in afterwards, such as a reason for leaving
    drivers_leak_separation    it separates almost perfectly, out of sample
    drivers_leak_orders        both are made of a customer's orders, the KPI by their number or as an average
                               over them, and where it has certain values the KPI is always the same, or all
                               customers ordered again, or none did: with one order, a share over orders can
                               only be 0 or 1
    drivers_leak_orders_missing  the same where it is missing: who has no order has no favourite product

All but the first two look at the data. Honest variables do not do this: behaviour leaves doubt.

From `SUSPICIOUS` on a variable is not refused, since strong behaviour may reach that, but it is told: most
that do were written down with the answer, or after it, and only a person can know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitrail.statistics.concordance import measure_concordance

ALMOST_PERFECT = 0.99
"""The concordance out of sample from which a variable is refused."""
SUSPICIOUS = 0.9
"""The concordance out of sample from which a variable that is ranked is told of."""
FORETELLS = 0.98
"""The AUC from which one variable alone is not known beforehand, and a prediction leaves it out."""
EXPLAINS_ALL = 0.95
"""The share of a KPI explained by a variable's classes from which a search leaves it out."""
SURE_CUSTOMERS = 30
SURE_SHARE = 0.2
PURE_CUSTOMERS = 20
PURE_BY_CHANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Refusal:
    """A variable that is not ranked: the code of the sentence that says why, and what it quotes."""

    variable: str
    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def check_leak(
    name: str, counts: NDArray[np.int64], separation: float, same_orders: bool = False
) -> Refusal | None:
    """The refusal of a variable that tells the KPI too well, if it does.

    Args:
        counts: customers by level (0 is missing) and KPI group, ascending; shape (levels, groups).
        separation: its concordance out of sample.
        same_orders: whether it is made of the orders that the KPI depends on the number of.
    """
    table = counts.astype(np.float64)
    missing = np.stack([table[0], table[1:].sum(axis=0)])
    if missing.sum(axis=1).all():
        told = float(measure_concordance(missing))
        if max(told, 1 - told) >= ALMOST_PERFECT:
            return Refusal(name, "drivers_leak_missing", {"customers": int(missing[0].sum())})
    if separation >= ALMOST_PERFECT:
        return Refusal(name, "drivers_leak_separation", {"separation": separation})
    found = _check_sure(name, table) if table.shape[1] == 2 else None
    return found or (check_orders(name, counts) if same_orders else None)


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


def check_orders(name: str, counts: NDArray[np.int64]) -> Refusal | None:
    """The refusal of a variable with levels whose customers are all in the lowest group, or none is.

    Chance would hardly do that. The groups are those of a KPI that depends on the number of a customer's
    orders, or who ordered once and who again; the levels are those of a variable made of the same orders.
    """
    table = counts.astype(np.float64)
    sizes, lowest = table.sum(axis=1), table[:, 0]
    share = float(lowest.sum() / max(sizes.sum(), 1))
    by_chance = np.where(lowest == sizes, share**sizes, np.where(lowest == 0, (1 - share) ** sizes, 1.0))
    pure = (sizes >= PURE_CUSTOMERS) & (by_chance < PURE_BY_CHANCE)
    if pure[1:].any():
        return Refusal(name, "drivers_leak_orders", {"customers": int(sizes[1:][pure[1:]].sum())})
    return Refusal(name, "drivers_leak_orders_missing", {"customers": int(sizes[0])}) if pure[0] else None
