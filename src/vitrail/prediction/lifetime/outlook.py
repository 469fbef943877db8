"""What is to be expected of each history, with two kinds of interval.

`low` to `high`: 95 % for the expectation itself. The parameters are estimates; their covariance, from the
    observed information, is carried over by the delta method, on the logit of a probability and on the
    logarithm of an expectation, so that the limits stay possible.
`least` to `most`: 95 % for what this customer will do, given the fitted parameters: the 2.5 % and 97.5 %
    points of the exact distribution of its orders. For one customer it is the wider by far; over many
    customers what they do evens out and the first kind remains, so that a total needs both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vitrail.prediction.lifetime.beta_geometric import BetaGeometric
from vitrail.prediction.lifetime.fitting import Derivatives, Fit
from vitrail.prediction.lifetime.histories import Flags, Floats, Histories
from vitrail.prediction.lifetime.nbd import NegativeBinomial
from vitrail.prediction.lifetime.pareto_nbd import ParetoNBD
from vitrail.statistics.normal import normal_quantile

Z = normal_quantile(0.975)
_AT_ONCE = 4096
_TAIL = 1e-6


class RepeatModel(Protocol):
    """A model of repeat buying."""

    @property
    def name(self) -> str:
        """As the plan writes it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of its parameters."""

    @property
    def has_dropout(self) -> bool:
        """Whether customers leave."""

    def fit(self, histories: Histories) -> Fit:
        """The parameters by maximum likelihood."""

    def derivatives(self, histories: Histories) -> Derivatives:
        """The log-likelihood, its gradient and Hessian, of the logarithms of the parameters."""

    def judges(self, histories: Histories) -> Flags:
        """Of which histories it can tell whether the customer has left; shape (n,)."""

    def p_alive(self, parameters: Floats, histories: Histories) -> Floats:
        """The probability that each customer has not left; shape (n,)."""

    def expected_orders(self, parameters: Floats, histories: Histories, horizon: float) -> Floats:
        """The expected orders of each in the time `horizon` from the end of observation; shape (n,)."""

    def expected_repeats(self, parameters: Floats, times: Floats) -> Floats:
        """The expected repeat orders of a new customer in the times since its first order."""

    def order_chances(self, parameters: Floats, histories: Histories, horizon: float) -> Iterator[Floats]:
        """The probabilities of 0, 1, 2 … orders in `horizon`, without end; each of shape (n,)."""


MODELS: dict[str, RepeatModel] = {
    "bg_nbd": BetaGeometric("bg_nbd", first_too=False),
    "mbg_nbd": BetaGeometric("mbg_nbd", first_too=True),
    "pareto_nbd": ParetoNBD(),
    "nbd": NegativeBinomial(),
}
"""The models of repeat buying by name."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of each history, what is to be expected in the horizon; every array of shape (n,).

    Args:
        judged: whether the model can tell if the customer has left.
        p_alive: the probability that the customer has not left; with its 95 % interval.
        orders: expected orders, with the 95 % interval of the expectation.
        least: with `most`, where the customer's orders fall 95 times in 100.
        none: the probability of no order at all.
        variance: of the customer's orders.
    """

    judged: Flags
    p_alive: Floats
    p_alive_low: Floats
    p_alive_high: Floats
    orders: Floats
    orders_low: Floats
    orders_high: Floats
    orders_error: Floats
    least: Floats
    most: Floats
    none: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Total:
    """What all customers together are expected to do, and where it will fall 95 times in 100."""

    value: float
    low: float
    high: float


def look_ahead(model: RepeatModel, fit: Fit, histories: Histories, horizon: float) -> Outlook:
    """The outlook of every history over `horizon`, in the histories' unit of time."""
    orders = model.expected_orders(fit.parameters, histories, horizon)
    alive = model.p_alive(fit.parameters, histories)

    def transformed(parameters: Floats) -> Floats:
        expected = model.expected_orders(parameters, histories, horizon)
        return np.stack([np.log(np.maximum(expected, 1e-300)), _logit(model.p_alive(parameters, histories))])

    error, alive_error = fit.spread(transformed)
    middle = _logit(alive)
    figures = np.empty((4, len(histories)))
    ranked = np.argsort(orders, kind="stable")
    for at in range(0, len(ranked), _AT_ONCE):  # histories of like activity need a like number of terms
        rows = ranked[at : at + _AT_ONCE]
        figures[:, rows] = _distribute(model, fit.parameters, histories.part(rows), horizon)
    return Outlook(
        judged=model.judges(histories),
        p_alive=alive,
        p_alive_low=np.minimum(_unlogit(middle - Z * alive_error), alive),
        p_alive_high=np.maximum(_unlogit(middle + Z * alive_error), alive),
        orders=orders,
        orders_low=orders * np.exp(-Z * error),
        orders_high=orders * np.exp(Z * error),
        orders_error=error,
        least=figures[0],
        most=figures[1],
        none=figures[2],
        variance=figures[3],
    )


def add_up(model: RepeatModel, fit: Fit, histories: Histories, horizon: float, variance: Floats) -> Total:
    """The orders of all customers: uncertain in the parameters, and in what each customer does.

    Args:
        variance: of the orders of a customer with each history, as `look_ahead` gives it.
    """

    def total(parameters: Floats) -> Floats:
        return np.atleast_1d(histories.customers @ model.expected_orders(parameters, histories, horizon))

    value = float(total(fit.parameters)[0])
    error = float(np.sqrt(fit.spread(total)[0] ** 2 + histories.customers @ variance))
    return Total(value, max(value - Z * error, 0.0), value + Z * error)


def _distribute(model: RepeatModel, parameters: Floats, histories: Histories, horizon: float) -> Floats:
    """The 2.5 % and 97.5 % points of the orders, the chance of none, and the variance; shape (4, n)."""
    below, mean, square = np.zeros((3, len(histories)))
    least, most, none = np.full((3, len(histories)), -1.0)
    for count, chance in enumerate(model.order_chances(parameters, histories, horizon)):
        below = below + chance
        mean, square = mean + count * chance, square + count**2 * chance
        none = chance if count == 0 else none
        least = np.where((least < 0) & (below >= 0.025), count, least)
        most = np.where((most < 0) & (below >= 0.975), count, most)
        if (below > 1 - _TAIL).all():
            return np.stack([least, most, none, np.maximum(square - mean**2, 0.0)])
    raise AssertionError("the chances have no end")


def _logit(share: Floats) -> Floats:
    held = np.clip(share, 1e-15, 1 - 1e-15)
    return np.asarray(np.log(held) - np.log1p(-held))


def _unlogit(value: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))
