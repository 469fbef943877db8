"""The workspaces that Vitrail runs in while it is measured, and whether its answers are the floor's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from benchmarks.processes import Contender, python

_GENERATED = """\
version: 1
name: Benchmark
currency: EUR
sources:
  orders:
    file: {file}
    table: order_lines
    columns: {{customer_id: customer_id, order_id: order_id, ordered_at: ordered_at, product_id: product_id,
              category: category, quantity: quantity, unit_price: unit_price, country: country}}
    read: {read}
segmentations:
"""
_THREE = "  value: {method: rfm}\n  revenue: {method: abc}\n  lifecycle: {method: lifecycle}\n"
_READ = "{ordered_at: yyyy-mm-dd hh:mm:ss, quantity: '1234.56', unit_price: '1234.56'}"

_RETAIL = """\
version: 1
name: Online Retail
currency: GBP
sources:
  orders:
    file: {file}
    table: order_lines
    columns: {{customer_id: CustomerID, order_id: InvoiceNo, ordered_at: InvoiceDate, product_id: StockCode,
              product_name: Description, quantity: Quantity, unit_price: UnitPrice, country: Country}}
segmentations:
"""


def make_workspace(folder: Path, file: Path, more: str = "", segmentations: str = _THREE) -> Path:
    """A workspace whose plan reads generated orders."""
    folder.mkdir(parents=True, exist_ok=True)
    read = _READ if file.suffix == ".csv" else "{}"
    plan = _GENERATED.format(file=file, read=read) + segmentations + more
    (folder / "vitrail.yml").write_text(plan, encoding="utf-8")
    return folder


def make_retail_workspace(folder: Path, file: Path) -> Path:
    """A workspace whose plan reads Online Retail."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vitrail.yml").write_text(_RETAIL.format(file=file) + _THREE, encoding="utf-8")
    return folder


def write_rules(count: int) -> str:
    """A segmentation of `count` rules that all must be looked at, and `otherwise`."""
    rules = "".join(
        f"      rule_{i}: {{when: recency_days = {i} and total_amount > {i}.5 and order_count < {i % 7}}}\n"
        for i in range(count)
    )
    return f"  rules:\n    method: rules\n    segments:\n{rules}      rest: {{otherwise: true}}\n"


def vitrail(name: str, folder: Path, *arguments: str) -> Contender:
    """Vitrail's command line in a workspace that has no run yet: nobody else compares with an earlier one."""
    command = python(name, folder, "-c", "from vitrail.cli import main; main()", *arguments)
    return replace(command, discard=".vitrail")


def count_disagreements(workspace: Path, folder: Path, tolerance: float) -> int:
    """Customers whose profile or membership is not the same in the workspace's last run and in `folder`.

    Args:
        folder: what the floor or a notebook left.
        tolerance: how far two figures may be apart.
    """
    state = workspace / ".vitrail"
    run = state / "runs" / (state / "latest").read_text().strip()
    with duckdb.connect() as connection:
        for name in ("profile", "memberships"):
            connection.execute(f"create view own_{name} as from '{run / name}.parquet'")
            connection.execute(f"create view other_{name} as from '{folder / name}.parquet'")
        kinds = dict(row[:2] for row in connection.execute("describe own_profile").fetchall())
        compared = []
        for name, kind in kinds.items():
            own, other = f"own.{name}", f"other.{name}"
            if kind not in ("VARCHAR", "BOOLEAN"):
                compared.append(f"abs({own}::double - {other}::double) > {tolerance}")
                own, other = f"({own} is null)", f"({other} is null)"
            compared.append(f"{own} is distinct from {other}")
        found = connection.execute(f"""
            select customer_id from own_profile as own full join other_profile as other using (customer_id)
            where {" or ".join(compared)}
            union
            select customer_id
            from own_memberships as own full join other_memberships as other using (customer_id, segmentation)
            where own.segment is distinct from other.segment or own.since is distinct from other.since::date
        """).fetchall()
    return len(found)
