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
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import Query, column, sql
from vitrail.findings import Finding
from vitrail.plan import LifetimeValueSpec, by_language, prediction_columns
from vitrail.prediction.base import Prediction, PredictionContext
from vitrail.prediction.lifetime.choice import (
    LEAST_GAIN,
    LEAST_LEAD,
    Chosen,
    Spending,
    check_purchases,
    choose_model,
    choose_spending,
)
from vitrail.prediction.lifetime.fitting import Fit, find_unbounded
from vitrail.prediction.lifetime.gamma_gamma import (
    MEAN_SPEND,
    SpendOutlook,
    count_at_one_price,
    look_at_spend,
    read_mean,
)
from vitrail.prediction.lifetime.histories import Histories
from vitrail.prediction.lifetime.holdout import Holdout, hold_out
from vitrail.prediction.lifetime.outlook import Outlook, Total, Z, add_up, look_ahead
from vitrail.prediction.lifetime.portrait import describe_totals, map_alive
from vitrail.prediction.lifetime.purchases import Purchases, load_purchases
from vitrail.variables import Variable, Words

MEASURES = ("p_alive", "expected_orders", "expected_amount")
_LIMITS = ("low", "high", "least", "most")


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """What was found out; what could not be is None.

    Args:
        purchases: the histories it was fitted to.
        chosen: the model of repeat buying.
        spending: the model of what an order comes to.
        outlook: of each history.
        spend: of each history, in multiples of γ + S.
        orders: of all customers; `amount` likewise.
        holdout: the check.
    """

    purchases: Purchases
    chosen: Chosen | None = None
    spending: Spending | None = None
    outlook: Outlook | None = None
    spend: SpendOutlook | None = None
    orders: Total | None = None
    amount: Total | None = None
    holdout: Holdout | None = None


def predict_lifetime_value(context: PredictionContext, key: str, spec: LifetimeValueSpec) -> Prediction:
    """Make the working table of a prediction: `p_alive`, `expected_orders_…d`, `expected_amount_…d`.

    Where the data carry none of it the columns are there, without values, and a finding says why.
    """
    engine, table = context.engine, f"prediction_{key}"
    purchases = load_purchases(engine, context.as_of, f"{table}_histories")
    found, findings = estimate_lifetime_value(context, key, spec, purchases)
    columns = prediction_columns(key, dict(spec))
    engine.register(f"{table}_outlook", _tabulate(found))
    engine.create(table, _compile_columns(found, table, columns))
    engine.drop(f"{table}_outlook")
    return Prediction(
        key=key,
        method=spec.method,
        label=by_language(spec.label, _say("lifetime_label", spec.horizon_days)),
        variables=_name_columns(columns, spec.horizon_days, table),
        content={
            **_tell(found, spec),
            **describe_totals(engine, table, columns if found.amount else columns[:2]),
            "alive_map": map_alive(found.chosen, purchases) if found.chosen else None,
        },
        findings=tuple(findings),
        intervals=_compile_intervals(columns, table),
    )


def estimate_lifetime_value(
    context: PredictionContext, key: str, spec: LifetimeValueSpec, purchases: Purchases
) -> tuple[LifetimeValue, list[Finding]]:
    """Fit, look ahead, and check against the days held out."""
    findings = check_purchases(key, purchases)
    if findings:
        return LifetimeValue(purchases), findings
    histories, horizon = purchases.histories, float(spec.horizon_days)
    chosen = choose_model(spec.model, histories)
    chosen = replace(chosen, fit=find_unbounded(chosen.fit, chosen.model.derivatives(histories)))
    findings += _judge_choice(key, chosen, histories)
    if spec.horizon_days > purchases.days:
        figures = {"horizon": spec.horizon_days, "days": purchases.days}
        findings.append(Finding("lifetime_horizon_beyond", "warning", key, figures))
    outlook = look_ahead(chosen.model, chosen.fit, histories, horizon)
    orders = add_up(chosen.model, chosen.fit, histories, horizon, outlook.variance)
    spending, notes = choose_spending(key, purchases)
    spend = amount = None
    if spending:
        spend = look_at_spend(
            spending.fit.parameters, histories.frequency, outlook.none, outlook.orders, outlook.variance
        )
        spend = count_at_one_price(spending.fit.parameters, histories.frequency, outlook, spend)
        amount = _add_up_spend(chosen, spending.fit, purchases, spend, horizon)
    holdout, judged = hold_out(context.engine, key, spec.model, purchases, spec.holdout_days)
    found = LifetimeValue(purchases, chosen, spending, outlook, spend, orders, amount, holdout)
    return found, [*findings, *notes, *judged]


