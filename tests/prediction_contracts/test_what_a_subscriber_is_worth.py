"""Margin × ARPA / churn with its interval, which model holds, real subscribers, a workspace, refusals."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vitrail
from vitrail.errors import VitrailError
from vitrail.prediction.contracts.checking import hold_out, observe_payments
from vitrail.prediction.contracts.shifted_beta_geometric import fit_shifted_beta_geometric
from vitrail.prediction.contracts.subscription_value import (
    Interval,
    compare_tenures,
    divide_intervals,
    estimate_subscription_value,
)
from vitrail.prediction.contracts.tenures import Tenures
from vitrail.statistics.shares import wilson_interval
from vitrail.statistics.welch import Moments


def followed(survivors: list[int]) -> Tenures:
    """The tenures of a cohort from how many of it were still there after 0, 1, 2 … periods."""
    lost = tuple(before - after for before, after in pairwise(survivors))
    return Tenures(lost, (*[0] * len(lost), survivors[-1]))


def moments(amounts: np.ndarray) -> Moments:
    exact = [Fraction(str(each)) for each in amounts.tolist()]
    return Moments(len(exact), sum(exact, Fraction(0)), sum((each * each for each in exact), Fraction(0)))


def subscribers(seed: int, churn: float, count: int, periods: int = 12) -> tuple[Tenures, Moments]:
    random = np.random.default_rng(seed)
    lost = np.bincount(np.minimum(random.geometric(churn, count), periods + 1), minlength=periods + 2)
    tenures = Tenures(tuple(int(n) for n in lost[1:-1]), (0,) * periods + (int(lost[-1]),))
    return tenures, moments(np.round(random.gamma(4, 10, count), 2))


def test_the_value_is_the_formula_and_churn_has_wilsons_interval() -> None:
    tenures = Tenures(lost=(30, 20), kept=(0, 0, 450))
    found = estimate_subscription_value(tenures, moments(np.array([40.0, 60.0] * 225)), margin=0.8)
    assert (found.leavers, found.exposure) == (50, 970)
    assert (found.churn.low, found.churn.high) == wilson_interval(50, 970)
    assert found.value.value == pytest.approx(0.8 * 50 / (50 / 970))


@pytest.mark.parametrize(("churn", "count"), [(0.05, 200), (0.02, 800), (0.3, 60)])
def test_the_interval_covers_the_value_as_often_as_it_says(churn: float, count: int) -> None:
    inside = []
    for seed in range(150):
        found = estimate_subscription_value(*subscribers(seed, churn, count)).value
        assert found.low is not None and found.high is not None
        inside.append(found.low <= 40 / churn <= found.high)
    assert 0.9 <= np.mean(inside) <= 0.99


@given(st.floats(1, 1e4), st.floats(0.001, 0.3), st.floats(0.01, 100))
@settings(max_examples=30)
def test_the_unit_of_money_only_scales_the_value(amount: float, churn: float, factor: float) -> None:
    below = Interval(churn, churn * 0.8, churn * 1.25)
    one = divide_intervals(Interval(amount, amount * 0.9, amount * 1.1), below)
    other = divide_intervals(Interval(amount * factor, amount * factor * 0.9, amount * factor * 1.1), below)
    assert one.low is not None and one.value is not None and one.high is not None
    assert one.low < one.value < one.high
    assert other.low == pytest.approx(one.low * factor, rel=1e-9)
    assert other.high == pytest.approx(one.high * factor, rel=1e-9)


def test_where_nobody_left_only_a_lower_bound_is_known() -> None:
    found = estimate_subscription_value(Tenures((0, 0), (0, 0, 150)), moments(np.array([10.0, 10.0])))
    assert found.churn.high == pytest.approx(-math.log(0.05) / 300)
    assert (found.value.value, found.value.high) == (None, None)
    assert found.value.low == pytest.approx(10 * 300 / -math.log(0.05))


def test_a_ratio_without_bounds_has_none() -> None:
    assert divide_intervals(Interval(10, 9, 11), Interval(0.1, 0.01, 0.21)) == Interval(100, None, None)
    assert divide_intervals(Interval(None, None, None), Interval(0.1, 0.05, 0.2)).value is None


def test_leaving_that_falls_with_tenure_is_noticed_and_one_rate_is_not() -> None:
    falls = compare_tenures(followed([1000, 869, 743, 653, 593, 551, 517, 491]))
    assert falls is not None and falls.falls
    noticed = [compare_tenures(subscribers(seed, 0.05, 400)[0]) for seed in range(100)]
    assert np.mean([each is not None and (each.falls or each.rises) for each in noticed]) <= 0.1


def test_a_model_is_checked_on_the_periods_it_has_not_seen() -> None:
    held = hold_out(
        followed([1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]), "heterogeneous"
    )
    assert held is not None and held.holds
    assert (held.period, held.left) == (6, 517 - 394)
    broken = hold_out(followed([1000, 700, 560, 480, 430, 400, 380, 250, 160, 100, 60, 30]), "heterogeneous")
    assert broken is not None and not broken.holds


def test_what_was_observed_needs_no_model() -> None:
    found = observe_payments(followed([1000, 900, 810]), 0.0)
    assert found is not None
    periods, payments = found
    assert periods == 2
    assert payments.value == pytest.approx(1.9)
    assert payments.low is not None and payments.low < 1.9 < (payments.high or 0)
    assert observe_payments(Tenures((1,), (0, 3)), 0.0) is None


def test_a_first_half_that_cannot_tell_whether_rates_differ_checks_the_model_that_is_used() -> None:
    tenures = Tenures((18, 23, 12, 8, 14, 8, 8, 4, 5, 2, 3, 5), (0,) * 12 + (90,))
    assert fit_shifted_beta_geometric(tenures).shape == "heterogeneous"
    assert fit_shifted_beta_geometric(tenures.until(6)).shape == "constant"
    one, used = hold_out(tenures, "constant"), hold_out(tenures, "heterogeneous")
    assert one is not None and used is not None
    assert not one.holds and used.holds and used.low < one.low


@pytest.mark.parametrize("tenures", [Tenures((0, 0, 0), (0, 0, 0, 90)), Tenures((0, 0, 90), (0,) * 4)])
def test_what_was_observed_is_never_certain_where_all_stayed(tenures: Tenures) -> None:
    found = observe_payments(tenures, 0.0)
    assert found is not None
    assert found[1].value == pytest.approx(3) and found[1].high == pytest.approx(3)
    assert pytest.approx(found[1].low, abs=0.02) == 1 + 2 * (1 - 4 / 90)


def test_where_everybody_left_the_value_is_what_they_brought() -> None:
    left = pa.table({"t": [1, 2, 3, 6] * 30, "gone": [True] * 120, "fee": [10.0] * 120})
    found = vitrail.contract_value(left, "t", "gone", "fee")
    assert found.status == "everybody_left"
    assert found.value.simple.value.value == pytest.approx(30)
    assert found.value.simple.value.low < 30 < found.value.simple.value.high
    assert found.content["remaining"] is None and "remaining" not in found.customers.column_names


def test_where_no_model_holds_what_was_observed_leads() -> None:
    gone = [True] * 500 + [False] * 500
    ends = pa.table({"t": [12] * 500 + [1, 4, 7, 11] * 125, "gone": gone, "fee": [10.0] * 1000})
    found = vitrail.contract_value(ends, "t", "gone", "fee")
    assert found.status == "rising"
    seen = found.content["observed"]["value"]
    assert f"observed in the first 12 periods {seen['value']:.2f}" in repr(found)
    page = found._repr_html_()
    assert "Observed, with no model" in page and "margin × ARPA / churn</td>" not in page
    assert f"{seen['value']:.2f}" in page


@pytest.fixture(scope="module")
def telco(shared_data: Path) -> pd.DataFrame:
    return pd.read_csv(shared_data / "telco_churn_FICTIONAL.csv.gz")


def test_telco_is_not_what_one_rate_or_the_model_says(telco: pd.DataFrame) -> None:
    """Leaving falls with tenure, then more leave late than the falling rate lets expect: both are said."""
    found = vitrail.contract_value(telco, "tenure", "Churn = 'Yes'", "MonthlyCharges", margin=0.7)
    assert found.status == "misfit"
    assert found.value.simple.leavers == 1869
    assert found.value.simple.churn.value == pytest.approx(1869 / telco.tenure.sum())
    stays = telco[telco.Churn == "No"].MonthlyCharges
    assert found.value.simple.amount.value == pytest.approx(stays.mean())
    curve = {each["period"]: each for each in found.content["curve"]}
    assert [round(curve[t]["survival"], 4) for t in (12, 24, 72)] == [0.8432, 0.7887, 0.5928]
    codes = [each.code for each in found.findings]
    assert codes == ["contract_misfit", "contract_churn_falls", "contract_leavers_paid_more"]
    assert found.value.payments is None
    assert "remaining" not in found.customers.column_names
    assert vitrail.contract_value(telco, "tenure", "Churn", "MonthlyCharges").value.simple.leavers == 1869


def test_contracts_that_end_together_are_not_extrapolated(telco: pd.DataFrame) -> None:
    years = telco[telco.Contract == "Two year"]
    found = vitrail.contract_value(years, "tenure", "Churn = 'Yes'", "MonthlyCharges")
    assert found.status == "rising"
    assert found.findings[0].code == "contract_churn_rises"


def frame(cohort: list[int], fee: float = 20.0) -> pa.Table:
    lost = [before - after for before, after in pairwise(cohort)]
    periods = [t for t, count in enumerate(lost, start=1) for _ in range(count)] + [len(lost)] * cohort[-1]
    gone = [True] * sum(lost) + [False] * cohort[-1]
    return pa.table(
        {"firm": list(range(len(gone))), "years": periods, "gone": gone, "fee": [fee] * len(gone)}
    )


HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]


def test_where_rates_differ_those_who_stayed_are_worth_more_than_one_rate_says() -> None:
    found = vitrail.contract_value(frame(HIGH_END), "years", "gone", "fee", period="year", discount=0.1)
    assert found.status == "heterogeneous"
    assert found.value.payments is not None
    churn = found.value.simple.churn.value or 0
    assert found.value.payments[12] > (1 - churn) / (churn + 0.1)
    kept = [row for row in found.to_arrow().to_pylist() if not row["gone"]]
    assert {row["remaining"] for row in kept} == {round(20 * found.value.payments[12], 2)}
    assert {row["remaining"] for row in found.to_arrow().to_pylist() if row["gone"]} == {None}
    total = found.content["remaining"]["total"]
    assert total["value"] == pytest.approx(sum(row["remaining"] for row in kept), rel=1e-4)
    assert total["low"] < total["value"] < total["high"]


def test_neither_the_order_of_rows_nor_the_unit_of_money_matters() -> None:
    rows = frame(HIGH_END)
    one = vitrail.contract_value(rows, "years", "gone", "fee")
    mixed = rows.take(np.random.default_rng(1).permutation(rows.num_rows))
    assert vitrail.contract_value(mixed, "years", "gone", "fee").to_dict() == one.to_dict()
    more = vitrail.contract_value(frame(HIGH_END, 2000.0), "years", "gone", "fee")
    assert more.value.simple.value.high == pytest.approx(100 * (one.value.simple.value.high or 0))


@pytest.mark.parametrize(
    ("rows", "status", "code"),
    [
        ({"t": [3] * 50, "gone": [False] * 50}, "nobody_left", "contract_nobody_left"),
        ({"t": [3] * 50, "gone": [True] * 4 + [False] * 46}, "few_leavers", "contract_few_leavers"),
        ({"t": [0] * 5, "gone": [False] * 5}, "no_tenures", "contract_no_tenures"),
        ({"t": [1, 2, 4] * 20, "gone": [True] * 60}, "everybody_left", "contract_everybody_left"),
        (
            {"t": [None, -1, float("inf"), float("nan")], "gone": [True] * 4},
            "no_tenures",
            "contract_no_tenures",
        ),
        ({"t": [1], "gone": [True]}, "few_leavers", "contract_few_leavers"),
        ({"t": [1] * 400 + [9] * 400, "gone": [True] * 400 + [False] * 400}, "falling", "contract_falling"),
        (
            {"t": [1] * 26 + [2, 3] + [12] * 72, "gone": [True] * 28 + [False] * 72},
            "falling",
            "contract_falling",
        ),
    ],
)
def test_what_cannot_be_told_says_so(rows: dict[str, list[Any]], status: str, code: str | None) -> None:
    table = pa.table({"t": pa.array(rows["t"], pa.float64()), "gone": pa.array(rows["gone"], pa.bool_())})
    found = vitrail.contract_value(table, "t", "gone")
    assert found.status == status
    codes = [each.code for each in found.findings]
    assert code is None or codes[0] == code
    for each in found.findings:
        assert "{" not in each.message("fr") + each.message("en")
    if status == "falling":
        assert found.content["simple"]["value"]["value"] is None and found.value.payments is None
    assert repr(found) and found._repr_html_()


def test_wrong_names_are_refused_with_what_was_meant(telco: pd.DataFrame) -> None:
    with pytest.raises(VitrailError, match="did you mean `tenure`"):
        vitrail.contract_value(telco, "tenur", "Churn = 'Yes'")
    with pytest.raises(VitrailError, match="is no yes/no"):
        vitrail.contract_value(telco, "tenure", "Contract")
    with pytest.raises(VitrailError):
        vitrail.contract_value(telco, "tenure", "Chrn = 'Yes'")
    with pytest.raises(VitrailError):
        vitrail.contract_value(telco, "tenure", "Churn = 'Yes'", margin=0)


def test_a_plan_may_segment_by_what_is_still_to_come(make_base: Callable[..., Any]) -> None:
    firms = frame(HIGH_END)
    keys = [f"f{each:04d}" for each in firms["firm"].to_pylist()]
    orders = "customer_id,order_id,ordered_at,amount\n" + "".join(f"{k},{k},2024-01-02,20\n" for k in keys)
    register = "customer_id,years,gone,fee\n" + "".join(
        f"{key},{years},{'yes' if gone else 'no'},20\n"
        for key, years, gone in zip(keys, firms["years"].to_pylist(), firms["gone"].to_pylist(), strict=True)
    )
    plan = """
sources:
  orders:
    file: orders.csv
    table: orders
    columns: {customer_id: customer_id, order_id: order_id, ordered_at: ordered_at, amount: amount}
  people: {file: people.csv, table: customers, columns: {customer_id: customer_id}}
predictions:
  contract: {method: contract_value, duration: years, left: "gone = 'yes'", amount: fee, period: year}
segmentations:
  worth:
    method: rules
    segments:
      rich: {when: contract_remaining > 100}
      rest: {otherwise: true}
"""
    base = make_base(plan, {"orders.csv": orders, "people.csv": register}).run()
    profile = base.profile
    assert sum(row["worth"] == "rich" for row in profile.values()) == 394
    assert sum(row["contract_remaining"] is None for row in profile.values()) == 606
