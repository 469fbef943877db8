"""A profile made of a few columns, segmented, read back: what the tests of every method need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from vitrail.engine import DuckDB, sql
from vitrail.findings import Finding
from vitrail.segments import Segmentation, apply_segmentations, compile_segmentations

TYPES = {
    "customer_id": pa.string(),
    "recency_days": pa.int32(),
    "order_count": pa.int64(),
    "total_amount": pa.decimal128(38, 4),
    "first_order_days": pa.int32(),
    "last_gap_days": pa.int64(),
    "days_between_orders": pa.float64(),
}


@dataclass(frozen=True)
class Segmented:
    """A profile after its segmentations: `rows` by customer in order of their identifiers."""

    segmentations: tuple[Segmentation, ...]
    findings: tuple[Finding, ...]
    rows: list[dict[str, Any]]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDB]:
    with DuckDB(threads=2) as duckdb:
        yield duckdb


@pytest.fixture(scope="session")
def segment(engine: DuckDB) -> Callable[..., Segmented]:
    """Segments a profile given by its columns, or already in the engine as `profile`."""

    def run(specs: Mapping[str, Any], columns: Mapping[str, Sequence[Any]] | None = None) -> Segmented:
        if columns is not None:
            size = len(next(iter(columns.values())))
            columns = {"customer_id": [f"c{i:05d}" for i in range(size)], **columns}
            arrays = [pa.array(list(values), type=TYPES.get(name)) for name, values in columns.items()]
            engine.register("given", pa.table(arrays, names=list(columns)))
            engine.create("profile", sql("select * from given"))
        segmentations, findings = compile_segmentations(engine, specs, place=lambda path: f"plan:{path}")
        query = apply_segmentations(segmentations, sql("select * from profile"))
        rows = engine.records(sql("select * from $rows order by customer_id", rows=query.subquery("rows")))
        return Segmented(segmentations, findings, rows)

    return run


@pytest.fixture
def online_retail(engine: DuckDB, shared_data: Any) -> None:
    """The profile of the reference: lines with a customer, not cancelled, quantity and price above zero."""
    engine.create(
        "profile",
        sql(
            "select CustomerID::int::varchar as customer_id,"
            " date_diff('day', max(InvoiceDate)::date, date '2011-12-10')::int as recency_days,"
            " count(distinct InvoiceNo) as order_count,"
            " sum((Quantity * UnitPrice)::decimal(18, 4)) as total_amount"
            " from read_parquet($file) where CustomerID is not null and Quantity > 0 and UnitPrice > 0"
            " and InvoiceNo not like 'C%' group by all",
            file=str(shared_data / "online_retail.parquet"),
        ),
    )
