"""Clusters in a run: stored, named by the plan, kept from run to run, asked about."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vitrail

PLAN = """
as_of: 2025-01-01
sources:
  orders: {file: orders.parquet, table: orders, columns: {customer_id: customer_id,
           order_id: order_id, ordered_at: ordered_at, amount: amount}}
segmentations:
  habits: {method: clusters, variables: [order_count, mean_order_amount], count: 2}
"""


def make_orders(*groups: tuple[int, int, int, float]) -> pa.Table:
    """Orders of groups: the number of the first customer, how many, orders each, amount of an order."""
    draw = np.random.default_rng(7)
    rows = []
    for first, customers, orders, amount in groups:
        for customer in range(first, first + customers):
            for _ in range(max(1, int(draw.normal(orders, orders * 0.08)))):
                day = dt.datetime(2024, 1, 1) + dt.timedelta(days=int(draw.integers(0, 360)))
                paid = round(float(draw.normal(amount, amount * 0.05)), 2)
                rows.append((f"c{customer:03d}", f"o{len(rows)}", day, paid))
    names = ("customer_id", "order_id", "ordered_at", "amount")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture(scope="module")
def base(make_base: Callable[..., Any]) -> Any:
    draw = np.random.default_rng(1)
    rows = []
    for customer in range(120):
        often = customer % 2 == 0
        for _ in range(int(draw.integers(12, 18)) if often else int(draw.integers(1, 4))):
            amount = draw.normal(20, 3) if often else draw.normal(120, 10)
            day = dt.datetime(2024, 1, 1) + dt.timedelta(days=int(draw.integers(0, 360)))
            rows.append((f"c{customer:03d}", f"o{len(rows)}", day, round(float(amount), 2)))
    names = ("customer_id", "order_id", "ordered_at", "amount")
    orders = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    return make_base(PLAN, {"orders.parquet": orders}).run()


def test_a_run_stores_what_kind_of_segments_they_are(base: Any) -> None:
    found = json.loads(base.file("clusters.json").read_text())["clusters"][0]
    assert (found["kind"], found["count"]) == ("natural", 2)
    assert {each["customers"] for each in found["segments"]} == {60}
    assert {each["habits"] for each in base.profile.values()} == {each["key"] for each in found["segments"]}
    assert any(row["figure"] == "stability" for row in base.rows("clusters.parquet"))


def test_a_repeat_keeps_every_name_and_every_byte_of_the_profiles(base: Any) -> None:
    before = base.bytes("profile.parquet", "segments.parquet")
    base.run()
    assert base.bytes("profile.parquet", "segments.parquet") == before
    found = json.loads(base.file("clusters.json").read_text())["clusters"][0]
    assert [each["transition"]["fate"] for each in found["segments"]] == ["same", "same"]


def test_the_plan_names_a_cluster_and_is_told_of_one_that_is_not_there(base: Any) -> None:
    key = base.profile["c000"]["habits"]
    plan = (base.folder / "vitrail.yml").read_text()
    words = f"count: 2, segments: {{{key}: {{label: Regulars}}, nobody: {{label: No one}}}}"
    (base.folder / "vitrail.yml").write_text(plan.replace("count: 2", words))
    base.run()
    assert "Regulars" in {row["label"] for row in base.rows("segments.parquet")}
    assert "clusters_name_unused" in {row["code"] for row in base.rows("findings.parquet")}


def test_a_customer_in_a_cluster_can_be_explained(base: Any) -> None:
    explained = vitrail.open(base.folder).explain("c000").to_dict()
    place = explained["segmentations"]["habits"]
    assert place["segments"] == [base.profile["c000"]["habits"]]
    assert {each["variable"] for each in place["reasons"]} == {"order_count", "mean_order_amount"}


def test_counts_of_orders_have_steps_that_are_no_groups_and_a_run_tells_who_split_merged_came_and_went(
    make_base: Callable[..., Any],
) -> None:
    before = make_orders((0, 120, 30, 20), (120, 120, 6, 120), (240, 120, 6, 45), (360, 80, 70, 60))
    base = make_base(PLAN.replace(", count: 2}", "}"), {"orders.parquet": before}).run()
    found = json.loads(base.file("clusters.json").read_text())["clusters"][0]
    assert (found["kind"], found["count"]) == ("natural", 4)  # 5, 6 and 7 orders are no groups of their own
    keys = {customer: row["habits"] for customer, row in base.profile.items()}
    after = make_orders((0, 60, 30, 20), (60, 60, 70, 20), (120, 240, 6, 120), (500, 80, 20, 300))
    pq.write_table(after, base.folder / "orders.parquet")
    base.run()
    told = {
        (r["segment"], r["figure"], r["variable"]) for r in base.rows("clusters.parquet") if r["variable"]
    }
    fates = {(figure, before) for _, figure, before in told if figure.startswith("now_")}
    assert ("now_split", keys["c000"]) in fates and ("now_gone", keys["c400"]) in fates
    assert {("now_merged", keys["c130"]), ("now_merged", keys["c250"])} <= fates
    assert any(r["figure"] == "now_new" for r in base.rows("clusters.parquet"))
    said = next(r["message"] for r in base.rows("findings.parquet") if r["code"] == "clusters_changed")
    assert "which has split (" in said and ": made of " in said and ": new" in said and ": gone" in said
