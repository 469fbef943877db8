"""How often a propensity is called of use where there is nothing to tell, and where there is.

The whole chain on simulated shops takes a second a shop; the models alone are tried on many more sets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
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
        vitrail.propensity(make_shop(seed, customers=900, spread=0.5), target, "90 days", AS_OF)
        for seed in range(SHOPS // 2)
    ]
    assert np.mean([each.useful for each in found]) >= 0.9
    assert drift([each.content for each in found]) <= 0.1


@pytest.mark.parametrize("target", ["next_purchase", "churn"])
@pytest.mark.parametrize("growing", [False, True])
def test_the_level_holds_whatever_the_length_of_the_record(growing: bool, target: str) -> None:
    """Expected and seen over ten shops of each length and span; and of each shop, but for chance."""
    told = []
    for years, within in RECORDS:
        shops = [record_shop(1000 * LENGTHS.index(years) + seed, years, growing) for seed in range(10)]
        own = [vitrail.propensity(shop, target, f"{within} days", day).content for shop, day in shops]
        assert drift(own) <= 0.1, (years, within)
        told += own
    assert np.mean([holds_level(content) for content in told]) >= 0.9


LENGTHS = (1, 1.5, 2, 3)
RECORDS = [(years, within) for years in LENGTHS for within in (90, 180) if 365 * years >= 3 * within]


def record_shop(seed: int, years: float, growing: bool) -> tuple[pa.Table, dt.date]:
    """The last `years` of a shop whose customers have paces of their own, and the day after them.

    All of 600 customers have always been there; or, `growing`, 900 come at random until the end, order when
    they do, and three in ten leave some 300 days later.
    """
    random, days, count = np.random.default_rng(seed), round(365 * years), 900 if growing else 600
    paces = random.gamma(0.5, 0.02, count)
    joins, leaves = np.full(count, -np.inf), np.full(count, np.inf)
    if growing:
        joins = random.uniform(-0.2 * days, days, count)
        leaves = np.where(random.random(count) < 0.3, joins + random.exponential(300, count), np.inf)
    starts = np.maximum(joins, 0)
    lengths = np.maximum(np.minimum(leaves, days) - starts, 0)
    who = np.repeat(np.arange(count), random.poisson(paces * lengths))
    at = starts[who] + random.uniform(0, 1, len(who)) * lengths[who]
    came = np.flatnonzero(joins >= 0)
    who, at = np.concatenate([who, came]), np.minimum(np.concatenate([at, joins[came]]), days - 0.001)
    categories = random.choice(["coffee", "tea", "cups", "mugs", "spoons"], len(who))
    first = dt.datetime(2021, 1, 1)
    columns = {
        "customer_id": [f"c{each:05d}" for each in who],
        "order_id": [f"o{each:06d}" for each in range(len(who))],
        "ordered_at": [first + dt.timedelta(seconds=round(each * 86400)) for each in at],
        "amount": np.round(random.lognormal(3, 0.5, len(who)), 2),
        "category": categories,
    }
    return pa.table(columns), first.date() + dt.timedelta(days=days)


def drift(told: Sequence[Mapping[str, Any]]) -> float:
    """How far cases seen are from those expected, as a share of those seen."""
    expected, happened = (
        sum(each["calibration"][name] for each in told) for name in ("expected", "happened")
    )
    return float(abs(expected / happened - 1))


def holds_level(content: Mapping[str, Any]) -> bool:
    """Whether chance, in the window learned from and that tested on, explains the drift."""
    learned, tested = content["learned"], content["tested"]
    errors = [each["happened"] * (1 - each["happened"] / each["customers"]) for each in (learned, tested)]
    spread = errors[0] * (tested["customers"] / learned["customers"]) ** 2 + errors[1]
    calibration = content["calibration"]
    return abs(calibration["expected"] - calibration["happened"]) <= 1.96 * float(np.sqrt(spread))
