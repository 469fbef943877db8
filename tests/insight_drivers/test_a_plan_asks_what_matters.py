"""Blocks `drivers:` and `comparison:` of a plan: what is refused by definition, what a run stores."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import VitrailError
from vitrail.reports import render_report
from vitrail.variables.leakage import check_leak

PLAN = """as_of: 2025-12-01
currency: EUR
sources:
  orders: {file: orders.parquet, table: orders, columns: {customer_id: customer_id, order_id: order_id,
    ordered_at: ordered_at, amount: amount, channel: channel, country: country}}
variables:
  last_order: {of: orders, value: max(ordered_at)}
  how_many: {of: orders, value: count(*)}
  first_channel: {of: orders, value: 'min_by(channel, ordered_at)'}
segmentations:
  value: {method: rfm}
  where: {method: rules, segments: {web: {when: usual_channel = 'web'}, shop: {otherwise: true}}}
"""
ASKED = """drivers:
  quiet: {kpi: recency_days > 180, label: {en: Gone quiet, fr: Silencieux}}
  again: {kpi: order_count > 1}
  asked: {kpi: order_count > 1, variables: [recency_days, country]}
  few: {kpi: country = 'FR' and order_count > 100}
"""


def make_orders(customers: int = 600) -> pa.Table:
    random = np.random.default_rng(1)
    rows = []
    for customer in range(customers):
        web = bool(random.random() < 0.5)
        first = int(random.integers(20, 700))
        for number in range(1 + int(random.poisson(2.5 if web else 0.6))):
            back = first if number == 0 else int(random.integers(1, first + 1))
            rows.append(
                {
                    "customer_id": f"c{customer}",
                    "order_id": f"o{len(rows)}",
                    "ordered_at": dt.datetime(2025, 12, 1) - dt.timedelta(days=back, hours=-9),
                    "amount": round(float(random.gamma(3, 15)), 2),
                    "channel": "web" if web else "shop",
                    "country": str(random.choice(["FR", "BE", "CH"])),
                }
            )
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def base(make_base: Callable[..., Any]) -> Any:
    return make_base(PLAN + ASKED, {"orders.parquet": make_orders()}).run()


@pytest.fixture(scope="module")
def told(base: Any) -> dict[str, Any]:
    content = json.loads(base.file("drivers.json").read_text(encoding="utf-8"))
    return {each["key"]: each for each in content["analyses"]}


def test_what_is_made_of_the_kpis_own_facts_is_refused(told: dict[str, Any]) -> None:
    refused = {key: {each["variable"]: each["code"] for each in told[key]["refused"]} for key in told}
    assert refused["quiet"]["recency_days"] == "drivers_leak_kpi"
    for name in ("last_order", "orders_365d", "amount_365d", "first_order_days"):
        assert refused["quiet"][name] == "drivers_leak_definition"
    for name in ("is_one_time", "how_many", "total_amount", "days_between_orders"):
        assert refused["again"][name] == "drivers_leak_definition"
    assert "usual_channel" not in refused["again"]


def test_the_channel_that_makes_customers_come_back_is_recommended(told: dict[str, Any]) -> None:
    recommended = [step["variable"] for step in told["again"]["recommended"]]
    assert recommended == ["first_channel"]
    ranked = {each["variable"]: each for each in told["again"]["ranked"]}
    assert ranked["usual_channel"]["verdict"] == "counted"  # the most frequent of many settles by itself
    assert ranked["country"]["verdict"] == "chance"


def test_what_goes_with_the_number_of_orders_by_arithmetic_is_recommended_only_if_asked_for(
    base: Any, told: dict[str, Any]
) -> None:
    """Of more orders the last is more recent; the mean of one order strays further than that of many."""
    again = {each["variable"]: each for each in told["again"]["ranked"]}
    assert again["recency_days"]["verdict"] == "counted"
    assert {each["verdict"] for each in told["again"]["ranked"] if each["counted"]} == {"counted"}
    assert [step["variable"] for step in told["asked"]["recommended"]] == ["recency_days"]
    said = {
        row["place"].partition(":")[2]: row
        for row in base.rows("findings.parquet")
        if row["code"] == "drivers_counted"
    }
    assert len(said) == 2 and all("recency_days" in row["message"] for row in said.values())


@pytest.mark.parametrize("seed", [1, 2])
def test_a_share_over_orders_does_not_explain_how_many_orders_there_are(
    make_base: Callable[..., Any], seed: int
) -> None:
    """Evenings, discounts and channels fall by chance; one order leaves a share of 0 or 1, two a half."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(1200):
        for _ in range(1 + int(random.poisson(0.9))):
            day = dt.datetime(2024, 1, 1) + dt.timedelta(days=int(random.integers(0, 690)))
            rows.append(
                {
                    "customer_id": f"c{customer}",
                    "order_id": f"o{len(rows)}",
                    "ordered_at": day + dt.timedelta(hours=int(random.integers(9, 23))),
                    "amount": round(float(random.gamma(3, 15)), 2),
                    "channel": str(random.choice(["web", "shop"])),
                    "country": str(random.choice(["FR", "BE", "CH"])),
                }
            )
    plan = PLAN.replace(
        "  how_many: {of: orders, value: count(*)}",
        "  how_many: {of: orders, value: count(*)}\n"
        "  evening_share: {of: orders, value: avg(case when hour(ordered_at) >= 19 then 1 else 0 end)}\n"
        "  web_share: {of: orders, value: avg(case when channel = 'web' then 1 else 0 end)}",
    )
    blocks = {"again": "order_count > 1", "spent": "total_amount > 60", "evenings": "evening_share > 0.3"}
    asked = "drivers:\n" + "".join(f"  {key}: {{kpi: {kpi}}}\n" for key, kpi in blocks.items())
    run = make_base(plan + asked, {"orders.parquet": pa.Table.from_pylist(rows)}).run()
    content = json.loads(run.file("drivers.json").read_text(encoding="utf-8"))
    of_orders = {"again": {"evening_share", "web_share"}, "spent": {"evening_share", "web_share"}}
    of_orders["evenings"] = {"order_count", "total_amount", "web_share", "days_between_orders"}
    for told in content["analyses"]:
        refused = {each["variable"] for each in told["refused"] if each["code"] == "drivers_leak_orders"}
        assert of_orders[told["key"]] <= refused
        assert told["recommended"] == []


