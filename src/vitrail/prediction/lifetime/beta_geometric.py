"""What BG/NBD and MBG/NBD share: Poisson buying until a drop-out that may follow an order.

Model: while alive a customer orders at random at a rate λ; after an order it leaves for good with probability
    p; λ is gamma(r, α) and p beta(a, b) over customers. In BG/NBD the first order is never followed by a
    drop-out, in MBG/NBD (`first_too`) it may be: that is the whole difference.
Assumes: rate and drop-out do not change with time, nor depend on one another; nobody comes back.
Source: Fader, Hardie & Lee, "Counting your customers the easy way", Marketing Science 24(2), 2005; Batislam,
    Denizel & Filiztekin, International Journal of Research in Marketing 24(3), 2007. The expectation is in
    Euler's form of the hypergeometric function (Abramowitz & Stegun 15.3.3), whose terms stay small.

With b' = b + x (+ 1 for MBG/NBD) the odds that a customer has left are
a / (b' − 1) · ((α + T) / (α + t_x))^(r + x); given that it has not, λ is gamma(r + x, α + T)
and p beta(a, b').
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vitrail.prediction.lifetime.fitting import Derivatives, Fit, fit_histories
from vitrail.prediction.lifetime.histories import Flags, Floats, Histories
from vitrail.prediction.lifetime.nbd import count_chances

NAMES = ("r", "alpha", "a", "b")
_STARTS = ((0.3, 0.3, 0.8, 2.5), (1.0, 1.0, 0.5, 5.0), (1.0, 0.3, 1.0, 1.0), (3.0, 1.0, 0.1, 3.0))
_NEAR_ONE = 1e-3
_AT_ONCE = 16_384


class _Sums(NamedTuple):
    """Sums over the histories: what an iteration takes from the data. See `BetaGeometric._add_up`."""

    log_reach: float
    rx_log_reach: float
    there: float
    rx_there: float
    rx_there_2: float
    grown: float
    left: float
    waited: float
    turned: float
    per_last: float
    bend: float
    bend_waited: float
    bend_turned: float
    bend_last: float
    bend_waited_2: float
    turn_waited: float
    bend_waited_last: float
    turned_2: float
    bend_turned_last: float
    last_2: float


@dataclass(frozen=True, slots=True)
class BetaGeometric:
    """BG/NBD or MBG/NBD. Parameters are arrays (r, α, a, b); α is in the histories' unit of time.

    Args:
        name: `bg_nbd` or `mbg_nbd`.
        first_too: whether a customer may leave after its first order already.
    """

    name: str
    first_too: bool
    names: tuple[str, ...] = NAMES
    has_dropout: bool = True

    def fit(self, histories: Histories) -> Fit:
        """The parameters by maximum likelihood."""
        return fit_histories(self, histories, _STARTS)

    def derivatives(self, histories: Histories) -> Derivatives:
        """The log-likelihood, its gradient and Hessian, as a function of the logarithms of the parameters."""
        from scipy.special import gammaln, polygamma, psi

        values, per_value = histories.counts
        total = float(histories.customers.sum())
        stayed = 0 if self.first_too else int(np.searchsorted(histories.frequency, 0, side="right"))
        bounds = [*range(0, stayed, _AT_ONCE), *range(stayed, len(histories), _AT_ONCE), len(histories)]
        parts = [(low >= stayed, histories.part(slice(low, high))) for low, high in pairwise(bounds)]

        def derivatives(logs: Floats) -> tuple[float, Floats, Floats]:
            r, alpha, a, b = scaled = np.exp(logs)
            sums = np.zeros(len(_Sums._fields))
            for may_leave, part in parts:
                sums += self._add_up(scaled, part, may_leave)
            of = _Sums(*sums.tolist())
            left = self._shift(values, b)
            value = (
                per_value @ (gammaln(r + values) + gammaln(left) - gammaln(a + left))
                + total * (gammaln(a + b) - gammaln(b) - gammaln(r) + r * logs[1])
                - of.rx_log_reach
                + of.grown
            )
            either = total * psi(a + b) - per_value @ psi(a + left)
            slope = np.array(
                [
                    per_value @ psi(r + values) - total * (psi(r) - logs[1]) - of.log_reach + of.waited,
                    total * r / alpha - of.rx_there + of.turned,
                    either + of.left / a,
                    either + per_value @ psi(left) - total * psi(b) - of.per_last,
                ]
            )
            both = total * polygamma(1, a + b) - per_value @ polygamma(1, a + left)
            own = per_value @ polygamma(1, left) - total * polygamma(1, b)
            rates = per_value @ polygamma(1, r + values) - total * polygamma(1, r)
            upper = (
                (rates + of.bend_waited_2, total / alpha - of.there + of.turn_waited),
                (of.bend_waited / a, -of.bend_waited_last),
                (of.rx_there_2 - total * r / alpha**2 + of.turned_2,),
                (of.bend_turned / a, -of.bend_turned_last),
                (both + (of.bend - of.left) / a**2, both - of.bend_last / a, both + own + of.last_2),
            )
            hessian = np.zeros((4, 4))
            hessian[np.triu_indices(4)] = [each for row in upper for each in row]
            hessian += np.triu(hessian, 1).T
            return (
                float(value),
                scaled * slope,
                scaled[:, None] * hessian * scaled + np.diag(scaled * slope),
            )

        return derivatives

    def _add_up(self, parameters: Floats, part: Histories, may_leave: bool) -> Floats:
        """The sums over histories of which the derivatives are made, in the order of `_Sums`."""
        r, alpha, a, b = parameters
        x, n = part.frequency, part.customers
        reach = alpha + part.age
        log_reach, there = np.log(reach), 1 / reach
        rx = r + x
        rx_there = n * rx * there
        found = [n @ log_reach, (n * rx) @ log_reach, n @ there, rx_there.sum(), rx_there @ there]
        if not may_leave:
            return np.array(found + [0.0] * (len(_Sums._fields) - len(found)))
        since = alpha + part.recency
        then = 1 / since
        waited = log_reach - np.log(since)
        last = x + (b if self.first_too else b - 1)  # b' − 1
        per_last = 1 / last
        odds = np.log(a * per_last) + rx * waited
        shrunk = np.exp(-np.abs(odds))
        lost = np.where(odds > 0, 1.0, shrunk) / (1 + shrunk)
        weight = n * lost
        bend = weight * (1 - lost)
        turn = there - then
        turned = rx * turn
        bend_waited, bend_turned, bend_last = bend * waited, bend * turned, bend * per_last
        found += [
            n @ (np.maximum(odds, 0.0) + np.log(1 + shrunk)),
            weight.sum(),
            weight @ waited,
            weight @ turned,
            weight @ per_last,
            bend.sum(),
            bend_waited.sum(),
            bend_turned.sum(),
            bend_last.sum(),
            bend_waited @ waited,
            bend_waited @ turned + weight @ turn,
            bend_waited @ per_last,
            bend_turned @ turned - (weight * turned) @ (there + then),
            bend_turned @ per_last,
            (bend_last + weight * per_last) @ per_last,
        ]
        return np.array(found)

    def _shift(self, frequency: Floats, b: float) -> Floats:
        return b + frequency + (1 if self.first_too else 0)

    def judges(self, histories: Histories) -> Flags:
        """Of which histories it can tell whether the customer has left; shape (n,).

        BG/NBD holds each customer without a repeat order to be one still, whatever the silence.
        """
        return np.asarray((histories.frequency > 0) | self.first_too)

    def p_alive(self, parameters: Floats, histories: Histories) -> Floats:
        """The probability that each customer has not left; shape (n,)."""
        r, alpha, a, b = parameters
        left = self._shift(histories.frequency, b)
        may_leave = self.judges(histories)
        waited = np.log1p((histories.age - histories.recency) / (alpha + histories.recency))
        odds = np.log(a / np.where(may_leave, left - 1, 1.0)) + (r + histories.frequency) * waited
        return np.where(may_leave, 0.5 * (1 - np.tanh(odds / 2)), 1.0)

    def expected_orders(self, parameters: Floats, histories: Histories, horizon: float) -> Floats:
        """The expected orders of each in the time `horizon` from the end of observation; shape (n,)."""
        r, alpha, a, b = parameters
        left = self._shift(histories.frequency, b)
        alive = _expect(r + histories.frequency, alpha + histories.age, a, left, horizon)
        return alive * self.p_alive(parameters, histories)

    def expected_repeats(self, parameters: Floats, times: Floats) -> Floats:
        """The expected repeat orders of a new customer in the times since its first order."""
        r, alpha, a, b = parameters
        stays = b / (a + b) if self.first_too else 1.0
        left = self._shift(np.zeros(1), b)
        return stays * _expect(np.full(len(times), r), np.full(len(times), alpha), a, left, times)

    def order_chances(self, parameters: Floats, histories: Histories, horizon: float) -> Iterator[Floats]:
        """The probabilities of 0, 1, 2 … orders in `horizon`, without end; each of shape (n,)."""
        r, alpha, a, b = parameters
        left, alive = self._shift(histories.frequency, b), self.p_alive(parameters, histories)
        chances = count_chances(r + histories.frequency, alpha + histories.age, horizon)
        below = next(chances)
        yield 1 - alive + alive * below
        stays = np.ones(len(histories))
        for count, chance in enumerate(chances, 1):
            leaves = stays * a / (a + left + count - 1)
            stays = stays - leaves
            yield alive * (stays * chance + leaves * np.maximum(1 - below, 0.0))
            below = below + chance


def _expect(rate: Floats, start: Floats, a: float, left: Floats, horizon: float | Floats) -> Floats:
    """Expected orders of a living customer: λ gamma(rate, start), p beta(a, left); shape (n,).

    At a = 1 two terms cancel although the value is smooth: there it is drawn through four points around.
    """
    from scipy.special import hyp2f1

    if abs(a - 1) < _NEAR_ONE:
        places = 1 + _NEAR_ONE * np.array([-4.0, -2.0, 2.0, 4.0])
        drawn = [_expect(rate, start, each, left, horizon) for each in places]
        weights = [np.prod([(a - q) / (p - q) for q in places if q != p]) for p in places]
        return np.asarray(sum(weight * value for weight, value in zip(weights, drawn, strict=True)))
    with np.errstate(all="ignore"):
        series = hyp2f1(a + left - 1 - rate, a - 1, a + left - 1, horizon / (start + horizon))
        shrink = np.exp((1 - a) * np.log1p(horizon / start))
        orders = np.asarray((a + left - 1) / (a - 1) * (1 - shrink * series))
    lost = np.flatnonzero(~np.isfinite(orders))
    if len(lost):
        rate, start, left, horizon = (
            np.broadcast_to(each, orders.shape)[lost] for each in (rate, start, left, np.asarray(horizon))
        )
        orders[lost] = _sum_up(rate, start, a, left, horizon)
    return orders


def _sum_up(rate: Floats, start: Floats, a: float, left: Floats, horizon: Floats) -> Floats:
    """The same as a sum: order y + 1 is placed if the rate allows it and the customer stayed after y orders.

    Slower, and without a case in which it fails.
    """
    orders, stays = np.zeros(len(rate)), np.ones(len(rate))
    above = np.ones(len(rate))
    for count, chance in enumerate(count_chances(rate, start, horizon)):
        above = np.maximum(above - chance, 0.0)
        term = stays * above
        orders += term
        if (term <= 1e-12 * orders).all() or (above < 1e-12).all():
            return orders
        stays = stays * (left + count) / (a + left + count)
    return orders
