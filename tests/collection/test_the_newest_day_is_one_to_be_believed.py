"""`as_of: latest` is the day after the newest row, unless a handful of rows is dated far after all others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

PLAN = """sources:
  sales: {file: sales.csv, table: orders, columns: {customer_id: who, ordered_at: date, amount: total}}
"""
DAILY = [dt.date(2024, 1, 1) + dt.timedelta(days=at) for at in range(60)]
RARE = [dt.date(2015, 1, 1) + dt.timedelta(days=61 * at) for at in range(60)]


@pytest.mark.parametrize(
    ("days", "odd", "as_of", "told"),
    [
        (DAILY, ["2099-12-31"], "2024-03-01", 1),
        (DAILY, ["2035-05-01", "2099-12-31"], "2024-03-01", 2),
        (DAILY, ["9999-01-01"] * 5 + ["9999-12-31"] * 4, "2024-03-01", 9),
        (DAILY, ["2024-11-30"], "2024-12-01", 0),
        (DAILY, ["2031-01-01"] * 9, "2031-01-02", 0),
        (DAILY[:9], ["2031-01-01"], "2031-01-02", 0),
        (RARE, ["2027-01-01"], "2027-01-02", 0),
        ([dt.date(1900, 1, 1), *DAILY], ["2999-01-01"], "2024-03-01", 1),
        ([dt.date(1970, 1, 1)] * 9 + DAILY, ["2999-01-01", "9999-12-31"], "2024-03-01", 2),
        ([dt.date(1899, 12, 30), dt.date(1950, 1, 1), *DAILY], ["2099-01-01"], "2024-03-01", 1),
    ],
)
def test_what_is_dated_far_ahead_is_left_out_and_told(
    make_base: Callable[..., Any], days: Sequence[dt.date], odd: Sequence[str], as_of: str, told: int
) -> None:
    dates = [*odd, *(f"{day}" for day in days)]
    rows = "".join(f"c{at % 9},{date},{10 + at}\n" for at, date in enumerate(dates))
    base = make_base(PLAN, {"sales.csv": f"who,date,total\n{rows}"}).run()

    found = [each for each in base.rows("findings.parquet") if each["code"] == "dated_far_ahead"]
    assert [json.loads(each["figures"])["last"] for each in found] == [max(odd)] * (told > 0)
    assert base.funnel["kept"][0] == len(dates) - told
    assert base.funnel.get("after_as_of", (0, 0))[0] == told
    assert json.loads(base.file("manifest.json").read_text(encoding="utf-8"))["as_of"] == as_of


@pytest.mark.parametrize(
    ("odd", "keep", "told"),
    [("1970-01-01", "", 2), ("1970-01-01", "keep: ordered_at > '1970-01-01'", 0), ("2023-12-01", "", 0)],
)
def test_what_is_dated_where_software_starts_to_count_is_told(
    make_base: Callable[..., Any], odd: str, keep: str, told: int
) -> None:
    rows = "".join(f"c{at % 9},{date},{10 + at}\n" for at, date in enumerate([odd, odd, *DAILY]))
    plan = PLAN.replace("table: orders,", f"table: orders, {keep}{',' * bool(keep)}")
    base = make_base(plan, {"sales.csv": f"who,date,total\n{rows}"}).run()
    found = [each for each in base.rows("findings.parquet") if each["code"] == "dated_at_zero"]
    assert [json.loads(each["figures"])["rows"] for each in found] == [told] * bool(told)
