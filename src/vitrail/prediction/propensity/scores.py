"""A propensity's model applied to all customers: as one SQL expression, or some customers at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.prediction.propensity.calibration import Calibration
from vitrail.prediction.propensity.features import Feature, compile_columns
from vitrail.prediction.propensity.models import Logistic, Model

ROWS_AT_ONCE = 200_000
_COLUMNS, _SCORED = "propensity_columns", "propensity_scored"


def apply_propensity(
    engine: Engine,
    table: str,
    name: str,
    customers: Query,
    features: Sequence[Feature],
    model: Model,
    calibration: Calibration,
) -> dict[str, Any]:
    """Make the working table `table`: `customer_id` and the probability `name`, to the millionth.

    Args:
        customers: the rows of a profile to be scored.

    Returns:
        how many were scored, the cases their probabilities add up to, and the SQL where it is one.
    """
    columns = compile_columns(features)
    if isinstance(model, Logistic):
        score = model.compile(columns).as_("score")
        scored = exp.select("customer_id", score).from_(customers.subquery("customers"))
    else:
        _score_by_portions(engine, customers, columns, model)
        scored = exp.select("customer_id", "score").from_(_SCORED)
    chance = sql("round($p, 6)", p=calibration.compile(column("score")))
    query = exp.select("customer_id", exp.alias_(chance, name)).from_(scored.subquery("scored"))
    engine.create(table, query)
    engine.drop(_SCORED)
    totals = sql(
        "select count(*) as customers, cast(sum(cast($p as decimal(18, 6))) as double) as expected from $t",
        p=column(name),
        t=exp.to_table(table),
    )
    found = engine.records(totals)[0]
    return {
        "scored": {"customers": found["customers"], "expected": found["expected"] or 0.0},
        "sql": engine.render(query) if isinstance(model, Logistic) else None,
    }


def _score_by_portions(engine: Engine, customers: Query, columns: list[exp.Expr], model: Model) -> None:
    """Make the table of scores of a model that SQL does not know."""
    named = [exp.alias_(each, f"c{i}") for i, each in enumerate(columns)]
    place = sql("row_number() over (order by customer_id)").as_("place")
    engine.create(_COLUMNS, exp.select("customer_id", place, *named).from_(customers.subquery("customers")))
    count = engine.records(sql("select count(*) as rows from $t", t=exp.to_table(_COLUMNS)))[0]["rows"]
    schema = pa.schema([("customer_id", pa.string()), ("score", pa.float64())])
    parts = [schema.empty_table()]
    for start in range(0, count, ROWS_AT_ONCE):
        portion = sql(
            "select * from $t where place > $start and place <= $end order by place",
            t=exp.to_table(_COLUMNS),
            start=start,
            end=start + ROWS_AT_ONCE,
        )
        rows = engine.arrow(portion)
        matrix = np.column_stack([rows.column(f"c{i}").to_numpy() for i in range(len(columns))])
        scores = pa.array(model.score(matrix))
        parts.append(pa.table([rows.column("customer_id").cast(pa.string()), scores], schema=schema))
    engine.drop(_COLUMNS)
    engine.register(_SCORED, pa.concat_tables(parts))
