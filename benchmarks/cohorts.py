"""What it costs to follow the cohorts of a million customers: triangle, comparisons, and the purchase rhythm.

    python -m benchmarks.cohorts

The unit is one scan of the profile: every column of a run's `profile.parquet` read once, its numbers summed
exactly (see `benchmarks.validation`). Cohorts cannot be had from the profile alone: they read the working
table `orders` (here three to four orders a customer), which the scan does not, so the orders' own scan is
shown too. The purchase rhythm is made once however many blocks there are; it is in the figure of each block,
and beside them. All runs in one process, in turn, on the same threads; the least of five is taken.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path

from sqlglot import exp

from benchmarks.validation import clock, compile_scan
from vitrail.engine import DuckDB, sql
from vitrail.insight.cohorts import Base, prepare_cohorts
from vitrail.insight.cohorts.rhythm import load_rhythm
from vitrail.plan import CohortSpec
from vitrail.profile import ProfileTables, build_profile
from vitrail.variables import built_in_variables
from vitrail.workspace.possible import model_words

CUSTOMERS, TURNS, BOUND, AS_OF = 1_000_000, 5, 5.0, dt.date(2025, 12, 10)

_LINES = """
select 'c' || lpad(i::varchar, 7, '0') as customer_id, 'o' || i || '-' || k as order_id,
  timestamp '2024-01-01' + to_days((hash(i) % 600 + k * (hash(i, 1) % 60 + 1))::integer) as ordered_at,
  round(exp(3 + 2 * (hash(i, k) % 10000) / 10000.0), 2)::decimal(18, 4) as amount,
  ['web', 'shop', 'phone'][(hash(i, 2) % 3)::integer + 1] as channel,
  ['France', 'Belgium', 'Italy', 'Spain'][(hash(i, 3) % 4)::integer + 1] as country
from range($customers) as t(i), range(6) as u(k) where k <= hash(i, 4) % 6
"""

_BLOCKS = {
    "first orders by month": CohortSpec(by="first_order", period="month"),
    "countries by month": CohortSpec(by="country", period="month"),
}


def main() -> None:
    """Measure and print the ratios."""
    columns = ("customer_id", "order_id", "ordered_at", "amount", "channel", "country")
    with tempfile.TemporaryDirectory() as folder, DuckDB("1.5GB", os.cpu_count()) as engine:
        lines = sql("select * from $lines where ordered_at < $as_of", lines=_lines(), as_of=AS_OF)
        engine.create("order_lines", lines)
        variables = built_in_variables((*columns, "hour"), False, model_words())
        build_profile(engine, ProfileTables(columns, (), False), variables, AS_OF)
        engine.view("segmented", sql("select * from profile"))
        file = Path(folder) / "profile.parquet"
        customers = engine.write_parquet(sql("select * from profile"), file, ["customer_id"])
        kinds = engine.columns(exp.select("*").from_("segmented"))
        scan = compile_scan(str(file), dict(kinds))
        orders = sql(
            "select max(customer_id), sum(amount), max(day), count(gap_days), count(*) as n from orders"
        )
        base = Base(kinds, columns, variables, (), AS_OF)
        seconds: dict[str, list[float]] = {}
        for _ in range(TURNS):
            seconds.setdefault("one scan of the profile", []).append(clock(lambda: engine.records(scan)))
            seconds.setdefault("one scan of the orders", []).append(clock(lambda: engine.records(orders)))
            for name, spec in _BLOCKS.items():
                took = clock(lambda spec=spec: prepare_cohorts(engine, {"x": spec}, base, str)())
                seconds.setdefault(name, []).append(took)
            took = clock(lambda: load_rhythm(engine, AS_OF, AS_OF))
            seconds.setdefault("of which purchase rhythm", []).append(took)
        count = engine.records(orders)[0]["n"]
        print(f"{customers:,} customers, {count:,} orders, {len(kinds)} columns of the profile")
        unit = min(seconds["one scan of the profile"])
        for name, each in seconds.items():
            print(f"{name:26s} {min(each):8.3f} s   {min(each) / unit:5.1f} × (at most {BOUND:g})")


def _lines() -> exp.Expr:
    tree: exp.Expr = sql(_LINES, customers=CUSTOMERS).subquery("lines")
    return tree


if __name__ == "__main__":
    main()
