"""Lifetime value: what is to come, of whom, who is still a customer, how the prediction did when checked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from markupsafe import Markup

from vitrail.charts.bars import Bar, chart_bars
from vitrail.charts.theme import WIDE
from vitrail.i18n.texts import sentences
from vitrail.prediction.lifetime.holdout import MISSED
from vitrail.reports.analyses.holdout import tell_holdout
from vitrail.reports.analyses.squares import Square
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

_A_YEAR = range(360, 371)


def tell_lifetime_value(
    content: Mapping[str, Any], run: ReportedRun, words: Words, drawings: list[Drawing]
) -> dict[str, Any]:
    """What the template of a lifetime value lays out."""
    told: dict[str, Any] = {
        "title": clean(content["label"][words.language], 80),
        "model": None,
        "said": [],
        "tenths": None,
        "alive": None,
        "check": None,
        "parameters": None,
    }
    if content["model"] is None:
        return {**told, "said": [words.html("report_lifetime_none", key=content["key"])]}
    named = str(content["key"])
    return told | {
        "model": _tell_model(content, words),
        "said": _say_totals(content, run, words),
        "tenths": _tell_tenths(content, words, drawings, named),
        "alive": _tell_alive(content["alive_map"], words) if content["alive_map"] else None,
        "check": tell_holdout(content, words, drawings, named) if content["holdout"] else None,
        "parameters": _tell_parameters(content, words),
    }


def _tell_model(content: Mapping[str, Any], words: Words) -> Markup:
    """The model, what it was fitted to, and against which others it was kept."""
    told = words.html(
        "report_lifetime_model",
        model=f"lifetime_model_{content['model']}",
        customers=content["customers"],
        repeat_buyers=content["repeat_buyers"],
        days=content["days"],
    )
    if content["asked"] != "auto" or not content["sees_dropout"]:
        return told
    second, third = [f"lifetime_model_{name}" for name in content["log_likelihoods"]][1:3]
    return told + " " + words.html("report_lifetime_kept", second=second, third=third)


def _sum_last_year(run: ReportedRun) -> Decimal | None:
    """The revenue of all customers in the twelve whole months before the run's day; None where unknown."""
    cut = next((each.key for each in run.segmentations if each.partition), None)
    last = run.as_of.replace(day=1)
    months = [row for row in run.monthly if row["segmentation"] == cut and row["month"] < last]
    first = last.replace(year=last.year - 1)
    if not months or min(row["month"] for row in months) > first:
        return None
    return sum((row["revenue"] or Decimal(0) for row in months if row["month"] >= first), Decimal(0))


def _say_totals(content: Mapping[str, Any], run: ReportedRun, words: Words) -> list[Any]:
    totals, days, customers = content["totals"], content["horizon_days"], content["customers"]
    orders, amount = totals["orders"], totals["amount"]
    figures = {name: round(orders[name]) for name in ("value", "low", "high")}
    said = [words.html("report_lifetime_orders", days=days, customers=customers, **figures)]
    held = content["holdout"]
    if held and not held["expected"]["low"] <= held["happened"] <= held["expected"]["high"]:
        said[0] += " " + words.html("report_lifetime_narrow")
    if amount:
        money = {name: words.money(amount[name], 0) for name in ("value", "low", "high")}
        limited = amount["low"] is not None
        told = words.html("report_lifetime_amount" if limited else "report_lifetime_amount_bare", **money)
        past = _sum_last_year(run) if days in _A_YEAR else None
        if past:
            told += " " + words.html("report_lifetime_past", past=words.money(past, 0))
        said.append(told)
    if totals["alive"] is not None:
        alive, judged = round(totals["alive"]), totals["judged"]
        share = totals["alive"] / judged
        code = "report_lifetime_alive" if judged == customers else "report_lifetime_alive_judged"
        said.append(words.html(code, alive=alive, share=share, judged=judged))
        if judged < customers:
            said.append(words.html("report_lifetime_once", customers=customers - judged))
    elif content["asked"] != "nbd":
        said.append(words.html("report_lifetime_no_dropout"))
    else:
        said.append(words.html("report_lifetime_nobody_leaves"))
    miss = (content["holdout"] or {}).get("miss", 0.0)
    if abs(miss) > MISSED:
        code = "report_lifetime_caution_under" if miss < 0 else "report_lifetime_caution_over"
        said.append(words.html(code, miss=abs(miss)))
    if content["tenths"]:
        said.append(words.html("report_lifetime_top", share=content["tenths"][0]["share"]))
    return said


