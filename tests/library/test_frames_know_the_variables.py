"""A dataframe whose columns are Vitrail's variables is read as its profile would be."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import vitrail


def test_what_tells_of_a_kpi_by_the_way_it_is_made_is_refused() -> None:
    random = np.random.default_rng(5)
    orders = random.poisson(1, 600) + 1
    frame = pa.table(
        {
            "customer_id": [f"c{number}" for number in range(600)],
            "order_count": orders,
            "days_between_orders": [None if each == 1 else 10.0 + each for each in orders],
            "total_amount": orders * 20.0,
            "country": random.choice(["FR", "DE"], 600),
        }
    )
    found = vitrail.drivers(frame, "order_count > 1")
    assert {"days_between_orders", "total_amount"} <= {each.variable for each in found.drivers.refused}
    assert "days_between_orders" not in found.recommended
