"""How likely each customer is to do something within a time, and whether saying so is of any use.

Model: split in time. With a span h and today D, a model learns from the profile of D − 2h and what happened up
    to D − h, and is tested on the profile of D − h and what happened up to D. It is of use where it tells those
    to whom it happens better than recency alone does: the 95 % interval of the difference of their AUCs lies
    above 0, and that of its own AUC above one half. Only then it is made anew from the newer window and applied
    to the customers of today.
Assumes: the next span to be like the last two; customers independent; columns of the register as they always
    were (see `past`). A season that comes once a year, seen once, cannot be told from a trend.
Source: the split in time: Hastie, Tibshirani and Friedman, "The elements of statistical learning", 2nd edition,
    2009, chapter 7; customer scoring against a simple baseline: Wübben and von Wangenheim, "Instant customer
    base analysis: managerial heuristics often 'get it right'", Journal of Marketing 72(3), 2008.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, column, expression, sql
from vitrail.findings import Finding
from vitrail.plan import PropensitySpec, prediction_columns
from vitrail.prediction.base import Prediction, PredictionContext, name_prediction
from vitrail.prediction.calibration import (
    Calibration,
    check_calibration,
    fit_calibration,
    group_scores,
)
from vitrail.prediction.discrimination import compare_discrimination, estimate_discrimination
from vitrail.prediction.drivers import describe_drivers, find_leaks
from vitrail.prediction.features import (
    Feature,
    choose_features,
    compile_columns,
    fit_features,
    load_matrix,
)
from vitrail.prediction.past import build_past_profile, drop_past_profile, sample_condition
from vitrail.prediction.propensity_models import Developed, Logistic, Model, Trees, develop_model
from vitrail.prediction.targets import Question, check_needs, read_question, shift
from vitrail.variables import Variable, Words

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

MOST_CUSTOMERS = 100_000
FEWEST_OF_EACH = 50
SPANS_NEEDED = 3
ROWS_AT_ONCE = 200_000
_ROWS = "propensity_rows"


@dataclass(frozen=True, slots=True)
class _Window:
    """A window of the past: the features of `day`, and what happened until `until`."""

    day: dt.date
    until: dt.date
    matrix: Array
    happened: Truth

    def content(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "until": self.until.isoformat(),
            "customers": len(self.happened),
            "happened": int(self.happened.sum()),
        }


class _Refused(Exception):
    """The data cannot carry the question; says so with findings."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def predict_propensity(context: PredictionContext, key: str, spec: PropensitySpec) -> Prediction:
    """Make a propensity, or say why not.

    Where it is of use the working table `prediction_<key>` holds the customers it is asked of today.

    Raises:
        ConditionError: a condition of the plan is refused.
    """
    question = read_question(context, key, spec)
    name = prediction_columns(key, dict(spec))[0]
    content: dict[str, Any] = {
        "target": spec.target,
        "within": spec.within,
        "column": name,
        "baseline": {"variable": question.baseline},
    }
    label = name_prediction(spec.label, key)
    try:
        told, findings = _develop(context, key, question, name)
    except _Refused as refused:
        finding = refused.finding
        content |= {"status": "not_estimable", "reason": finding.code, "figures": dict(finding.figures)}
        return Prediction(key, spec.method, label, (), content, (finding,))
    finally:
        drop_past_profile(context.engine)
        context.engine.drop(_ROWS)
    content |= told
    if content["status"] != "useful":
        return Prediction(key, spec.method, label, (), content, findings)
    words = Words(label, label)
    variable = Variable(name, "behavioural", "share", "predictions", column(name), words=words)
    intervals = sql(
        "select customer_id, $name as measure, $p as value, null::double as low, null::double as high, "
        "null::double as least, null::double as most from $table",
        name=name,
        p=column(name),
        table=exp.to_table(f"prediction_{key}"),
    )
    return Prediction(key, spec.method, label, (variable,), content, findings, intervals)


