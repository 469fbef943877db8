"""The figures of segments, against NumPy and by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from vitrail.engine import DuckDB, sql
from vitrail.insight.description import describe_segments
from vitrail.plan import AbcSpec, RfmSpec, RulesSpec
from vitrail.segments import apply_segmentations, compile_segmentations
from vitrail.segments.memberships import compile_memberships

AS_OF = dt.date(2011, 12, 10)
SIZE = 400


@pytest.fixture(scope="module")
def profile():
    random = np.random.default_rng(7)
    orders = random.geometric(0.4, SIZE)
    amounts = [Decimal(int(cents)) / 100 for cents in random.lognormal(9, 1.2, SIZE)]
    gaps = [
        None if count == 1 else float(gap)
        for count, gap in zip(orders, random.gamma(2, 30, SIZE), strict=True)
    ]
    rows = pa.table(
        {
            "customer_id": [f"c{i:04d}" for i in range(SIZE)],
            "recency_days": pa.array(random.integers(1, 400, SIZE), pa.int32()),
            "order_count": pa.array(orders, pa.int64()),
            "total_amount": pa.array(amounts, pa.decimal128(38, 4)),
            "days_between_orders": pa.array(gaps, pa.float64()),
            "country": [["France", "Belgique", None][i % 3] for i in range(SIZE)],
            "segment": ["a column of the file that has our word for a name"] * SIZE,
        }
    )
    register = {"customer_id": ["nobody"], "order_count": [0], "country": ["France"], "segment": [None]}
    return pa.concat_tables([rows, pa.table(register)], promote_options="permissive")


SPECS = {
    "value": RfmSpec(method="rfm"),
    "revenue": AbcSpec(method="abc"),
    "tags": RulesSpec.model_validate(
        {
            "method": "rules",
            "overlapping": True,
            "segments": {
                "big": {"when": "total_amount > 100"},
                "never": {"when": "recency_days < 0", "label": {"en": "Never", "fr": "Jamais"}},
                "recent": {"when": "recency_days < 100"},
            },
        }
    ),
}


def described(profile, threads=2, language="en", **options):
    with DuckDB(threads=threads) as engine:
        engine.register("given", profile)
        engine.create("profile", sql("select * from given"))
        segmentations, _ = compile_segmentations(engine, SPECS)
        engine.create("segmented", apply_segmentations(segmentations, sql("select * from profile")))
        products = options.get("products")
        if products is not None:
            engine.register("customer_products", products)
            options["products"] = "customer_products"
        table = describe_segments(engine, segmentations, AS_OF, "segmented", language, **options)
        members = compile_memberships(
            segmentations, engine.columns(sql("select * from segmented")), "segmented"
        )
        return table, engine.arrow(members.order_by("customer_id", "segmentation", "segment"))


@pytest.fixture(scope="module")
def found(profile):
    return described(profile)


def rows_of(table, segmentation):
    return {row["segment"]: row for row in table.to_pylist() if row["segmentation"] == segmentation}


def test_figures_are_those_of_the_members(found, profile):
    table, members = found
    values = {row["customer_id"]: row for row in profile.to_pylist()}
    for row in table.to_pylist():
        inside = [
            values[each["customer_id"]]
            for each in members.to_pylist()
            if (each["segmentation"], each["segment"]) == (row["segmentation"], row["segment"])
        ]
        assert row["customers"] == len(inside)
        assert row["share"] == len(inside) / (SIZE + 1)
        assert row["revenue"] == sum(each["total_amount"] or 0 for each in inside)
        for name in ("recency_days", "order_count", "total_amount", "days_between_orders"):
            mine = [float(e[name]) for e in inside if e[name] is not None and e["order_count"]]
            assert row[f"mean_{name}"] == (pytest.approx(np.mean(mine), abs=1e-6) if mine else None)
            assert row[f"median_{name}"] == (pytest.approx(np.median(mine), abs=1e-4) if mine else None)
        recencies = [each["recency_days"] for each in inside if each["recency_days"] is not None]
        last = AS_OF - dt.timedelta(days=min(recencies)) if recencies else None
        assert row["last_order_on"] == last


def test_a_difference_is_against_all_the_others_with_its_welch_interval(found, profile):
    _, members = found
    row = rows_of(found[0], "tags")["recent"]
    inside = {each["customer_id"] for each in members.to_pylist() if each["segment"] == "recent"}
    sides: dict[bool, list[float]] = {True: [], False: []}
    for each in profile.to_pylist():
        if each["total_amount"] is not None:
            sides[each["customer_id"] in inside].append(float(each["total_amount"]))
    one, rest = (np.array(sides[side]) for side in (True, False))
    errors = [side.var(ddof=1) / len(side) for side in (one, rest)]
    freedom = sum(errors) ** 2 / (errors[0] ** 2 / (len(one) - 1) + errors[1] ** 2 / (len(rest) - 1))
    half = (1.959964 + 2.3723 / freedom + 2.8225 / freedom**2) * np.sqrt(sum(errors))
    difference = one.mean() - rest.mean()
    assert row["difference_total_amount"] == pytest.approx(difference)
    assert row["difference_total_amount_high"] == pytest.approx(difference + half, rel=1e-4)
    assert row["difference_total_amount_low"] == pytest.approx(difference - half, rel=1e-4)


def test_partitions_sum_up_to_the_whole(found, profile):
    for segmentation in ("value", "revenue"):
        rows = rows_of(found[0], segmentation).values()
        assert sum(row["customers"] for row in rows) == SIZE + 1
        assert sum(row["revenue"] for row in rows) == sum(
            amount for amount in profile["total_amount"].to_pylist() if amount is not None
        )
        assert sum(row["revenue_share"] for row in rows) == pytest.approx(1)


def test_a_segment_that_holds_nobody_is_there(found):
    row = rows_of(found[0], "tags")["never"]
    assert (row["customers"], row["share"], row["revenue"]) == (0, 0, 0)
    assert row["mean_total_amount"] is None
    assert row["difference_total_amount_low"] is None
    assert row["top_countries"] == []


def test_rows_stand_in_plan_order_with_labels_in_the_language_asked(found, profile):
    keys = list(dict.fromkeys(found[0]["segmentation"].to_pylist()))
    assert keys == ["value", "revenue", "tags"]
    assert rows_of(described(profile, language="fr")[0], "tags")["never"]["label"] == "Jamais"


def test_countries_by_share_of_the_segment(found):
    whole = rows_of(found[0], "value")["no_order"]
    assert whole["top_countries"] == [{"name": "France", "share": 1.0}]
    for row in found[0].to_pylist():
        shares = [each["share"] for each in row["top_countries"]]
        assert shares == sorted(shares, reverse=True)
        assert row["countries_known"] is None or row["countries_known"] >= sum(shares) - 1e-9


def test_products_by_amount_for_every_segmentation(profile):
    ids = profile["customer_id"].to_pylist()[:SIZE]
    products = pa.table(
        {
            "customer_id": ids * 2,
            "value": ["a column of the file named like a segmentation"] * (2 * SIZE),
            "product_name": ["Tea"] * SIZE + [f"Cup {i % 9}" if i % 9 else None for i in range(SIZE)],
            "amount": pa.array(
                [Decimal(2)] * SIZE + [Decimal(i % 7) for i in range(SIZE)], pa.decimal128(18, 4)
            ),
        }
    )
    table, members = described(profile, products=products)
    spent = {}
    place = {}
    for each in members.to_pylist():
        place.setdefault(each["customer_id"], []).append((each["segmentation"], each["segment"]))
    for sale in products.to_pylist():
        for segment in place.get(sale["customer_id"], ()):
            key = (segment, sale["product_name"])
            spent[key] = spent.get(key, 0) + sale["amount"]
    for row in table.to_pylist():
        segment = (row["segmentation"], row["segment"])
        bought = {name: amount for (where, name), amount in spent.items() if where == segment}
        ranked = sorted((-amount, name) for name, amount in bought.items() if name is not None)
        share = 1 - bought.get(None, 0) / sum(bought.values()) if bought else None
        assert row["products_known"] == (share if share is None else pytest.approx(float(share)))
        assert [(-each["amount"], each["name"]) for each in row["top_products"]] == ranked[:5]


def test_neither_row_order_nor_threads_change_a_byte(found, profile):
    shuffled = profile.take(np.random.default_rng(3).permutation(SIZE + 1))
    for table, again in zip(found, described(shuffled, threads=1), strict=True):
        assert table.equals(again)


def test_amounts_too_large_to_square_exactly_are_described_all_the_same(profile):
    amounts = [Decimal(10) ** 27 * (1 + i % 2) for i in range(SIZE)] + [None]
    index = profile.column_names.index("total_amount")
    huge = profile.set_column(index, "total_amount", pa.array(amounts, pa.decimal128(38, 4)))
    row = rows_of(described(huge)[0], "tags")["big"]
    assert row["mean_total_amount"] == pytest.approx(1.5e27)


def test_since_is_read_where_it_is_known():
    with DuckDB() as engine:
        engine.create(
            "segmented",
            sql(
                "select 'x' as customer_id, 1 as order_count, 3 as recency_days,"
                " 5::decimal(18, 4) as total_amount"
            ),
        )
        specs = {"revenue": AbcSpec(method="abc"), "value": RfmSpec(method="rfm")}
        segmentations, _ = compile_segmentations(engine, specs, "segmented")
        segmented = apply_segmentations(segmentations, sql("select * from segmented"))
        engine.create("segmented", segmented.select("date '2011-03-01' as revenue_since"))
        query = compile_memberships(
            segmentations, engine.columns(sql("select * from segmented")), "segmented"
        )
        assert engine.records(query.order_by("segmentation")) == [
            {"customer_id": "x", "segmentation": "revenue", "segment": "a", "since": dt.date(2011, 3, 1)},
            {"customer_id": "x", "segmentation": "value", "segment": "new", "since": None},
        ]
