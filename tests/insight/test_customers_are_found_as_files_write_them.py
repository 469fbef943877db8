"""A customer is found under the code of the run or as a file writes it, and under no code of another's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import vitrail
from vitrail.errors import UsageError

PLAN = """sources:
  shop: {file: shop.csv, table: orders,
         columns: {customer_id: who, order_id: number, ordered_at: at, amount: total}}
segmentations: {revenue: {method: abc}}
"""
WHO = ("123", "ada@example.org", "x-1", "X-1", "0", "")


@pytest.fixture(scope="module")
def base(make_base: Callable[..., Any]) -> Path:
    rows = "".join(f"{n},{who},2025-01-0{n + 1},10\n" for n, who in enumerate((*WHO, "ghost")))
    base = make_base(PLAN, {"shop.csv": f"number,who,at,total\n{rows}".replace("07,10", "07,")})
    base.run()
    folder: Path = base.folder
    return folder


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("00123", "123"),
        ("123.0", "123"),
        (" Ada@Example.org ", "ada@example.org"),
        ("x-1", "x-1"),
        ("X-1", "X-1"),
        ("000", "0"),
    ],
)
def test_a_customer_is_found_as_files_write_it(base: Path, written: str, found: str) -> None:
    workspace = vitrail.open(base)
    assert workspace.profile(written).column("customer_id").to_pylist() == [found]
    assert workspace.explain(written).customer_id == found


@pytest.mark.parametrize(
    ("written", "code"),
    [("1234", "customer_unknown"), ("1-23", "customer_unknown_near"), ("GHOST", "customer_set_aside")],
)
def test_nobody_is_found_under_anothers_code(base: Path, written: str, code: str) -> None:
    with pytest.raises(UsageError) as refusal:
        vitrail.open(base).explain(written)
    assert [each.code for each in refusal.value.findings] == [code]
