"""Pictures in a run: by themselves where the data carry them, tuned by one block, the same bytes again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.engine import DuckDB
from vitrail.errors import DataError, PlanError
from vitrail.i18n import LANGUAGES
from vitrail.library.frames import read_frame
from vitrail.plan import parse_plan
from vitrail.reports import render_report
from vitrail.reports.analyses.compared import Compared
from vitrail.reports.analyses.portfolio import _cell, _tell_difference, _tell_gaps
from vitrail.reports.words import Words
from vitrail.workspace.analyses import take_picture
from vitrail.workspace.context import AnalysisContext
from vitrail.workspace.running import run_workspace
from vitrail.workspace.segmenting import segment_customers

A = Compared("a", "A")
PICTURES = ("portfolio", "journeys", "seasonality", "ages", "regions")
SOURCES = """
currency: EUR
language: fr
as_of: 2025-03-01
sources:
  orders:
    file: orders.parquet
    table: order_lines
    columns: {customer_id: who, order_id: nr, ordered_at: at, amount: paid, category: kind}
  people:
    file: people.parquet
    table: customers
    columns: {customer_id: who, birth_date: born, gender: title, country: land, postal_code: zip}
segmentations:
  value: {method: rfm}
  size:
    method: rules
    overlapping: true
    segments: {big: {when: total_amount > 100}, some: {when: order_count > 1}}
