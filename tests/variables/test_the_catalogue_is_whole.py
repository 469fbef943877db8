"""The catalogue, its words, its names in the plan and its SQL say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

import vitrail
from vitrail.collection.model import TABLES
from vitrail.i18n import LANGUAGES
from vitrail.i18n.texts import sentences
from vitrail.plan.names import BUILT_IN_VARIABLES
from vitrail.variables import BUILT_IN, Words, own_variables

PEOPLE = [name for name in TABLES["customers"].columns if name not in ("customer_id", "account_id")]
WORDS = {name: Words(each.label, each.meaning) for name, each in TABLES["customers"].columns.items()}


def test_the_plan_reserves_every_name_of_the_catalogue_and_no_other() -> None:
    own = {each.name for each in own_variables(PEOPLE, WORDS)}
    assert {each.name for each in BUILT_IN} | own | {"customer_id"} == BUILT_IN_VARIABLES


@pytest.mark.parametrize("variable", [*BUILT_IN, *own_variables(PEOPLE, WORDS)], ids=lambda each: each.name)
def test_every_variable_has_a_name_a_meaning_and_a_family_in_both_languages(variable: Any) -> None:
    for language in LANGUAGES:
        assert variable.label_in(language).strip()
        assert variable.meaning_in(language).strip()
    assert f"family_{variable.family}" in sentences()
    assert variable.label_in("en") != variable.meaning_in("en")


PLAN = """
as_of: 2025-03-01
sources:
  shop:
    file: orders.csv
    table: order_lines
    columns: {customer_id: who, order_id: number, ordered_at: at, product_id: what, category: kind,
              quantity: units, unit_price: price, channel: via, payment_method: paid, discount_amount: off}
  people: {file: people.csv, table: customers,
           columns: {customer_id: id, birth_date: born, signed_up_at: joined}}
variables:
  gifts: {of: order_lines, value: count(*), where: "category = 'b'", within: 90 days}
segmentations:
  value: {method: rfm, scores: 3}
  revenue: {method: abc}
  stage: {method: lifecycle}
  young:
    method: rules
    segments:
      gift: {when: "gifts > 0 and segment('revenue.a')"}
      other: {otherwise: true}
  signs:
    method: rules
    overlapping: true
    segments:
      top: {when: "segment('value.champions') or segment('stage.loyal')"}
      known: {when: age_years is not null}
"""


@pytest.fixture(scope="module")
def base(make_base: Callable[..., Any]) -> Any:
    lines = ["who,number,at,what,kind,units,price,via,paid,off"]
    for n in range(60):
        who, day, units = f"c{n * n % 17:02}", 1 + n % 27, -1 if n % 13 == 12 else 1 + n % 3
        lines.append(
            f"{who},{n},2025-0{1 + n % 2}-{day:02} 1{n % 10}:00,"
            f"p{n % 5},{'ab'[n % 2]},{units},{n % 7},web,card,1"
        )
    people = (
        "id,born,joined,Name\nc00,1990-01-01,2024-01-01,O'Hara\nc01,,2024-01-01,\n"
        "zoe,1990-01-01,2024-01-01,\n"
    )
    return make_base(PLAN, {"orders.csv": "\n".join(lines) + "\n", "people.csv": people}).run()


def test_the_sql_of_a_segmentation_gives_the_runs_own_answer_over_the_runs_own_profile(base: Any) -> None:
    workspace, profile = vitrail.open(base.folder), base.file("profile.parquet")
    members = base.rows("memberships.parquet")
    with duckdb.connect() as database:
        described = database.read_parquet(str(profile))
        for found in vitrail.open(base.folder).latest().segmentations():
            key = found["key"]
            reads = [key, *found["scores"]] + [
                k for each in workspace.latest().segmentations() for k in (each["key"], *each["scores"])
            ]
            bare = described.select(f"* exclude ({', '.join(dict.fromkeys(reads))})")
            bare.create_view("profile", replace=True)
            answer = database.sql(workspace.sql(key)).to_arrow_table().to_pylist()
            expected = [
                {n: row[n] for n in ("customer_id", *found["scores"], key)} for row in base.profile.values()
            ]
            by_customer = sorted(answer, key=lambda row: row["customer_id"])
            assert by_customer == expected, key
            for segment in found["segments"]:
                listed = {r[0] for r in database.sql(workspace.sql(f"{key}.{segment['key']}")).fetchall()}
                inside = {
                    m["customer_id"]
                    for m in members
                    if (m["segmentation"], m["segment"]) == (key, segment["key"])
                }
                assert (
                    listed
                    == inside
                    == {
                        row["customer_id"] for row in workspace.members(f"{key}.{segment['key']}").to_pylist()
                    }
                )


def test_the_catalogue_counts_who_has_a_value(base: Any) -> None:
    workspace = vitrail.open(base.folder)
    rows = {row["name"]: row for row in workspace.variables("fr").to_pylist()}
    for name, row in rows.items():
        counted = sum(each.get(name) is not None for each in base.profile.values())
        assert row["customers"] == counted, name
        assert bool(row["needs"]) == (name not in next(iter(base.profile.values()))), name
        assert "select" in workspace.sql(name).lower() if not row["needs"] else True
    assert "gifts" in rows and "name" in rows and rows["usual_hour"]["customers"] > 0
