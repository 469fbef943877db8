"""Whole runs on real data give the answers that others have published."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

ONLINE_RETAIL = """
currency: GBP
as_of: 2011-12-10
sources:
  orders:
    file: {file}
    table: order_lines
    columns: {{customer_id: CustomerID, order_id: InvoiceNo, ordered_at: InvoiceDate, product_id: StockCode,
              product_name: Description, quantity: Quantity, unit_price: UnitPrice, country: Country}}
    refunds: {refunds}
    clean: {{duplicates: {duplicates}}}
segmentations:
  revenue: {{method: abc, shares: {{a: 0.8, b: 0.15, c: 0.05}}}}
"""


@pytest.fixture(scope="module")
def retail(make_base: Callable[..., Any], shared_data: Path) -> Callable[..., Any]:
    """A run on Online Retail by refunds and duplicates; each is made once."""
    made: dict[tuple[str, str], Any] = {}

    def run(refunds: str, duplicates: str = "keep") -> Any:
        if (refunds, duplicates) not in made:
            file = shared_data / "online_retail.parquet"
            plan = ONLINE_RETAIL.format(file=file, refunds=refunds, duplicates=duplicates)
            made[refunds, duplicates] = make_base(plan, {}).run()
        return made[refunds, duplicates]

    return run


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> dict[str, Any]:
    text = (shared_data / "reference" / "online_retail_funnel.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def money(data: Path, where: str) -> tuple[int, Decimal]:
    """Rows and money of the raw file by independent SQL, prices being decimals."""
    price = 'cast("UnitPrice" as decimal(18, 4))'
    query = f'select count(*), coalesce(sum("Quantity" * {price}), 0) from read_parquet(?) where {where}'
    row = duckdb.execute(query, [str(data / "online_retail.parquet")]).fetchone()
    assert row is not None
    return row[0], Decimal(row[1])


def test_the_funnel_is_the_published_one(
    retail: Callable[..., Any], truth: dict[str, Any], shared_data: Path
) -> None:
    funnel = retail("drop").funnel
    named, void = '"CustomerID" is not null', "\"InvoiceNo\" like 'C%'"
    assert funnel["read"] == money(shared_data, "true")
    assert funnel["read"][0] == truth["rows"]
    assert funnel["no_customer"] == money(shared_data, f"not ({named})")
    assert funnel["no_customer"][0] == truth["missing_customer"]
    assert funnel["cancelled"] == money(shared_data, f"{named} and {void}")
    assert funnel["cancelled"][0] == 8_905
    assert funnel["zero_price"] == (40, 0)
    assert funnel["kept"] == (397_884, Decimal("8911407.904"))
    assert funnel["kept"][0] == truth["clean"]["rows"]
    assert round(funnel["kept"][1], 2) == Decimal(str(truth["clean"]["revenue"]))
    assert set(funnel) == {"read", "no_customer", "cancelled", "zero_price", "kept", "duplicates"}


def test_recency_frequency_and_monetary_are_the_published_ones_of_every_customer(
    retail: Callable[..., Any], shared_data: Path
) -> None:
    with gzip.open(
        shared_data / "reference" / "online_retail_rfm_crm.csv.gz", "rt", encoding="utf-8"
    ) as text:
        published = {row["CustomerID"]: row for row in csv.DictReader(text)}
    profile = retail("drop").profile
    assert len(profile) == 4_338
    assert profile.keys() == published.keys()
    for customer, row in published.items():
        ours = profile[customer]
        assert ours["recency_days"] == int(row["recency"]), customer  # their whole days to the 11th
        assert ours["order_count"] == int(row["frequency"]), customer
        assert abs(ours["total_amount"] - Decimal(row["monetary"])) < Decimal("0.0001"), customer


def test_orders_products_and_countries_are_the_published_ones(
    retail: Callable[..., Any], truth: dict[str, Any]
) -> None:
    base = retail("drop")
    assert sum(row["order_count"] for row in base.profile.values()) == truth["clean"]["invoices"]
    abroad: Counter[str] = Counter()
    for row in base.profile.values():
        abroad[row["country"]] += row["total_amount"]
    # eight customers ordered from two countries; none of the four greatest countries' totals hangs on them
    for country in ("United Kingdom", "Netherlands", "EIRE"):
        assert round(abroad[country], 2) == Decimal(str(truth["top_country_revenue"][country])), country


def test_revenue_classes_at_80_and_95_percent_are_the_published_ones(
    retail: Callable[..., Any], truth: dict[str, Any]
) -> None:
    classes = Counter(row["revenue"] for row in retail("drop").profile.values())
    assert {key.upper(): n for key, n in classes.items()} == truth["abc_customers_80_95"]
    assert classes == {"a": 1_132, "b": 1_469, "c": 1_737}


def test_exact_duplicates_are_counted_when_kept_and_gone_when_dropped(
    retail: Callable[..., Any], truth: dict[str, Any]
) -> None:
    assert retail("drop").funnel["duplicates"] == (5_192, None)
    dropped = retail("drop", "drop")
    assert dropped.funnel["duplicates"][0] == 5_192
    assert dropped.funnel["kept"][0] == truth["clean_dedup"]["rows"]
    assert round(dropped.funnel["kept"][1], 2) == Decimal(str(truth["clean_dedup"]["revenue"]))
    assert len(dropped.profile) == truth["clean_dedup"]["customers"]


def test_a_sale_cancelled_within_minutes_makes_no_big_spender(retail: Callable[..., Any]) -> None:
    assert "12346" not in retail("match").profile
    net = retail("net").profile["12346"]
    assert (net["order_count"], net["total_amount"]) == (1, 0)
    assert retail("drop").profile["12346"]["total_amount"] == Decimal("77183.6")


def test_matching_moves_no_money_and_netting_loses_none(
    retail: Callable[..., Any], shared_data: Path
) -> None:
    _, worth = money(shared_data, '"CustomerID" is not null and "UnitPrice" <> 0')
    match, net = retail("match").funnel, retail("net").funnel
    assert net["kept"][1] + net["no_purchase"][1] == worth
    assert match["kept"][1] + match["no_purchase"][1] == worth
    assert match["voided"][1] == -match["cancelled"][1] > 0
    assert match["voided"][0] == match["cancelled"][0]
    rows = {name: each["kept"][0] + each["no_purchase"][0] for name, each in (("net", net), ("match", match))}
    assert rows["net"] == rows["match"] + 2 * match["voided"][0]
    assert match["kept"][1] - match["refunds"][1] + match["voided"][1] == retail("drop").funnel["kept"][1]


def test_what_is_kept_is_what_the_segments_bring(retail: Callable[..., Any]) -> None:
    for refunds in ("match", "net", "drop"):
        found = retail(refunds)
        brought = sum(row["total_amount"] for row in found.profile.values())
        assert found.funnel["kept"][1] == brought


R_RFM = """
as_of: 2006-12-31
sources:
  orders:
    file: orders.csv.gz
    table: orders
    columns: {{customer_id: customer_id, ordered_at: order_date, amount: revenue}}
    read: {{order_date: {reading}}}
