"""Clusters in a run: stored, named by the plan, kept from run to run, asked about."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
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
