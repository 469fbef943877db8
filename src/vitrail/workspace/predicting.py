"""The predictions of a run, made before it is segmented so that segments may use them.

A method is registered by one line in `PREDICTORS`: it makes the working table `prediction_<key>` with its
columns and says how it was made. `predictions.parquet` and `predictions.json` are stored like any analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vitrail.prediction.base import (
    Prediction,
    PredictionContext,
    join_predictions,
)

Predictor = Callable[[PredictionContext, str, Any], Prediction]
"""Makes the prediction of that key from its block of the plan."""

PREDICTORS: Mapping[str, Predictor] = {}
"""By the method that the plan writes."""


def predict(context: PredictionContext) -> tuple[Prediction, ...]:
    """Make every prediction of the plan and add its columns to `profile`."""
    predictions = tuple(
        PREDICTORS[spec.method](context, key, spec) for key, spec in context.plan.predictions.items()
    )
    if any(each.variables for each in predictions):
        join_predictions(context.engine, predictions)
    return predictions
