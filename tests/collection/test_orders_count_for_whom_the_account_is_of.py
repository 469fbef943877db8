"""Orders under codes that are accounts count for the person or company behind them."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from vitrail.errors import PlanError

ORDERS = """currency: EUR
sources:
  orders:
    file: orders.{kind}
    table: orders
    columns: {{customer_id: account, order_id: number, ordered_at: date, amount: total}}
  people: {{file: people.{kind}, table: customers, columns: {{{columns}}}}}
"""
OWNED = "account_id: account, customer_id: person, signed_up_at: joined, city: town, accepts_marketing: mail"


def csv(header: str, rows: list[tuple[Any, ...]]) -> str:
    return (
        "\n".join([header, *(",".join("" if each is None else str(each) for each in row) for row in rows)])
        + "\n"
    )


def arrow(header: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    texts = [[None if each is None else str(each) for each in column] for column in columns]
    return pa.table(dict(zip(header.split(","), texts, strict=True)))


def test_figures_are_those_of_a_plain_account(make_base: Callable[..., Any]) -> None:
    lot = random.Random(7)
    day = dt.date(2025, 1, 1)
    towns = ["Lyon", "Reims", "Sète", None]
    people = [
        (
            f"a{at}",
            lot.choice([f"P{lot.randrange(20)}", None]),
            day + dt.timedelta(lot.randrange(500)),
            lot.choice(towns),
            lot.choice(["yes", "no"]),
        )
        for at in range(80)
    ]
    people += [(f"a{at}", "P0", None, "Nice", "yes") for at in range(3)]
    people += [(f"a{at}", "late", dt.date(2025, 9, 1), "Nice", "yes") for at in range(5)]  # is not known yet
    orders = [
        (f"a{lot.randrange(90)}", at, day + dt.timedelta(lot.randrange(300)), lot.randrange(1, 9000) / 100)
        for at in range(300)
    ]
    as_of = dt.date(2025, 9, 1)

    owners: dict[str, tuple[tuple[bool, dt.date, str], str]] = {}
    for account, person, joined, *_ in people:
        if person and (joined is None or joined < as_of):
            rank = (joined is not None, joined or day, person)
            owners[account] = max(owners.get(account, (rank, person)), (rank, person))
    owner = {account: person for account, (_, person) in owners.items()}
    expected: dict[str, list[Decimal]] = defaultdict(list)
    last: dict[str, dt.date] = {}
    for account, _, at, total in orders:
        if at < as_of:
            expected[owner.get(account, account)].append(Decimal(str(total)))
            last[account] = max(at, last.get(account, at))
    rows = defaultdict(list)
    for account, person, joined, town, mail in people:
        if joined is None or joined < as_of:
            rows[person or owner.get(account, account)].append((joined, last.get(account), town, mail))

    made = []
    heads = ("account,number,date,total", "account,person,joined,town,mail")
    for kind, write in (("csv", csv), ("parquet", arrow)):
        lot.shuffle(people), lot.shuffle(orders)
        files = {f"orders.{kind}": write(heads[0], orders), f"people.{kind}": write(heads[1], people)}
        base = make_base(ORDERS.format(kind=kind, columns=OWNED) + f"as_of: {as_of}\n", files)
        base.run()
        made.append([{**row} for row in base.rows("profile.parquet")])
    assert made[0] == made[1]
    assert {each["customer_id"] for each in made[0]} == {*expected, *rows}
    for each in made[0]:
        paid = expected.get(each["customer_id"], [])
        assert (each["order_count"], each["total_amount"] or 0) == (len(paid), sum(paid))
        if known := rows.get(each["customer_id"]):
            newest = max(
                known, key=lambda row: (row[0] is not None, row[0] or day, row[1] is not None, row[1] or day)
            )
            ties = [row[2] for row in known if row[:2] == newest[:2]]
            assert each["city"] in ties
            assert each["accepts_marketing"] == all(row[3] == "yes" for row in known)
    told = {row["code"]: json.loads(row["figures"]) for row in base.rows("findings.parquet")}
    unknown = sum(code not in rows for code in expected)
    assert told["accounts_unknown"]["accounts"] == unknown > 0
    steps = {row["step"]: (row["rows"], row["amount"]) for row in base.rows("funnel.parquet")}
    assert steps["read"][0] == 300 and steps["kept"] == (
        sum(map(len, expected.values())),
        sum(map(sum, expected.values())),
    )


def test_an_account_of_several_is_told_and_a_column_of_that_name_is_not_mapped_by_itself(
    make_base: Callable[..., Any],
) -> None:
    orders = csv("account,number,date,total", [("a1", 1, "2025-01-02", 10), ("a2", 2, "2025-01-03", 5)])
    people = csv("account_id,person", [("a1", "Ann"), ("a1", "Bob"), ("a2", "Ann")])
    plan = ORDERS.format(kind="csv", columns="account_id: account_id, customer_id: person")
    base = make_base(plan, {"orders.csv": orders, "people.csv": people})
    base.run()
    assert {who: row["order_count"] for who, row in base.profile.items()} == {"Ann": 1, "Bob": 1}
    told = {row["code"]: json.loads(row["figures"]) for row in base.rows("findings.parquet")}
    assert told["accounts_shared"]["accounts"] == 1 and "accounts_unknown" not in told
    plain = ORDERS.format(kind="csv", columns="customer_id: person")
    people = csv("account_id,person", [("x", "a1"), ("a1", "a2")])
    base = make_base(plain, {"orders.csv": orders, "people.csv": people})
    base.run()
    assert {who: (row["order_count"], row["account_id"]) for who, row in base.profile.items()} == {
        "a1": (1, "x"),
        "a2": (1, "a1"),
    }


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("customer_id: account,", "account_id: account, customer_id: account,", "plan_account_of_orders"),
        ("account_id: account", "acount_id: account", "plan_account_slip"),
    ],
)
def test_what_is_no_account_of_a_register_is_refused(
    make_base: Callable[..., Any], before: str, after: str, code: str
) -> None:
    plan = ORDERS.format(kind="csv", columns=OWNED).replace(before, after)
    base = make_base(plan, {"orders.csv": "x\n", "people.csv": "x\n"})
    with pytest.raises(PlanError) as refusal:
        base.run()
    found = refusal.value.findings
    assert [each.code for each in found] == [code] and ":" in str(found[0].place)
    assert "account_id" in found[0].message("en")
