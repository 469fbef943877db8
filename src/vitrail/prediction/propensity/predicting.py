"""How likely each customer is to do something within a time, and whether saying so is of any use.

Model: split in time. With a span h and today D, a model learns from the profile of D − 2h and what happened
    until D − h, and is tested on the profile of D − h and what happened until D (`propensity_check`). Only
    where it is of use is it made anew from the newer window and applied to the customers of today.
Assumes: the next span to be like the last two; customers independent; columns of the register as they always
    were (see `past`). A season that comes once a year, seen once, cannot be told from a trend.
Source: the split in time: Hastie, Tibshirani and Friedman, "The elements of statistical learning", 2nd
    edition, 2009, chapter 7; the simple rule to beat: Wübben and von Wangenheim, "Instant customer base
    analysis: managerial heuristics often 'get it right'", Journal of Marketing 72(3), 2008.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from vitrail import i18n
from vitrail.engine import Query, column, compile_drawn, sql
from vitrail.findings import Finding
from vitrail.plan import PropensitySpec, by_language, parse_within, prediction_columns, shift
from vitrail.prediction.base import Prediction, PredictionContext
from vitrail.prediction.propensity.calibration import fit_calibration
from vitrail.prediction.propensity.checking import Trial, check_propensity, tell_check
from vitrail.prediction.propensity.drivers import describe_drivers, find_foretelling
from vitrail.prediction.propensity.features import (
    FEWEST_OF_LEVEL,
    LEVEL_SHARE,
    Kind,
    choose_features,
    find_unused,
    fit_features,
    keep_distinct,
    load_matrix,
)
from vitrail.prediction.propensity.models import Kind as ModelKind
from vitrail.prediction.propensity.models import develop_model
from vitrail.prediction.propensity.past import build_past_profile, drop_past_profile, recall_past
from vitrail.prediction.propensity.scores import apply_propensity
from vitrail.prediction.propensity.targets import Question, check_needs, read_question
from vitrail.variables import Variable, Words

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

MOST_CUSTOMERS = 100_000
FEWEST_OF_EACH = 50
SPANS_NEEDED = 3
_ROWS = "propensity_rows"


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Those asked on `day`: their columns then, shape (rows, columns), and what happened before `until`.

    Args:
        since: the day that their profile looks back to.
    """

    since: dt.date
    day: dt.date
    until: dt.date
    matrix: Array
    happened: Truth

    def content(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat(),
            "day": self.day.isoformat(),
            "until": self.until.isoformat(),
            "customers": len(self.happened),
            "happened": int(self.happened.sum()),
        }


