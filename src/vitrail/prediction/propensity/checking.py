"""How a propensity fared with a window it had not seen, beside recency alone; and whether it is of use.

Model: of use where the 95 % interval of the difference of its AUC and that of the baseline lies above 0, and
    that of its own AUC above one half. On what is pure chance the first happens in 2.5 % of cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vitrail.findings import Finding
from vitrail.prediction.propensity.calibration import check_calibration, fit_calibration, group_scores
from vitrail.prediction.propensity.discrimination import (
    Discrimination,
    compare_discrimination,
    estimate_discrimination,
)

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

LEAST_RATIO, MOST_RATIO = 0.8, 1.25
"""Cases seen over cases expected, beyond which the level of the probabilities is said to have drifted."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A model that learned from one window and is tried on the next.

    Args:
        aside: the scores of those learned from, each by a model made without them, shape (learned,).
        scores: of those tested, shape (tested,).
    """

    aside: Array
    scores: Array


def check_propensity(trial: Trial, baseline: Trial, learned: Truth, tested: Truth) -> dict[str, Any]:
    """The figures of a trial, as plain data.

    Args:
        learned, tested: what happened, shape (learned,) and (tested,).
    """
    from sklearn.metrics import average_precision_score

    calibration = fit_calibration(trial.aside, learned)
    chances = calibration.apply(trial.scores)
    base_chances = fit_calibration(baseline.aside, learned).apply(baseline.scores)
    found = estimate_discrimination(trial.scores, tested)
    gain = compare_discrimination(trial.scores, baseline.scores, tested)
    return {
        "status": "useful" if gain.low > 0 and found.low > 0.5 else "not_useful",
        "calibrated_by": calibration.method,
        "auc": _interval(found),
        "gain": asdict(gain),
        "average_precision": float(average_precision_score(tested, trial.scores)),
        "calibration": asdict(check_calibration(chances, tested)),
        "groups": [asdict(each) for each in group_scores(chances, tested)],
        "baseline": {
            "auc": _interval(estimate_discrimination(baseline.scores, tested)),
            "average_precision": float(average_precision_score(tested, baseline.scores)),
            "brier": check_calibration(base_chances, tested).brier,
        },
    }


def tell_check(checked: Mapping[str, Any], key: str, column: str, place: str) -> tuple[Finding, ...]:
    """What a person should know of a trial: that it is of no use, or that its level has drifted."""
    if checked["status"] != "useful":
        return (_say_not_useful(checked, key, column, place),)
    expected, happened = checked["calibration"]["expected"], checked["calibration"]["happened"]
    if LEAST_RATIO * expected <= happened <= MOST_RATIO * expected:
        return ()
    figures = {"name": key, "expected": round(expected), "happened": happened}
    return (Finding("propensity_drift", "warning", place, figures),)


def _say_not_useful(checked: Mapping[str, Any], key: str, column: str, place: str) -> Finding:
    gain, auc = checked["gain"], checked["auc"]
    chance = auc["low"] <= 0.5
    code = "propensity_no_better_than_chance" if chance else "propensity_no_better_than_recency"
    interval = auc if chance else gain
    figures = {
        "name": key,
        "column": column,
        "auc": auc["value"],
        "base": checked["baseline"]["auc"]["value"],
        "gain": gain["value"],
        "low": interval["low"],
        "high": interval["high"],
        "variables": [f"variable_{name}" for name in checked["baseline"]["variables"]],
    }
    return Finding(code, "warning", place, figures)


def _interval(found: Discrimination) -> dict[str, float]:
    return {"value": found.auc, "low": found.low, "high": found.high}
