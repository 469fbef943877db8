"""What changed since an earlier run: counted once, the parts always adding up to both runs."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vitrail
from vitrail.measurement.migrations import SCHEMA
from vitrail.store import find_before

PLAN = """currency: EUR
sources:
  orders: {file: orders.parquet, table: orders, columns: {customer_id: customer_id, order_id: order_id, \
ordered_at: ordered_at, amount: amount}}
segmentations:
  value: {method: rfm}
  size:
    method: rules
    segments:
      big: {when: order_count >= 3}
      small: {otherwise: true}
  habits:
    method: rules
    overlapping: true
    segments: {often: {when: order_count >= 2}}
"""
THEN, NOW = "2024-08-01", "2025-02-04"


@pytest.fixture(scope="module")
def shop(make_base: Callable[..., Any], make_shop: Callable[..., pa.Table]) -> Any:
    """A shop run for a day in August, and then for the day after its last order."""
    clusters = "  found: {method: clusters, variables: [order_count, mean_order_amount], count: 2}\n"
    orders = make_shop(4, customers=300, pace=0.006)
    return make_base(PLAN + clusters, {"orders.parquet": orders}).run(THEN).run(NOW)


@pytest.fixture(scope="module")
def moves(shop: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = shop.rows("migrations.parquet")
    return rows


def where(shop: Any, run: Any, segmentation: str) -> dict[str, str]:
    rows = pq.read_table(run.file("memberships.parquet")).to_pylist()
    return {row["customer_id"]: row["segment"] for row in rows if row["segmentation"] == segmentation}


def test_each_move_holds_the_customers_whom_both_membership_files_name(shop: Any, moves: Any) -> None:
    workspace = vitrail.open(shop.folder)
    latest = workspace.latest()
    earlier, _ = find_before(shop.folder, dt.date.fromisoformat(NOW))
    assert earlier is not None and earlier.manifest["as_of"] == THEN
    for key in ("value", "size"):
        was, now = where(shop, earlier, key), where(shop, latest, key)
        expected = Counter((was.get(each), now.get(each)) for each in was.keys() | now.keys())
        found = {(m["before"], m["after"]): m["customers"] for m in moves if m["segmentation"] == key}
        assert found == dict(expected)


def test_the_moves_add_up_to_the_segments_of_both_runs(shop: Any, moves: Any) -> None:
    for run, side in (
        (find_before(shop.folder, dt.date.fromisoformat(NOW))[0], "before"),
        (vitrail.open(shop.folder).latest(), "after"),
    ):
        assert run is not None
        for row in pq.read_table(run.file("segments.parquet")).to_pylist():
            own = [m for m in moves if (m["segmentation"], m[side]) == (row["segmentation"], row["segment"])]
            if row["segmentation"] != "habits":
                assert sum(m["customers"] for m in own) == row["customers"]
                assert sum((m[f"revenue_{side}"] for m in own), Decimal(0)) == (row["revenue"] or 0)


def test_segments_that_overlap_have_no_moves(moves: Any) -> None:
    assert {each["segmentation"] for each in moves} == {"value", "size", "found"}


def test_thresholds_of_quantiles_and_clusters_move_and_those_of_a_rule_do_not(shop: Any) -> None:
    told = json.loads(shop.file("migrations.json").read_text())
    assert told["as_of"] == THEN and told["same_plan"]
    moved = {each["segmentation"]: each["cuts_moved"] for each in told["cuts"]}
    assert moved == {"value": True, "size": False, "found": True}


def test_a_first_run_has_nothing_to_compare_with(
    make_base: Callable[..., Any], make_shop: Callable[..., pa.Table]
) -> None:
    base = make_base(PLAN, {"orders.parquet": make_shop(4, customers=60, pace=0.006)}).run(NOW).run(NOW)
    assert vitrail.open(base.folder).latest().analysis("migrations") is None, "no run of an earlier day"


def test_a_segmentation_cut_by_other_means_is_not_compared(
    make_base: Callable[..., Any], make_shop: Callable[..., pa.Table]
) -> None:
    base = make_base(PLAN, {"orders.parquet": make_shop(4, customers=60, pace=0.006)}).run(THEN)
    plan = base.folder / "vitrail.yml"
    plan.write_text(
        plan.read_text()
        .replace("currency: EUR", "currency: GBP")
        .replace("{method: rfm}", "{method: lifecycle}")
    )
    base.run(NOW)
    told = vitrail.open(base.folder).latest().analysis("migrations")
    assert told is not None and not told["same_plan"]
    assert [each["segmentation"] for each in told["cuts"]] == ["size"]
    assert all(row["revenue_before"] is None for row in told["rows"]), "amounts of another currency"
    table = pq.read_table(base.file("migrations.parquet"))
    assert table.schema.remove_metadata() == SCHEMA


def test_a_cut_whose_segments_came_to_overlap_is_left_out_and_a_name_no_longer_used_is_kept(
    make_base: Callable[..., Any], make_shop: Callable[..., pa.Table]
) -> None:
    kinds = "{method: rules, segments: {any: {when: order_count > 0}, none: {otherwise: true}}}"
    first = PLAN.replace("{method: rfm}", kinds)
    base = make_base(first, {"orders.parquet": make_shop(4, customers=60, pace=0.006)}).run(THEN)
    plan = base.folder / "vitrail.yml"
    said = plan.read_text().replace(
        kinds, "{method: rules, overlapping: true, segments: {any: {when: order_count > 0}}}"
    )
    plan.write_text(said.replace("      big:", "      huge:"))
    base.run(NOW)
    told = vitrail.open(base.folder).latest().analysis("migrations")
    assert told is not None
    assert {each["segmentation"]: list(each["labels"]) for each in told["cuts"]} == {"size": ["big"]}
    moved = {(row["before"], row["after"]) for row in told["rows"]}
    assert ("big", "huge") in moved and not {"big"} & {after for _, after in moved}
