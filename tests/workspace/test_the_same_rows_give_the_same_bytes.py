"""What must not matter does not: the order of rows and columns, the format, threads, the day it runs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

import vitrail

FILES = ("profile.parquet", "memberships.parquet", "segments.parquet", "monthly.parquet", "funnel.parquet")
COLUMNS = (
    "customer_id", "order_id", "ordered_at", "product_id", "category", "quantity", "unit_price", "country",
    "channel", "discount_amount",
)  # fmt: skip
PLAN = """
currency: EUR
{settings}
sources:
  sales:
    file: {file}
    table: order_lines
    columns: {{{columns}}}
variables:
  dear_share: {{of: order_lines, value: avg(case when unit_price >= 50 then 1 else 0 end)}}
  recent_products: {{of: order_lines, value: count(distinct product_id), within: 90 days}}
segmentations:
  value: {{method: rfm}}
  revenue: {{method: abc}}
  stage: {{method: lifecycle}}
  kind:
    method: rules
    segments:
      stars: {{when: "segment('value.champions') and segment('revenue.a')"}}
      dear: {{when: dear_share > 0.5}}
      rest: {{otherwise: true}}
  signs:
    method: rules
    overlapping: true
    segments:
      many: {{when: order_count >= 4}}
      fresh: {{when: recency_days <= 60}}
"""


def make_lines() -> pa.Table:
    """A year of sales of 150 customers, some undone, some returned, with ties in time, size and price."""
    draw = np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    for number in range(900):
        customer = f"C{int(150 * draw.beta(1, 2)):03}"
        at = dt.datetime(2024, 1, 1) + dt.timedelta(hours=12 * int(draw.integers(0, 720)))
        for _ in range(int(draw.integers(1, 4))):
            product = int(draw.integers(0, 12))
            row = {
                "customer_id": customer if draw.random() > 0.03 else None,
                "order_id": f"O{number:04}",
                "ordered_at": at,
                "product_id": f"P{product}",
                "category": f"K{int(draw.integers(0, 3))}",
                "quantity": int(draw.integers(1, 3)),
                "unit_price": Decimal(5 + 7 * product).quantize(Decimal("0.01")),
                "country": str(draw.choice(["FR", "BE", "DE"])),
                "channel": str(draw.choice(["web", "shop"])),
                "discount_amount": Decimal(int(draw.integers(0, 3))).quantize(Decimal("0.01")),
            }
            rows.append(row)
            if draw.random() < 0.15:
                later = at + dt.timedelta(hours=12 * int(draw.integers(0, 120)))
                size = row["quantity"] if draw.random() < 0.8 else 3
                back = {"order_id": f"R{len(rows):04}", "ordered_at": later, "quantity": -size}
                rows.append({**row, **back, "discount_amount": Decimal("0.00")})
    rows += rows[100:110]
    types = {"quantity": pa.int64(), "ordered_at": pa.timestamp("us")}
    money = pa.decimal128(10, 2)
    schema = pa.schema(
        [
            (name, money if name in ("unit_price", "discount_amount") else types.get(name, pa.string()))
            for name in COLUMNS
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


LINES = make_lines()


@pytest.fixture(scope="module")
def run(make_base: Callable[..., Any]) -> Callable[..., Any]:
    def run(
        files: dict[str, Any], as_of: dt.date | None = None, settings: str = "", file: str = "sales*"
    ) -> Any:
        columns = ", ".join(f"{name}: {name}" for name in COLUMNS)
        return make_base(PLAN.format(file=file, settings=settings, columns=columns), files).run(as_of)

    return run


@pytest.fixture(scope="module")
def expected(run: Callable[..., Any]) -> dict[str, bytes]:
    base = run({"sales.parquet": LINES})
    assert base.funnel["voided"][0] > 50, "the base has pairs to match"
    assert base.funnel["refunds"][0] > 5, "and refunds without an original at their date"
    found: dict[str, bytes] = base.bytes(*FILES)
    return found


def written(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pc.write_csv(table, out)
    return out.getvalue()


def shuffled(seed: int) -> pa.Table:
    return LINES.take(np.random.default_rng(seed).permutation(LINES.num_rows))


@pytest.mark.parametrize(
    ("files", "threads"),
    [
        pytest.param({"sales.parquet": LINES}, 2, id="the same again"),
        pytest.param({"sales.parquet": shuffled(2).select(COLUMNS[::-1])}, 1, id="columns and rows turned"),
        pytest.param(
            {f"sales{i}.parquet": shuffled(3).slice(700 * i, 700) for i in range(4)}, 3, id="split in several"
        ),
        pytest.param(
            {f"sales{i}.csv": written(shuffled(4).slice(1000 * i, 1000)) for i in range(3)},
            2,
            id="CSV shuffled and split",
        ),
    ],
)
def test_the_same_rows_give_the_same_bytes(
    run: Callable[..., Any], expected: dict[str, bytes], files: dict[str, Any], threads: int
) -> None:
    assert sum(t.num_rows for t in files.values() if isinstance(t, pa.Table)) in (0, LINES.num_rows)
    found = run(files, settings=f"threads: {threads}").bytes(*FILES)
    assert {name for name in FILES if found[name] != expected[name]} == set()


@pytest.mark.parametrize("day", ["2024-03-02", "2024-07-15", "2024-12-24"])
def test_a_run_as_of_a_day_is_a_run_on_the_rows_before_it(run: Callable[..., Any], day: str) -> None:
    as_of = dt.date.fromisoformat(day)
    before = [at < dt.datetime.combine(as_of, dt.time()) for at in LINES["ordered_at"].to_pylist()]
    whole = run({"sales.parquet": LINES}, as_of)
    cut = run({"sales.csv": written(LINES.filter(before))}, as_of)
    names = FILES[:-1]
    assert whole.bytes(*names) == cut.bytes(*names)
    steps, fewer = whole.funnel, cut.funnel
    assert steps.pop("after_as_of")[0] == LINES.num_rows - sum(before)
    assert steps.pop("read") != fewer.pop("read")
    assert steps == fewer
    assert pq.read_table(whole.file("profile.parquet")).num_rows > 20


def test_a_dataframe_gives_what_a_run_gives(run: Callable[..., Any]) -> None:
    profile = run({"sales.parquet": LINES}).profile
    columns = {name: name for name in COLUMNS}
    for frame in (shuffled(6), shuffled(7).to_pandas()):
        found = vitrail.rfm(frame, columns=columns, currency="EUR").to_dict()
        assert [row["customer_id"] for row in found] == list(profile)
        for row in found:
            ours = profile[row["customer_id"]]
            for name, value in row.items():
                assert value == ours[name.replace("rfm", "value")], (row["customer_id"], name)


JOINED = """
sources:
  orders: {file: orders*, table: orders,
           columns: {customer_id: who, order_id: number, ordered_at: at, amount: total, discount_amount: off}}
  lines: {file: lines*, table: order_lines, columns: {order_id: number, product_id: what, quantity: units}}
