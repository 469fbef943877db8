"""A plan is read as it is written: text stays text, every part knows its line and what it says."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.errors import PlanError
from vitrail.plan import (
    AbcSpec,
    LifecycleSpec,
    Plan,
    RfmSpec,
    RulesSpec,
    load_plan,
    parse_plan,
    parse_within,
    plan_hash,
    plan_schema,
    render_reference,
)
from vitrail.plan.rfm_map import check_coverage

DESIGN = """\
version: 1
name: Online Retail
language: en                       # en or fr: labels and reports
currency: GBP
as_of: latest                      # a date, or latest: the day after the newest row

objectives:                        # step 1
  win_back:
    statement: Win back good customers who went quiet
    kpi: retention_rate
    segment: value.at_risk
    target: +10%
    due: 2012-06-30

sources:                           # step 3
  orders:
    file: data/online_retail.parquet
    table: orders
    columns: {customer_id: CustomerID, order_id: InvoiceNo, ordered_at: InvoiceDate,
              product_id: StockCode, quantity: Quantity, unit_price: UnitPrice, country: Country}
    refunds: match                 # match (void the original), net (subtract), drop (leave out)

variables:                         # step 2; the built-in ones need no mention
  night_share:
    family: behavioural
    of: orders
    value: avg(case when extract(hour from ordered_at) >= 19 then 1 else 0 end)
    within: 365 days

segmentations:                     # step 4
  value:     {method: rfm}
  revenue:   {method: abc, variable: total_amount, shares: {a: 0.6, b: 0.3, c: 0.1}}
  lifecycle:
    method: rules
    segments:
      new:     {when: first_order_days <= 30}
      active:  {when: recency_days <= 90}
      dormant: {when: recency_days <= 365}
      lost:    {otherwise: true}

strategies:                        # step 5
  value.at_risk: {goal: win back, actions: [personal call], channel: phone, success: retention_rate}
