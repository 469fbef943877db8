"""What every prediction gives: columns of the profile, intervals, and how it was made and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from vitrail.collection.collected import Collected
from vitrail.engine import Engine, Query, column, sql
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.plan import Plan
from vitrail.variables import Variable

COLUMNS = {
    "prediction": pa.string(),
    "customer_id": pa.string(),
    "measure": pa.string(),
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "least": pa.float64(),
    "most": pa.float64(),
}
"""The columns of `predictions.parquet`. `low` and `high`: the 95 % interval of the expectation, from what the
fit leaves uncertain. `least` and `most`: where what happens to this customer falls 95 times in 100."""


@dataclass(frozen=True, slots=True)
class PredictionContext:
    """What a method may read: the working tables of a run before it is segmented.

    Args:
        engine: with `order_lines`, `orders`, `profile`, `customers` and `sales` where there are such.
        variables: the columns of `profile` so far.
    """

    engine: Engine
    plan: Plan
    collected: Collected
    variables: tuple[Variable, ...]

    @property
    def as_of(self) -> dt.date:
        """The day the run speaks of."""
        return self.collected.as_of


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction that was made.

    Args:
        key: its name in the plan.
        method: `lifetime_value` …
        label: its name for people.
        variables: its columns, in the working table `prediction_<key>`, one row a customer at most; a
            customer without a row has no value. Their grain is `predictions`.
        content: parameters, checks and totals as plain data: what the report tells.
        findings: what a person should know.
        intervals: a query with the columns `customer_id`, `measure`, `value`, `low`, `high`, `least`, `most`.
    """

    key: str
    method: str
    label: Mapping[Language, str]
    variables: tuple[Variable, ...]
    content: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()
    intervals: Query | None = None

    @property
    def table(self) -> str:
        """Its working table."""
        return f"prediction_{self.key}"


@dataclass(frozen=True, slots=True)
class PredictionsResult:
    """All the predictions of a run."""

    predictions: tuple[Prediction, ...]
    table: pa.Table = field(repr=False)

    def to_arrow(self) -> pa.Table:
        """One row a prediction, customer and measure, in that order."""
        return self.table

    def to_dict(self) -> dict[str, Any]:
        """How each was made, fitted and checked."""
        return {
            "predictions": [
                {
                    "key": each.key,
                    "method": each.method,
                    "label": dict(each.label),
                    "columns": [variable.name for variable in each.variables],
                    **each.content,
                }
                for each in self.predictions
            ]
        }


def tell_predictions(
    engine: Engine, predictions: Sequence[Prediction]
) -> tuple[PredictionsResult | None, tuple[Finding, ...]]:
    """The predictions with their intervals as one table; None where the plan asks for none.

    Their findings are the run's since they were made.
    """
    if not predictions:
        return None, ()
    parts = []
    for each in predictions:
        if each.intervals is not None:
            rows = sql(
                "select $key as prediction, * from $rows order by customer_id, measure",
                key=each.key,
                rows=each.intervals.subquery("rows"),
            )
            parts.append(engine.arrow(rows).select(list(COLUMNS)).cast(pa.schema(COLUMNS)))
    table = pa.concat_tables(parts) if parts else pa.schema(COLUMNS).empty_table()
    return PredictionsResult(tuple(predictions), table), ()


def join_predictions(engine: Engine, predictions: Sequence[Prediction]) -> None:
    """Add the columns of the predictions to the working table `profile`."""
    query: Any = sql("select profile.* from profile")
    for each in predictions:
        if each.variables:
            query = query.select(*(column(variable.name, each.table) for variable in each.variables))
            same = sql("profile.customer_id = $own", own=column("customer_id", each.table))
            query = query.join(each.table, on=same, join_type="left")
    engine.create("profile", query)
