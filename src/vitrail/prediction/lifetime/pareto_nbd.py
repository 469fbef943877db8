"""Pareto/NBD: Poisson buying by customers who may leave at any moment.

Model: while alive a customer orders at random at a rate λ; its lifetime is exponential with rate μ; λ is
    gamma(r, α) and μ gamma(s, β) over customers.
Assumes: rates that do not change, and are independent of one another; nobody comes back from the dead.
Source: Schmittlein, Morrison & Colombo, "Counting your customers", Management Science 33(1), 1987; the
    likelihood as derived by Fader & Hardie, "A note on deriving the Pareto/NBD model", 2005. The integral
    over the moment of leaving is taken by quadrature, which gives the derivatives too, and not as a
    difference of hypergeometric functions, which overflows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vitrail.prediction.lifetime.fitting import Derivatives, Fit, fit_histories
from vitrail.prediction.lifetime.histories import Flags, Floats, Histories
from vitrail.prediction.lifetime.nbd import count_chances

_STARTS = ((0.5, 0.5, 0.5, 0.5), (1.0, 1.0, 1.0, 1.0), (1.0, 0.3, 0.3, 1.0), (2.0, 1.0, 0.1, 1.0))
_NODES = 24
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class ParetoNBD:
    """Pareto/NBD. Parameters are arrays (r, α, s, β); α and β are in the histories' unit of time."""

    name: str = "pareto_nbd"
    names: tuple[str, ...] = ("r", "alpha", "s", "beta")
    has_dropout: bool = True

    def fit(self, histories: Histories) -> Fit:
        """The parameters by maximum likelihood."""
        return fit_histories(self, histories, _STARTS)

    def derivatives(self, histories: Histories) -> Derivatives:
        """The log-likelihood, its gradient and Hessian, as a function of the logarithms of the parameters."""
        from scipy.special import gammaln, polygamma, psi

        x, age, n = histories.frequency, histories.age, histories.customers
        values, per_value = histories.counts
        total, orders = float(n.sum()), float(n @ x)
        parts = [histories.part(slice(i, i + _AT_ONCE)) for i in range(0, len(histories), _AT_ONCE)]

        def derivatives(logs: Floats) -> tuple[float, Floats, Floats]:
            r, alpha, s, beta = scaled = np.exp(logs)
            value, slope, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
            for part in parts:
                found = _left_terms(scaled, part)
                value, slope, hessian = value + found[0], slope + found[1], hessian + found[2]
            there, then = 1 / (alpha + age), 1 / (beta + age)
            ages, lives = np.log1p(age / alpha), np.log1p(age / beta)
            rx_there = n * (r + x) * there
            value += (
                per_value @ gammaln(r + values)
                - total * gammaln(r)
                - n @ ((r + x) * ages + s * lives)
                - orders * np.log(alpha)
            )
            slope[0] += per_value @ psi(r + values) - total * psi(r) - n @ ages
            slope[1] += total * r / alpha - rx_there.sum()
            slope[2] -= n @ lives
            slope[3] += s * (total / beta - n @ then)
            hessian[0, 0] += per_value @ polygamma(1, r + values) - total * polygamma(1, r)
            hessian[0, 1] += total / alpha - n @ there
            hessian[1, 1] += rx_there @ there - total * r / alpha**2
            hessian[2, 3] += total / beta - n @ then
            hessian[3, 3] += s * (n @ then**2 - total / beta**2)
            hessian = np.triu(hessian) + np.triu(hessian, 1).T
            return (
                float(value),
                scaled * slope,
                scaled[:, None] * hessian * scaled + np.diag(scaled * slope),
            )

        return derivatives

    def judges(self, histories: Histories) -> Flags:
        """Of every history it can tell how likely the customer has left; shape (n,)."""
        return np.ones(len(histories), dtype=bool)

    def p_alive(self, parameters: Floats, histories: Histories) -> Floats:
        """The probability that each customer has not left; shape (n,)."""
        odds = [
            _left_density(parameters, histories.part(slice(i, i + _AT_ONCE)))[0]
            for i in range(0, len(histories), _AT_ONCE)
        ]
        return np.asarray(0.5 * (1 - np.tanh(np.concatenate(odds) / 2)))

    def expected_orders(self, parameters: Floats, histories: Histories, horizon: float) -> Floats:
        """The expected orders of each in the time `horizon` from the end of observation; shape (n,)."""
        r, alpha, s, beta = parameters
        pace = (r + histories.frequency) / (alpha + histories.age)
        stays = _expected_stay(s, beta + histories.age, horizon)
        return np.asarray(self.p_alive(parameters, histories) * pace * stays)

    def expected_repeats(self, parameters: Floats, times: Floats) -> Floats:
        """The expected repeat orders of a new customer in the times since its first order."""
        r, alpha, s, beta = parameters
        return np.asarray(r / alpha * _expected_stay(s, np.full(len(times), beta), times))

    def order_chances(self, parameters: Floats, histories: Histories, horizon: float) -> Iterator[Floats]:
        """The probabilities of 0, 1, 2 … orders in `horizon`, without end; each of shape (n,).

        The moment of leaving is integrated over by Gauss and Legendre's rule.
        """
        r, alpha, s, beta = parameters
        alive = self.p_alive(parameters, histories)
        rate, start, wait = r + histories.frequency, alpha + histories.age, beta + histories.age
        leaves = -np.expm1(-s * np.log1p(horizon / wait))
        points, weights = np.polynomial.legendre.leggauss(_NODES)
        shares = (points[:, None] + 1) / 2 * leaves
        until = np.maximum(wait * np.expm1(-np.log1p(-shares) / s), 1e-300)
        times = np.vstack([until, np.full((1, len(wait)), horizon)])
        chance_of = np.vstack([weights[:, None] / 2 * leaves, 1 - leaves])
        for count, chances in enumerate(count_chances(rate, start, times)):
            yield alive * (chance_of * chances).sum(axis=0) + (1 - alive if count == 0 else 0.0)