"""


def plan_of(text: str) -> Plan:
    return parse_plan(text.encode())


def test_the_plan_of_the_design_is_read(tmp_path: Path) -> None:
    file = tmp_path / "vitrail.yml"
    file.write_text(DESIGN, encoding="utf-8")
    plan = load_plan(file)
    assert plan.name == "Online Retail"
    assert plan.objectives["win_back"].due == dt.date(2012, 6, 30)
    assert plan.sources["orders"].columns["customer_id"] == "CustomerID"
    assert plan.variables["night_share"].within == "365 days"
    assert isinstance(plan.segmentations["value"], RfmSpec)
    assert isinstance(plan.segmentations["revenue"], AbcSpec)
    assert isinstance(plan.segmentations["lifecycle"], RulesSpec)
    assert plan.strategies["value.at_risk"].actions == ["personal call"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("currency", 4),
        ("objectives.win_back.segment", 11),
        ("sources.orders.columns.product_id", 20),
        ("segmentations.lifecycle.segments.active", 37),
        ("segmentations.lifecycle.segments.active.when", 37),
        ("segmentations.revenue.shares.b", 32),
        ("strategies.value.at_risk", 42),
        ("segmentations.value.segments.champions", 31),
    ],
)
def test_every_part_of_a_plan_knows_its_line(path: str, line: int) -> None:
    assert plan_of(DESIGN).place(path) == f"vitrail.yml:{line}"


def test_a_part_that_the_plan_does_not_mention_is_placed_at_the_file() -> None:
    assert plan_of(DESIGN).place("rates.EUR") == "vitrail.yml"


@pytest.mark.parametrize(
    "written", ["01000", "NO", "no", "off", "1e5", "2011-12-10", "012", "1_000", "~x", "0x1F", "true"]
)
def test_text_stays_as_it_is_written(written: str) -> None:
    source = f"orders: {{file: a.csv, table: orders, columns: {{order_id: {written}}}}}"
    plan = plan_of(f"version: 1\nname: {written}\nsources:\n  {source}\n")
    assert plan.name == written
    assert plan.sources["orders"].columns["order_id"] == written


@pytest.mark.parametrize("written", ["NO", "no", "off", "1e5", "2011-12-10", "012"])
def test_odd_names_of_a_file_s_columns_stay_text(written: str) -> None:
    text = f"version: 1\nname: x\nsources:\n  o: {{file: a.csv, table: orders, read: {{{written}: text}}}}\n"
    assert plan_of(text).sources["o"].read == {written: "text"}


def test_a_date_becomes_a_day_and_latest_stays() -> None:
    assert plan_of("version: 1\nname: x\nas_of: 2011-12-10\n").as_of == dt.date(2011, 12, 10)
    assert plan_of("version: 1\nname: x\nas_of: latest\n").as_of == "latest"


def test_numbers_are_exact() -> None:
    plan = plan_of("version: 1\nname: x\ncurrency: EUR\nrates: {GBP: 1.1732, USD: 0.9}\n")
    assert plan.rates == {"GBP": Decimal("1.1732"), "USD": Decimal("0.9")}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    plan = parse_plan(b"\xef\xbb\xbf" + DESIGN.replace("\n", "\r\n").encode())
    assert plan.place("currency") == "vitrail.yml:4"


def test_anchors_repeat_a_block() -> None:
    text = "version: 1\nname: x\nsegmentations:\n  one: &r {method: rfm, scores: 4}\n  two: *r\n"
    plan = plan_of(text)
    assert plan.segmentations["two"] == plan.segmentations["one"]


def test_words_are_given_once_or_in_both_languages() -> None:
    text = "version: 1\nname: x\nsegmentations:\n  one: {method: rfm, label: Value}\n"
    assert plan_of(text).segmentations["one"].label == "Value"
    both = plan_of(text.replace("Value", "{en: Value, fr: Valeur}")).segmentations["one"].label
    assert both is not None and not isinstance(both, str)
    assert (both.en, both.fr) == ("Value", "Valeur")


def test_files_are_one_path_or_several() -> None:
    text = "version: 1\nname: x\nsources:\n  o: {file: FILE, table: orders, delimiter: tab}\n"
    assert plan_of(text.replace("FILE", "exports/*.csv")).sources["o"].file == "exports/*.csv"
    source = plan_of(text.replace("FILE", "[a.csv, b.csv]")).sources["o"]
    assert source.file == ["a.csv", "b.csv"]
    assert source.delimiter == "\t"


def test_ranges_are_scores_or_spans() -> None:
    text = """\
version: 1
name: x
segmentations:
  v:
    method: rfm
    segments:
      top: {r: 5, f: 3-5}
      rest: {otherwise: true}
"""
    rfm = plan_of(text).segmentations["v"]
    assert isinstance(rfm, RfmSpec) and rfm.segments is not None
    assert (rfm.segments["top"].r, rfm.segments["top"].f, rfm.segments["top"].m) == ((5, 5), (3, 5), None)


def test_any_number_of_cuts_gives_one_score_more() -> None:
    thresholds = "{recency_days: [90], order_count: [2, 4, 9]}"
    text = f"version: 1\nname: x\nsegmentations:\n  v: {{method: rfm, thresholds: {thresholds}}}\n"
    rfm = plan_of(text).segmentations["v"]
    assert isinstance(rfm, RfmSpec)
    assert rfm.levels == {"r": 2, "f": 4, "m": 5}


def test_the_lifecycle_takes_its_days_in_order() -> None:
    text = "version: 1\nname: x\nsegmentations:\n  l: {method: lifecycle, at_risk_days: 60, lost_days: 300}\n"
    lifecycle = plan_of(text).segmentations["l"]
    assert isinstance(lifecycle, LifecycleSpec)
    assert (lifecycle.new_days, lifecycle.at_risk_days, lifecycle.loyal_orders) == (None, 60, None)


def test_rules_may_build_on_other_segmentations_and_on_customers_without_orders() -> None:
    text = """\
version: 1
name: x
segmentations:
  value: {method: rfm}
  care:
    method: rules
    segments:
      call: {when: "segment('value.champions') and recency_days > 60"}
      write: {when: segment('value.no_order')}
      rest: {otherwise: true}
