"""Lifetime value of a whole base: through the plan, on a dataframe, and where the data do not carry it."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.prediction_lifetime.buyers import simulate_beta_geometric, simulate_pareto

import vitrail
from vitrail.engine import DuckDB
from vitrail.prediction.lifetime.choice import (
    FEWEST_CUSTOMERS,
    FEWEST_DAYS,
    FEWEST_REPEAT_BUYERS,
    choose_spending,
)
from vitrail.prediction.lifetime.fitting import find_unbounded
from vitrail.prediction.lifetime.gamma_gamma import fit_mean_spend, look_at_spend, read_mean
from vitrail.prediction.lifetime.histories import group_histories
from vitrail.prediction.lifetime.holdout import Holdout, judge_holdout
from vitrail.prediction.lifetime.outlook import MODELS, Total
from vitrail.prediction.lifetime.purchases import load_happened, load_purchases
from vitrail.reports import render_report

START = dt.date(2024, 1, 1)
PLAN = """
as_of: 2024-10-01
sources:
  orders: {file: orders.parquet, table: orders,
           columns: {customer_id: who, ordered_at: at, amount: amount}}
predictions:
  value: {method: lifetime_value, horizon_days: 90}
segmentations:
  promise:
    method: rules
    segments:
      gone: {when: p_alive < 0.5}
      much: {when: expected_amount_90d > 40}
      other: {otherwise: true}