def _left_density(parameters: Floats, histories: Histories) -> tuple[Floats, Floats, Floats]:
    """How likely it is that each customer left, and when.

    The odds of having left are the integral over the time τ from t_x to T of
    ((α + T)/(α + τ))^(r + x) ((β + T)/(β + τ))^s s/(β + τ). Gauss and Legendre's rule takes it in a variable
    that falls as fast as the integrand does: relative error below 1e-6 wherever it was looked at.

    Returns:
        the logarithm of the odds (n,); the moments τ (n, nodes); their weights (n, nodes), which sum to 1.
    """
    r, alpha, s, beta = parameters
    x, t_x, age = (each[:, None] for each in (histories.frequency, histories.recency, histories.age))
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    places, widths = ((points + 1) / 2) ** 4, 2 * ((points + 1) / 2) ** 3 * weights
    power = r + x + s
    scale = power / ((r + x) / (alpha + t_x) + s / (beta + t_x))
    last = np.exp(-power * np.log1p((age - t_x) / scale))
    falls = last + (1 - last) * places
    since = scale * np.expm1(-np.log(falls) / power)
    moments = t_x + since
    log_terms = (
        (r + x) * np.log((alpha + age) / (alpha + moments))
        + s * np.log((beta + age) / (beta + moments))
        + np.log(s / (beta + moments))
        + np.log((scale + since) / (power * falls) * widths)
    )
    highest = log_terms.max(axis=1, keepdims=True)
    terms = np.exp(log_terms - highest)
    whole = terms.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):  # nobody left in no time
        odds = (highest + np.log(whole) + np.log(1 - last))[:, 0]
    return odds, moments, terms / whole


def _left_terms(parameters: Floats, histories: Histories) -> tuple[float, Floats, Floats]:
    """What the chance of having left adds to the log-likelihood, its gradient, its Hessian (upper half).

    The gradient of the logarithm of an integral is the mean, over its weights, of that of its integrand.
    """
    r, alpha, s, beta = parameters
    odds, moments, weights = _left_density(parameters, histories)
    n, age, rx = histories.customers, histories.age[:, None], r + histories.frequency[:, None]
    left = 1 / (1 + np.exp(-odds))
    value = float(n @ np.logaddexp(0.0, odds))
    there, then = 1 / (alpha + age), 1 / (alpha + moments)
    ends, leaves = 1 / (beta + age), 1 / (beta + moments)
    firsts = np.stack(
        [
            np.log(then / there),
            rx * (there - then),
            1 / s + np.log(leaves / ends),
            s * ends - (s + 1) * leaves,
        ],
        axis=1,
    )  # (n, 4, nodes)
    seconds = {
        (0, 1): there - then,
        (1, 1): rx * (then**2 - there**2),
        (2, 2): np.full_like(then, -1 / s**2),
        (2, 3): ends - leaves,
        (3, 3): (s + 1) * leaves**2 - s * ends**2,
    }
    weighted = firsts * weights[:, None, :]
    means = weighted.sum(axis=2)
    share = n * left
    slope = share @ means
    products = np.tensordot(share, weighted @ firsts.transpose(0, 2, 1), 1)
    hessian = np.triu(products - (means * (share * left)[:, None]).T @ means)
    for (i, j), second in seconds.items():
        hessian[i, j] += share @ (weights * second).sum(axis=1)
    return value, slope, hessian


def _expected_stay(s: float, wait: Floats, time: float | Floats) -> Floats:
    """The time a living customer is expected to stay within the next `time`."""
    logs = np.log1p(time / wait)
    power = (1 - s) * logs
    ratio = np.where(np.abs(power) < 1e-9, 1 + power / 2, np.expm1(power) / np.where(power == 0, 1.0, power))
    return np.asarray(wait * logs * ratio)
