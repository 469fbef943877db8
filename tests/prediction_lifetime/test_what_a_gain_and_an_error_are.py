"""A small gain is no sign of leaving; the error of an amount is that of the delta method."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from vitrail.prediction.lifetime import choice
from vitrail.prediction.lifetime.columns import _spend_error
from vitrail.prediction.lifetime.fitting import Fit
from vitrail.prediction.lifetime.gamma_gamma import NAMES
from vitrail.prediction.lifetime.histories import group_histories


@pytest.mark.parametrize(("gain", "kept"), [(0.6, "nbd"), (4.5, "nbd"), (4.7, "bg_nbd")])
def test_leaving_is_seen_from_a_gain_that_chance_makes_once_in_a_hundred(
    monkeypatch: pytest.MonkeyPatch, gain: float, kept: str
) -> None:
    def model(name: str, likelihood: float) -> SimpleNamespace:
        fit = Fit(name, (), np.ones(0), likelihood, 9, np.ones((0, 0)), (), 1)
        return SimpleNamespace(fit=lambda _: fit, has_dropout=name != "nbd")

    monkeypatch.setattr(choice, "MODELS", {"nbd": model("nbd", -100), "bg_nbd": model("bg_nbd", gain - 100)})
    chosen = choice.choose_model("bg_nbd", group_histories([0], [0], [3])[0])
    assert (chosen.fit.model, chosen.sees_dropout) == (kept, kept != "nbd")
    assert chosen.gain == pytest.approx(gain)


def test_the_error_of_an_amount_is_the_gradient_through_the_covariance() -> None:
    covariance = np.array([[0.09, -0.04, 0.05], [-0.04, 0.06, -0.03], [0.05, -0.03, 0.08]])
    fit = Fit("gamma_gamma", NAMES, np.array([6.25, 3.74, 15.44]), 0.0, 946, covariance, (), 1)
    orders, spend, error = np.array([0.0, 1.0, 7.0]), np.array([0.0, 20.0, 300.0]), np.array([0.1, 0.2, 0.3])
    parts = _spend_error(fit, orders, error)
    share = fit.parameters[2] / (fit.parameters[2] + spend)
    found = parts["error_a"] + parts["error_b"] * share + parts["error_c"] * share**2

    def log_amount(logs: np.ndarray) -> np.ndarray:
        p, q, gamma = np.exp(logs)
        return np.log(p * (gamma + spend) / (p * orders + q - 1))

    at, step = np.log(fit.parameters), 1e-5
    slopes = np.stack(
        [(log_amount(at + step * each) - log_amount(at - step * each)) / (2 * step) for each in np.eye(3)]
    )
    assert found == pytest.approx(np.einsum("in,ij,jn->n", slopes, covariance, slopes) + error**2, rel=1e-6)