segmentations:
  value:
    method: rfm
    thresholds: {{recency_days: {recency}, order_count: {frequency}, total_amount: {monetary}}}
    first_match: true
    segments:
      champions: {{r: 5, f: 5, m: 5, label: Champions}}
      potential: {{r: 3-5, f: 3-5, m: 2-5, label: Potential Loyalist}}
      loyal: {{r: 2-4, f: 2-4, m: 2-4, label: Loyal Customers}}
      promising: {{r: 3-4, f: 1-3, m: 3-5, label: Promising}}
      new: {{r: 4-5, f: 1-3, m: 1-5, label: New Customers}}
      cant_lose: {{r: 1-2, f: 3-4, m: 4-5, label: Can't Lose Them}}
      at_risk: {{r: 1-2, f: 2-5, m: 4-5, label: At Risk}}
      attention: {{r: 1-3, f: 3-5, m: 3-5, label: Need Attention}}
      sleepy: {{r: 2-3, f: 1-3, m: 1-4, label: About To Sleep}}
      lost: {{r: 1, f: 1-5, m: 1-5, label: Lost}}
      others: {{otherwise: true, label: Others}}
"""


def test_r_rfm_is_reproduced_for_every_customer_through_a_plan(
    make_base: Callable[..., Any], shared_data: Path
) -> None:
    reference = shared_data / "reference"
    with (reference / "rfm_R_orders_thresholds.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    cuts = {
        axis: "[" + ", ".join(row[f"{axis}_lower"] for row in rows[1:]) + "]"
        for axis in ("recency", "frequency", "monetary")
    }
    orders = (shared_data / "rfm_data_orders_SYNTHETIC.csv.gz").read_bytes()
    base = make_base(R_RFM.format(reading="yyyy-mm-dd", **cuts), {"orders.csv.gz": orders}).run()
    labels = {row["segment"]: row["label"] for row in base.rows("segments.parquet")}
    with gzip.open(reference / "rfm_R_orders_scores_segments.csv.gz", "rt", encoding="utf-8") as text:
        published = {row["customer_id"]: row for row in csv.DictReader(text)}
    profile = base.profile
    assert len(published) == 995
    assert profile.keys() == published.keys()
    for customer, row in published.items():
        ours = profile[customer]
        scores = tuple(str(ours[f"value_{axis}"]) for axis in "rfm")
        theirs = tuple(row[f"{axis}_score"] for axis in ("recency", "frequency", "monetary"))
        assert scores == theirs, customer
        assert labels[ours["value"]] == row["segment"], customer