def _develop(
    context: PredictionContext, key: str, question: Question, name: str
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    engine, spec, place = context.engine, question.spec, context.plan.place(f"predictions.{key}")
    days = _check_gates(context, key, question)
    customers = engine.records(sql("select count(*) as customers from profile"))[0]["customers"]
    sampled = sample_condition(MOST_CUSTOMERS, customers)
    types = engine.columns(sql("select * from profile"))
    chosen = choose_features(context.variables, types, spec.features)

    _load_window(context, question, days[0], days[1], sampled)
    leaks = find_leaks(engine, _ROWS, chosen)
    chosen = {each: kind for each, kind in chosen.items() if each not in leaks}
    features = fit_features(engine, _ROWS, chosen)
    base = fit_features(engine, _ROWS, {question.baseline: "number"})
    learned = _Window(days[0], days[1], *load_matrix(engine, _ROWS, features))
    simple = load_matrix(engine, _ROWS, base)[0]
    _check_cases(learned, place, key)

    _load_window(context, question, days[1], days[2], sampled)
    tested = _Window(days[1], days[2], *load_matrix(engine, _ROWS, features))
    simple_tested = load_matrix(engine, _ROWS, base)[0]
    _check_cases(tested, place, key)

    developed = develop_model(learned.matrix, learned.happened, spec.model)
    plain = develop_model(simple, learned.happened, "logistic")
    scores, base_scores = developed.model.score(tested.matrix), plain.model.score(simple_tested)
    checked = _check(developed, scores, base_scores, plain, learned, tested)
    useful = checked["gain"]["low"] > 0 and checked["auc"]["low"] > 0.5
    content: dict[str, Any] = {
        "status": "useful" if useful else "not_useful",
        "model": developed.model.kind,
        "learned": learned.content(),
        "tested": tested.content(),
        "sampled": customers > MOST_CUSTOMERS,
        **checked,
        "baseline": {"variable": question.baseline, **checked["baseline"]},
        "features": [each.name for each in features],
        "leaks": leaks,
        "drivers": describe_drivers(engine, _ROWS, features, developed.model, tested.matrix, tested.happened),
    }
    findings = [
        Finding("propensity_leak", "warning", place, {"name": key, "variable": variable, "auc": auc})
        for variable, auc in leaks.items()
    ]
    if not useful:
        return content, (*findings, _say_not_useful(content, key, name, place))
    newest = fit_features(engine, _ROWS, chosen)
    window = load_matrix(engine, _ROWS, newest)
    final = develop_model(*window, developed.model.kind)
    calibration = fit_calibration(final.aside, window[1])
    content |= _apply(context, key, name, question, newest, final.model, calibration)
    drift = _say_drift(checked, key, place)
    return content, (*findings, *drift)


def _check_gates(
    context: PredictionContext, key: str, question: Question
) -> tuple[dt.date, dt.date, dt.date]:
    """The three days of the split, where the data reach back far enough."""
    place = context.plan.place(f"predictions.{key}")
    missing = check_needs(context, key, question.spec)
    if missing:
        raise _Refused(missing[0])
    within, today = question.spec.within, context.as_of
    days = shift(today, within, -2), shift(today, within, -1), today
    first = context.engine.records(sql("select min(day) as first from orders where is_purchase"))[0]["first"]
    have, need = (today - first).days, (today - shift(today, within, -SPANS_NEEDED)).days
    if have < need:
        figures = {"name": key, "have": have, "need": need, "spans": SPANS_NEEDED, "within": within}
        raise _Refused(Finding("propensity_short_history", "warning", place, figures))
    return days


def _load_window(
    context: PredictionContext, question: Question, day: dt.date, until: dt.date, sampled: exp.Expr
) -> None:
    """Make the table of those asked on `day`: their profile then, and whether it happened."""
    build_past_profile(context, day, sampled)
    context.engine.create(_ROWS, question.rows(day, until))


def _check_cases(window: _Window, place: str, key: str) -> None:
    """Enough customers to whom it happened, and enough to whom it did not."""
    yes = int(window.happened.sum())
    no = len(window.happened) - yes
    if min(yes, no) < FEWEST_OF_EACH:
        code = "propensity_few_cases" if yes <= no else "propensity_few_others"
        figures = {
            "name": key,
            "have": min(yes, no),
            "need": FEWEST_OF_EACH,
            "customers": yes + no,
            "day": window.day,
            "until": window.until,
        }
        raise _Refused(Finding(code, "warning", place, figures))


def _check(
    developed: Developed,
    scores: Array,
    base_scores: Array,
    plain: Developed,
    learned: _Window,
    tested: _Window,
) -> dict[str, Any]:
    """How the model fared with the window it has not seen, beside the baseline."""
    from sklearn.metrics import average_precision_score

    calibration = fit_calibration(developed.aside, learned.happened)
    chances = calibration.apply(scores)
    base_chances = fit_calibration(plain.aside, learned.happened).apply(base_scores)
    happened = tested.happened
    found = estimate_discrimination(scores, happened)
    base = estimate_discrimination(base_scores, happened)
    return {
        "calibrated_by": calibration.method,
        "auc": {"value": found.auc, "low": found.low, "high": found.high},
        "gain": asdict(compare_discrimination(scores, base_scores, happened)),
        "average_precision": float(average_precision_score(happened, scores)),
        "calibration": asdict(check_calibration(chances, happened)),
        "groups": [asdict(each) for each in group_scores(chances, happened)],
        "baseline": {
            "auc": {"value": base.auc, "low": base.low, "high": base.high},
            "average_precision": float(average_precision_score(happened, base_scores)),
            "brier": check_calibration(base_chances, happened).brier,
        },
    }


def _apply(
    context: PredictionContext,
    key: str,
    name: str,
    question: Question,
    features: Sequence[Feature],
    model: Model,
    calibration: Calibration,
) -> dict[str, Any]:
    """Make `prediction_<key>`: the probability of each customer it is asked of today."""
    engine, table = context.engine, f"prediction_{key}"
    asked = question.asked(context.as_of, past=False).subquery("asked")
    own = sql("select profile.* from profile semi join $asked using (customer_id)", asked=asked)
    columns = compile_columns(features)
    if isinstance(model, Logistic):
        scored = exp.select("customer_id", model.compile(columns).as_("score")).from_(own.subquery("own"))
    else:
        _score_by_portions(engine, own, columns, model)
        scored = exp.select("customer_id", "score").from_(f"{_ROWS}_scored")
    chance = sql("round($p, 6)", p=calibration.compile(column("score")))
    query = exp.select("customer_id", exp.alias_(chance, name)).from_(scored.subquery("scored"))
    engine.create(table, query)
    engine.drop(f"{_ROWS}_scored")
    totals = engine.records(
        sql(
            "select count(*) as customers, cast(sum(cast($p as decimal(18, 6))) as double) as expected from $table",
            p=column(name),
            table=exp.to_table(table),
        )
    )[0]
    return {
        "scored": {"customers": totals["customers"], "expected": totals["expected"] or 0.0},
        "sql": engine.render(query) if isinstance(model, Logistic) else None,
    }


def _score_by_portions(engine: Engine, own: exp.Expr, columns: list[exp.Expr], model: Model) -> None:
    """Make the table of scores of a model that SQL does not know, some customers at a time."""
    engine.create(
        f"{_ROWS}_columns",
        exp.select("customer_id", *(exp.alias_(each, f"c{i}") for i, each in enumerate(columns)))
        .select(sql("row_number() over (order by customer_id)").as_("place"))
        .from_(own.subquery("own")),  # type: ignore[attr-defined]
    )
    count = engine.records(sql("select count(*) as rows from $t", t=exp.to_table(f"{_ROWS}_columns")))[0][
        "rows"
    ]
    parts = [pa.table({"customer_id": pa.array([], pa.string()), "score": pa.array([], pa.float64())})]
    for start in range(0, count, ROWS_AT_ONCE):
        rows = engine.arrow(
            sql(
                "select * from $t where place > $start and place <= $end order by place",
                t=exp.to_table(f"{_ROWS}_columns"),
                start=start,
                end=start + ROWS_AT_ONCE,
            )
        )
        matrix = np.column_stack([rows.column(f"c{i}").to_numpy() for i in range(len(columns))])
        parts.append(
            pa.table({"customer_id": rows.column("customer_id"), "score": pa.array(model.score(matrix))})
        )
    engine.drop(f"{_ROWS}_columns")
    engine.register(f"{_ROWS}_scored", pa.concat_tables(parts))


def _say_not_useful(content: Mapping[str, Any], key: str, name: str, place: str) -> Finding:
    gain, auc = content["gain"], content["auc"]
    chance = auc["low"] <= 0.5
    code = "propensity_no_better_than_chance" if chance else "propensity_no_better_than_recency"
    figures = {
        "name": key,
        "column": name,
        "auc": auc["value"],
        "low": auc["low"] if chance else gain["low"],
        "high": auc["high"] if chance else gain["high"],
        "gain": gain["value"],
        "base": content["baseline"]["auc"]["value"],
        "variable": f"variable_{content['baseline']['variable']}",
    }
    return Finding(code, "warning", place, figures)


def _say_drift(checked: Mapping[str, Any], key: str, place: str) -> list[Finding]:
    """The window tested saw far more or far fewer cases than the one before let expect."""
    expected, happened = checked["calibration"]["expected"], checked["calibration"]["happened"]
    ratio = happened / expected if expected else 1.0
    if 0.8 <= ratio <= 1.25:
        return []
    figures = {"name": key, "expected": round(expected), "happened": happened}
    return [Finding("propensity_drift", "warning", place, figures)]


__all__ = ["MOST_CUSTOMERS", "Trees", "predict_propensity"]
