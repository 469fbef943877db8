"""Whether the data carry a model of repeat buying, which, and whether customers are seen to leave at all.

Model: of BG/NBD, MBG/NBD and Pareto/NBD, of four parameters each, the likeliest is kept; or the one asked
    for. It is compared with NBD, their limit when nobody leaves. Where nobody leaves, twice the gain of one
    in log-likelihood is at most χ² with two degrees of freedom (less, the limit being on the boundary): it
    passes 4.6 in one base in a hundred at most, and below that is no sign of leaving.
Assumes: nothing of a gain that is small: NBD then describes what was seen as well, and a probability of being
    alive would rest on the form of the model alone. Nor of a lead below 2 over another model, which says so.
Source: Self & Liang, Journal of the American Statistical Association 82, 1987, on tests at a boundary;
    Akaike, IEEE Transactions on Automatic Control 19(6), 1974: the likeliest of models as large as one
    another; Burnham & Anderson, Model Selection and Multimodel Inference, 2nd ed. 2002, on small leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vitrail.findings import Finding
from vitrail.prediction.lifetime.fitting import Fit
from vitrail.prediction.lifetime.gamma_gamma import fit_gamma_gamma, fit_mean_spend
from vitrail.prediction.lifetime.histories import Floats, Histories
from vitrail.prediction.lifetime.outlook import MODELS, RepeatModel
from vitrail.prediction.lifetime.purchases import Purchases

FEWEST_CUSTOMERS = 100
FEWEST_REPEAT_BUYERS = 50
FEWEST_DAYS = 84
FEWEST_OFTEN = 30
"""Customers with two repeat orders or more: how far amounts of one customer vary shows in no others."""
LEAST_GAIN = 4.6
LEAST_LEAD = 2.0
MOST_CORRELATION = 0.3
CANDIDATES = ("bg_nbd", "mbg_nbd", "pareto_nbd")
"""Of which `auto` keeps the likeliest: the same number of parameters each."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The model that is used.

    Args:
        model: the one asked for or the likeliest, or NBD where nobody is seen to leave.
        fit: of it.
        log_likelihoods: of every model fitted, the likeliest first, NBD last.
    """

    model: RepeatModel
    fit: Fit
    log_likelihoods: Mapping[str, float]

    @property
    def likeliest(self) -> str:
        """The likeliest of the models fitted beside NBD; NBD where there is none."""
        return next(iter(self.log_likelihoods))

    @property
    def gain(self) -> float | None:
        """In log-likelihood of the likeliest over NBD; None where NBD was asked for."""
        least = self.log_likelihoods["nbd"]
        return self.log_likelihoods[self.likeliest] - least if self.likeliest != "nbd" else None

    @property
    def close(self) -> tuple[str, float] | None:
        """The runner-up and the lead over it, where the data hardly tell the two apart."""
        ranked = [name for name in self.log_likelihoods if name != "nbd"]
        if len(ranked) < 2 or not self.sees_dropout:
            return None
        lead = self.log_likelihoods[ranked[0]] - self.log_likelihoods[ranked[1]]
        return (ranked[1], lead) if lead < LEAST_LEAD else None

    @property
    def sees_dropout(self) -> bool:
        """Whether the data show that customers leave."""
        return self.model.has_dropout


@dataclass(frozen=True, slots=True)
class Spending:
    """The model of what an order comes to.

    Args:
        fit: of Gamma-Gamma, or of its limit, the mean spend, where the data do not carry it.
        correlation: of the logarithms of a repeat buyer's mean order and of how many it placed.
    """

    fit: Fit
    correlation: float


def check_purchases(place: str, purchases: Purchases, prefix: str = "lifetime") -> list[Finding]:
    """The minimum-data gates that fail, each with what there is and what is needed."""
    histories = purchases.histories
    gates = (
        ("customers", histories.total, FEWEST_CUSTOMERS),
        ("repeat_buyers", histories.repeat_buyers, FEWEST_REPEAT_BUYERS),
        ("days", purchases.days, FEWEST_DAYS),
    )
    return [
        Finding(f"{prefix}_few_{name}", "warning", place, {"have": have, "need": need})
        for name, have, need in gates
        if have < need
    ]


def choose_model(name: str, histories: Histories) -> Chosen:
    """Fit the model asked for, or with `auto` all and keep the likeliest; NBD where it sees nobody leave."""
    names = CANDIDATES if name == "auto" else (name,)
    fits = {each: MODELS[each].fit(histories) for each in names if each != "nbd"}
    ranked = sorted(fits.values(), key=lambda fit: -fit.log_likelihood)
    plain = MODELS["nbd"].fit(histories)
    log_likelihoods = {fit.model: fit.log_likelihood for fit in (*ranked, plain)}
    gains = ranked and ranked[0].log_likelihood - plain.log_likelihood >= LEAST_GAIN
    kept = ranked[0] if gains else plain
    return Chosen(MODELS[kept.model], kept, log_likelihoods)


def choose_spending(place: str, purchases: Purchases) -> tuple[Spending | None, list[Finding]]:
    """Fit Gamma-Gamma, or the mean spend where the data do not carry it; None with too few spends."""
    orders, spend, customers = purchases.buyers
    have = int(customers.sum())
    if have < FEWEST_REPEAT_BUYERS:
        figures = {"have": have, "need": FEWEST_REPEAT_BUYERS}
        return None, [Finding("lifetime_few_spends", "warning", place, figures)]
    correlation = _correlate(np.log(orders), np.log(spend / orders), customers)
    fit, reason = _fit_spend(place, orders, spend, customers)
    findings = [reason] if reason else []
    if abs(correlation) > MOST_CORRELATION:
        code = "lifetime_spend_rises" if correlation > 0 else "lifetime_spend_falls"
        findings.append(Finding(code, "warning", place, {"correlation": round(correlation, 2)}))
    return Spending(fit, correlation), findings


def _fit_spend(place: str, orders: Floats, spend: Floats, customers: Floats) -> tuple[Fit, Finding | None]:
    """Gamma-Gamma where each customer's own level shows and has a mean; else the mean spend, and why."""
    have = int(customers.sum())
    code, figures = "", dict[str, float]()
    often = int(customers[orders > 1].sum())
    if np.ptp(spend / orders) <= 1e-9 * float((spend / orders).max()):
        code, figures = "lifetime_one_price", {"customers": have}
    elif often < FEWEST_OFTEN:
        code, figures = "lifetime_spend_once", {"have": often, "need": FEWEST_OFTEN}
    else:
        fit = fit_gamma_gamma(orders, spend, customers)
        if "q" in fit.unbounded:
            code, figures = "lifetime_spend_alike", {"customers": have}
        elif "p" in fit.unbounded:
            code, figures = "lifetime_spend_unidentified", {"customers": have}
        elif fit.intervals["q"][0] <= 1:
            code, figures = "lifetime_spend_unbounded", {"q": round(fit.values["q"], 3)}
        else:
            return fit, None
    return fit_mean_spend(orders, spend, customers), Finding(code, "warning", place, figures)


def _correlate(one: Floats, other: Floats, weights: Floats) -> float:
    """Pearson's correlation; 0 where one of the two is constant."""
    covariance = np.cov(np.stack([one, other]), fweights=weights.astype(np.int64))
    spread = float(np.sqrt(covariance[0, 0] * covariance[1, 1]))
    return float(covariance[0, 1]) / spread if spread > 1e-12 else 0.0