"""


def tables(shuffle: int | None = None) -> dict[str, pa.Table]:
    """Two years and two months of a small shop."""
    rng = np.random.default_rng(11)
    n, people = 3000, 200
    at = dt.datetime(2023, 1, 1)
    days = rng.integers(0, 790, n)
    orders = pa.table(
        {
            "who": [f"c{each}" for each in rng.integers(0, people, n)],
            "nr": [str(each // 2) for each in range(n)],
            "at": [
                at + dt.timedelta(days=int(d), hours=int(h))
                for d, h in zip(days, rng.integers(8, 20, n), strict=True)
            ],
            "paid": pa.array(np.round(rng.gamma(2, 20, n), 2)),
            "kind": [str(each) for each in rng.choice(["thé", "café", "tasses"], n)],
        }
    )
    register = pa.table(
        {
            "who": [f"c{each}" for each in range(people)],
            "born": [dt.date(int(year), 1 + int(year) % 12, 1) for year in rng.integers(1940, 2005, people)],
            "title": [["Mme", "M.", None][each % 3] for each in range(people)],
            "land": ["France" if each % 4 else "Belgique" for each in range(people)],
            "zip": [["75001", "69003", "20137", "1000"][each % 4] for each in range(people)],
        }
    )
    files = {"orders.parquet": orders, "people.parquet": register}
    if shuffle is None:
        return files
    chance = np.random.default_rng(shuffle)
    return {name: table.take(chance.permutation(table.num_rows)) for name, table in files.items()}


def report(base: Any) -> Any:
    """A run with its report; without one, pictures are not made."""
    run_workspace(base.folder, vitrail.open(base.folder).plan, languages=("fr",))
    return base


@pytest.fixture(scope="module")
def shop(make_base: Callable[..., Any]) -> Any:
    return report(make_base(SOURCES, tables()))


def test_every_picture_that_the_data_carry_is_there_without_a_word_in_the_plan(shop: Any) -> None:
    for name in PICTURES:
        assert shop.rows(f"{name}.parquet"), name


def test_the_same_rows_in_another_order_give_the_same_bytes(shop: Any, make_base: Callable[..., Any]) -> None:
    names = [f"{name}.{kind}" for name in PICTURES for kind in ("parquet", "json")]
    other = report(make_base(SOURCES, tables(shuffle=1)))
    assert other.bytes(*names) == shop.bytes(*names)


def test_one_block_tunes_them_and_leaves_some_out() -> None:
    block = "pictures: {segmentation: size, leave_out: [ages], journeys: {orders: 2}, portfolio: {most: 1}}\n"
    plan = parse_plan(f"version: 1\nname: Shop\n{SOURCES}{block}".encode())
    with DuckDB() as engine:
        files = tables()
        reads = {name: read_frame(engine, name, files[f"{name}.parquet"]) for name in ("orders", "people")}
        segmented = segment_customers(engine, plan, reads)
        ready = {name: take_picture(name, AnalysisContext(engine, plan, segmented)) for name in PICTURES}
        assert ready["ages"] is None
        found = {name: make()[0] for name, make in ready.items() if make}
    journeys, portfolio = found["journeys"], found["portfolio"]
    assert journeys is not None and portfolio is not None
    assert set(journeys.to_arrow()["step"].to_pylist()) == {1}
    assert set(portfolio.to_arrow()["segment"].to_pylist()) == {None, "big", "some"}
    assert len(set(portfolio.to_arrow()["item"].to_pylist())) == 1


@pytest.mark.parametrize(
    ("alike", "mark", "said"), [(-0.05, "▼", "none is sure"), (0.05, "", "do not differ that way")]
)
def test_a_sign_that_equal_numbers_of_orders_turn_round_is_not_drawn(
    alike: float, mark: str, said: str
) -> None:
    figures = {"difference": -0.2, "difference_low": -0.3, "difference_high": -0.1, "p_adjusted": 0.001}
    like = {"like_difference": alike, "like_difference_low": -0.1, "like_difference_high": 0.1}
    row = {"segment": "a", "item": "tea", "name": "Tea", "members": 9, "buyers": 3, "penetration": 0.3}
    row |= {"others_penetration": 0.5, "verdict": "under_used", "beyond_orders": False, "gap": 1.0, **figures}
    row |= {"potential": 5.0, "still_buying": True, "like_p_adjusted": 0.4, **like}
    told = _tell_gaps({"rows": [row], "still_buying_days": 9, "least_buyers": 3}, [A], Words("en", None))
    assert _cell(row, A, 1.0, Words("en", None)).sign == mark
    assert said in told["none"] + told["turned"]
    assert _tell_difference(row, "", Words("en", None)) == "−30.0 to −10.0 points (p 0.0010)"


def test_the_report_shows_them_in_both_languages(shop: Any) -> None:
    folder = shop.file("manifest.json").parent
    for language in LANGUAGES:
        page = render_report(folder, language).decode()
        for name in PICTURES:
            assert f'aria-labelledby="h-{name}"' in page
        assert page.count('class="sankey"') >= 2 and 'class="pyramid"' in page
        assert "None" not in page.partition('class="analysis portfolio"')[2].partition("<section")[0]
    assert "Corse-du-Sud" in page and "Belgique" in page


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("pictures: {segmentation: valu}", "did you mean `value`"),
        ("pictures: {leave_out: [journey]}", "did you mean `journeys`"),
        ("pictures: {ages: {youngest: 60, oldest: 20}}", "youngest"),
        ("pictures: {journeys: {patience: soon}}", "patience"),
    ],
)
def test_a_block_that_cannot_be_is_refused_at_its_line(block: str, said: str) -> None:
    with pytest.raises(PlanError) as error:
        parse_plan(f"version: 1\nname: Shop\n{SOURCES}{block}\n".encode())
    assert said in str(error.value) and "vitrail.yml:" in str(error.value)


def test_columns_that_the_data_do_not_have_are_told_all_at_once(make_base: Callable[..., Any]) -> None:
    block = "pictures: {portfolio: {of: kategory}, ages: {of: age_yeers}, regions: {of: lands}}\n"
    with pytest.raises(PlanError) as error:
        make_base(SOURCES + block, tables()).run()
    said = str(error.value)
    assert "`category`" in said and "`age_years`" in said and "lands" in said


def test_one_customer_is_enough_for_an_answer() -> None:
    orders = pa.table({"customer_id": ["ann"], "ordered_at": [dt.date(2025, 1, 1)], "amount": [5.0]})
    people = pa.table({"customer_id": ["ann"], "birth_date": [dt.date(1990, 1, 1)]})
    for picture in (vitrail.journeys, vitrail.seasonality):
        assert picture(orders, as_of="2025-03-01").to_arrow().num_rows > 0
    ages = vitrail.ages(orders, as_of="2025-03-01", customers=people).to_arrow()
    assert ages.to_pylist()[0]["band"] == "30-39"
    with pytest.raises(DataError):
        vitrail.regions(orders, as_of="2025-03-01")
