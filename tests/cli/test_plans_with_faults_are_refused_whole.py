"""`vitrail check` on plans with faults: every one with its line, in both languages, and nothing touched."""

from __future__ import annotations

import re

import pytest

TEN_FAULTS = """version: 2
name: ''
language: de
currency: euros
as_of: yesterday
colour: blue
sources:
  orders:
    file: orders.csv
    table: order
    refunds: mach
segmentations:
  value: {method: rfm, scores: 11}
  revenue: {method: abc, shares: {a: 0.6, b: 0.6}}
  habits:
    method: rules
    segments:
      late: {when: recency_dys > 3}
"""


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_plan_with_ten_faults_gets_ten_lines_with_places(tmp_path, command, language):
    (tmp_path / "vitrail.yml").write_text(TEN_FAULTS, encoding="utf-8")
    said = command("check", "-l", language, cwd=tmp_path)
    assert (said.code, said.out) == (1, "")
    places = re.findall(r"^✗ vitrail\.yml:(\d+): ", said.err, re.MULTILINE)
    assert len(places) == len(said.err.splitlines()) >= 10
    assert {1, 3, 4, 5, 6, 10, 11, 13} <= {int(line) for line in places}
    assert not (tmp_path / ".vitrail").exists()


PLAN = """version: 1
name: Shop
as_of: 2024-10-01
sources:
  orders:
    file: orders.csv
    table: orders
    columns: {{customer_id: Customer ID, order_id: Order ID, ordered_at: Order Date,
              quantity: Quantity, unit_price: Price}}
segmentations:
  habits:
    method: rules
    segments:
      some:
        when: {condition}
      rest: {{otherwise: true}}
"""
HOSTILE = [
    "exists (select * from read_csv('{canary}'))",
    "exists (from '{canary}')",
    "(select count(*) from '{canary}') > 0",
    "customer_id in (select content from read_text('{canary}'))",
    "read_blob('{canary}') is null",
    "recency_days > 1; copy profile to '{canary}'",
    "recency_days > 1); copy (select 1) to '{canary}' --",
    "true union select 1",
    "recency_days > (with x as (copy profile to '{canary}') select 1)",
    "getenv('HOME') = 'x'",
    "current_setting('home_directory') = 'x'",
    "system('touch {canary}') = 0",
    "shell('touch {canary}') = 0",
    "attach '{canary}'",
    "install httpfs",
    "load '{canary}'",
    "pragma database_list",
    "set memory_limit = '1GB'",
    "create table x as select 1",
    "drop table profile",
    "delete from profile",
    "update profile set recency_days = 1",
    "insert into profile values (1)",
    "query('select 1') = 1",
    "query_table('profile') is not null",
    "(select 1) = 1",
    "glob('/*') = 'x'",
    "parquet_metadata('{canary}') is null",
    "sniff_csv('{canary}') is null",
    "getvariable('x') = 1",
    "nextval('s') = 1",
    "export database '{canary}'",
]


def test_hostile_conditions_are_refused_before_anything_is_touched(tmp_path, orders, vitrail):
    canary = tmp_path / "canary.csv"
    canary.write_text("untouched\n")
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    names = sorted(each.name for each in tmp_path.iterdir())
    for hostile in HOSTILE:
        condition = hostile.replace("{canary}", str(canary)).replace("'", "''")
        plan = PLAN.format(condition=f"'{condition}'")
        (tmp_path / "vitrail.yml").write_text(plan, encoding="utf-8")
        said = vitrail("check", "-C", tmp_path)
        assert (said.code, said.out) == (1, ""), hostile
        assert said.err.startswith("✗ vitrail.yml:15: "), hostile
        assert "fault of ours" not in said.err and "Traceback" not in said.err
    assert canary.read_text() == "untouched\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([*names, "vitrail.yml"])


def test_check_tells_what_would_stop_a_run(tmp_path, orders, vitrail):
    (tmp_path / "vitrail.yml").write_text(PLAN.format(condition="recency_days > 3"), encoding="utf-8")
    said = vitrail("check", "-C", tmp_path)
    assert said.code == 1 and "orders.csv" in said.err and "does not exist" in said.err
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")
    assert vitrail("check", "-C", tmp_path).code == 0
    (tmp_path / "orders.csv").write_text(orders.replace("Price", "Prix"), encoding="utf-8")
    said = vitrail("check", "-C", tmp_path)
    assert said.code == 1 and "Price" in said.err and said.quotes_nobody


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"- a\n- b\n", b"a: &x [*x]\n", b"version: [", b"\x00"]
)
def test_what_is_no_plan_is_one_sentence(tmp_path, vitrail, content):
    (tmp_path / "vitrail.yml").write_bytes(content)
    said = vitrail("check", "-C", tmp_path)
    assert said.code == 1 and "fault of ours" not in said.err and said.err.startswith("✗ ")
