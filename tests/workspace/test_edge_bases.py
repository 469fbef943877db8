"""Bases at the edge: each gives a right answer or a clear refusal, through a whole run."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import DataError, VitrailError

HEADER = "who,number,at,total\n"
SOURCE = """
sources:
  shop: {file: orders.csv, table: orders,
         columns: {customer_id: who, order_id: number, ordered_at: at, amount: total}}
"""
ALL = """
segmentations:
  value: {method: rfm}
  revenue: {method: abc}
  stage: {method: lifecycle}
"""


@pytest.fixture(scope="module")
def run(make_base: Callable[..., Any]) -> Callable[..., Any]:
    def run(orders: str | bytes | pa.Table, plan: str = SOURCE + ALL, file: str = "orders.csv") -> Any:
        return make_base(plan, {file: orders}).run()

    return run


def whole(base: Any) -> None:
    """Each customer once in each partition; the parts sum to the whole."""
    profile = base.profile
    counted: dict[str, int] = {}
    money: dict[str, Decimal] = {}
    for row in base.rows("segments.parquet"):
        counted[row["segmentation"]] = counted.get(row["segmentation"], 0) + row["customers"]
        money[row["segmentation"]] = money.get(row["segmentation"], Decimal(0)) + (row["revenue"] or 0)
    total = sum(row["total_amount"] for row in profile.values())
    for found in vitrail.open(base.folder).latest().segmentations():
        if found["partition"]:
            assert counted[found["key"]] == len(profile)
            assert money[found["key"]] == total
            inside = [
                m["customer_id"]
                for m in base.rows("memberships.parquet")
                if m["segmentation"] == found["key"]
            ]
            assert sorted(inside) == sorted(profile)


def refusal(run: Callable[..., Any], *args: Any) -> tuple[str, str]:
    with pytest.raises(VitrailError) as caught:
        run(*args)
    (finding,) = caught.value.findings
    return finding.code, finding.message("en")


def test_one_customer_with_one_order(run: Callable[..., Any]) -> None:
    base = run(HEADER + "ann,1,2025-01-02,10\n")
    whole(base)
    row = base.profile["ann"]
    assert (row["recency_days"], row["is_one_time"], row["last_gap_days"]) == (1, True, None)
    assert (row["value_f"], row["revenue"], row["stage"]) == (1, "a", "new")
    vitrail.open(base.folder).explain("ann").to_dict()


def test_refunds_of_somebody_who_bought_nothing_are_told_once(run: Callable[..., Any]) -> None:
    base = run(HEADER + "ann,1,2025-01-02,10\nbob,2,2025-01-03,-5\n")
    rows = {row["code"]: row["message"] for row in base.rows("findings.parquet")}
    assert "funnel_refunds" not in rows and set(base.profile) == {"ann"}


def test_only_one_time_buyers(run: Callable[..., Any]) -> None:
    rows = "".join(f"c{n},{n},2025-01-{1 + n % 28:02},{10 + n}\n" for n in range(60))
    base = run(HEADER + rows)
    whole(base)
    assert {row["value_f"] for row in base.profile.values()} == {1}
    assert {row["value_r"] for row in base.profile.values()} == {1, 2, 3, 4, 5}
    assert "rfm_only_one_time_buyers" in {row["code"] for row in base.rows("findings.parquet")}


def test_amounts_that_are_all_zero_are_refused_with_the_step_that_takes_them_out(
    run: Callable[..., Any],
) -> None:
    rows = HEADER + "ann,1,2025-01-02,0\nbob,2,2025-01-03,0.00\n"
    code, message = refusal(run, rows)
    assert code == "nobody_left_zero_price"
    assert "clean: {zero_price: keep}" in message
    kept = run(rows, SOURCE.replace("total}}", "total}, clean: {zero_price: keep}}") + ALL)
    whole(kept)
    assert {row["total_amount"] for row in kept.profile.values()} == {0}
    assert {row["revenue"] for row in kept.profile.values()} == {"c"}


def test_a_header_only_and_an_empty_file_are_refused(run: Callable[..., Any]) -> None:
    assert refusal(run, HEADER)[0] == "no_rows"
    assert refusal(run, "")[0] not in ("", None)


def test_rows_that_all_lack_a_customer_are_refused(run: Callable[..., Any]) -> None:
    code, message = refusal(run, HEADER + ",1,2025-01-02,10\n,2,2025-01-02,10\n")
    assert code == "nobody_left"
    assert "no_customer" in message or "customer" in message


def test_rows_of_nobody_are_counted_and_make_no_customer(run: Callable[..., Any]) -> None:
    rows = HEADER + "ann,1,2025-01-02,10\nNULL,2,2025-01-03,20\nGuest,3,2025-01-03,20\n0,4,2025-01-03,20\n"
    base = run(rows, SOURCE.replace("total}}", "total}, clean: {nobody: [Guest, '0']}}") + ALL)
    assert set(base.profile) == {"ann"}
    (step,) = (row for row in base.rows("funnel.parquet") if row["step"] == "no_customer")
    assert (step["rows"], step["amount"]) == (3, 60)


def test_rows_that_only_give_back_are_refused(run: Callable[..., Any]) -> None:
    assert refusal(run, HEADER + "ann,1,2025-01-02,-10\nbob,2,2025-01-02,-5\n")[0] == "only_refunds"


def test_an_as_of_date_before_every_order_is_refused(make_base: Callable[..., Any]) -> None:
    base = make_base(SOURCE + ALL, {"orders.csv": HEADER + "ann,1,2025-01-02,10\n"})
    with pytest.raises(DataError) as caught:
        base.run("2025-01-02")
    assert caught.value.findings[0].code == "nobody_left"


@pytest.mark.parametrize("year", [1893, 2199])
def test_dates_of_other_centuries(run: Callable[..., Any], year: int) -> None:
    base = run(HEADER + f"ann,1,{year}-01-02,10\nann,2,{year}-03-02,20\nbob,3,{year}-12-31,5\n")
    whole(base)
    assert base.profile["ann"]["recency_days"] == (dt.date(year, 12, 31) - dt.date(year, 3, 2)).days + 1
    assert base.rows("monthly.parquet")[0]["month"].year == year


def test_dates_three_centuries_apart(run: Callable[..., Any]) -> None:
    base = run(HEADER + "ann,1,1893-01-02,10\nann,2,2199-03-02,20\nbob,3,1893-12-31,5\n")
    whole(base)
    assert base.profile["ann"]["last_gap_days"] == (dt.date(2199, 3, 2) - dt.date(1893, 1, 2)).days


NAMES = [
    'a"b',
    "a'b",
    "a\nb",
    "a,b;c",
    "😀 é",
    "=1+1",
    "Null O’Brien",
    "007",
    "7",
    "1e5",
    "a b",
    "%",
    "select 1; --",
    "\u202e",
]


def test_identifiers_of_any_characters(run: Callable[..., Any]) -> None:
    rows = "".join(
        '"{}",{},2025-01-02,10\n'.format(name.replace('"', '""'), n) for n, name in enumerate(NAMES)
    )
    base = run(HEADER + rows)
    whole(base)
    assert set(base.profile) == set(NAMES)
    workspace = vitrail.open(base.folder)
    for name in NAMES:
        assert workspace.explain(name).customer_id == name
        assert workspace.profile(name).num_rows == 1
    table = pa.table(
        {
            "who": [*NAMES, "nul\0l"],
            "number": [str(n) for n in range(len(NAMES) + 1)],
            "at": [dt.datetime(2025, 1, 2)] * (len(NAMES) + 1),
            "total": [10] * (len(NAMES) + 1),
        }
    )
    base = run(table, SOURCE.replace(".csv", ".parquet") + ALL, "orders.parquet")
    whole(base)
    assert set(base.profile) == {*NAMES, "nul\0l"}
    json.loads(base.file("manifest.json").read_text("utf-8"))


def test_two_hundred_rules_overlapping_rules_and_rules_on_rules(run: Callable[..., Any]) -> None:
    rows = "".join(f"c{n % 40},{n},2025-0{1 + n % 6}-02,{n}.50\n" for n in range(1, 200))
    rules = "".join(f"      r{n}: {{when: total_amount <= {n * 20}}}\n" for n in range(200))
    plan = (
        ALL
        + f"  fine:\n    method: rules\n    segments:\n{rules}      rest: {{otherwise: true}}\n"
        + """
  best:
    method: rules
    segments: {top: {when: "segment('value.champions') and segment('fine.r199')"}, rest: {otherwise: true}}
  again:
    method: rules
    segments: {top: {when: "segment('best.top')"}, rest: {otherwise: true}}
  signs:
    method: rules
    overlapping: true
    segments:
      many: {when: order_count >= 5}
      dear: {when: mean_order_amount > 100}
      none: {when: total_amount < 0}
