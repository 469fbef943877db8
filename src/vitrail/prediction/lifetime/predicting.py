"""Lifetime value without a contract: who is still a customer, what will be ordered, what it will come to.

Model: repeat buying by the likeliest of BG/NBD, MBG/NBD and Pareto/NBD, or by NBD (`choice`), the amount of
    an order by Gamma-Gamma; expected amount = expected orders × expected amount of one.
Assumes: what each of them assumes, and that how often one buys says nothing of how much. Amounts are revenue,
    neither margin nor discounted.
Source: Fader, Hardie & Lee, "RFM and CLV: using iso-value curves for customer base analysis", Journal of
    Marketing Research 42(4), 2005. What is computed is computed once for each distinct history, and joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vitrail import i18n
from vitrail.engine import column
from vitrail.plan import LifetimeValueSpec, by_language, prediction_columns
from vitrail.prediction.base import Prediction, PredictionContext
from vitrail.prediction.lifetime.columns import compile_columns, compile_intervals, tabulate_histories
from vitrail.prediction.lifetime.estimating import LifetimeValue, estimate_lifetime_value
from vitrail.prediction.lifetime.fitting import Fit
from vitrail.prediction.lifetime.gamma_gamma import (
    MEAN_SPEND,
    read_mean,
)
from vitrail.prediction.lifetime.outlook import Total
from vitrail.prediction.lifetime.portrait import describe_totals, map_alive
from vitrail.prediction.lifetime.purchases import load_purchases
from vitrail.variables import Variable, Words

MEASURES = ("p_alive", "expected_orders", "expected_amount")


def predict_lifetime_value(context: PredictionContext, key: str, spec: LifetimeValueSpec) -> Prediction:
    """Make the working table of a prediction: `p_alive`, `expected_orders_…d`, `expected_amount_…d`.

    Where the data carry none of it the columns are there, without values, and a finding says why.
    """
    engine, table = context.engine, f"prediction_{key}"
    purchases = load_purchases(engine, context.as_of, f"{table}_histories")
    found, findings = estimate_lifetime_value(context, f"predictions.{key}", spec, purchases)
    columns = prediction_columns(key, dict(spec))
    engine.register(f"{table}_outlook", tabulate_histories(found))
    engine.create(table, compile_columns(found, table, columns))
    engine.drop(f"{table}_outlook")
    return Prediction(
        key=key,
        method=spec.method,
        label=by_language(spec.label, _say("lifetime_label", spec.horizon_days)),
        variables=_name_columns(columns, spec.horizon_days),
        content={
            **_tell(found, spec),
            **describe_totals(engine, table, columns if found.amount else columns[:2]),
            "alive_map": map_alive(found.chosen, purchases) if found.chosen else None,
        },
        findings=tuple(findings),
        intervals=compile_intervals(columns, table),
    )


def _name_columns(columns: tuple[str, ...], days: int) -> tuple[Variable, ...]:
    """The columns as variables, with their words."""
    families = ("behavioural", "behavioural", "value")
    units = ("share", "orders", "money")
    return tuple(
        Variable(
            name,
            family,
            unit,
            "predictions",
            column(name),
            words=Words(_say(f"lifetime_{measure}", days), _say(f"lifetime_{measure}_meaning", days)),
        )
        for name, measure, family, unit in zip(columns, MEASURES, families, units, strict=True)
    )


def _say(code: str, days: int) -> Mapping[i18n.Language, str]:
    return {language: i18n.text(code, language, days=days) for language in i18n.LANGUAGES}


def _tell(found: LifetimeValue, spec: LifetimeValueSpec) -> dict[str, Any]:
    """What the report tells of the fit, as plain data."""
    purchases, chosen, spending = found.purchases, found.chosen, found.spending
    return {
        "asked": spec.model,
        "model": chosen.model.name if chosen else None,
        "sees_dropout": bool(chosen and chosen.sees_dropout),
        "gain": chosen.gain if chosen else None,
        "log_likelihoods": dict(chosen.log_likelihoods) if chosen else {},
        "horizon_days": spec.horizon_days,
        "as_of": purchases.as_of.isoformat(),
        "first": purchases.first.isoformat() if purchases.first else None,
        "days": purchases.days,
        "customers": purchases.histories.total,
        "repeat_buyers": purchases.histories.repeat_buyers,
        "repeat_orders": int(purchases.histories.customers @ purchases.histories.frequency),
        "histories": len(purchases.histories),
        "repeat_buying": _tell_fit(chosen.fit) if chosen else None,
        "spending": {**_tell_spend(spending.fit), "correlation": spending.correlation} if spending else None,
        "totals": {
            **_tell_alive(found),
            "orders": _tell_total(found.orders),
            "amount": _tell_total(found.amount),
        },
        "holdout": found.holdout.to_dict() if found.holdout else None,
    }


def _tell_alive(found: LifetimeValue) -> dict[str, Any]:
    """How many customers the model can judge, and how many of those are expected not to have left."""
    if not found.outlook or not found.outlook.judged.any():
        return {"judged": 0, "alive": None}
    judged = found.purchases.histories.customers * found.outlook.judged
    return {"judged": int(judged.sum()), "alive": float(judged @ found.outlook.p_alive)}


def _tell_total(total: Total | None) -> dict[str, float | None] | None:
    if total is None:
        return None
    known = bool(np.isfinite(total.high))
    return {
        "value": total.value,
        "low": total.low if known else None,
        "high": total.high if known else None,
    }


def _tell_spend(fit: Fit) -> dict[str, Any]:
    """Gamma-Gamma by its parameters, the mean spend by the mean."""
    if fit.model != MEAN_SPEND:
        return _tell_fit(fit)
    told = dict(zip(("value", "low", "high"), read_mean(fit), strict=True))
    return {"model": fit.model, "parameters": {"mean": told}, "unbounded": [], "customers": fit.customers}


def _tell_fit(fit: Fit) -> dict[str, Any]:
    return {
        "model": fit.model,
        "parameters": {
            name: dict(
                zip(("value", "low", "high"), (value, *fit.intervals.get(name, (None, None))), strict=True)
            )
            for name, value in fit.values.items()
        },
        "unbounded": list(fit.unbounded),
        "log_likelihood": fit.log_likelihood,
        "customers": fit.customers,
    }
