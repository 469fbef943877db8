"""For any base each customer is once in each partition, parts sum to the whole, rows are kept or removed."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from vitrail.errors import DataError

PLAN = """
sources:
  shop:
    file: lines.parquet
    table: order_lines
    columns: {{customer_id: who, order_id: number, ordered_at: at, product_id: what, amount: total,
              status: state}}
    refunds: {refunds}
    clean: {{duplicates: {duplicates}, test_orders: "product_id = 'test'"}}
    keep: product_id is null or product_id <> 'post'
segmentations:
  value: {{method: rfm}}
  revenue: {{method: abc, shares: {{a: 0.5, b: 0.3, c: 0.1, d: 0.1}}}}
  stage: {{method: lifecycle}}
  kind:
    method: rules
    segments:
      dear: {{when: mean_order_amount > 20}}
      known: {{when: favourite_product = 'p'}}
      rest: {{otherwise: true}}
"""
REGISTER = """\
  people: {file: people.parquet, table: customers, columns: {customer_id: who}}
"""
SCHEMA = pa.schema(
    [
        ("who", pa.string()),
        ("number", pa.string()),
        ("at", pa.timestamp("us")),
        ("what", pa.string()),
        ("total", pa.decimal128(10, 2)),
        ("state", pa.string()),
    ]
)
ROW = st.fixed_dictionaries(
    {
        "who": st.sampled_from([None, "ann", "ann", "bob", "cleo", "dan", "eve"]),
        "number": st.sampled_from([None, *"123456789"]),
        "at": st.one_of(
            st.none(), st.integers(0, 700).map(lambda day: dt.datetime(2023, 1, 1) + dt.timedelta(day))
        ),
        "what": st.sampled_from([None, "p", "p", "q", "test", "post"]),
        "total": st.one_of(st.none(), st.integers(-3000, 9000).map(lambda cents: Decimal(cents).scaleb(-2)))
        | st.sampled_from([Decimal(0), Decimal(10), Decimal(-10)]),
        "state": st.sampled_from([None, "paid", "paid", "Annulée", "refunded"]),
    }
)


def a_row(who: str, total: int, state: str) -> dict[str, Any]:
    """One line of a customer."""
    day = dt.datetime(2024, 1, 1)
    return {"who": who, "number": who, "at": day, "what": "p", "total": Decimal(total), "state": state}


@settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    st.lists(ROW, min_size=1, max_size=60),
    st.sampled_from(["match", "net", "drop"]),
    st.sampled_from(["keep", "drop"]),
    st.integers(1, 3),
    st.booleans(),
)
@example(
    [a_row("ann", 40, "paid"), a_row("bob", -35, "paid"), a_row("zoe", -1, "refunded")],
    "match",
    "keep",
    1,
    True,
)
def test_the_parts_are_the_whole(
    make_base: Callable[..., Any],
    rows: list[dict[str, Any]],
    refunds: str,
    duplicates: str,
    times: int,
    registered: bool,
) -> None:
    table = pa.Table.from_pylist(rows * times, schema=SCHEMA)
    plan, files = PLAN.format(refunds=refunds, duplicates=duplicates), {"lines.parquet": table}
    if registered:
        plan = plan.replace("segmentations:", REGISTER + "segmentations:")
        files["people.parquet"] = pa.table({"who": ["ann", "bob", "fred"]})
    base = make_base(plan, files)
    try:
        base.run()
    except DataError as refusal:
        assert refusal.findings[0].code in (
            "no_dated_line",
            "no_rows",
            "nobody_left",
            "nobody_left_zero_price",
            "only_refunds",
        )
        return
    profile = base.profile
    steps = base.rows("funnel.parquet")
    removed = [step for step in steps if step["removed"]]
    read, kept = (next(step for step in steps if step["step"] == name) for name in ("read", "kept"))
    assert read["rows"] == table.num_rows == kept["rows"] + sum(step["rows"] for step in removed)
    assert read["amount"] == kept["amount"] + sum(step["amount"] or 0 for step in removed)
    assert read["amount"] == times * sum(row["total"] or 0 for row in rows)

    total = sum(row["total_amount"] for row in profile.values())
    assert kept["amount"] == total
    told = {row["code"] for row in base.rows("findings.parquet")}
    assert ("funnel_no_purchase" in told) == any(step["step"] == "no_purchase" for step in steps)
    buyers = {customer for customer, row in profile.items() if row["order_count"]}
    told_apart = {row["customer_id"] for row in base.rows("set_aside.parquet")}
    assert told_apart.isdisjoint(buyers) and (told_apart or "funnel_no_purchase" not in told)
    members: dict[str, Counter[str]] = defaultdict(Counter)
    for row in base.rows("memberships.parquet"):
        members[row["segmentation"]][row["customer_id"]] += 1
        assert profile[row["customer_id"]][row["segmentation"]] == row["segment"]
    segments: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in base.rows("segments.parquet"):
        segments[row["segmentation"]].append(row)
    months: dict[str, Decimal] = defaultdict(Decimal)
    for row in base.rows("monthly.parquet"):
        months[row["segmentation"]] += row["revenue"]
    for key in ("value", "revenue", "stage", "kind"):
        assert members[key] == dict.fromkeys(profile, 1), "each customer is once in each partition"
        assert sum(each["customers"] for each in segments[key]) == len(profile)
        assert sum(each["revenue"] or 0 for each in segments[key]) == total
        assert months[key] == total
        assert abs(sum(each["share"] for each in segments[key]) - 1) < 1e-9