"""


def simulate_orders(seed: int, customers: int, price: float | None = None) -> pa.Table:
    """Orders by day of customers who leave, from January to September 2024."""
    rng = np.random.default_rng(seed)
    x, t_x, age, _ = simulate_beta_geometric(seed, customers, (0.8, 3.0, 0.8, 3.0), first_too=False)
    who: list[str] = []
    day: list[int] = []
    for number in range(customers):
        first = 273 - int(age[number] * 7)
        gaps = np.sort(rng.uniform(0, t_x[number] * 7, max(int(x[number]) - 1, 0)))
        own = {first, *(first + int(gap) for gap in gaps), first + int(t_x[number] * 7)}
        who += [f"c{number:05}"] * len(own)
        day += sorted(own)
    amounts = np.full(len(who), price) if price else rng.gamma(4, 5, len(who)) * rng.gamma(3, 0.5, len(who))
    at = [dt.datetime.combine(START + dt.timedelta(days=each), dt.time(9)) for each in day]
    return pa.table({"who": who, "at": at, "amount": np.maximum(np.round(amounts, 2), 0.01)})


@pytest.fixture(scope="module")
def base(make_base: Callable[..., Any]) -> Any:
    return make_base(PLAN, {"orders.parquet": simulate_orders(7, 800)}).run()


def load_cdnow(folder: Path) -> pa.Table:
    text = gzip.decompress((folder / "cdnow_sample.txt.gz").read_bytes()).decode()
    rows = [line.split() for line in text.splitlines() if line.strip()]
    return pa.table(
        {
            "customer": [row[1] for row in rows],
            "date": [dt.date(int(row[2][:4]), int(row[2][4:6]), int(row[2][6:])) for row in rows],
            "amount": [float(row[4]) for row in rows],
        }
    )


CDNOW: dict[str, Any] = {
    "columns": {"customer_id": "customer", "ordered_at": "date", "amount": "amount"},
    "clean": {"zero_price": "keep"},
}


def test_cdnow_in_days_is_cdnow_in_weeks(shared_data: Path) -> None:
    orders, options = load_cdnow(shared_data), {**CDNOW, "model": "bg_nbd"}
    found = vitrail.lifetime_value(orders, as_of="1997-10-01", horizon_days=273, holdout_days=91, **options)
    fitted = found.parameters
    assert [round(fitted[name], 3) for name in ("r", "a", "b")] == [0.243, 0.793, 2.426]
    assert round(fitted["alpha"] / 7, 3) == 4.414
    assert [round(fitted[name], 2) for name in ("p", "q", "gamma")] == [6.25, 3.74, 15.44]
    log_likelihood = found.content["repeat_buying"]["log_likelihood"]
    assert log_likelihood + 2457 * np.log(7) == pytest.approx(-9582.4, abs=0.05)
    assert found.content["totals"]["orders"]["value"] == pytest.approx(1653.95, rel=0.001)
    later = vitrail.lifetime_value(orders, as_of="1998-07-01", holdout_days=273, **options)
    held = later.content["holdout"]
    assert (held["happened"], held["customers"]) == (1882, 2357)
    assert held["expected"]["value"] == pytest.approx(1653.95, rel=0.001)
    assert held["error"] < held["pace_error"]


def test_a_history_is_the_days_of_purchases_before_the_day() -> None:
    """Two orders of a day are one, what is given back is none; what was spent again is not below 0."""
    orders = [("a", 1, 10, True), ("a", 1, 5, True), ("a", 11, 20, True), ("a", 21, -30, True)]
    orders += [
        ("b", 1, 8, True),
        ("b", 9, -2, False),
        ("c", 6, 10, True),
        ("c", 16, 7, True),
        ("c", 31, 9, True),
    ]
    rows = [(who, dt.date(2024, 1, day), amount, sold) for who, day, amount, sold in orders]
    names = ("customer_id", "day", "amount", "is_purchase")
    with DuckDB() as engine:
        engine.register("orders", pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))))
        found = load_purchases(engine, dt.date(2024, 1, 31), "histories")
        later = load_happened(engine, found, dt.date(2024, 2, 10))
    kept = found.histories
    figures = (kept.frequency, kept.recency, kept.age, kept.customers, found.spend)
    assert [each.tolist() for each in figures] == [[0, 1, 2], [0, 10, 20], [29, 24, 29], [1, 1, 1], [0, 7, 0]]
    assert (found.first, found.days) == (dt.date(2024, 1, 1), 30)
    assert (later.history.tolist(), later.orders.tolist()) == ([0, 1, 2], [0, 1, 0])
    assert later.by_week.tolist() == [0, 1, 2, 0, 1, 0]  # of repeat orders: nobody's first


def test_the_likeliest_model_is_kept_and_all_are_told(shared_data: Path) -> None:
    found = vitrail.lifetime_value(load_cdnow(shared_data), as_of="1997-10-01", **CDNOW)
    weekly = {name: each + 2457 * np.log(7) for name, each in found.content["log_likelihoods"].items()}
    assert list(weekly) == ["mbg_nbd", "bg_nbd", "pareto_nbd", "nbd"]
    assert weekly == pytest.approx(
        {"mbg_nbd": -9582.14, "bg_nbd": -9582.43, "pareto_nbd": -9594.98, "nbd": -9763.66}, abs=0.01
    )
    assert (found.content["asked"], found.content["model"]) == ("auto", "mbg_nbd")
    (close,) = [each.figures for each in found.findings if each.code == "lifetime_models_close"]
    assert close["other"] == "lifetime_model_bg_nbd" and close["lead"] == pytest.approx(0.29, abs=0.01)
    assert found.customers["p_alive"].null_count == 0


def test_online_retail_shows_no_departure_and_says_what_the_check_found(shared_data: Path) -> None:
    lines = pq.read_table(shared_data / "online_retail.parquet")
    columns = {
        "customer_id": "CustomerID",
        "order_id": "InvoiceNo",
        "ordered_at": "InvoiceDate",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
    }
    found = vitrail.lifetime_value(
        lines, as_of="2011-12-10", holdout_days=100, refunds="drop", columns=columns
    )
    codes = {finding.code: finding.figures for finding in found.findings}
    assert found.content["model"] == "nbd" and not found.content["sees_dropout"]
    assert found.customers["p_alive"].null_count == found.customers.num_rows
    assert codes["lifetime_no_dropout"]["gain"] < codes["lifetime_no_dropout"]["need"]
    held = found.content["holdout"]
    assert held["happened"] == pytest.approx(4804, abs=30)
    assert held["expected"]["value"] == pytest.approx(3610, rel=0.01)
    assert codes["lifetime_holdout_under"]["miss"] == pytest.approx(0.25, abs=0.01)
    assert found.customers["expected_orders_365d"].null_count == 0


def test_segments_may_use_what_is_predicted(base: Any) -> None:
    for row in base.profile.values():
        expected = "gone" if row["p_alive"] is not None and row["p_alive"] < 0.5 else "other"
        expected = "much" if expected == "other" and row["expected_amount_90d"] > 40 else expected
        assert row["promise"] == expected
    assert {row["promise"] for row in base.profile.values()} == {"gone", "much", "other"}


def test_each_customer_has_its_limits(base: Any) -> None:
    rows = base.rows("predictions.parquet")
    assert {row["measure"] for row in rows} == {"p_alive", "expected_orders_90d", "expected_amount_90d"}
    once = sum(row["order_count"] == 1 for row in base.profile.values())
    assert len(rows) == 3 * len(base.profile) - once
    for row in rows:
        assert row["low"] <= row["value"] + 1e-6 and row["value"] <= row["high"] + 1e-6
        if row["measure"] != "p_alive":
            assert 0 <= row["least"] <= row["most"]
        else:
            assert row["least"] is None and row["low"] >= 0 and row["high"] <= 1


def test_the_whole_is_the_sum_of_the_customers(base: Any) -> None:
    told = json.loads(base.file("predictions.json").read_text(encoding="utf-8"))["predictions"][0]
    profile = base.profile.values()
    assert told["totals"]["orders"]["value"] == pytest.approx(
        sum(row["expected_orders_90d"] for row in profile), rel=1e-5
    )
    amount = sum(row["expected_amount_90d"] for row in profile)
    assert told["totals"]["amount"]["value"] == pytest.approx(amount, rel=1e-5)
    alive = [row["p_alive"] for row in profile if row["p_alive"] is not None]
    assert told["totals"]["alive"] == pytest.approx(sum(alive), rel=1e-5)
    assert told["totals"]["judged"] == len(alive) == told["repeat_buyers"]
    assert sum(tenth["total"] for tenth in told["tenths"]) == pytest.approx(amount, rel=1e-5)
    assert sum(tenth["share"] for tenth in told["tenths"]) == pytest.approx(1)
    weeks = told["holdout"]["weeks"]
    assert [week["happened"] for week in weeks] == sorted(week["happened"] for week in weeks)


def test_bg_nbd_gives_no_chance_to_those_it_cannot_judge(base: Any) -> None:
    told = json.loads(base.file("predictions.json").read_text(encoding="utf-8"))["predictions"][0]
    assert (told["asked"], told["model"]) == ("auto", "bg_nbd")
    once = [row for row in base.profile.values() if row["order_count"] == 1]
    assert once and all(row["p_alive"] is None and row["expected_orders_90d"] > 0 for row in once)
    said = {row["code"]: json.loads(row["figures"]) for row in base.rows("findings.parquet")}
    assert said["lifetime_once_unjudged"]["customers"] == len(once)
    assert told["alive_map"]["repeat_orders"][:2] == [0, 1]
    assert set(told["alive_map"]["p_alive"][0]) == {None} and None not in told["alive_map"]["p_alive"][1]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_report_speaks_only_of_those_the_model_can_judge(base: Any, language: Any) -> None:
    page = render_report(base.file("predictions.json").parent, language).decode().replace("\u202f", " ")
    told = json.loads(base.file("predictions.json").read_text(encoding="utf-8"))["predictions"][0]
    judged, once = told["totals"]["judged"], told["customers"] - told["totals"]["judged"]
    for sentence in {
        "en": (
            "Value to come, 90 days",
            "ahead of MBG/NBD and Pareto/NBD",
            f"Of the {judged} customers who came back at least once",
            f"Of the {once} customers who ordered only once, <strong>this model cannot tell",
        ),
        "fr": (
            "Valeur à venir, 90 jours",
            "devant MBG/NBD et Pareto/NBD",
            f"Parmi les {judged} clients revenus au moins une fois",
            f"Des {once} clients qui n’ont commandé qu’une fois, <strong>ce modèle ne peut pas dire",
        ),
    }[language]:
        assert sentence in page


def test_its_findings_are_told_of_the_prediction(base: Any) -> None:
    rows = pq.read_table(base.file("findings.parquet")).to_pylist()
    assert {row["place"] for row in rows if row["code"].startswith("lifetime_")} == {"predictions.value"}


def test_the_order_of_rows_changes_no_byte(base: Any, make_base: Callable[..., Any]) -> None:
    table = simulate_orders(7, 800)
    shuffled = table.take(np.random.default_rng(8).permutation(table.num_rows))
    other = make_base(PLAN + "threads: 1\n", {"orders.parquet": shuffled}).run()
    names = ("profile.parquet", "predictions.parquet", "predictions.json")
    assert base.bytes(*names) == other.bytes(*names)


def test_later_orders_change_nothing_of_an_earlier_day(base: Any, make_base: Callable[..., Any]) -> None:
    late = pa.table({"who": ["c00001"], "at": [dt.datetime(2024, 10, 1, 0, 0)], "amount": [500.0]})
    grown = pa.concat_tables([simulate_orders(7, 800), late])
    other = make_base(PLAN, {"orders.parquet": grown}).run()
    assert other.profile == base.profile


def test_too_little_data_names_every_gate(make_base: Callable[..., Any]) -> None:
    orders = pa.table(
        {"who": ["a", "b"], "at": [dt.datetime(2024, 9, 1), dt.datetime(2024, 9, 2)], "amount": [5.0, 6.0]}
    )
    few = make_base(PLAN, {"orders.parquet": orders}).run()
    found = {row["code"]: json.loads(row["figures"]) for row in few.rows("findings.parquet")}
    assert found["lifetime_few_customers"] == {"have": 2, "need": FEWEST_CUSTOMERS}
    assert found["lifetime_few_repeat_buyers"] == {"have": 0, "need": FEWEST_REPEAT_BUYERS}
    assert found["lifetime_few_days"] == {"have": 30, "need": FEWEST_DAYS}
    for row in few.profile.values():
        assert row["p_alive"] is None and row["expected_orders_90d"] is None
        assert row["expected_amount_90d"] is None and row["promise"] == "other"
    assert few.rows("predictions.parquet") == []


def test_one_price_for_all_is_that_price_an_order(make_base: Callable[..., Any]) -> None:
    flat = make_base(PLAN, {"orders.parquet": simulate_orders(9, 600, price=20.0)}).run()
    codes = {row["code"] for row in flat.rows("findings.parquet")}
    assert "lifetime_one_price" in codes
    for row in flat.profile.values():
        assert row["expected_amount_90d"] == pytest.approx(
            20 * row["expected_orders_90d"], rel=1e-4, abs=3e-5
        )
    rows = [row for row in flat.rows("predictions.parquet") if row["measure"] == "expected_amount_90d"]
    limits = {row["customer_id"]: row for row in rows}
    for row in flat.rows("predictions.parquet"):
        if row["measure"] == "expected_orders_90d":
            own = limits[row["customer_id"]]
            assert own["high"] == pytest.approx(20 * row["high"], rel=1e-4, abs=3e-5)
            assert own["most"] == pytest.approx(20 * row["most"], rel=1e-4)
    told = json.loads(flat.file("predictions.json").read_text(encoding="utf-8"))["predictions"][0]
    assert told["spending"]["model"] == "mean_spend"
    assert told["spending"]["parameters"]["mean"]["value"] == pytest.approx(20)
    for language in ("en", "fr"):
        assert render_report(flat.file("predictions.json").parent, language)


def spends(kind: str, repeat_buyers: int = 400) -> tuple[Any, Any]:
    """Repeat orders and what they came to, of customers whose amounts Gamma-Gamma cannot be fitted to."""
    rng = np.random.default_rng(12)
    orders = 1.0 + rng.geometric(0.5, repeat_buyers)
    if kind == "once":
        orders = np.where(np.arange(repeat_buyers) < 20, 2.0, 1.0)
    own = {"unidentified": rng.pareto(1.2, repeat_buyers) + 1, "wild": rng.lognormal(3, 2, repeat_buyers)}
    if kind in own:
        return orders, orders * own[kind] * np.exp(rng.normal(0, 0.3 * (kind == "wild"), repeat_buyers))
    return orders, rng.gamma(4 * orders, 5)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("once", "lifetime_spend_once"),
        ("alike", "lifetime_spend_alike"),
        ("unidentified", "lifetime_spend_unidentified"),
        ("wild", "lifetime_spend_unbounded"),
    ],
)
def test_amounts_that_bound_no_model_are_the_mean_spend_and_say_why(kind: str, code: str) -> None:
    orders, spend = spends(kind)
    buyers = np.stack([orders, spend, np.ones(len(orders))])
    known = SimpleNamespace(buyers=buyers)
    spending, findings = choose_spending("value", known)  # type: ignore[arg-type]
    assert [each.code for each in findings] == [code]
    assert all(each.message(language) for each in findings for language in ("en", "fr"))
    assert spending is not None and spending.fit.model == "mean_spend"
    mean, low, high = read_mean(spending.fit)
    assert mean == pytest.approx(spend.sum() / orders.sum(), rel=1e-6)
    assert low < mean < high
    nil, one = np.zeros(len(orders)), np.ones(len(orders))
    each = look_at_spend(spending.fit.parameters, orders, nil, one, nil).mean
    assert each * (spending.fit.parameters[2] + spend) == pytest.approx(np.full(len(orders), mean), rel=1e-3)


def test_the_mean_spend_has_an_honest_interval() -> None:
    rng, held = np.random.default_rng(3), 0
    for _ in range(200):
        orders = 1.0 + rng.poisson(1, 120)
        fit = fit_mean_spend(orders, rng.gamma(4 * orders, 5), np.ones(120))
        _, low, high = read_mean(fit)
        held += low <= 20 <= high
    assert held >= 182


def test_customers_who_all_buy_alike_leave_the_model_unbounded_and_that_is_said() -> None:
    x, t_x, age, _ = simulate_pareto(3, 1200, (300, 2400.0, 0.7, 12))
    histories, _ = group_histories(x, t_x, age)
    model = MODELS["pareto_nbd"]
    fit = find_unbounded(model.fit(histories), model.derivatives(histories))
    assert set(fit.unbounded) == {"r", "alpha"}
    assert set(fit.intervals) == {"s", "beta"}
    plain, _ = group_histories(*simulate_pareto(1, 1500, (0.6, 8, 0.7, 12))[:3])
    fit = find_unbounded(model.fit(plain), model.derivatives(plain))
    assert fit.unbounded == () and len(fit.intervals) == 4


def test_a_horizon_longer_than_the_past_is_said(make_base: Callable[..., Any]) -> None:
    plan = PLAN.replace("horizon_days: 90", "horizon_days: 900").replace("_90d", "_900d")
    found = make_base(plan, {"orders.parquet": simulate_orders(7, 800)}).run()
    said = {row["code"]: json.loads(row["figures"]) for row in found.rows("findings.parquet")}
    assert said["lifetime_horizon_beyond"]["horizon"] == 900


@pytest.mark.parametrize("model", ["mbg_nbd", "pareto_nbd", "nbd"])
def test_every_model_serves_a_base(model: str) -> None:
    found = vitrail.lifetime_value(
        simulate_orders(7, 800),
        as_of="2024-10-01",
        model=model,
        columns={"customer_id": "who", "ordered_at": "at", "amount": "amount"},
        language="fr",
    )
    assert found.content["asked"] == model
    assert found.customers["expected_amount_365d"].null_count == 0
    assert (found.customers["p_alive"].null_count > 0) == (model == "nbd")
    if model != "nbd":  # silent customers who came once are doubted
        assert found.content["totals"]["judged"] == found.customers.num_rows
        assert 0 < found.content["alive_map"]["p_alive"][0][-1] < 1
    assert "Commandes attendues" in found._repr_html_()


def test_an_unknown_model_is_refused_with_the_choices() -> None:
    with pytest.raises(vitrail.errors.PlanError, match="bg_nbd"):  # type: ignore[attr-defined]
        vitrail.lifetime_value(simulate_orders(7, 10), model="bgnbd")


@pytest.mark.parametrize(
    ("happened", "codes"),
    [(1000, []), (1060, ["lifetime_holdout_outside"]), (700, ["lifetime_holdout_over"])],
)
def test_what_came_outside_of_the_interval_is_said(happened: int, codes: list[str]) -> None:
    day, later = dt.date(2024, 1, 1), dt.date(2024, 4, 1)
    expected = Total(1000.0, 950.0, 1050.0)
    found = Holdout(day, later, "nbd", 500, expected, happened, 900.0, 0.5, 0.8, 0.95, (), ())
    told = judge_holdout("value", found)
    assert [finding.code for finding in told] == codes
    assert all(finding.message(language) for finding in told for language in ("en", "fr"))
