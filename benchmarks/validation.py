"""What it costs to hold 50 segments of a million customers against the five criteria.

    python -m benchmarks.validation

The unit is one scan of the profile: every column of a run's `profile.parquet` read once, its numbers
summed exactly. Both sides run in one process, in turn, on the same threads;
the least of five is taken. The target: within 5 × one scan.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlglot import exp

from vitrail.engine import DuckDB, column, sql
from vitrail.i18n.formats import LANGUAGES
from vitrail.plan import ValidationSpec
from vitrail.validation import Customers, prepare_validation
from vitrail.validation.cuts import Cut
from vitrail.validation.measures import Column
from vitrail.variables import BUILT_IN
from vitrail.variables.lineage import trace_lineage

CUSTOMERS, SEGMENTS, TURNS, BOUND = 1_000_000, 50, 5, 5.0

_PROFILE = """
select 'c' || lpad(i::varchar, 7, '0') as customer_id,
  (hash(i) % 400)::integer as recency_days, (hash(i, 1) % 20 + 1)::bigint as order_count,
  round(exp(4 + 3 * (hash(i, 2) % 10000) / 10000.0), 2)::decimal(38, 4) as total_amount,
  round(exp(3 + 2 * (hash(i, 3) % 10000) / 10000.0), 2)::decimal(38, 4) as mean_order_amount,
  round(exp(3 + 2 * (hash(i, 4) % 10000) / 10000.0), 2)::decimal(38, 4) as median_order_amount,
  (hash(i, 5) % 900)::integer as first_order_days, (hash(i, 6) % 1000) / 7.0 as days_between_orders,
  (hash(i, 7) % 300)::integer as last_gap_days, (hash(i, 8) % 5000)::decimal(38, 4) as item_count,
  (hash(i, 9) % 60)::bigint as distinct_products, 'P' || (hash(i, 10) % 4000) as favourite_product,
  'category ' || (hash(i, 11) % 30) as favourite_category,
  greatest((hash(i, 12) % 1000) / 1000.0 - 0.9, 0) as refund_share,
  (hash(i, 13) % 7 + 1)::bigint as usual_weekday, (hash(i, 14) % 24)::bigint as usual_hour,
  ['web', 'shop', 'phone'][(hash(i, 15) % 3)::integer + 1] as usual_channel,
  round(exp(3 + 3 * (hash(i, 16) % 10000) / 10000.0), 2)::decimal(38, 4) as amount_365d,
  (hash(i, 17) % 12)::bigint as orders_365d, (hash(i, 18) % 2000) / 1000.0 - 1 as amount_trend,
  hash(i, 19) % 2 = 0 as is_one_time,
  ['France', 'Belgium', 'Italy', 'Spain'][(hash(i, 20) % 4)::integer + 1] as country,
  case when hash(i, 21) % 3 > 0 then 'someone' || i || '@example.com' end as email,
  'segment_' || (hash(i, 22) % $segments) as cut
from range($customers) as t(i)
"""


def main() -> None:
    """Measure and print the ratio."""
    with tempfile.TemporaryDirectory() as folder, DuckDB("1.5GB", os.cpu_count()) as engine:
        file = Path(folder) / "profile.parquet"
        engine.write_parquet(sql(_PROFILE, customers=CUSTOMERS, segments=SEGMENTS), file, ["customer_id"])
        source = exp.select("*").from_(sql("read_parquet($file)", file=str(file)))
        kinds = engine.columns(source)
        engine.create("segmented", source)
        scan = compile_scan(str(file), kinds)
        columns = {
            name: describe(name, kind) for name, kind in kinds.items() if name not in ("customer_id", "cut")
        }
        lineage = trace_lineage(each for each in BUILT_IN if each.name in columns)
        customers = Customers("segmented", columns, lineage, value="total_amount")
        named = {f"segment_{i}": dict.fromkeys(LANGUAGES, f"Segment {i}") for i in range(SEGMENTS)}
        cut = Cut("cut", dict.fromkeys(LANGUAGES, "Cut"), named, True, ("recency_days", "order_count"))
        scans, judged = [], []
        for _ in range(TURNS):
            scans.append(clock(lambda: engine.records(scan)))
            judged.append(clock(lambda: prepare_validation(engine, customers, [cut], ValidationSpec())()))
        ratio = min(judged) / min(scans)
        print(f"one scan of the profile   {min(scans):8.3f} s")
        print(f"validation of {SEGMENTS} segments {min(judged):8.3f} s   {ratio:.1f} × (at most {BOUND:g})")


def compile_scan(file: str, kinds: dict[str, str]) -> exp.Select:
    """Every column read once: numbers summed exactly, the others by their greatest value."""
    figures = []
    for name, kind in kinds.items():
        exact = column(name) if kind != "DOUBLE" else sql("cast($x as decimal(38, 6))", x=column(name))
        number = kind.startswith(("DECIMAL", "BIGINT", "INTEGER", "DOUBLE"))
        figures.append(exp.alias_(sql("sum($x)" if number else "max($x)", x=exact), name))
    return exp.select(*figures).from_(sql("read_parquet($file)", file=file))


def describe(name: str, kind: str) -> Column:
    """A column as the catalogue knows it."""
    known = {each.name: each for each in BUILT_IN}.get(name)
    label = {language: known.label_in(language) if known else name for language in LANGUAGES}
    return Column(name, kind, label, known.unit if known else "", known.grain if known else "customers")


def clock(work: Callable[[], object]) -> float:
    """The seconds that `work` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
