"""RFM against what others published: R's rfm package, and the grid of Online Retail."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from vitrail.engine import sql
from vitrail.plan import RfmSpec

R_SCHEME = {
    "method": "rfm",
    "thresholds": {
        "recency_days": [115, 181, Decimal("297.4"), 482],
        "order_count": [4, 5, 6, 8],
        "total_amount": [Decimal("255.8"), 382, Decimal("506.4"), 666],
    },
    "first_match": True,
    "segments": {
        "champions": {"r": "5", "f": "5", "m": "5", "label": "Champions"},
        "potential_loyalist": {"r": "3-5", "f": "3-5", "m": "2-5", "label": "Potential Loyalist"},
        "loyal_customers": {"r": "2-4", "f": "2-4", "m": "2-4", "label": "Loyal Customers"},
        "promising": {"r": "3-4", "f": "1-3", "m": "3-5", "label": "Promising"},
        "new_customers": {"r": "4-5", "f": "1-3", "m": "1-5", "label": "New Customers"},
        "cant_lose_them": {"r": "1-2", "f": "3-4", "m": "4-5", "label": "Can't Lose Them"},
        "at_risk": {"r": "1-2", "f": "2-5", "m": "4-5", "label": "At Risk"},
        "need_attention": {"r": "1-3", "f": "3-5", "m": "3-5", "label": "Need Attention"},
        "about_to_sleep": {"r": "2-3", "f": "1-3", "m": "1-4", "label": "About To Sleep"},
        "lost": {"r": "1", "f": "1-5", "m": "1-5", "label": "Lost"},
        "others": {"otherwise": True, "label": "Others"},
    },
}


def test_r_scores_and_segments_are_reproduced_for_every_customer(engine, segment, shared_data):
    engine.create(
        "profile",
        sql(
            "select customer_id,"
            " date_diff('day', max(order_date::date), date '2006-12-31')::int as recency_days,"
            " count(*) as order_count, sum(revenue::decimal(18, 4)) as total_amount"
            " from read_csv($file, all_varchar = true) group by customer_id",
            file=str(shared_data / "rfm_data_orders_SYNTHETIC.csv.gz"),
        ),
    )
    reference = engine.records(
        sql(
            "select * from read_csv($file, header = true, quote = '\"', escape = '\"') order by customer_id",
            file=str(shared_data / "reference" / "rfm_R_orders_scores_segments.csv.gz"),
        )
    )
    found = segment({"value": RfmSpec.model_validate(R_SCHEME)})
    names = {each.key: each.label["en"] for each in found.segmentations[0].segments}
    assert len(found.rows) == 995
    for ours, theirs in zip(found.rows, reference, strict=True):
        expected = [theirs[f"{axis}_score"] for axis in ("recency", "frequency", "monetary")]
        assert ours["customer_id"] == theirs["customer_id"]
        assert [ours["value_r"], ours["value_f"], ours["value_m"]] == expected
        assert names[ours["value"]] == theirs["segment"]


@pytest.mark.usefixtures("online_retail")
def test_the_grid_of_online_retail(segment):
    found = segment({"value": RfmSpec(method="rfm")})
    grid = Counter((row["value_r"], row["value_f"]) for row in found.rows)
    assert [[grid[r, f] for f in range(1, 6)] for r in range(5, 0, -1)] == [
        [67, 120, 77, 220, 384],
        [169, 159, 128, 232, 192],
        [295, 183, 121, 175, 89],
        [343, 217, 131, 146, 29],
        [619, 156, 51, 29, 6],
    ]
    assert Counter(found.column("value")) == {
        "champions": 604,
        "loyal": 688,
        "hibernating": 1335,
        "potential_loyalists": 484,
        "at_risk": 357,
        "about_to_sleep": 478,
        "need_attention": 121,
        "cant_lose": 35,
        "promising": 169,
        "new": 67,
    }
    assert found.codes == []
