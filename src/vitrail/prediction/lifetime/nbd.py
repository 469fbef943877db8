"""NBD: repeat buying by customers who never leave.

Model: each customer orders at random at a rate λ of its own for ever; λ is gamma(r, α) over customers, so
    that the orders of a time are negative binomial.
Assumes: nobody leaves and no rate changes: what it expects of customers gone quiet is too much, if anything.
Source: Ehrenberg, "The pattern of consumer purchases", Applied Statistics 8(1), 1959; Morrison & Schmittlein,
    Journal of Business & Economic Statistics 6(2), 1988. The limit of BG/NBD and Pareto/NBD without drop-out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vitrail.prediction.lifetime.fitting import Derivatives, Fit, fit_histories
from vitrail.prediction.lifetime.histories import Flags, Floats, Histories

_STARTS = ((0.5, 0.5), (1.0, 1.0), (3.0, 1.0))


@dataclass(frozen=True, slots=True)
class NegativeBinomial:
    """NBD. Parameters are arrays (r, α); α is in the histories' unit of time."""

    name: str = "nbd"
    names: tuple[str, ...] = ("r", "alpha")
    has_dropout: bool = False

    def fit(self, histories: Histories) -> Fit:
        """The parameters by maximum likelihood."""
        return fit_histories(self, histories, _STARTS)

    def derivatives(self, histories: Histories) -> Derivatives:
        """The log-likelihood, its gradient and Hessian, as a function of the logarithms of the parameters."""
        from scipy.special import gammaln, polygamma, psi

        x, age, n = histories.frequency, histories.age, histories.customers
        values, per_value = histories.counts
        total, orders = float(n.sum()), float(n @ x)

        def derivatives(logs: Floats) -> tuple[float, Floats, Floats]:
            r, alpha = scaled = np.exp(logs)
            there, ages = 1 / (alpha + age), np.log1p(age / alpha)
            rx_there = n * (r + x) * there
            value = (
                per_value @ gammaln(r + values)
                - total * gammaln(r)
                - n @ ((r + x) * ages)
                - orders * np.log(alpha)
            )
            slope = np.array(
                [per_value @ psi(r + values) - total * psi(r) - n @ ages, total * r / alpha - rx_there.sum()]
            )
            mixed = total / alpha - n @ there
            hessian = np.array(
                [
                    [per_value @ polygamma(1, r + values) - total * polygamma(1, r), mixed],
                    [mixed, rx_there @ there - total * r / alpha**2],
                ]
            )
            return (
                float(value),
                scaled * slope,
                scaled[:, None] * hessian * scaled + np.diag(scaled * slope),
            )

        return derivatives

    def judges(self, histories: Histories) -> Flags:
        """Of no history can it tell whether the customer has left; shape (n,)."""
        return np.zeros(len(histories), dtype=bool)

    def p_alive(self, parameters: Floats, histories: Histories) -> Floats:
        """One: nobody leaves; shape (n,)."""
        return np.ones(len(histories))

    def expected_orders(self, parameters: Floats, histories: Histories, horizon: float) -> Floats:
        """The expected orders of each in the time `horizon` from the end of observation; shape (n,)."""
        r, alpha = parameters
        return np.asarray((r + histories.frequency) / (alpha + histories.age) * horizon)

    def expected_repeats(self, parameters: Floats, times: Floats) -> Floats:
        """The expected repeat orders of a new customer in the times since its first order."""
        return np.asarray(parameters[0] / parameters[1] * times)

    def order_chances(self, parameters: Floats, histories: Histories, horizon: float) -> Iterator[Floats]:
        """The probabilities of 0, 1, 2 … orders in `horizon`, without end; each of shape (n,)."""
        r, alpha = parameters
        return count_chances(r + histories.frequency, alpha + histories.age, horizon)


def count_chances(rate: Floats, start: Floats, time: float | Floats) -> Iterator[Floats]:
    """The probabilities of 0, 1, 2 … orders in `time` at a rate that is gamma(rate, start), without end.

    Kept as logarithms, so that a probability too small to write is not the end of those after it.

    >>> chances = count_chances(np.array([1.0]), np.array([1.0]), 1.0)
    >>> [next(chances).round(4).tolist() for _ in range(3)]
    [[0.5], [0.25], [0.125]]
    """
    grow = np.log(time / (start + time))
    log_chance = -rate * np.log1p(time / start)
    count = 0
    while True:
        yield np.exp(log_chance)
        log_chance = log_chance + np.log((rate + count) / (count + 1)) + grow
        count += 1
