"""A cohort in one period: what it did, and the shares that follow."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from vitrail.statistics.shares import wilson_interval


@dataclass(frozen=True, slots=True)
class Cell:
    """A cohort in one period.

    Args:
        period: periods since the one they began in.
        complete: whether it is over for all who count here.
        customers: those who count: who have lived through the period.
        active: those of them with a purchase in it.
        revenue, orders: in it; `revenue_to_date`, `orders_to_date`: from period 0 to this one; of cohorts
            together, the sum of each period's mean, times `customers`.
        adopted: those who by its end have bought what `adopted` asks; None where nothing is asked.
    """

    period: int
    complete: bool
    customers: int
    active: int
    revenue: Decimal
    revenue_to_date: Decimal
    orders: int
    orders_to_date: int | Fraction
    adopted: int | None

    @property
    def retention(self) -> float:
        """The share with a purchase in the period."""
        return self.active / self.customers

    @property
    def retention_interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return wilson_interval(self.active, self.customers)

    @property
    def adoption(self) -> float | None:
        """The share that has taken it up by the end of the period."""
        return None if self.adopted is None else self.adopted / self.customers

    def to_dict(self) -> dict[str, Any]:
        """The figures, and the shares that follow from them."""
        low, high = self.retention_interval
        each = Decimal(self.customers)
        return {
            "period": self.period,
            "complete": self.complete,
            "customers": self.customers,
            "active": self.active,
            "retention": self.retention,
            "retention_low": low,
            "retention_high": high,
            "revenue": self.revenue,
            "revenue_per_customer": round(self.revenue / each, 4),
            "cumulative_revenue_per_customer": round(self.revenue_to_date / each, 4),
            "orders": self.orders,
            "orders_per_customer": self.orders / self.customers,
            "cumulative_orders_per_customer": float(self.orders_to_date / self.customers),
            "adopted": self.adopted,
            "adoption": self.adoption,
        }