segmentations:
  value: {method: rfm}
"""


def test_orders_and_lines_join_alike_in_any_order_and_format(make_base: Callable[..., Any]) -> None:
    draw = np.random.default_rng(3)
    numbers = [f"{n}" for n in range(120)]
    orders = pa.table(
        {
            "who": [f"c{n % 17}" for n in range(120)],
            "number": numbers,
            "at": pa.array(
                [dt.date(2024, 1, 1) + dt.timedelta(n * 37 % 300) for n in range(120)], pa.date32()
            ),
            "total": [Decimal(n % 9 + 1) for n in range(120)],
            "off": [Decimal(n % 3) for n in range(120)],
        }
    )
    lines = pa.table(
        {
            "number": [numbers[int(n)] for n in draw.integers(0, 120, 300)],
            "what": [f"p{int(n)}" for n in draw.integers(0, 5, 300)],
            "units": [int(n) for n in draw.integers(1, 4, 300)],
        }
    )
    first = make_base(JOINED, {"orders.parquet": orders, "lines.parquet": lines}).run().bytes(*FILES)
    turned = {
        "orders.csv": written(
            orders.take(draw.permutation(120)).select(["off", "at", "number", "total", "who"])
        ),
        "lines.parquet": lines.take(draw.permutation(300)).select(["units", "what", "number"]),
    }
    second = make_base(JOINED, turned).run().bytes(*FILES)
    assert {name for name in FILES if first[name] != second[name]} == set()
