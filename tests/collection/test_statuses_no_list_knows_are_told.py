"""A line under a status that no list knows counts as a sale, and a person is told so with its money."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

COLUMNS = "customer_id: customer, order_id: number, ordered_at: date, amount: total, status: state"
ORDERS = "customer,number,date,total,state\n" + "".join(
    f"c{at % 7},{at},2025-01-{at:02},10,{state}\n"
    for at, state in enumerate(["Livrée", "offen", "annulée", "Offen", "in attesa", "PAID", ""], start=1)
)
ORDERS += "c1,8,2025-01-08,-4,retour\n"  # told as a refund, not as a sale


@pytest.mark.parametrize(
    ("clean", "told", "orders"),
    [
        ("", (["Offen", "in attesa"], 3, 30), 6),
        (", clean: {cancelled: lower(status) = 'offen'}", None, 4),
    ],
)
def test_statuses_no_list_knows_are_told(
    make_base: Callable[..., Any], clean: str, told: tuple[list[str], int, int] | None, orders: int
) -> None:
    plan = f"sources:\n  sales: {{file: sales.csv, table: orders, columns: {{{COLUMNS}}}{clean}}}\n"
    base = make_base(plan, {"sales.csv": ORDERS})
    base.run()
    assert sum(row["order_count"] for row in base.profile.values()) == orders
    found = [row for row in base.rows("findings.parquet") if row["code"] == "statuses_unknown"]
    figures = [json.loads(row["figures"]) for row in found]
    assert [(each["names"], each["rows"], each["amount"]) for each in figures] == ([told] if told else [])


def test_what_cancels_no_line_at_all_is_told_where_the_plan_says_it(make_base: Callable[..., Any]) -> None:
    plan = f"""sources:
  sales:
    file: sales.csv
    table: orders
    columns: {{{COLUMNS}}}
    clean: {{cancelled: status = 'ofen'}}
"""
    base = make_base(plan, {"sales.csv": ORDERS})
    base.run()
    found = {row["code"]: row for row in base.rows("findings.parquet")}
    place = found["statuses_unknown_idle"]["place"]
    assert "ofen" in (base.folder / "vitrail.yml").read_text().splitlines()[int(place.split(":")[1]) - 1]
    assert json.loads(found["statuses_unknown_idle"]["figures"])["names"] == ["Offen", "in attesa"]
    assert "statuses_unknown" not in found


def test_what_came_to_nothing_is_told_in_many_words_and_what_awaits_payment_is_named(
    make_base: Callable[..., Any],
) -> None:
    states = ["Annulée par le client", "CHARGED_BACK", "Paiement échoué", "non venu", "Canceled (fraud)"]
    states += ["Annulée partiellement", "partially_refunded", "en_attente_paiement", "pending"]
    rows = "".join(f"c{at},{at},2025-01-0{at},10,{state}\n" for at, state in enumerate(states, start=1))
    plan = f"sources:\n  sales: {{file: sales.csv, table: orders, columns: {{{COLUMNS}}}}}\n"
    base = make_base(plan, {"sales.csv": ORDERS.splitlines()[0] + "\n" + rows})
    base.run()
    assert sorted(key for key, row in base.profile.items() if row["order_count"]) == ["c6", "c7", "c8", "c9"]
    found = [row for row in base.rows("findings.parquet") if row["code"] == "statuses_unknown"]
    names = json.loads(found[0]["figures"])["names"]
    assert names == ["Annulée partiellement", "en_attente_paiement", "pending"]


def test_a_column_of_many_values_is_no_status(make_base: Callable[..., Any]) -> None:
    rows = "".join(f"c{at},{at},2025-01-05,10,note {at}\n" for at in range(60))
    plan = f"sources:\n  sales: {{file: sales.csv, table: orders, columns: {{{COLUMNS}}}}}\n"
    base = make_base(plan, {"sales.csv": ORDERS.splitlines()[0] + "\n" + rows})
    base.run()
    assert all(row["code"] != "statuses_unknown" for row in base.rows("findings.parquet"))


def test_what_may_tell_of_a_person_is_counted_and_not_quoted(make_base: Callable[..., Any]) -> None:
    odd = ("call Zo 0612345678", "zo@secret.example", "ring at the back door please")
    rows = "".join(
        f"c{at},{at},2025-01-0{at},10,{state}\n" for at, state in enumerate((*odd, "odd"), start=1)
    )
    plan = f"sources:\n  sales: {{file: sales.csv, table: orders, columns: {{{COLUMNS}}}}}\n"
    base = make_base(plan, {"sales.csv": ORDERS.splitlines()[0] + "\n" + rows})
    base.run()
    found = {row["code"]: json.loads(row["figures"]) for row in base.rows("findings.parquet")}
    assert (found["statuses_unknown"]["names"], found["statuses_unquoted"]["rows"]) == (["odd"], 3)
    assert not any(each in str(found) for each in odd)


def test_a_status_that_many_share_is_quoted_whatever_its_words_with_what_to_write(
    make_base: Callable[..., Any],
) -> None:
    state = "En attente de virement bancaire"
    plan = f"sources:\n  sales: {{file: sales.csv, table: orders, columns: {{{COLUMNS}}}}}\n"
    for customers, told in ((2, "statuses_unknown"), (1, "statuses_unquoted")):
        rows = "".join(f"c{at % customers},{at},2025-01-05,10,{state}\n" for at in range(12))
        base = make_base(plan, {"sales.csv": ORDERS.splitlines()[0] + "\n" + rows})
        base.run()
        found = {row["code"]: json.loads(row["figures"]) for row in base.rows("findings.parquet")}
        assert found[told]["names"] == ([state] if customers > 1 else [])
        written = f"clean: {{cancelled: \"status = '{state}'\"}}" if customers > 1 else None
        assert found[told].get("written") == written
