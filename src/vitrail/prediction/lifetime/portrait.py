"""A lifetime value as pictures need it: who holds the value to come, and who is still a customer."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlglot import exp

from vitrail.engine import Engine, column, sql
from vitrail.prediction.lifetime.choice import Chosen
from vitrail.prediction.lifetime.histories import Histories
from vitrail.prediction.lifetime.purchases import Purchases

_ROWS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
_COLUMNS = 10


def describe_totals(engine: Engine, table: str, columns: tuple[str, ...]) -> dict[str, Any]:
    """By tenth of the customers, the most promising first: how many, and what is expected of them.

    Args:
        columns: of the prediction; the last of them ranks.
    """
    ranked = column(columns[-1])
    rows = engine.records(
        sql(
            """
            select tenth, count(*) as customers, min(value) as least, max(value) as most, sum(exact) as total
            from (
                select $value as value, cast($value as decimal(38, 6)) as exact,
                    ntile(10) over (order by $value desc, customer_id) as tenth
                from $table where $value is not null
            ) group by tenth order by tenth
            """,
            value=ranked,
            table=exp.to_table(table),
        )
    )
    whole = float(sum(row["total"] for row in rows))
    return {
        "ranked_by": columns[-1],
        "tenths": [
            {
                "tenth": row["tenth"],
                "customers": row["customers"],
                "least": row["least"],
                "most": row["most"],
                "total": float(row["total"]),
                "share": float(row["total"]) / whole if whole else 0.0,
            }
            for row in rows
        ],
    }


def map_alive(chosen: Chosen, purchases: Purchases) -> dict[str, Any] | None:
    """The probability of being alive by repeat orders and days since the last; None where nobody leaves.

    For customers known as long as the median customer; those without a repeat order as long as they are
    silent. None where the model cannot tell.
    """
    if not chosen.sees_dropout:
        return None
    histories = purchases.histories
    ordered = np.argsort(histories.age, kind="stable")
    half = np.searchsorted(np.cumsum(histories.customers[ordered]), histories.total / 2)
    age = float(histories.age[ordered][min(int(half), len(histories) - 1)])
    most = float(histories.frequency.max())
    rows = [each for each in _ROWS if each <= most]
    step = max(int(age // (_COLUMNS + 1)), 1)
    quiet = [step * number for number in range(_COLUMNS) if step * number < age]
    frequency, silence = (each.ravel() for each in np.meshgrid(rows, quiet, indexing="ij"))
    grid = Histories(
        frequency.astype(np.float64),
        np.where(frequency > 0, age - silence, 0.0),
        np.where(frequency > 0, age, silence.astype(np.float64)),
        np.ones(len(frequency)),
    )
    alive = chosen.model.p_alive(chosen.fit.parameters, grid).astype(object)
    alive[~chosen.model.judges(grid)] = None
    return {
        "age_days": int(age),
        "repeat_orders": rows,
        "quiet_days": quiet,
        "p_alive": alive.reshape(len(rows), len(quiet)).tolist(),
    }
