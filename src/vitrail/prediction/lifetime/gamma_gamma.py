"""Gamma-Gamma: what a customer spends on an order.

Model: the amounts of a customer's orders are gamma(p, ν); ν is gamma(q, γ) over customers. A customer with x
    repeat orders of S in all is expected to spend p (γ + S) / (p x + q − 1) on the next: its own mean drawn
    towards everybody's, p γ / (q − 1), the more so the fewer its orders.
Assumes: amounts above zero that vary around a mean which does not change, and which has nothing to do with
    how often one buys. With q ≤ 1 the mean over customers is infinite and nothing is expected.
    The mean spend (`fit_mean_spend`) is its limit for q without end, as NBD is that of BG/NBD.
Source: Fader, Hardie & Lee, "RFM and CLV", Journal of Marketing Research 42(4), 2005; Fader & Hardie, "The
    Gamma-Gamma model of monetary value", note 025, 2013. Of the spend to come given y orders, S' / (γ + S) is
    beta prime(p y, p x + q), as follows from the two gammas.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vitrail.prediction.lifetime.fitting import Derivatives, Fit, find_unbounded, fit_likelihood
from vitrail.prediction.lifetime.histories import Floats
from vitrail.prediction.lifetime.outlook import Outlook, Z

NAMES = ("p", "q", "gamma")
MEAN_SPEND = "mean_spend"
_ONE_PRICE, _ALIKE = 1e6, 1e12
_STARTS = ((1.0, 3.0, 2.0), (6.0, 4.0, 0.5), (0.5, 2.0, 2.0), (10.0, 10.0, 0.9))


def fit_gamma_gamma(orders: Floats, spend: Floats, customers: Floats | None = None) -> Fit:
    """The parameters p, q, γ by maximum likelihood.

    Args:
        orders: repeat orders of each repeat buyer, 1 or more; shape (n,).
        spend: what they came to, above zero; shape (n,).
        customers: how many each row stands for; 1 unless given.

    Raises:
        ValueError: there is nobody, or an order or a spend is not above zero.
    """
    orders, spend = np.asarray(orders, dtype=np.float64), np.asarray(spend, dtype=np.float64)
    n = np.ones(len(orders)) if customers is None else np.asarray(customers, dtype=np.float64)
    if not len(orders) or not ((orders >= 1) & (spend > 0) & np.isfinite(spend)).all():
        raise ValueError("each repeat buyer has one repeat order or more and a spend above zero")
    mean = float(n @ spend / (n @ orders))
    starts = [(p, q, gamma * mean) for p, q, gamma in _STARTS]
    climb = _derivatives(orders, spend, n)
    return find_unbounded(fit_likelihood("gamma_gamma", NAMES, climb, starts, int(n.sum())), climb)


def fit_mean_spend(orders: Floats, spend: Floats, customers: Floats) -> Fit:
    """Gamma-Gamma's limit where nobody is known to spend more an order than others: the mean of all orders.

    p, q and γ are those of the limit (q beyond all p x), so that what is computed from them holds: p is the
    amounts' mean² over their variance, and γ alone is uncertain, as uncertain as the mean over customers.

    Args:
        orders, spend, customers: as for `fit_gamma_gamma`.
    """
    placed = float(customers @ orders)
    mean = float(customers @ spend) / placed
    off = spend / mean - orders
    scatter, repeat_buyers = float(customers @ off**2), float(customers.sum())
    shape = min(repeat_buyers / max(float(customers @ (off**2 / orders)), 1e-300), _ONE_PRICE)
    covariance = np.zeros((3, 3))
    covariance[2, 2] = scatter / placed**2 * repeat_buyers / max(repeat_buyers - 1, 1)
    parameters = np.array([shape, _ALIKE, mean * (_ALIKE - 1) / shape])
    return Fit(MEAN_SPEND, NAMES, parameters, float("nan"), int(repeat_buyers), covariance, NAMES, 0)


def read_mean(fit: Fit) -> tuple[float, float, float]:
    """The mean amount of an order over all customers, p γ / (q - 1), with its 95 % interval."""

    def mean(parameters: Floats) -> Floats:
        p, q, gamma = parameters
        return np.array([p * gamma / (q - 1)])

    value = float(mean(fit.parameters)[0])
    factor = float(np.exp(Z * fit.spread(lambda at: np.log(mean(at)))[0]))
    return value, value / factor, value * factor


def _derivatives(orders: Floats, spend: Floats, n: Floats) -> Derivatives:
    from scipy.special import gammaln, polygamma, psi

    values, index = np.unique(orders, return_inverse=True)
    per_value = np.bincount(index, n)
    means = float(n @ np.log(spend / orders))
    total = float(n.sum())

    def derivatives(logs: Floats) -> tuple[float, Floats, Floats]:
        p, q, gamma = scaled = np.exp(logs)
        shape, bought = p * values + q, p * values
        own, base = np.log1p(gamma / spend), np.log1p(spend / gamma)
        there = 1 / (gamma + spend)
        weighted = (p * orders + q) * there * n
        n_orders = n * orders
        value = (
            per_value @ (gammaln(shape) - gammaln(bought))
            - total * gammaln(q)
            - p * (n_orders @ own)
            - q * (n @ base)
            - means
        )
        slope = np.array(
            [
                (per_value * values) @ (psi(shape) - psi(bought)) - n_orders @ own,
                per_value @ psi(shape) - total * psi(q) - n @ base,
                total * q / gamma - weighted.sum(),
            ]
        )
        bent = polygamma(1, shape)
        hessian = np.empty((3, 3))
        hessian[0, 0] = (per_value * values**2) @ (bent - polygamma(1, bought))
        hessian[0, 1] = (per_value * values) @ bent
        hessian[0, 2] = -(n_orders @ there)
        hessian[1, 1] = per_value @ bent - total * polygamma(1, q)
        hessian[1, 2] = total / gamma - n @ there
        hessian[2, 2] = weighted @ there - total * q / gamma**2
        hessian = np.triu(hessian) + np.triu(hessian, 1).T
        return float(value), scaled * slope, scaled[:, None] * hessian * scaled + np.diag(scaled * slope)

    return derivatives


def count_at_one_price(
    parameters: Floats, orders: Floats, ahead: Outlook, spend: SpendOutlook
) -> SpendOutlook:
    """The outlook where amounts do not vary: the range of the spend is that of the orders to come."""
    p, q, _ = parameters
    if p < _ONE_PRICE:
        return spend
    each = p / (p * orders + q - 1)
    return replace(spend, least=each * ahead.least, most=each * ahead.most)


@dataclass(frozen=True, slots=True)
class SpendOutlook:
    """What is to be spent in a horizon, in multiples of γ + S; every array of shape (n,).

    Args:
        mean: expected.
        least: with `most`, where it falls 95 times in 100.
        variance: infinite where p x + q is not above 2.
    """

    mean: Floats
    least: Floats
    most: Floats
    variance: Floats


def look_at_spend(
    parameters: Floats, orders: Floats, none: Floats, expected: Floats, variance: Floats
) -> SpendOutlook:
    """What customers are to spend, from what they are to order.

    Given that there is an order, the spend is taken as a beta prime with its exact mean and variance: it is a
    mixture of such over the number of orders (an approximation, checked by simulation).

    Args:
        parameters: (p, q, γ) with q above 1.
        orders: repeat orders so far; shape (n,).
        none: the probability of no order to come; `expected` and `variance` of their number.
    """
    from scipy.special import betaincinv

    p, q, _ = parameters
    some = np.maximum(1 - none, 1e-12)
    shape = p * orders + q
    mean = p * expected / (shape - 1)
    given = mean / some
    finite = shape > 2
    room = np.where(finite, shape - 2, 1.0)
    second = (p * p * (variance + expected**2) + p * expected) / ((shape - 1) * room)
    spread = np.maximum(second / some - given**2, 1e-12 * given**2 + 1e-300)
    tail = np.where(finite, 2 + given * (given + 1) / spread, shape)
    body = np.maximum(given * (tail - 1), 1e-12)

    def quantile(chance: float) -> Floats:
        rest = (chance - none) / some
        share = betaincinv(body, tail, np.clip(rest, 1e-12, 1 - 1e-12))
        return np.where(rest > 0, share / np.maximum(1 - share, 1e-300), 0.0)

    return SpendOutlook(
        mean=mean,
        least=quantile(0.025),
        most=quantile(0.975),
        variance=np.where(finite, np.maximum(second - mean**2, 0.0), np.inf),
    )
