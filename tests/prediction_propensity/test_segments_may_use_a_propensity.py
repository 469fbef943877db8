"""In a workspace: a column of the profile that segments use, and no column where it is of no use."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import PlanError

PLAN = """
as_of: 2025-02-04
sources:
  orders:
    file: orders.parquet
    table: order_lines
    columns: {customer_id: customer_id, order_id: order_id, ordered_at: ordered_at, amount: amount,
              category: category}
predictions:
  again: {method: propensity, target: next_purchase, within: 90 days}
segmentations:
  prospects:
    method: rules
    segments:
      hot: {when: p_again_90d >= 0.6}
      rest: {otherwise: true}
  on_top:
    method: rules
    segments:
      hot_and_new: {when: "segment('prospects.hot') and order_count = 1"}
      rest: {otherwise: true}
  plain: {method: abc}
"""


@pytest.fixture(scope="module")
def useful(make_base: Callable[..., Any], make_shop: Callable[..., pa.Table]) -> Any:
    return make_base(PLAN, {"orders.parquet": make_shop(13, customers=900, spread=0.5)}).run()


@pytest.fixture(scope="module")
def useless(make_base: Callable[..., Any], make_shop: Callable[..., pa.Table]) -> Any:
    return make_base(PLAN, {"orders.parquet": make_shop(21, customers=700)}).run()


def test_a_segment_holds_those_whose_probability_says_so(useful: Any) -> None:
    rows = list(useful.profile.values())
    assert {row["prospects"] for row in rows} == {"hot", "rest"}
    assert all((row["prospects"] == "hot") == ((row["p_again_90d"] or 0) >= 0.6) for row in rows)
    told = {row["customer_id"]: row["value"] for row in useful.rows("predictions.parquet")}
    asked = [row for row in rows if row["p_again_90d"] is not None]
    assert told == {row["customer_id"]: row["p_again_90d"] for row in asked}
    assert {row["recency_days"] <= 310 for row in asked} == {True}
    assert {row["recency_days"] > 310 for row in rows if row not in asked} == {True}


def test_the_same_run_gives_the_same_bytes(useful: Any) -> None:
    names = ("profile.parquet", "predictions.parquet", "predictions.json")
    before = useful.bytes(*names)
    assert useful.run().bytes(*names) == before


def test_segments_by_a_propensity_that_is_of_no_use_are_left_out_with_the_reason(useless: Any) -> None:
    assert {"plain"} == {row["segmentation"] for row in useless.rows("segments.parquet")}
    assert "p_again_90d" not in next(iter(useless.profile.values()))
    found = {row["code"]: row for row in useless.rows("findings.parquet")}
    assert found["segmentation_without_prediction"]["level"] == "error"
    assert found["segmentation_without_prediction"]["place"].startswith("vitrail.yml:")
    assert "`on_top`" in found["segmentation_without_other"]["message"]
    assert {"propensity_no_better_than_chance", "propensity_no_better_than_recency"} & found.keys()


def test_the_report_tells_both_in_both_languages(useful: Any, useless: Any) -> None:
    for base, words in ((useful, ("It is of use", "Elle est utile")), (useless, ("of no use", "pas utile"))):
        for language, word in zip(("en", "fr"), words, strict=True):
            page = vitrail.open(base.folder).report(language=language).read_text(encoding="utf-8")
            assert word in page
            assert ('aria-label="Whom it finds"' in page or 'aria-label="Qui elle trouve"' in page) == (
                base is useful
            )


def test_how_it_was_checked_is_stored(useful: Any) -> None:
    content = json.loads(useful.file("predictions.json").read_text(encoding="utf-8"))["predictions"][0]
    assert content["status"] == "useful"
    assert content["auc"]["low"] > content["baseline"]["auc"]["value"] - 0.1
    assert "p_again_90d" in content["sql"]


def test_names_and_conditions_of_a_plan_are_checked_with_their_lines(
    make_base: Callable[..., Any], make_shop: Callable[..., pa.Table]
) -> None:
    plan = PLAN.replace("within: 90 days}", "within: 90 days, among: order_cont > 1, features: [countri]}")
    base = make_base(plan, {"orders.parquet": make_shop(1, customers=50)})
    with pytest.raises(PlanError) as refused:
        base.run()
    assert len(refused.value.findings) == 2
    assert "did you mean `order_count`" in refused.value.message("en")
    assert all(each.place.startswith("vitrail.yml:") for each in refused.value.findings)