"""
    assert set(plan_of(text).segmentations) == {"value", "care"}


def test_a_plan_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        plan_of(DESIGN).name = "other"  # type: ignore[misc]


def test_a_plan_is_made_in_python_too() -> None:
    plan = Plan(version=1, name="Shop", segmentations={"v": RfmSpec(method="rfm", scores=4)})
    assert plan.place("segmentations.v") == "vitrail.yml"


def test_the_hash_knows_what_is_said_and_not_how() -> None:
    plan = plan_hash(plan_of(DESIGN))
    lines = DESIGN.splitlines()
    shuffled = "\n".join(lines[3:5] + lines[0:3] + lines[5:]) + "\n"
    assert plan_hash(plan_of("# a remark\n" + shuffled)) == plan
    assert plan_hash(plan_of(DESIGN.replace("refunds: match", "refunds: net"))) != plan
    assert plan_hash(plan_of(DESIGN.replace("0.6, b: 0.3, c: 0.1", "0.60, b: 0.30, c: 0.10"))) == plan


def test_the_order_of_rules_and_classes_is_part_of_what_is_said() -> None:
    first = "      new:     {when: first_order_days <= 30}\n"
    second = "      active:  {when: recency_days <= 90}\n"
    assert plan_hash(plan_of(DESIGN.replace(first + second, second + first))) != plan_hash(plan_of(DESIGN))
    swapped = DESIGN.replace("{a: 0.6, b: 0.3, c: 0.1}", "{b: 0.3, a: 0.6, c: 0.1}")
    assert plan_hash(plan_of(swapped)) != plan_hash(plan_of(DESIGN))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("365 days", (365, "day")),
        ("1 day", (1, "day")),
        ("12 months", (12, "month")),
        ("2 years", (2, "year")),
        ("6 weeks", (6, "week")),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, parts: tuple[int, str]) -> None:
    assert parse_within(text) == parts


@pytest.mark.parametrize(
    "text", ["0 days", "-1 day", "days", "1.5 years", "1 fortnight", "365days", "", "1 day; drop"]
)
def test_other_spans_are_refused(text: str) -> None:
    assert parse_within(text) is None


def test_the_reference_page_and_the_schema_are_those_of_the_models() -> None:
    folder = Path(__file__).resolve().parents[2] / "docs" / "reference"
    assert (folder / "plan.md").read_text(encoding="utf-8") == render_reference()
    assert json.loads((folder / "plan.schema.json").read_text(encoding="utf-8")) == plan_schema()


def test_every_key_of_the_plan_is_described() -> None:
    schema = plan_schema()
    for block in (schema, *schema["$defs"].values()):
        assert block["additionalProperties"] is False
        for key, item in block["properties"].items():
            assert item.get("description"), key


spans = st.tuples(st.integers(1, 6), st.integers(1, 6)).map(lambda pair: (min(pair), max(pair)))
blocks = st.lists(st.fixed_dictionaries({axis: st.none() | spans for axis in "rfm"}), max_size=8)


@settings(max_examples=60)
@given(blocks)
def test_coverage_is_what_counting_cell_by_cell_finds(taken: list[dict[str, tuple[int, int] | None]]) -> None:
    levels = {"r": 6, "f": 6, "m": 6}
    axes = [axis for axis in levels if any(block[axis] for block in taken)]
    cells: list[dict[str, int]] = [{}]
    for axis in axes:
        cells = [{**cell, axis: score} for cell in cells for score in range(1, 7)]

    def inside(cell: dict[str, int], block: dict[str, tuple[int, int] | None]) -> bool:
        return all((span := block[axis]) is None or span[0] <= cell[axis] <= span[1] for axis in axes)

    counts = [sum(inside(cell, block) for block in taken) for cell in cells]
    found = check_coverage(levels, taken)
    assert found.missing_count == counts.count(0)
    assert found.doubled_count == sum(count > 1 for count in counts)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "vitrail.yml")
    assert caught.value.findings[0].code == "file_not_found"
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path)
    assert caught.value.findings[0].code == "file_fault"
