"""AUC, its interval, its comparison; calibration; groups: definitions, other libraries, invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from vitrail.engine import DuckDB, column, sql
from vitrail.prediction.propensity.calibration import (
    ENOUGH_FOR_A_CURVE,
    Calibration,
    check_calibration,
    fit_calibration,
    fit_logit_line,
    group_scores,
    inverse_logit,
    logit,
)
from vitrail.prediction.propensity.discrimination import compare_discrimination, estimate_discrimination


def draw(seed: int, count: int, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.normal(0, 1, count)
    return truth + random.normal(0, noise, count), random.random(count) < inverse_logit(truth)


def test_the_auc_is_that_of_scikit_learn() -> None:
    scores, happened = draw(1, 500)
    rounded = np.round(scores, 1)  # with ties
    assert estimate_discrimination(rounded, happened).auc == pytest.approx(roc_auc_score(happened, rounded))


def test_the_variance_is_delongs_by_its_definition() -> None:
    """Against the structural components of DeLong et al. (1988), written out pair by pair."""
    scores, happened = draw(2, 60)
    others = draw(2, 60, noise=3.0)[0]

    def components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wins = np.sign(values[happened][:, None] - values[~happened][None, :]) / 2 + 0.5
        return wins.mean(axis=1), wins.mean(axis=0)

    one, two = components(scores), components(others)
    spread = sum(np.var(a - b, ddof=1) / len(a) for a, b in zip(one, two, strict=True))
    gain = compare_discrimination(scores, others, happened)
    assert gain.value == pytest.approx(one[0].mean() - two[0].mean())
    assert (gain.high - gain.value) / 1.959964 == pytest.approx(np.sqrt(spread), rel=1e-6)


def test_the_interval_of_an_auc_covers_it_as_often_as_it_says() -> None:
    whole = estimate_discrimination(*draw(3, 200_000)).auc
    found = [estimate_discrimination(*draw(seed, 120)) for seed in range(400)]
    covered = np.mean([each.low <= whole <= each.high for each in found])
    assert 0.92 <= covered <= 0.98


def test_scores_that_separate_wholly_still_have_an_interval() -> None:
    found = estimate_discrimination(np.arange(20.0), np.arange(20) >= 10)
    assert found.auc == found.high == 1.0
    assert found.low < 0.75


@given(st.integers(0, 1000), st.floats(0.01, 50), st.floats(-5, 5))
@settings(max_examples=20)
def test_a_rising_change_of_scores_changes_nothing(seed: int, factor: float, shift: float) -> None:
    scores, happened = draw(seed, 80)
    moved = np.round(scores, 3) * factor + shift
    assert estimate_discrimination(moved, happened).auc == pytest.approx(
        estimate_discrimination(np.round(scores, 3), happened).auc
    )


def test_a_line_through_outcomes_is_found_again() -> None:
    random = np.random.default_rng(4)
    values = random.normal(2, 3, 40_000)
    happened = random.random(40_000) < inverse_logit(-0.5 + 0.8 * values)
    line = fit_logit_line(values, happened)
    assert line is not None
    assert line.intercept == pytest.approx(-0.5, abs=0.06)
    assert line.slope == pytest.approx(0.8, abs=3 * line.slope_error)


@pytest.mark.parametrize("count", [600, 20_000])
def test_calibrated_probabilities_mean_what_they_say(count: int) -> None:
    """Scores twice too far from the middle are brought back, by a line where few, by a curve where many."""
    random = np.random.default_rng(5)
    truth = random.normal(-1, 1, 2 * count)
    happened = random.random(2 * count) < inverse_logit(truth)
    calibration = fit_calibration(2 * truth[:count], happened[:count])
    assert calibration.method == ("isotonic" if happened[:count].sum() >= ENOUGH_FOR_A_CURVE else "platt")
    checked = check_calibration(calibration.apply(2 * truth[count:]), happened[count:])
    assert checked.slope_low is not None and checked.slope_high is not None
    assert checked.slope_low < 1.05 and checked.slope_high > 0.95
    assert checked.expected == pytest.approx(checked.happened, rel=0.12)
    assert checked.brier == pytest.approx(
        brier_score_loss(happened[count:], calibration.apply(2 * truth[count:]))
    )


def test_scores_that_say_nothing_become_the_share_of_all() -> None:
    random = np.random.default_rng(6)
    happened = random.random(300) < 0.3
    scores = -(happened * 1.0) + random.normal(0, 0.1, 300)  # the wrong way round
    chances = fit_calibration(scores, happened).apply(scores)
    assert chances == pytest.approx(np.full(300, happened.mean()))


@pytest.mark.parametrize(
    "calibration",
    [
        Calibration("platt", (-0.3, 0.7)),
        Calibration("isotonic", knots=((-2.0, 0.05), (-0.5, 0.2), (0.1, 0.2), (1.5, 0.9))),
    ],
)
def test_sql_gives_the_same_probability(calibration: Calibration) -> None:
    scores = np.array([-1e9, -3.0, -2.0, -1.1, -0.5, 0.0, 0.1, 1.4999, 1.5, 40.0, 1e9])
    with DuckDB() as engine:
        found = [
            engine.records(sql("select $p as p from (select $s::double as score)", s=float(each),
                               p=calibration.compile(column("score"))))[0]["p"]
            for each in scores
        ]  # fmt: skip
    assert found == pytest.approx(calibration.apply(scores), abs=1e-12)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), st.booleans()), min_size=1))
@settings(max_examples=60)
def test_groups_hold_everybody_once_and_equal_probabilities_together(
    drawn: list[tuple[float, bool]],
) -> None:
    chances, happened = (np.array(each) for each in zip(*drawn, strict=True))
    groups = group_scores(chances, happened)
    assert sum(group.customers for group in groups) == len(drawn)
    assert sum(group.happened for group in groups) == happened.sum()
    predicted = [group.predicted for group in groups]
    assert predicted == sorted(predicted, reverse=True)
    assert all(group.low <= group.share <= group.high for group in groups)


def test_the_log_odds_of_certainty_are_finite() -> None:
    assert np.isfinite(logit([0.0, 1.0])).all()


def test_nothing_can_be_told_of_one_kind_alone() -> None:
    for estimate in (estimate_discrimination, fit_calibration):
        with pytest.raises(ValueError, match="nobody, or to everybody"):
            estimate(np.arange(5.0), np.zeros(5, bool))
