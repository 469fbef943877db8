"""Hypotheses and micro-segments in a run: stored, shown, repeatable, refused with their line."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import PlanError

PLAN = """
currency: EUR
sources:
  orders:
    file: orders.parquet
    table: orders
    columns: {customer_id: customer_id, order_id: order_id, ordered_at: ordered_at, amount: amount,
              country: country}
segmentations:
  value: {method: rfm}
  two:
    method: rules
    overlapping: true
    segments: {big: {when: total_amount >= 100}, german: {when: country = 'Germany'}}
hypotheses:
  germans:
    statement: {en: Germans spend more an order, fr: Les Allemands dépensent plus par commande}
    who: country = 'Germany'
    kpi: mean_order_amount
    expect: higher
  best:
    statement: Big ones are recent
    who: segment('two.big') or segment('value.champions')
    kpi: recency_days <= 100
    adjust_for: [country, value_f, two]
    matters_from: 0.3
  nobody:
    statement: Nobody is special
    who: country = 'Peru'
    kpi: is_one_time
  baskets: {statement: Big baskets return, who: mean_order_amount > 30, kpi: order_count > 1}
  many: {statement: Who orders often has big baskets, who: order_count > 2, kpi: mean_order_amount}
  weekend: {statement: Weekends are recent, who: usual_weekday >= 6, kpi: recency_days <= 100}
  recent: {statement: The recent spend more, who: recency_days <= 100, kpi: mean_order_amount}
  equal:
    {statement: At equals, who: recency_days <= 100, kpi: mean_order_amount, adjust_for: [order_count]}
  abroad: {statement: Germans return, who: country = 'Germany', kpi: order_count > 1}
  rich: {statement: Who spends much returns, who: total_amount > 60, kpi: order_count > 1}
microsegments:
  spenders: {kpi: mean_order_amount, label: {en: Basket, fr: Panier}}
  recent: {kpi: recency_days <= 100, variables: [value, two, country, order_count]}
"""


def orders(customers=500):
    chance = np.random.default_rng(0)
    rows = []
    for customer in range(customers):
        country = "Germany" if customer % 5 == 0 else "France"
        for _ in range(1 + chance.poisson(1.5)):
            day = dt.date(2024, 1, 1) + dt.timedelta(days=int(chance.integers(0, 360)))
            rows.append((f"c{customer}", day, chance.gamma(4, 10 if country == "Germany" else 5), country))
    names = ("customer_id", "ordered_at", "amount", "country")
    table = {name: list(part) for name, part in zip(names, zip(*rows, strict=True), strict=True)}
    table["amount"] = [round(float(amount), 2) for amount in table["amount"]]
    return pa.table({**table, "order_id": [f"o{i}" for i in range(len(rows))]})


@pytest.fixture(scope="module")
def base(make_base):
    base = make_base(PLAN, {"orders.parquet": orders()})
    vitrail.open(base.folder).run("2025-01-01")
    return base


def test_a_run_stores_verdicts_and_groups(base):
    verdicts = {row["key"]: row["verdict"] for row in base.rows("hypotheses.parquet")}
    assert verdicts["germans"] == "supported" and verdicts["nobody"] == "not_estimable"
    content = json.loads(base.file("hypotheses.json").read_text(encoding="utf-8"))
    assert content["hypotheses"][0]["unit"] == "money"
    groups = base.rows("microsegments.parquet")
    assert ("spenders", "country = 'Germany'") in {(row["search"], row["when"]) for row in groups}
    assert all("total_amount" not in row["when"] for row in groups if row["search"] == "spenders")


def test_segments_may_be_conditions_of_a_group(base):
    content = json.loads(base.file("microsegments.json").read_text(encoding="utf-8"))
    search = next(each for each in content["searches"] if each["key"] == "recent")
    told = {each["figures"]["name"]: each["code"] for each in search["left_out"]}
    assert told == {"value": "microsegment_related"}  # it is made of recency
    assert search["conditions"] > 0


def test_a_claim_that_the_number_of_orders_confounds_says_so(base):
    claims = json.loads(base.file("hypotheses.json").read_text())["hypotheses"]
    told = {each["key"]: {note["code"] for note in each["notes"]} for each in claims}
    codes = ("hypothesis_orders", "hypothesis_orders_adjust", "hypothesis_same_figure")
    found = {key: [code for code in codes if code in notes] for key, notes in told.items()}
    assert found["baskets"] == ["hypothesis_orders"]
    assert found["recent"] == found["weekend"] == ["hypothesis_orders_adjust"]
    (note,) = [
        note for each in claims if each["key"] == "many" for note in each["notes"] if note["code"] in codes
    ]
    assert note["figures"] == {"names": ["order_count"], "kpi": ["mean_order_amount"]}
    assert found["rich"] == ["hypothesis_same_figure"]
    assert found["equal"] == found["abroad"] == found["germans"] == []


def test_what_a_finding_says_names_its_line(base):
    (row,) = [row for row in base.rows("findings.parquet") if row["code"] == "hypothesis_few_who"]
    assert row["place"].startswith("vitrail.yml:")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "What you claim, and what the data say",
                "supported",
                "Groups that stand out",
                "Country: Germany",
            ],
        ),
        (
            "fr",
            [
                "Vos hypothèses face aux données",
                "confirmée",
                "Des groupes qui se distinguent",
                "Pays\u202f: Allemagne",
            ],
        ),
    ],
)
def test_the_report_tells_them_in_its_language(base, language, said):
    page = base.file(f"report.{language}.html").read_text(encoding="utf-8")
    assert [words for words in said if words not in page] == []
    assert "group_1: {when:" in page


def test_the_same_run_gives_the_same_bytes(base, make_base):
    table = orders()
    again = make_base(
        PLAN, {"orders.parquet": table.take(np.random.default_rng(1).permutation(table.num_rows))}
    )
    names = ("hypotheses.parquet", "hypotheses.json", "microsegments.parquet", "microsegments.json")
    assert again.run("2025-01-01").bytes(*names) == base.bytes(*names)


def test_a_group_pasted_in_the_plan_holds_the_same_customers(base, make_base):
    (row,) = [row for row in base.rows("microsegments.parquet") if row["when"] == "country = 'Germany'"][:1]
    plan = PLAN.replace(
        "  value: {method: rfm}",
        (
            "  value: {method: rfm}\n"
            '  found: {method: rules, overlapping: true, segments: {group_1: {when: "' + row["when"] + '"}}}'
        ),
    )
    again = make_base(plan, {"orders.parquet": orders()}).run("2025-01-01")
    (found,) = [each for each in again.rows("segments.parquet") if each["segmentation"] == "found"]
    assert found["customers"] == row["customers"]


def test_unknown_names_are_refused_with_their_line_before_anything_is_computed(make_base):
    wrong = PLAN.replace("kpi: mean_order_amount\n    expect", "kpi: mean_order_amont\n    expect")
    wrong = wrong.replace("variables: [value, two, country, order_count]", "variables: [value, contry]")
    wrong = wrong.replace("adjust_for: [country, value_f, two]", "adjust_for: [countri]")
    with pytest.raises(PlanError) as caught:
        make_base(wrong, {"orders.parquet": orders(30)}).run()
    message = str(caught.value)
    assert message.count("did you mean") == 3 and "vitrail.yml:" in message