def _tell_tenths(
    content: Mapping[str, Any], words: Words, drawings: list[Drawing], key: str
) -> dict[str, Any] | None:
    """Who holds what is to come: a bar and a row a tenth of the customers."""
    if not content["tenths"] or content["customers"] < 10:
        return None
    money = content["ranked_by"].startswith("expected_amount")

    def write(value: float, digits: int) -> str:
        return words.money(value, digits) if money else words.number(value, digits + 1)

    name = f"tenths-{key.replace('_', '-')}"
    code = "report_lifetime_tenths" if money else "report_lifetime_tenths_orders"
    title = words.text(code, days=content["horizon_days"])
    bars = [
        Bar(
            words.text("report_lifetime_tenth", tenth=each["tenth"]),
            each["share"],
            words.share(each["share"], 1),
        )
        for each in content["tenths"]
    ]
    axis = words.text("report_lifetime_tenths_axis")
    drawings.append(Drawing(name, title, WIDE, partial(chart_bars, bars, axis)))
    each_code = "report_lifetime_column_each" if money else "report_lifetime_column_each_orders"
    columns = [words.text(f"report_lifetime_column_{column}") for column in ("tenth", "customers", "share")]
    columns += [words.text(each_code), words.text("report_lifetime_column_from")]
    rows = [
        [
            words.text("report_lifetime_tenth", tenth=each["tenth"]),
            words.number(each["customers"]),
            words.share(each["share"], 1),
            write(each["total"] / each["customers"], 0),
            write(each["least"], 0),
        ]
        for each in content["tenths"]
    ]
    return {"title": title, "chart": name, "columns": columns, "rows": rows}


def _tell_alive(grid: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The chance of still being a customer by repeat orders and silence: a heat map with its figures."""
    rows = [
        {
            "name": words.text("report_lifetime_orders_before", orders=orders),
            "squares": [
                _tell_square(orders, quiet, share, words)
                for quiet, share in zip(grid["quiet_days"], shares, strict=True)
            ],
        }
        for orders, shares in zip(grid["repeat_orders"], grid["p_alive"], strict=True)
    ]
    once = "unjudged" if grid["p_alive"][0][0] is None else "once"
    notes = [
        words.text("report_lifetime_alive_note", days=grid["age_days"]),
        words.text(f"report_lifetime_alive_{once}"),
    ]
    return {
        "title": words.text("report_lifetime_alive_title"),
        "note": " ".join(notes),
        "corner": words.text("report_lifetime_column_repeats"),
        "across": words.text("report_lifetime_quiet"),
        "columns": [words.number(days) for days in grid["quiet_days"]],
        "rows": rows,
    }


def _tell_square(orders: int, quiet: int, share: float | None, words: Words) -> Square:
    """A square of the heat map; a dash where the model cannot tell."""
    if share is None:
        said = words.text("report_lifetime_alive_unknown", orders=orders, days=quiet)
        return Square("–", 0.0, said)
    figure = words.share(share, 0)
    said = words.text("report_lifetime_alive_said", orders=orders, days=quiet, share=figure)
    return Square(figure, share, said)


def _tell_parameters(content: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The fitted parameters, for those who check: behind a fold."""
    fits = [content[name] for name in ("repeat_buying", "spending") if content[name]]
    rows = []
    for fit in fits:
        model = f"lifetime_model_{fit['model']}"
        for name, each in fit["parameters"].items():
            rows.append(
                [
                    f"{words.text(model) if model in sentences() else fit['model']} {_SIGNS.get(name, name)}",
                    words.number(each["value"], 3),
                    words.text("report_lifetime_not_bounded")
                    if each["low"] is None
                    else f"{words.number(each['low'], 3)} – {words.number(each['high'], 3)}",
                ]
            )
    for name, value in content["log_likelihoods"].items():
        said = words.text("report_lifetime_log_likelihood", model=f"lifetime_model_{name}")
        rows.append([said, words.number(value, 1), "–"])
    note = words.text("report_lifetime_parameters_note")
    if content["spending"]:
        correlation = words.number(content["spending"]["correlation"], 2)
        note += " " + words.text("report_lifetime_correlation", correlation=correlation)
    return {
        "title": words.text("report_lifetime_parameters"),
        "note": note,
        "columns": [
            words.text(f"report_lifetime_column_{name}") for name in ("parameter", "value", "interval")
        ],
        "rows": rows,
    }


_SIGNS = {"alpha": "α", "beta": "β", "gamma": "γ", "mean": ""}
