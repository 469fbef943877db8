"""A plan may call its segmentations and variables as it likes: none meets a column inside an analysis."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pyarrow as pa
import pytest

import vitrail
from vitrail.workspace.running import run_workspace

NAMES = (
    "place", "step", "cohort", "band", "node", "period", "day", "value", "segment", "share", "kpi", "item",
    "stratum", "position", "path", "month", "hour", "age",
)  # fmt: skip
REST = """as_of: 2024-12-01
sources:
  orders:
    file: orders.parquet
    table: orders
    columns: {{customer_id: c, ordered_at: d, amount: a, category: g, product_name: g}}
  people:
    file: people.parquet
    table: customers
    columns: {{customer_id: c, birth_date: b, gender: s, country: l, city: v}}
segmentations:
  {cut}:
    method: rules
    segments: {{many: {{when: "order_count > 2"}}, few: {{otherwise: true}}}}
variables:
{own}
hypotheses: {{h: {{statement: More, who: "order_count > 2", kpi: {one}}}}}
comparison: {{measures: {{one: {{kpi: {one}}}}}}}
cohorts: {{one: {{by: {cut}, where: "{one} > 0"}}, two: {{by: first_order}}}}
pictures: {{segmentation: {cut}, journeys: {{of: category}}, portfolio: {{of: category}}}}
"""
PICTURES = ("regions", "ages", "portfolio", "journeys", "seasonality")


@pytest.fixture(scope="module")
def files() -> dict[str, pa.Table]:
    chance = random.Random(4)
    who = [f"c{chance.randrange(240):03d}" for _ in range(700)]
    start = dt.datetime(2023, 6, 1)
    orders = {
        "c": who,
        "d": [start + dt.timedelta(hours=chance.randrange(12_000)) for _ in who],
        "a": [float(chance.randrange(5, 90)) for _ in who],
        "g": [chance.choice(["tea", "mugs", "cups"]) for _ in who],
    }
    keys = sorted(set(who))
    people = {
        "c": keys,
        "b": [dt.date(1950 + chance.randrange(50), 3, 4) for _ in keys],
        "s": [chance.choice("fm") for _ in keys],
        "l": [chance.choice(["FR", "BE", "CH"]) for _ in keys],
        "v": [chance.choice(["Lyon", "Paris"]) for _ in keys],
    }
    return {"orders.parquet": pa.table(orders), "people.parquet": pa.table(people)}


def test_a_name_of_the_plan_meets_none_of_ours(make_base: Any, files: dict[str, pa.Table]) -> None:
    told = []
    for cut, names in (("cut", ("own",)), (NAMES[0], NAMES[1:]), (NAMES[1], (*NAMES[2:], NAMES[0]))):
        own = "\n".join(f"  {each}: {{value: max(amount), of: orders}}" for each in names)
        base = make_base(REST.format(cut=cut, own=own, one=names[0]), files)
        run_workspace(base.folder, vitrail.open(base.folder).plan, languages=("en",))
        rows = {name: base.rows(f"{name}.parquet") for name in PICTURES}
        told.append({name: [{**row, "segmentation": ""} for row in each] for name, each in rows.items()})
    assert told[0] == told[1] == told[2]
