"""Draws are those of MD5: the same on any machine and in any version of the engine, and even."""

from __future__ import annotations

import hashlib

import pyarrow as pa

from vitrail.engine import LAST_DRAW, DuckDB, column, compile_drawn, draw, sql


def test_a_draw_is_half_of_the_md5_of_lot_and_key():
    with DuckDB() as engine:
        engine.register("people", pa.table({"key": [f"c{i}" for i in range(20_000)]}))
        rows = engine.records(sql("select key, $draw as d from people", draw=draw(column("key"), 7)))
        taken = compile_drawn(column("key"), 20_000, 5_000, lot=7)
        chosen = engine.records(sql("select count(*) as n from people where $taken", taken=taken))[0]["n"]
    for row in rows[:50]:
        digest = hashlib.md5(f"7:{row['key']}".encode()).digest()
        assert row["d"] == int.from_bytes(digest[8:], "little")
    assert abs(chosen - 5_000) < 300
    assert abs(sum(row["d"] for row in rows) / len(rows) / LAST_DRAW - 0.5) < 0.01
