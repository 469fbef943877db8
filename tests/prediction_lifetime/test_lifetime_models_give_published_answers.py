"""Repeat buying and spend: published values, recovery, what never changes, what is refused."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from tests.prediction_lifetime.buyers import simulate_beta_geometric, simulate_pareto, simulate_spend

from vitrail.prediction.lifetime.choice import LEAST_GAIN, choose_model
from vitrail.prediction.lifetime.fitting import Fit
from vitrail.prediction.lifetime.gamma_gamma import fit_gamma_gamma, look_at_spend
from vitrail.prediction.lifetime.histories import Histories, group_histories
from vitrail.prediction.lifetime.outlook import MODELS, add_up, look_ahead
from vitrail.prediction.lifetime.pareto_nbd import _left_density

CUT = dt.date(1997, 9, 30)


@pytest.fixture(scope="module")
def cdnow(shared_data: Path) -> dict[str, np.ndarray]:
    """The sample of the literature: weeks, calibrated to 1997-09-30, orders of a day merged."""
    days: dict[str, dict[dt.date, float]] = {}
    with gzip.open(shared_data / "cdnow_sample.txt.gz", "rt") as lines:
        for line in lines:
            if line.strip():
                _, customer, when, _, dollars = line.split()
                day = dt.date(int(when[:4]), int(when[4:6]), int(when[6:]))
                own = days.setdefault(customer, {})
                own[day] = own.get(day, 0.0) + float(dollars)
    rows = []
    for own in days.values():
        known = sorted(day for day in own if day <= CUT)
        spend = sum(own[day] for day in known[1:])
        later = sum(day > CUT for day in own)
        first, last = known[0], known[-1]
        rows.append((len(known) - 1, (last - first).days / 7, (CUT - first).days / 7, spend, later))
    return dict(zip(("x", "t_x", "T", "spend", "later"), np.array(rows).T, strict=True))


@pytest.fixture(scope="module")
def histories(cdnow: dict[str, np.ndarray]) -> Histories:
    return group_histories(cdnow["x"], cdnow["t_x"], cdnow["T"])[0]


def test_the_sample_is_that_of_the_literature(cdnow: dict[str, np.ndarray]) -> None:
    assert (len(cdnow["x"]), cdnow["x"].sum(), cdnow["later"].sum()) == (2357, 2457, 1882)


@pytest.mark.parametrize(
    ("model", "parameters", "log_likelihood"),
    [
        ("bg_nbd", (0.243, 4.414, 0.793, 2.426), -9582.4),
        ("pareto_nbd", (0.553, 10.578, 0.606, 11.669), -9595.0),
        ("mbg_nbd", (0.525, 6.183, 0.891, 1.614), None),
    ],
)
def test_cdnow_has_its_published_parameters(
    histories: Histories, model: str, parameters: tuple[float, ...], log_likelihood: float | None
) -> None:
    fit = MODELS[model].fit(histories)
    assert np.round(fit.parameters, 3).tolist() == list(parameters)
    if log_likelihood is not None:
        assert round(fit.log_likelihood, 1) == log_likelihood


def test_bg_nbd_expects_what_was_published(histories: Histories) -> None:
    published = np.array([0.243, 4.414, 0.793, 2.426])
    one = group_histories([2], [30.43], [38.86])[0]
    assert MODELS["bg_nbd"].expected_orders(published, one, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    every = MODELS["bg_nbd"].expected_orders(published, histories, 39.0)
    assert histories.customers @ every == pytest.approx(1653.95, abs=0.05)


def test_gamma_gamma_gives_the_notes_figures(cdnow: dict[str, np.ndarray]) -> None:
    came_back = cdnow["x"] > 0
    fit = fit_gamma_gamma(cdnow["x"][came_back], cdnow["spend"][came_back])
    assert fit.customers == 946
    assert np.round(fit.parameters, 2).tolist() == [6.25, 3.74, 15.44]
    assert round(fit.log_likelihood, 2) == -4055.92
    one = look_at_spend(fit.parameters, cdnow["x"][:3], np.zeros(3), np.ones(3), np.zeros(3))  # order to come
    amounts = one.mean * (fit.parameters[2] + cdnow["spend"][:3])
    assert amounts.round(1).tolist() == [24.7, 18.9, 35.2]
    assert amounts == pytest.approx([24.65, 18.91, 35.17], abs=0.005)


TRUE = {
    "bg_nbd": (0.5, 4.0, 0.8, 2.5),
    "mbg_nbd": (0.6, 5.0, 0.7, 2.0),
    "pareto_nbd": (0.6, 8.0, 0.7, 12.0),
}


@pytest.mark.parametrize("model", TRUE)
def test_known_parameters_are_recovered(model: str) -> None:
    true = TRUE[model]
    if model == "pareto_nbd":
        x, t_x, age, _ = simulate_pareto(1, 20_000, true)
    else:
        x, t_x, age, _ = simulate_beta_geometric(1, 20_000, true, first_too=model == "mbg_nbd")
    fit = MODELS[model].fit(group_histories(x, t_x, age)[0])
    away = (np.log(fit.parameters) - np.log(true)) / np.sqrt(np.diag(fit.covariance))
    assert np.abs(away).max() < 3.5
    assert np.abs(np.log(fit.parameters) - np.log(true)).max() < 0.3


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_the_model_that_made_the_customers_is_kept(model: str) -> None:
    if model == "pareto_nbd":
        x, t_x, age, _ = simulate_pareto(3, 3_000, TRUE[model])
    else:
        x, t_x, age, _ = simulate_beta_geometric(3, 3_000, TRUE[model], first_too=model == "mbg_nbd")
    chosen = choose_model("auto", group_histories(x, t_x, age)[0])
    assert (chosen.model.name, chosen.likeliest) == (model, model) and chosen.sees_dropout
    assert list(chosen.log_likelihoods.values()) == sorted(chosen.log_likelihoods.values(), reverse=True)


def test_known_rates_and_spends_are_recovered() -> None:
    x, t_x, age, later = simulate_beta_geometric(2, 20_000, (0.8, 6.0, 1e-9, 1.0), first_too=False)
    fit = MODELS["nbd"].fit(group_histories(x, t_x, age)[0])
    assert fit.parameters == pytest.approx([0.8, 6.0], rel=0.06)
    spend, _ = simulate_spend(3, x, later, (4.0, 3.5, 30.0))
    amounts = fit_gamma_gamma(x[x > 0], spend[x > 0])
    assert amounts.parameters == pytest.approx([4.0, 3.5, 30.0], rel=0.12)


HARD = group_histories(
    [200, 200, 0, 0, 5, 1, 3000, 1, 40],
    [38, 40, 0, 0, 40, 1e-9, 3000, 1, 1e6],
    [40, 40, 1e5, 0, 40, 1e6, 3600, 1, 1e6],
)[0]
FITTED = {
    "bg_nbd": (0.243, 4.414, 0.793, 2.426),
    "mbg_nbd": (0.525, 6.183, 0.891, 1.614),
    "pareto_nbd": (0.553, 10.578, 0.606, 11.669),
    "nbd": (0.385, 12.07),
}


@pytest.mark.parametrize("model", FITTED)
def test_hard_histories_neither_overflow_nor_lose_their_value(model: str) -> None:
    parameters = np.array(FITTED[model])
    value, slope, hessian = MODELS[model].derivatives(HARD)(np.log(parameters))
    assert np.isfinite(value) and np.isfinite(slope).all() and np.isfinite(hessian).all()
    alive = MODELS[model].p_alive(parameters, HARD)
    expected = MODELS[model].expected_orders(parameters, HARD, 52.0)
    assert ((alive >= 0) & (alive <= 1)).all() and np.isfinite(expected).all() and (expected >= 0).all()


@pytest.mark.parametrize("model", FITTED)
def test_the_analytic_derivatives_are_those_of_the_likelihood(model: str, histories: Histories) -> None:
    at, climb = np.log(np.array(FITTED[model])) + 0.1, MODELS[model].derivatives(histories)
    _, slope, hessian = climb(at)
    for i in range(len(at)):
        move = np.zeros(len(at))
        move[i] = 1e-5
        above, below = climb(at + move), climb(at - move)
        assert (above[0] - below[0]) / 2e-5 == pytest.approx(slope[i], abs=2e-3)
        assert (above[1] - below[1]) / 2e-5 == pytest.approx(hessian[i], abs=1e-3)


@pytest.mark.parametrize("parameters", [(0.55, 10.6, 0.6, 11.7), (0.2, 1, 0.3, 0.01), (2, 0.5, 0.5, 300)])
def test_the_odds_of_having_left_equal_their_integral(parameters: tuple[float, ...]) -> None:
    r, alpha, s, beta = parameters
    one = group_histories([2, 6], [30, 3], [39, 60])[0]
    for number in range(2):
        x, t_x, age = one.frequency[number], one.recency[number], one.age[number]

        def left(at: float, x: float = x, age: float = age) -> float:
            gone = ((alpha + age) / (alpha + at)) ** (r + x) * ((beta + age) / (beta + at)) ** s
            return gone * s / (beta + at)

        odds = quad(left, t_x, age, epsabs=0, epsrel=1e-11)[0]
        assert np.exp(_left_density(np.array(parameters), one)[0][number]) == pytest.approx(odds, rel=1e-6)


@pytest.mark.parametrize("model", FITTED)
def test_the_chances_of_order_counts_make_one_and_the_expectation(model: str, histories: Histories) -> None:
    parameters = np.array(FITTED[model])
    chances = MODELS[model].order_chances(parameters, histories, 39.0)
    table = np.stack([next(chances) for _ in range(300)])
    assert table.sum(axis=0) == pytest.approx(np.ones(len(histories)), abs=1e-9)
    mean = np.arange(300) @ table
    assert mean == pytest.approx(MODELS[model].expected_orders(parameters, histories, 39.0), rel=1e-6)


@pytest.mark.parametrize("a", [0.003, 0.9999, 1.0, 1.0001, 2.0, 50.0, 1e4])
def test_the_expectation_of_bg_nbd_is_whole_wherever_its_formula_is_not(a: float) -> None:
    grid = group_histories([0, 1, 8, 120], [0, 2, 30, 38], [0, 39, 39, 40])[0]
    parameters = np.array([0.4, 0.5, a, 300.0])
    chances = MODELS["bg_nbd"].order_chances(parameters, grid, 60.0)
    table = np.stack([next(chances) for _ in range(4000)])
    mean = np.arange(4000) @ table
    assert MODELS["bg_nbd"].expected_orders(parameters, grid, 60.0) == pytest.approx(mean, rel=1e-5)


@pytest.mark.parametrize("model", FITTED)
def test_weeks_or_days_change_the_parameters_as_they_should_and_no_prediction(
    model: str, histories: Histories
) -> None:
    days = Histories(histories.frequency, histories.recency * 7, histories.age * 7, histories.customers)
    by_week, by_day = MODELS[model].fit(histories), MODELS[model].fit(days)
    times = np.array([7.0 if name in ("alpha", "beta") and (model, name) else 1.0 for name in by_week.names])
    assert by_day.parameters == pytest.approx(by_week.parameters * times, rel=1e-4)
    one = look_ahead(MODELS[model], by_week, histories, 39.0)
    other = look_ahead(MODELS[model], by_day, days, 273.0)
    for name in ("p_alive", "orders", "orders_low", "orders_high", "least", "most"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-3)


def test_the_order_of_rows_changes_nothing(cdnow: dict[str, np.ndarray]) -> None:
    shuffled = np.random.default_rng(4).permutation(len(cdnow["x"]))
    rows = [cdnow[name] for name in ("x", "t_x", "T")]
    one, index = group_histories(*rows)
    other, moved = group_histories(*(each[shuffled] for each in rows))
    for name in ("frequency", "recency", "age", "customers"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert index[shuffled].tolist() == moved.tolist()
    fits = [MODELS["bg_nbd"].fit(each).parameters.tolist() for each in (one, other)]
    assert fits[0] == fits[1]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.floats(0.001, 0.999), st.floats(0.5, 500)), min_size=1, max_size=30
    ),
    st.tuples(*[st.floats(0.05, 20)] * 4),
    st.floats(0.5, 800),
)
def test_probabilities_and_expectations_stay_possible(
    customers: list[tuple[int, float, float]], parameters: tuple[float, ...], horizon: float
) -> None:
    x = np.array([each[0] for each in customers])
    age = np.array([each[2] for each in customers])
    t_x = np.where(x > 0, np.array([each[1] for each in customers]) * age, 0)
    grid = group_histories(x, t_x, age)[0]
    for name, model in MODELS.items():
        own = np.array(parameters[: len(model.names)])
        alive = model.p_alive(own, grid)
        assert ((alive >= 0) & (alive <= 1)).all(), name
        expected = model.expected_orders(own, grid, horizon)
        assert (expected >= 0).all() and np.isfinite(expected).all(), name
        assert (model.expected_orders(own, grid, 2 * horizon) >= expected * (1 - 1e-9)).all(), name
        longer = group_histories(x, t_x, age * 1.5)[0]
        assert model.p_alive(own, longer).max() <= 1
        value, slope, _ = model.derivatives(grid)(np.log(own))
        assert np.isfinite(value) and np.isfinite(slope).all(), name


def test_the_range_of_a_customer_is_wider_than_that_of_its_expectation(histories: Histories) -> None:
    fit = MODELS["bg_nbd"].fit(histories)
    outlook = look_ahead(MODELS["bg_nbd"], fit, histories, 39.0)
    assert (outlook.orders_low < outlook.orders).all() and (outlook.orders < outlook.orders_high).all()
    assert (outlook.p_alive_low <= outlook.p_alive).all() and (outlook.p_alive <= outlook.p_alive_high).all()
    assert (outlook.least <= outlook.most).all()
    total = add_up(MODELS["bg_nbd"], fit, histories, 39.0, outlook.variance)
    assert total.low < total.value < total.high
    assert total.value == pytest.approx(histories.customers @ outlook.orders)


def test_no_drop_out_leaves_nbd_and_no_gain(histories: Histories) -> None:
    x, t_x, age, _ = simulate_beta_geometric(5, 3000, (0.8, 6.0, 1e-9, 1.0), first_too=False)
    grid = group_histories(x, t_x, age)[0]
    without = MODELS["nbd"].fit(grid).log_likelihood
    for name in ("bg_nbd", "mbg_nbd", "pareto_nbd"):
        gain = MODELS[name].fit(grid).log_likelihood - without
        assert -1e-3 < gain < LEAST_GAIN, name
    assert MODELS["bg_nbd"].fit(histories).log_likelihood - MODELS["nbd"].fit(histories).log_likelihood > 100


def test_customers_all_alike_are_fitted_too() -> None:
    same = group_histories([3] * 50, [30] * 50, [40] * 50)[0]
    for name, model in MODELS.items():
        fit = model.fit(same)
        assert np.isfinite(fit.log_likelihood) and np.isfinite(fit.covariance).all(), name
        assert np.isfinite(look_ahead(model, fit, same, 10.0).orders).all(), name


def test_spends_to_come_keep_their_mean() -> None:
    x, none = np.array([0.0, 2.0, 10.0]), np.array([0.9, 0.5, 0.01])
    spend = look_at_spend(np.array([6.25, 3.74, 15.44]), x, none, np.array([0.2, 1.2, 8.0]), np.ones(3) * 9)
    assert (spend.least <= spend.mean).all() and (spend.mean <= spend.most).all()
    assert spend.least[0] == 0 and np.isfinite(spend.variance).all()


@pytest.mark.parametrize(
    ("frequency", "recency", "age"),
    [([1], [5], [4]), ([-1], [0], [4]), ([1.5], [2], [4]), ([0], [2], [4]), ([2], [0], [4])],
)
def test_impossible_histories_are_refused(
    frequency: list[float], recency: list[float], age: list[float]
) -> None:
    with pytest.raises(ValueError):
        group_histories(frequency, recency, age)
    with pytest.raises(ValueError, match="missing"):
        group_histories([1.0], [float("nan")], [4.0])


def test_a_base_in_which_nobody_came_back_is_refused() -> None:
    never = group_histories([0, 0], [0, 0], [3, 4])[0]
    for model in MODELS.values():
        with pytest.raises(ValueError, match="nobody came back"):
            model.fit(never)
    with pytest.raises(ValueError, match="above zero"):
        fit_gamma_gamma(np.array([1.0]), np.array([0.0]))


def test_a_parameter_that_runs_away_is_named() -> None:
    x = np.random.default_rng(6).poisson(3, 4000)
    age = np.full(4000, 30.0)
    t_x = np.where(x > 0, age * x / (x + 1), 0)
    fit: Fit = MODELS["nbd"].fit(group_histories(x, t_x, age)[0])
    pace = fit.values["r"] / fit.values["alpha"]
    assert pace == pytest.approx(x.mean() / 30, rel=1e-3)