def test_who_has_no_order_has_no_favourite_by_construction() -> None:
    """A field that only buyers have tells nothing of coming back, and is refused with what to do."""
    counts = np.array([[300, 0], [200, 220], [210, 190]])
    assert check_leak("usual_channel", counts, 0.6) is None
    refusal = check_leak("usual_channel", counts, 0.6, same_orders=True)
    assert refusal is not None
    assert (refusal.code, refusal.figures) == ("drivers_leak_orders_missing", {"customers": 300})
    assert check_leak("usual_channel", counts[1:], 0.6, same_orders=True) is None


def test_first_and_last_order_are_never_recommended_together(told: dict[str, Any]) -> None:
    recommended = {step["variable"] for step in told["again"]["recommended"]}
    assert not {"recency_days", "first_order_days"} <= recommended


def test_a_question_the_data_cannot_carry_says_what_is_missing(base: Any, told: dict[str, Any]) -> None:
    assert told["few"]["gate"]["code"] == "drivers_few_yes"
    assert told["few"]["gate"]["figures"]["need"] == 50
    codes = {row["code"]: row["place"] for row in base.rows("findings.parquet")}
    assert codes["drivers_few_yes"].startswith("vitrail.yml:")


def test_a_run_stores_a_row_a_variable(base: Any, told: dict[str, Any]) -> None:
    rows = base.rows("drivers.parquet")
    assert {row["analysis"] for row in rows} == {"quiet", "again", "asked", "few"}
    assert len([row for row in rows if row["analysis"] == "again" and row["rank"]]) == len(
        told["again"]["ranked"]
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("The variables that matter", "Gone quiet", "Segments side by side", "by construction")),
        ("fr", ("Les variables qui comptent", "Silencieux", "Les segments côte à côte", "par construction")),
    ],
)
def test_the_report_tells_it_in_both_languages(base: Any, language: Any, words: tuple[str, ...]) -> None:
    page = render_report(base.file("manifest.json").parent, language).decode()
    assert all(each in page for each in words)