def _judge_choice(key: str, chosen: Chosen, histories: Histories) -> list[Finding]:
    """What the model kept cannot tell."""
    findings = _judge_dropout(key, chosen, histories)
    if chosen.fit.unbounded:
        model, names = f"lifetime_model_{chosen.model.name}", list(chosen.fit.unbounded)
        findings.append(Finding("lifetime_unbounded", "warning", key, {"model": model, "names": names}))
    return findings


def _judge_dropout(key: str, chosen: Chosen, histories: Histories) -> list[Finding]:
    """Whether it sees customers leave, and can tell of whom."""
    model: dict[str, Any] = {"model": f"lifetime_model_{chosen.likeliest}"}
    if not chosen.sees_dropout:
        if chosen.gain is None:
            return []
        figures = {**model, "gain": round(chosen.gain, 2), "need": LEAST_GAIN}
        return [Finding("lifetime_no_dropout", "warning", key, figures)]
    unjudged = int(histories.customers[~chosen.model.judges(histories)].sum())
    if unjudged:
        return [Finding("lifetime_once_unjudged", "warning", key, {**model, "customers": unjudged})]
    if chosen.close:
        other, lead = chosen.close
        figures = {**model, "other": f"lifetime_model_{other}", "lead": round(lead, 2), "need": LEAST_LEAD}
        return [Finding("lifetime_models_close", "warning", key, figures)]
    return []


