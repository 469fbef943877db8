"""A base of a few tables as the analyses find them, without files and cleaning."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from vitrail.engine import DuckDB, sql
from vitrail.insight.groups import Groups
from vitrail.segments.model import Segment, Segmentation

LINES = pa.schema(
    [
        ("customer_id", pa.string()),
        ("order_id", pa.string()),
        ("ordered_at", pa.timestamp("us")),
        ("amount", pa.decimal128(18, 4)),
        ("category", pa.string()),
    ]
)


@dataclass(frozen=True)
class Base:
    """An engine with `order_lines`, `orders` and `segmented`, cut by the column `part`."""

    engine: DuckDB
    groups: Groups

    @property
    def whole(self) -> Groups:
        return Groups(None)


def cut(parts: Sequence[Any]) -> Groups:
    """The groups of a column that is there already; lists make overlapping segments."""
    partition = not any(isinstance(each, list) for each in parts)
    keys = sorted({key for each in parts for key in (each if isinstance(each, list) else [each])})
    segments = tuple(Segment(key, {"en": key, "fr": key}, {}, "other_1") for key in keys)
    assign = sql("part") if partition else None
    members = {} if partition else dict.fromkeys(keys, sql("true"))
    name = {"en": "Part", "fr": "Part"}
    return Groups(Segmentation("part", "rules", name, segments, (), members=members, assign=assign))


@pytest.fixture
def make_tables() -> Iterator[Callable[..., Base]]:
    """Lines (customer, moment, amount, category), each an order of its own, and everyone's segments.

    `shuffle` is the seed of another order of rows; further columns of the profile are given by name.
    """
    engines: list[DuckDB] = []

    def make(
        lines: Sequence[tuple[str, dt.datetime, float, str | None]],
        parts: dict[str, Any],
        shuffle: int | None = None,
        **profile: Sequence[Any],
    ) -> Base:
        engine = DuckDB()
        engines.append(engine)
        rows = [
            {
                "customer_id": who,
                "order_id": str(n),
                "ordered_at": at,
                "amount": Decimal(str(amount)),
                "category": what,
            }
            for n, (who, at, amount, what) in enumerate(lines)
        ]
        table = pa.Table.from_pylist(rows, schema=LINES)
        counts = Counter(row["customer_id"] for row in rows)
        people = pa.table(
            {
                "customer_id": pa.array(list(parts), pa.string()),
                "part": list(parts.values()),
                "order_count": [counts[who] for who in parts],
                **profile,
            }
        )
        if shuffle is not None:
            chance = np.random.default_rng(shuffle)
            table = table.take(chance.permutation(table.num_rows))
            people = people.take(chance.permutation(people.num_rows))
        for name, data in (("lines", table), ("people", people)):
            engine.register(name, data)
        engine.create("order_lines", sql("select * from lines"))
        engine.create(
            "orders",
            sql(
                """
                select customer_id, order_id, ordered_at, cast(ordered_at as date) as day, amount,
                    amount >= 0 as is_purchase,
                    nullif(date_diff('day', lag(day) over (partition by customer_id order by day), day), 0)
                        as gap_days
                from order_lines
                """
            ),
        )
        engine.create("segmented", sql("select * from people"))
        return Base(engine, cut(list(parts.values())))

    yield make
    for engine in engines:
        engine.close()
