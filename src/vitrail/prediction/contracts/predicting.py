"""The contractual value of a plan: told with its findings, and as a column where a model holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from vitrail import i18n
from vitrail.engine import column, sql
from vitrail.findings import Finding
from vitrail.plan import ContractValueSpec, by_language, prediction_columns
from vitrail.prediction.base import Prediction, PredictionContext
from vitrail.prediction.contracts.subscribers import check_amount, compile_remaining, load_contracts
from vitrail.prediction.contracts.subscription_value import FEWEST_LEAVERS
from vitrail.prediction.contracts.valuing import value_contracts
from vitrail.variables import Variable, Words
from vitrail.variables.kpis import compile_yes_no


def predict_contract_value(context: PredictionContext, key: str, spec: ContractValueSpec) -> Prediction:
    """What subscribers are worth, from variables of the profile.

    Where a model holds, the working table `prediction_<key>` has the margin still to come of each subscriber.

    Raises:
        ConditionError: `left` is refused, or names a variable that does not exist or is no yes/no.
        DataError: `amount` holds no number.
    """
    engine, place = context.engine, context.plan.place(f"predictions.{key}")
    names = {each.name.casefold(): each.name for each in context.variables}
    rows = exp.select("*").from_("profile")
    at = context.plan.place(f"predictions.{key}.left")
    left = compile_yes_no(engine, spec.left, rows, at)
    duration = column(names[spec.duration.casefold()])
    amount = None if spec.amount is None else column(names[spec.amount.casefold()])
    if amount is not None and spec.amount is not None:
        check_amount(engine, rows, amount, spec.amount, context.plan.place(f"predictions.{key}.amount"))
    contracts = load_contracts(engine, rows, duration, left, amount)
    found = value_contracts(contracts, spec.period, spec.margin, spec.discount)
    content = {**found.content, "duration": spec.duration, "left": spec.left, "paid": spec.amount}
    findings = tell_contract_value(found.content, key, place)
    plain = {language: i18n.text("contract_label", language) for language in i18n.LANGUAGES}
    label = by_language(spec.label, plain)
    if found.payments is None or amount is None:
        return Prediction(key, spec.method, label, (), content, findings)
    name = prediction_columns(key, dict(spec))[0]
    remaining = compile_remaining(found.payments, duration, left, amount, spec.margin)
    table = exp.select("customer_id", exp.alias_(remaining, name)).from_("profile")
    chosen = exp.select("*").from_(table.subquery("valued")).where(sql("$x is not null", x=column(name)))
    engine.create(f"prediction_{key}", chosen)
    variable = Variable(name, "value", "money", "predictions", column(name), words=Words(label, label))
    return Prediction(key, spec.method, label, (variable,), content, findings)


def tell_contract_value(content: Mapping[str, Any], key: str, place: str = "") -> tuple[Finding, ...]:
    """What a person should know before using a contractual value."""
    findings = list(_tell_status(content, key, place))
    trend, amounts = content["trend"], content["amounts"]
    if trend is not None and trend["falls"] and content["status"] != "falling":
        figures = {"name": key, "early": trend["early"], "late": trend["late"], "period": trend["period"]}
        findings.append(Finding("contract_churn_falls", "warning", place, figures))
    if amounts is not None and amounts["low"] is not None and not amounts["low"] <= 0 <= amounts["high"]:
        more = amounts["difference"] > 0
        code = "contract_leavers_paid_more" if more else "contract_leavers_paid_less"
        figures = {"name": key, "left": amounts["left"], "staying": amounts["staying"]}
        findings.append(Finding(code, "info", place, figures))
    if content["passed_over"]:
        figures = {"name": key, "rows": content["passed_over"]}
        findings.append(Finding("contract_passed_over", "info", place, figures))
    return tuple(findings)


def _tell_status(content: Mapping[str, Any], key: str, place: str) -> list[Finding]:
    simple, trend, held = content["simple"], content["trend"], content["holdout"]
    match content["status"]:
        case "no_tenures":
            return [Finding("contract_no_tenures", "warning", place, {"name": key})]
        case "nobody_left":
            figures = {"name": key, "exposure": content["exposure"], "most": simple["churn"]["high"]}
            return [Finding("contract_nobody_left", "warning", place, figures)]
        case "few_leavers":
            figures = {"name": key, "have": content["leavers"], "need": FEWEST_LEAVERS}
            return [Finding("contract_few_leavers", "warning", place, figures)]
        case "everybody_left":
            figures = {"name": key, "customers": content["customers"], "least": simple["churn"]["low"]}
            return [Finding("contract_everybody_left", "warning", place, figures)]
        case "polarised":
            return [Finding("contract_polarised", "warning", place, {"name": key})]
        case "rising":
            figures = {"name": key, "early": trend["early"], "late": trend["late"]}
            figures["period"] = trend["period"]
            return [Finding("contract_churn_rises", "warning", place, figures)]
        case "falling":
            figures = {"name": key, "early": trend["early"], "late": trend["late"]}
            figures["period"] = trend["period"]
            return [Finding("contract_falling", "warning", place, figures)]
        case "misfit":
            figures = {"name": key, "expected": round(held["expected"]), "left": held["left"]}
            figures["period"] = held["period"]
            return [Finding("contract_misfit", "warning", place, figures)]
    return []
