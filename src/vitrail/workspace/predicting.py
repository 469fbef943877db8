"""The predictions of a run, made before it is segmented so that segments may use them.

A method is registered in `load_predictor`: it makes the working table `prediction_<key>` with its columns and
says how it was made. `predictions.parquet` and `predictions.json` are stored like any analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from sqlglot import exp

from vitrail.findings import Finding
from vitrail.plan import Plan, prediction_columns
from vitrail.plan.columns import list_segmentation_expressions
from vitrail.plan.expressions import segments_named
from vitrail.prediction.base import (
    Prediction,
    PredictionContext,
    join_predictions,
)

Predictor = Callable[[PredictionContext, str, Any], Prediction]
"""Makes the prediction of that key from its block of the plan."""


def load_predictor(method: Literal["contract_value", "lifetime_value", "propensity"]) -> Predictor:
    """What makes the predictions of a method, imported when a plan asks for it."""
    match method:
        case "contract_value":
            from vitrail.prediction.contracts.predicting import predict_contract_value

            return predict_contract_value
        case "lifetime_value":
            from vitrail.prediction.lifetime.predicting import predict_lifetime_value

            return predict_lifetime_value
        case "propensity":
            from vitrail.prediction.propensity.predicting import predict_propensity

            return predict_propensity


def predict(context: PredictionContext) -> tuple[Prediction, ...]:
    """Make every prediction of the plan and add its columns to `profile`."""
    predictions = tuple(
        load_predictor(spec.method)(context, key, spec) for key, spec in context.plan.predictions.items()
    )
    if any(each.variables for each in predictions):
        join_predictions(context.engine, predictions)
    return predictions


def leave_out_refused(plan: Plan, predictions: Sequence[Prediction]) -> tuple[Plan, tuple[Finding, ...]]:
    """The plan without the segmentations that use a column its predictions did not make, and why.

    A prediction that is of no use makes no column; a segment by it would be a segment by nothing.
    """
    made = {variable.name for each in predictions for variable in each.variables}
    absent = {
        name: each.key
        for each in predictions
        for name in prediction_columns(each.key, dict(plan.predictions[each.key]))
        if name not in made
    }
    findings: dict[str, Finding] = {}
    for path, tree in list_segmentation_expressions(plan):
        key = path.split(".")[1]
        for name in sorted({each.name.casefold() for each in tree.find_all(exp.Column)} & absent.keys()):
            figures = {"name": key, "column": name, "prediction": absent[name]}
            findings.setdefault(
                key, Finding("segmentation_without_prediction", "error", plan.place(path), figures)
            )
    for _ in plan.segmentations:  # those that rest on one left out, and so on
        for path, tree in list_segmentation_expressions(plan):
            key = path.split(".")[1]
            named = {name.partition(".")[0] for name in segments_named(tree.sql("duckdb"))}
            for other in sorted(named & findings.keys() - {key}):
                figures = {"name": key, "other": other}
                findings.setdefault(
                    key, Finding("segmentation_without_other", "error", plan.place(path), figures)
                )
    kept = {key: spec for key, spec in plan.segmentations.items() if key not in findings}
    return plan.model_copy(update={"segmentations": kept}), tuple(findings.values())
