"""Lists, structs, maps, blobs, UUIDs: no automatic choice takes them, and who asks for one hears its name."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import VitrailError

N = 400
OTHERS = {
    "tags": pa.array([[i % 3, i % 5] for i in range(N)]),
    "place": pa.array([{"x": i} for i in range(N)]),
    "pairs": pa.array([[("k", i)] for i in range(N)], pa.map_(pa.string(), pa.int64())),
    "blob": pa.array([bytes([i % 256]) for i in range(N)], pa.binary()),
    "mark": pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([uuid.UUID(int=i).bytes for i in range(N)], pa.binary(16))
    ),
}
PLAIN = pa.table(
    {
        "customer_id": [f"c{i}" for i in range(N)],
        "tier": ["gold" if i % 2 else "basic" for i in range(N)],
        "spent": [float(i % 50) + 20 * (i % 2) for i in range(N)],
        "visits": [i % 7 for i in range(N)],
    }
)
TABLE = pa.table({**{name: PLAIN.column(name) for name in PLAIN.column_names}, **OTHERS})


@pytest.mark.parametrize(
    "analyse",
    [
        lambda table: repr(vitrail.validate(table, segment="tier", formed_by=[])),
        lambda table: repr(vitrail.microsegments(table, kpi="spent")),
        lambda table: repr(vitrail.clusters(table, count=2)),
        lambda table: repr(vitrail.drivers(table, kpi="spent")),
    ],
)
def test_they_change_nothing(analyse: Callable[[pa.Table], str]) -> None:
    assert analyse(TABLE) == analyse(PLAIN)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize(
    "analyse",
    [
        lambda name: vitrail.validate(TABLE, segment="tier", formed_by=[], kpis=[name]),
        lambda name: vitrail.microsegments(TABLE, kpi=name),
        lambda name: vitrail.clusters(TABLE, variables=[name, "visits"]),
        lambda name: vitrail.drivers(TABLE, kpi=name),
        lambda name: vitrail.survival(TABLE, duration="visits", left=name),
    ],
)
def test_who_asks_for_one_hears_its_name(analyse: Callable[[str], Any], name: str) -> None:
    with pytest.raises(VitrailError, match=f"`{name}`"):
        analyse(name)