class _Refused(Exception):
    """The data cannot carry the question."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def predict_propensity(context: PredictionContext, key: str, spec: PropensitySpec) -> Prediction:
    """Make a propensity, or say why not.

    Where it is of use, the working table `prediction_<key>` holds the customers it is asked of today.

    Raises:
        ConditionError: a condition of the plan is refused.
    """
    question = read_question(context, key, spec)
    name = prediction_columns(key, dict(spec))[0]
    content: dict[str, Any] = {
        "target": spec.target,
        "within": spec.within,
        "column": name,
        "baseline": {"variables": list(question.baseline)},
    }
    label = by_language(spec.label, _name_target(spec))
    try:
        told, findings = _develop(context, key, question, name)
    except _Refused as refused:
        figures = dict(refused.finding.figures)
        content |= {"status": "not_estimable", "reason": refused.finding.code, "figures": figures}
        return Prediction(key, spec.method, label, (), content, (refused.finding,))
    finally:
        drop_past_profile(context.engine)
        context.engine.drop(_ROWS)
    content |= told
    if content["status"] != "useful":
        return Prediction(key, spec.method, label, (), content, findings)
    words = Words(label, label)
    variable = Variable(name, "behavioural", "share", "predictions", column(name), words=words)
    return Prediction(key, spec.method, label, (variable,), content, findings, _list_chances(key, name))


def _develop(
    context: PredictionContext, key: str, question: Question, name: str
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    engine, spec, place = context.engine, question.spec, context.plan.place(f"predictions.{key}")
    first, *days = _split(context, key, question)
    customers = engine.records(sql("select count(*) as customers from profile"))[0]["customers"]
    sampled = compile_drawn(column("customer_id"), customers, MOST_CUSTOMERS, lot="propensity")
    types = engine.columns(sql("select * from profile"))
    chosen = choose_features(context.variables, types, spec.features) | dict.fromkeys(question.own, "number")

    recall_past(context, days[0], sampled)
    _ask(context, question, first, days[0], days[1])
    leaks = find_foretelling(engine, _ROWS, chosen)
    asked = [
        name for name in spec.features or () if name.casefold() not in {each.casefold() for each in leaks}
    ]
    chosen = {variable: kind for variable, kind in chosen.items() if variable not in leaks}
    matrix, happened = load_matrix(engine, _ROWS, fitted := fit_features(engine, _ROWS, chosen))
    features, matrix = keep_distinct(fitted, matrix)
    unused = find_unused(asked, chosen, fitted, features)
    learned = _Window(first, days[0], days[1], matrix, happened)
    base = fit_features(engine, _ROWS, dict.fromkeys(question.baseline, "number"))
    base_learned = load_matrix(engine, _ROWS, base)[0]
    _check_cases(learned, key, place)

    since = _look_back(first, days[0], days[1], spec.within)
    recall_past(context, days[1], sampled)
    _ask(context, question, since, days[1], days[2])
    tested = _Window(since, days[1], days[2], *load_matrix(engine, _ROWS, features))
    base_tested = load_matrix(engine, _ROWS, base)[0]
    _check_cases(tested, key, place)

    developed = develop_model(learned.matrix, learned.happened, spec.model)
    plain = develop_model(base_learned, learned.happened, "logistic")
    checked = check_propensity(
        Trial(developed.aside, developed.model.score(tested.matrix)),
        Trial(plain.aside, plain.model.score(base_tested)),
        learned.happened,
        tested.happened,
    )
    drivers = describe_drivers(engine, _ROWS, features, developed.model, tested.matrix, tested.happened)
    units = {"spent_before": "money"} | {each.name: each.unit for each in context.variables}
    content: dict[str, Any] = {
        **checked,
        "model": developed.model.kind,
        "learned": learned.content(),
        "tested": tested.content(),
        "sampled": customers > MOST_CUSTOMERS,
        "baseline": {"variables": list(question.baseline), **checked["baseline"]},
        "features": [each.name for each in features],
        "leaks": leaks,
        "unused": unused,
        "drivers": [{**each, "unit": units.get(each["variable"], "")} for each in drivers],
    }
    findings = (
        *_tell_leaks(leaks, key, place),
        *_tell_unused(unused, key, place),
        *tell_check(content, key, name, place),
    )
    if content["status"] == "useful":
        _ask(context, question, first, days[1], days[2])
        since = _look_back(first, days[1], days[2], spec.within)
        content |= _renew(context, key, question, chosen, developed.model.kind, since)
    return content, findings


def _name_target(spec: PropensitySpec) -> dict[i18n.Language, str]:
    """What it is the probability of, where the plan gives it no name."""
    span = parse_within(spec.within)
    count, unit = span if span else (0, "day")
    return {
        language: i18n.text(
            f"propensity_label_{spec.target}",
            language,
            span=i18n.text(f"report_propensity_span_{unit}", language, count=count),
        )
        for language in i18n.LANGUAGES
    }


def _split(context: PredictionContext, key: str, question: Question) -> tuple[dt.date, ...]:
    """The first day of the record and the three of the split, where the data reach back far enough."""
    place = context.plan.place(f"predictions.{key}")
    missing = check_needs(context, key, question.spec)
    if missing:
        raise _Refused(missing[0])
    within, today = question.spec.within, context.as_of
    first = context.engine.records(sql("select min(day) as first from orders where is_purchase"))[0]["first"]
    have, need = (today - first).days, (today - shift(today, within, -SPANS_NEEDED)).days
    if have < need:
        figures = {"name": key, "have": have, "need": need, "spans": SPANS_NEEDED, "within": within}
        raise _Refused(Finding("propensity_short_history", "warning", place, figures))
    return first, shift(today, within, -2), shift(today, within, -1), today


def _look_back(first: dt.date, learned: dt.date, day: dt.date, within: str) -> dt.date:
    """How far back `day` looks: as long as the record was on the day learned from, one span at least."""
    return min(day - (learned - first), shift(day, within, -1))


def _ask(
    context: PredictionContext, question: Question, since: dt.date, day: dt.date, until: dt.date
) -> None:
    """Make the table of those asked on `day`, which is recalled: their profile, and whether it happened."""
    build_past_profile(context, day, since)
    context.engine.create(_ROWS, question.rows(day, until))


def _check_cases(window: _Window, key: str, place: str) -> None:
    """Enough customers to whom it happened, and enough to whom it did not."""
    yes = int(window.happened.sum())
    no = len(window.happened) - yes
    if min(yes, no) >= FEWEST_OF_EACH:
        return
    code = "propensity_few_cases" if yes <= no else "propensity_few_others"
    figures = {"name": key, "have": min(yes, no), "need": FEWEST_OF_EACH, "customers": yes + no}
    figures |= {"day": window.day, "until": window.until}
    raise _Refused(Finding(code, "warning", place, figures))


def _renew(
    context: PredictionContext,
    key: str,
    question: Question,
    chosen: Mapping[str, Kind],
    model: ModelKind,
    since: dt.date,
) -> dict[str, Any]:
    """Learn anew from the window tested on, and score the customers it is asked of today.

    Args:
        since: the day that today's profile looks back to.
    """
    engine, today = context.engine, context.as_of
    features = fit_features(engine, _ROWS, chosen)
    matrix, happened = load_matrix(engine, _ROWS, features)
    features, matrix = keep_distinct(features, matrix)
    developed = develop_model(matrix, happened, model)
    recall_past(context, today, exp.true())
    build_past_profile(context, today, since)
    name = prediction_columns(key, dict(question.spec))[0]
    calibration = fit_calibration(developed.aside, happened)
    table, customers = f"prediction_{key}", question.described(today)
    found = apply_propensity(engine, table, name, customers, features, developed.model, calibration)
    return {**found, "scored": {"since": since.isoformat(), **found["scored"]}}


def _tell_leaks(leaks: Mapping[str, float], key: str, place: str) -> list[Finding]:
    return [
        Finding("propensity_leak", "warning", place, {"name": key, "variable": variable, "auc": auc})
        for variable, auc in leaks.items()
    ]


def _tell_unused(unused: Mapping[str, list[str]], key: str, place: str) -> list[Finding]:
    limits = {"values": {"least": FEWEST_OF_LEVEL, "share": LEVEL_SHARE}}
    return [
        Finding(
            f"propensity_unused_{reason}",
            "warning",
            place,
            {"name": key, "names": names, **limits.get(reason, {})},
        )
        for reason, names in unused.items()
    ]


def _list_chances(key: str, name: str) -> Query:
    """The probabilities as `predictions.parquet` lists them; they have no interval of their own."""
    query: Query = sql(
        "select customer_id, $name as measure, $p as value, null::double as low, null::double as high, "
        "null::double as least, null::double as most from $table",
        name=name,
        p=column(name),
        table=exp.to_table(f"prediction_{key}"),
    )
    return query
