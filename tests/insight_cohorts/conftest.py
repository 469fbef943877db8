"""Orders made for the tests of cohorts, and cohorts by their definition in plain Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

MONDAY = dt.date(1900, 1, 1)


def number(period: str, day: dt.date) -> int:
    """The number of a period, by another way than ours."""
    if period == "week":
        return (day - MONDAY).days // 7
    return day.year * 12 + day.month if period == "month" else day.year * 4 + (day.month + 2) // 3


@pytest.fixture(scope="session")
def frame() -> Callable[..., pa.Table]:
    """Orders as a table: (customer, day, amount) each, and further columns."""

    def make(orders: Sequence[tuple[str, dt.date, int]], **more: Sequence[Any]) -> pa.Table:
        return pa.table(
            {
                "customer_id": [each[0] for each in orders],
                "order_id": [str(place) for place in range(len(orders))],
                "ordered_at": pa.array([each[1] for each in orders], pa.date32()),
                "amount": [each[2] for each in orders],
                **more,
            }
        )

    return make
