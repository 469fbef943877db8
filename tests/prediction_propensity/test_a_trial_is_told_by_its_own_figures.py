"""Better than a bad baseline is not good; the interval quoted is the one that decided; drift has two ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vitrail.prediction.propensity.checking import Trial, check_propensity, tell_check


def check(truth: np.ndarray, scores: np.ndarray, base: np.ndarray) -> dict[str, Any]:
    found = check_propensity(Trial(scores, scores), Trial(base, base), truth, truth)
    return {**found, "baseline": {**found["baseline"], "variables": ["recency_days"]}}


def test_chance_beside_a_baseline_that_is_worse_is_of_no_use() -> None:
    random = np.random.default_rng(1)
    truth = np.arange(400) % 4 == 0
    found = check(truth, random.normal(size=400), random.normal(size=400) - truth)
    assert found["gain"]["low"] > 0 and found["auc"]["low"] < 0.5
    assert found["status"] == "not_useful"
    (said,) = tell_check(found, "p", "p_x", "")
    assert said.code == "propensity_no_better_than_chance"
    assert (said.figures["low"], said.figures["high"]) == (found["auc"]["low"], found["auc"]["high"])


def test_what_recency_says_as_well_is_of_no_use() -> None:
    random = np.random.default_rng(2)
    truth = np.arange(400) % 4 == 0
    base = random.normal(size=400) + truth
    found = check(truth, base + random.normal(0, 0.1, 400), base)
    assert found["auc"]["low"] > 0.5 and found["status"] == "not_useful"
    (said,) = tell_check(found, "p", "p_x", "")
    assert said.code == "propensity_no_better_than_recency"
    assert (said.figures["low"], said.figures["high"]) == (found["gain"]["low"], found["gain"]["high"])


@pytest.mark.parametrize(("happened", "drifts"), [(79, True), (80, False), (125, False), (126, True)])
def test_a_level_is_said_to_drift_from_a_fifth_below_or_a_quarter_above(happened: int, drifts: bool) -> None:
    checked = {"status": "useful", "calibration": {"expected": 100.0, "happened": happened}}
    assert [each.code for each in tell_check(checked, "p", "p_x", "")] == ["propensity_drift"] * drifts
