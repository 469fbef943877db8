"""How often a propensity is called of use where there is nothing to tell, and where there is.

The whole chain on simulated shops takes a second a shop; the models alone are tried on many more sets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.prediction.propensity.calibration import inverse_logit
from vitrail.prediction.propensity.checking import Trial, check_propensity
from vitrail.prediction.propensity.models import develop_model

pytestmark = pytest.mark.science

AS_OF = dt.date(2024, 1, 1) + dt.timedelta(days=400)
SETS, SHOPS = 400, 60


def try_columns(seed: int, told: float, count: int = 1000, columns: int = 15) -> str:
    """A trial on columns of which the first is recency; `told` is how much the second says."""
    random = np.random.default_rng(seed)
    windows = []
    for _ in range(2):
        matrix = random.standard_normal((count, columns))
        chance = inverse_logit(-0.8 + 0.5 * matrix[:, 0] + told * matrix[:, 1])
        windows.append((matrix, random.random(count) < chance))
    (learned, before), (tested, after) = windows
    model = develop_model(learned, before, "logistic")
    plain = develop_model(learned[:, :1], before, "logistic")
    trial = Trial(model.aside, model.model.score(tested))
    baseline = Trial(plain.aside, plain.model.score(tested[:, :1]))
    return str(check_propensity(trial, baseline, before, after)["status"])


def test_columns_that_add_nothing_to_recency_are_called_of_no_use() -> None:
    called = [try_columns(seed, 0.0) for seed in range(SETS)]
    assert np.mean([status == "not_useful" for status in called]) >= 0.95


def test_a_column_that_adds_to_recency_is_found() -> None:
    called = [try_columns(seed, 0.8) for seed in range(SETS // 4)]
    assert np.mean([status == "useful" for status in called]) >= 0.95


@pytest.mark.parametrize("target", ["next_purchase", "churn", "upsell", "new_category"])
def test_shops_whose_customers_are_all_alike_have_no_useful_propensity(
    target: str, make_shop: Callable[..., pa.Table]
) -> None:
    def call(seed: int) -> Any:
        return vitrail.propensity(make_shop(seed, customers=600), target, "90 days", AS_OF).status

    called = [call(seed) for seed in range(SHOPS)]
    assert np.mean([status == "useful" for status in called]) <= 0.05


@pytest.mark.parametrize("target", ["next_purchase", "churn"])
def test_shops_whose_customers_have_paces_of_their_own_have_one(
    target: str, make_shop: Callable[..., pa.Table]
) -> None:
    found = [
        vitrail.propensity(make_shop(seed, customers=600, spread=0.5), target, "90 days", AS_OF)
        for seed in range(SHOPS // 2)
    ]
    assert np.mean([each.useful for each in found]) >= 0.9
    expected = sum(each.content["calibration"]["expected"] for each in found)
    happened = sum(each.content["calibration"]["happened"] for each in found)
    assert expected == pytest.approx(happened, rel=0.25)  # counts grow with a short record