def test_the_same_orders_in_another_order_give_the_same_bytes(
    base: Any, make_base: Callable[..., Any]
) -> None:
    orders = make_orders()
    shuffled = orders.take(pa.array(np.random.default_rng(2).permutation(len(orders))))
    names = ("drivers.parquet", "drivers.json", "comparison.parquet", "comparison.json")
    assert make_base(PLAN + ASKED, {"orders.parquet": shuffled}).run().bytes(*names) == base.bytes(*names)


def test_faults_of_the_blocks_are_told_all_at_once(make_base: Callable[..., Any]) -> None:
    faulty = """drivers:
  one: {kpi: recency_day > 180}
  two: {kpi: total_amount, variables: [contry], leave_out: [usual_chanel]}
  three: {kpi: total_amount, among: segment('value.champion')}
comparison: {measures: {quiet: {kpi: recency_dais > 9}}}
"""
    with pytest.raises(VitrailError) as error:
        make_base(PLAN + faulty, {"orders.parquet": make_orders(60)}).run()
    assert "value.champions" in str(error.value)
    with pytest.raises(VitrailError) as error:
        rest = faulty.replace("value.champion'", "value.champions'")
        make_base(PLAN + rest, {"orders.parquet": make_orders(60)}).run()
    for name in ("recency_day", "contry", "usual_chanel", "recency_dais"):
        assert f"`{name}`" in str(error.value)


# --- segments side by side


def test_a_measure_across_segments_is_its_mean_or_share_with_its_interval(base: Any) -> None:
    from scipy.stats import binomtest, sem, t

    web = [each for each in base.profile.values() if each["usual_channel"] == "web"]
    found = {
        row["measure"]: row
        for row in base.rows("comparison.parquet")
        if row["segmentation"] == "where" and row["segment"] == "web"
    }
    amounts = [float(each["total_amount"]) for each in web]
    low, high = t.interval(0.95, len(web) - 1, np.mean(amounts), sem(amounts))
    assert found["total_amount"]["customers"] == len(web)
    assert found["total_amount"]["value"] == pytest.approx(np.mean(amounts))
    assert (found["total_amount"]["low"], found["total_amount"]["high"]) == pytest.approx((low, high))
    again = sum(each["order_count"] > 1 for each in web)
    interval = binomtest(again, len(web)).proportion_ci(method="wilson")
    assert found["bought_again"]["value"] == pytest.approx(again / len(web))
    assert (found["bought_again"]["low"], found["bought_again"]["high"]) == pytest.approx(interval)


def test_a_difference_that_is_made_by_the_cut_is_marked(base: Any) -> None:
    formed = {(row["segmentation"], row["measure"]): row["formed"] for row in base.rows("comparison.parquet")}
    assert formed["value", "total_amount"]
    assert not formed["where", "total_amount"]


def test_all_customers_stand_beside_the_segments(base: Any) -> None:
    rows = [row for row in base.rows("comparison.parquet") if row["measure"] == "total_amount"]
    everyone = {row["segmentation"]: row["customers"] for row in rows if row["segment"] is None}
    assert everyone == {"value": len(base.profile), "where": len(base.profile)}


def test_measures_and_segmentations_can_be_chosen(make_base: Callable[..., Any]) -> None:
    chosen = "comparison: {segmentations: [where], measures: {quiet: {kpi: recency_days > 90}}}\n"
    made = make_base(PLAN + chosen, {"orders.parquet": make_orders(80)}).run()
    rows = made.rows("comparison.parquet")
    assert {(row["segmentation"], row["measure"], row["kind"]) for row in rows} == {
        ("where", "quiet", "share")
    }
    assert vitrail.open(made.folder).latest().file("comparison.json").exists()


def test_an_unknown_segmentation_is_told_with_the_near_one(make_base: Callable[..., Any]) -> None:
    chosen = "comparison: {segmentations: [wher]}\n"
    with pytest.raises(VitrailError, match="where"):
        make_base(PLAN + chosen, {"orders.parquet": make_orders(60)}).run()