"""
    )
    base = run(HEADER + rows, SOURCE + plan)
    whole(base)
    for row in base.profile.values():
        expected = next((n for n in range(200) if row["total_amount"] <= n * 20), None)
        assert row["fine"] == ("rest" if expected is None else f"r{expected}")
        assert (row["best"] == "top") == (row["value"] == "champions" and row["fine"] == "r199")
        assert row["again"] == row["best"]
        signs = ["many"] * (row["order_count"] >= 5) + ["dear"] * (row["mean_order_amount"] > 100)
        assert row["signs"] == signs
    memberships = [m for m in base.rows("memberships.parquet") if m["segmentation"] == "signs"]
    assert len(memberships) == sum(len(row["signs"]) for row in base.profile.values())
    assert [r["customers"] for r in base.rows("segments.parquet") if r["segment"] == "none"] == [0]


@pytest.mark.parametrize("settings", ["", "memory_limit: 100MB\nthreads: 1\n"])
def test_a_plan_without_segmentations_makes_profiles(run: Callable[..., Any], settings: str) -> None:
    base = run(HEADER + "ann,1,2025-01-02,10\nbob,2,2025-01-03,5\n", settings + SOURCE)
    assert len(base.profile) == 2
    assert base.rows("segments.parquet") == base.rows("memberships.parquet") == []
    vitrail.open(base.folder).explain("ann")
    vitrail.open(base.folder).report("fr")


def test_totals_below_zero_are_customers_too(make_base: Callable[..., Any]) -> None:
    rows = HEADER + "ann,1,2025-01-02,10\nann,2,2025-01-05,-25\nbob,3,2025-01-05,5\neve,4,2025-01-05,-5\n"
    base = make_base(SOURCE + ALL, {"orders.csv": rows}).run()
    whole(base)
    assert base.profile.keys() == {"ann", "bob"}, "who only ever gave back is no customer"
    ann = base.profile["ann"]
    assert (ann["total_amount"], ann["order_count"], ann["revenue"]) == (-15, 1, "c")
    vitrail.open(base.folder).report("en")


def test_a_line_worth_more_than_can_be_written_is_taken_out_and_said(make_base: Callable[..., Any]) -> None:
    plan = SOURCE.replace("amount: total", "quantity: units, unit_price: price")
    rows = "who,number,at,units,price\nann,1,2025-01-02,99999999,99999999999\nbob,2,2025-01-03,2,5\n"
    rows += "cleo,3,2025-01-03,1000000,2000000\n"
    base = make_base(plan, {"orders.csv": rows}).run()
    assert {who: row["total_amount"] for who, row in base.profile.items()} == {"bob": 10, "cleo": 2 * 10**12}
    assert base.funnel["no_amount"] == (1, 0)
    assert "funnel_no_amount" in {row["code"] for row in base.rows("findings.parquet")}


def test_great_amounts_are_converted_by_fine_rates(make_base: Callable[..., Any]) -> None:
    plan = "currency: EUR\nrates: {IDR: 0.0000581}\n" + SOURCE.replace(
        "amount: total", "amount: total, currency: money"
    )
    rows = "who,number,at,total,money\nann,1,2025-01-02,9000000000000,IDR\nbob,2,2025-01-03,2,EUR\n"
    base = make_base(plan, {"orders.csv": rows}).run()
    assert base.profile["ann"]["total_amount"] == 522_900_000


def test_a_date_before_every_order_is_told_where_a_register_stands(make_base: Callable[..., Any]) -> None:
    plan = SOURCE + "  people: {file: people.csv, table: customers, columns: {customer_id: who}}\n" + ALL
    files = {"orders.csv": HEADER + "a,1,2024-03-01,5\n", "people.csv": "who,town\na,Paris\nb,Lyon\n"}
    base = make_base(plan, files)
    codes = {each.code for each in vitrail.open(base.folder).run(as_of="2020-01-01", report=False).findings}
    assert "no_order_yet" in codes
    after = vitrail.open(base.folder).run(as_of="2024-06-01", report=False).findings
    assert "no_order_yet" not in {each.code for each in after}


def test_a_broken_regular_expression_is_told_at_its_line(make_base: Callable[..., Any]) -> None:
    plan = SOURCE + (
        "segmentations:\n  where:\n    method: rules\n    segments:\n"
        "      all: {when: \"regexp_matches(customer_id, '(')\"}\n      rest: {otherwise: true}\n"
    )
    base = make_base(plan, {"orders.csv": HEADER + "a,1,2024-03-01,5\n"})
    for ask in (
        lambda: vitrail.open(base.folder).run(report=False),
        lambda: vitrail.open(base.folder).check(),
    ):
        with pytest.raises(VitrailError) as said:
            ask()
        [told] = said.value.findings
        line = int(told.place.rpartition(":")[2])
        assert told.code == "expression_bad_pattern"
        assert "regexp_matches" in (base.folder / "vitrail.yml").read_text().splitlines()[line - 1]