def _add_up_spend(
    chosen: Chosen, spending: Fit, purchases: Purchases, spend: SpendOutlook, horizon: float
) -> Total:
    """What all customers are to spend, and where it will fall; without limits where one has no variance."""
    histories, model = purchases.histories, chosen.model

    def total(orders: np.ndarray[Any, Any], parameters: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        p, q, gamma = parameters
        amounts = p * (gamma * histories.customers + purchases.spend) / (p * histories.frequency + q - 1)
        return np.atleast_1d(orders @ amounts)

    expected = model.expected_orders(chosen.fit.parameters, histories, horizon)
    value = float(total(expected, spending.parameters)[0])
    by_orders = chosen.fit.spread(
        lambda at: total(model.expected_orders(at, histories, horizon), spending.parameters)
    )
    by_spend = spending.spread(lambda at: total(expected, at))
    gamma = spending.parameters[2]
    squares = (
        histories.customers * gamma**2 + 2 * gamma * purchases.spend + purchases.spend_squares
    )  # of γ + S
    error = float(np.sqrt(by_orders[0] ** 2 + by_spend[0] ** 2 + squares @ spend.variance))
    if not np.isfinite(error):
        return Total(value, float("nan"), float("nan"))
    return Total(value, max(value - Z * error, 0.0), value + Z * error)


def _tabulate(found: LifetimeValue) -> pa.Table:
    """What the columns are made of, one row a history."""
    histories, outlook = found.purchases.histories, found.outlook
    columns: dict[str, Any] = {
        "frequency": histories.frequency.astype(np.int32),
        "recency_days": histories.recency.astype(np.int32),
        "age_days": histories.age.astype(np.int32),
    }
    if outlook:
        columns |= {
            "expected_orders": outlook.orders,
            "expected_orders_low": outlook.orders_low,
            "expected_orders_high": outlook.orders_high,
            "expected_orders_least": outlook.least,
            "expected_orders_most": outlook.most,
        }
        alive = {
            "p_alive": outlook.p_alive,
            "p_alive_low": outlook.p_alive_low,
            "p_alive_high": outlook.p_alive_high,
        }
        columns |= {name: pa.array(each, mask=~outlook.judged) for name, each in alive.items()}
    if outlook and found.spend and found.spending:
        columns |= {
            "ratio": found.spend.mean,
            "ratio_least": found.spend.least,
            "ratio_most": found.spend.most,
            **_spend_error(found.spending.fit, histories.frequency, outlook.orders_error),
        }
    return pa.table(columns)


def _spend_error(fit: Fit, orders: np.ndarray[Any, Any], error: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The variance of the logarithm of an expected amount, as `a + b w + c w²` with w = γ / (γ + S)."""
    p, q, _ = fit.parameters
    shape = p * orders + q - 1
    slopes = np.stack([1 - p * orders / shape, -q / shape])
    own, mixed = fit.covariance[:2, :2], fit.covariance[:2, 2]
    constant = np.einsum("in,ij,jn->n", slopes, own, slopes) + error**2
    return {
        "error_a": constant,
        "error_b": 2 * mixed @ slopes,
        "error_c": np.full(len(orders), fit.covariance[2, 2]),
    }


def _compile_columns(found: LifetimeValue, table: str, columns: tuple[str, ...]) -> Query:
    """The columns and their limits, one row a customer."""
    alive, orders, amount = columns
    given: dict[str, exp.Expr] = {
        f"{name}{'_' if limit else ''}{limit}": exp.null() for name in columns for limit in ("", *_LIMITS)
    }
    if found.outlook:
        for limit in ("", *_LIMITS):
            end = f"_{limit}" if limit else ""
            given[f"{orders}{end}"] = column(f"expected_orders{end}")
            if limit in ("", "low", "high"):
                given[f"{alive}{end}"] = column(f"p_alive{end}")
    if found.spend and found.spending:
        base = sql("($gamma + cast(spend as double))", gamma=float(found.spending.fit.parameters[2]))
        share = sql("$gamma / $base", gamma=float(found.spending.fit.parameters[2]), base=base)
        error = sql(
            "$z * sqrt(greatest(error_a + error_b * $share + error_c * $share * $share, 0))", z=Z, share=share
        )
        value = sql("ratio * $base", base=base)
        given[amount] = value
        given[f"{amount}_low"] = sql("$value * exp(-$error)", value=value, error=error)
        given[f"{amount}_high"] = sql("$value * exp($error)", value=value, error=error)
        given[f"{amount}_least"] = sql("ratio_least * $base", base=base)
        given[f"{amount}_most"] = sql("ratio_most * $base", base=base)
    rounded = [sql("cast(round($x, 6) as double)", x=value).as_(name) for name, value in given.items()]
    query: exp.Select = exp.select("customer_id", *rounded).from_(f"{table}_histories")
    return query.join(f"{table}_outlook", using=["frequency", "recency_days", "age_days"])


def _compile_intervals(columns: tuple[str, ...], table: str) -> Query:
    """One row a customer and measure, of the measures that have a value."""
    parts = [
        exp.select(
            "customer_id",
            exp.alias_(exp.Literal.string(name), "measure"),
            column(name).as_("value"),
            *(column(f"{name}_{limit}").as_(limit) for limit in _LIMITS),
        )
        .from_(table)
        .where(sql("$value is not null", value=column(name)))
        for name in columns
    ]
    united: Query = parts[0]
    for part in parts[1:]:
        united = exp.union(united, part, distinct=False)
    return united


def _name_columns(columns: tuple[str, ...], days: int, table: str) -> tuple[Variable, ...]:
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
