"""What was given back takes from the sale, whatever sign it is written with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from vitrail.collection.guessing import RelationEvidence
from vitrail.collection.guessing.credits import CREDITS
from vitrail.collection.values import inspect_columns
from vitrail.engine import DuckDB
from vitrail.workspace.init import init_workspace


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_refunded_amount_is_taken_off_with_a_minus_or_without(
    make_base: Callable[..., Any], sign: str
) -> None:
    columns = "customer_id: who, order_id: no, ordered_at: date, amount: total, refunded_amount: back"
    rows = f"a,1,2025-01-05,10,{sign}10\na,2,2025-01-06,20,{sign}5\nb,3,2025-01-07,30,\n"
    base = make_base(
        f"sources:\n  sales: {{file: s.csv, table: orders, columns: {{{columns}}}}}\n",
        {"s.csv": "who,no,date,total,back\n" + rows},
    )
    base.run()
    told = {key: (row["order_count"], row["total_amount"]) for key, row in base.profile.items()}
    assert told == {"a": (1, Decimal(15)), "b": (1, Decimal(30))}


def test_pieces_that_go_back_for_nothing_are_taken_back_all_the_same(make_base: Callable[..., Any]) -> None:
    columns = "customer_id: who, order_id: no, ordered_at: date, quantity: n, unit_price: price"
    base = make_base(
        f"sources:\n  sales: {{file: s.csv, table: order_lines, refunds: drop, columns: {{{columns}}}}}\n",
        {"s.csv": "who,no,date,n,price\na,1,2025-01-05,2,10\na,2,2025-01-06,-5,0\n"},
    ).run()
    assert base.funnel["cancelled"] == (1, 0) and "zero_price" not in base.funnel


def test_a_refund_of_a_sale_that_its_status_took_out_is_not_taken_off_again(
    make_base: Callable[..., Any],
) -> None:
    columns = "customer_id: who, order_id: no, ordered_at: date, amount: total, status: status"
    rows = "a,1,2025-01-05,10,refunded\na,2,2025-01-06,20,paid\na,3,2025-01-07,-10,paid\n"
    rows += "a,4,2025-01-08,-5,paid\n"
    base = make_base(
        f"sources:\n  sales: {{file: s.csv, table: orders, columns: {{{columns}}}}}\n",
        {"s.csv": "who,no,date,total,status\n" + rows},
    )
    base.run()
    assert (base.profile["a"]["order_count"], base.profile["a"]["total_amount"]) == (1, Decimal(15))


@pytest.mark.parametrize(
    ("refund", "total", "orders", "share"),
    [
        ("2,2025-02-03,-100,paid", 120, 2, 100 / 220),  # of the order called off, so not of order 1
        ("2,2025-02-03,-100,refunded", 120, 2, 100 / 220),  # called off like its order: one loss
        ("9,2025-02-03,-100,paid", 20, 1, 200 / 220),  # of a number of its own: the newest sale that is kept
        ("1,2025-02-03,-20,paid", 100, 2, 120 / 220),  # a part of order 1, so not order 3
        ("4,2025-02-04,30,paid", 150, 3, 100 / 250),  # no refund: the status of order 2 says so alone
    ],
)
def test_a_refund_is_of_the_order_whose_number_it_bears(
    make_base: Callable[..., Any], refund: str, total: int, orders: int, share: float
) -> None:
    columns = "customer_id: who, order_id: no, ordered_at: date, amount: total, status: status"
    rows = f"a,1,2025-01-01,100,paid\na,2,2025-02-02,100,refunded\na,3,2025-02-02,20,paid\na,{refund}\n"
    base = make_base(
        f"sources:\n  sales: {{file: s.csv, table: orders, columns: {{{columns}}}}}\n",
        {"s.csv": "who,no,date,total,status\n" + rows},
    )
    base.run()
    told = base.profile["a"]
    assert (told["total_amount"], told["order_count"]) == (Decimal(total), orders)
    assert told["refund_share"] == pytest.approx(share)


DOCUMENTS = (
    "Type de document,Numéro,Date,Code client,Montant TTC,Mode de paiement\n"
    "Facture,1,2025-01-05,a,10,Chèque\nFacture,2,2025-01-06,a,20,Avoir\n"
    "Facture,3,2025-01-07,b,30,Chèque\nAvoir,4,2025-01-09,b,30,Chèque\nAvoir,5,2025-01-09,a,5,Chèque\n"
)


def test_credit_notes_without_a_minus_are_taken_off_and_undo_their_sale(
    make_base: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "d.csv").write_text(DOCUMENTS)
    plan = init_workspace(tmp_path, [tmp_path / "d.csv"], language="en").plan.read_text()
    assert "credits: type_de_document in ('Avoir')" in plan
    base = make_base(plan[plan.index("sources:") : plan.index("segmentations:")], {"d.csv": DOCUMENTS})
    base.run()
    told = {key: (row["order_count"], row["total_amount"]) for key, row in base.profile.items()}
    assert told["a"] == (2, Decimal(25)) and not told.get("b", (0,))[0]


@pytest.mark.parametrize(
    ("column", "sold", "back", "taken"),
    [
        ("Type de pièce", "Facture client", "Avoir", True),
        ("Transaction type", "Sale", "Refund", True),
        ("Belegart", "Rechnung", "Gutschrift", True),
        ("after_sales_choice", "Exchange", "Refund", False),
        ("subscription_type", "Single ticket", "Abono", False),
        ("type", "Single ticket", "Abono", False),
        ("reason_for_contact", "order", "remboursement", False),
    ],
)
def test_only_a_column_of_document_types_makes_credit_notes_unasked(
    tmp_path: Path, column: str, sold: str, back: str, taken: bool
) -> None:
    rows = "".join(f"{i},2025-01-0{i},c{i % 3},{i}0.50,{back if i > 6 else sold}\n" for i in range(1, 9))
    (tmp_path / "d.csv").write_text(f"order_id,date,customer_id,amount,{column}\n{rows}")
    made = init_workspace(tmp_path, [tmp_path / "d.csv"], language="en").plan.read_text()
    assert ("\n    credits:" in made) is taken
    assert ("to check: do rows with" in made) is not taken and f"in ('{back}')" in made


def test_the_words_of_credit_notes_are_taken_from_all_rows() -> None:
    kinds = ["Facture"] * 50 + ["Avoir", "refund", "Gutschrift"]
    with DuckDB() as engine:
        engine.register("cells", pa.table({"kind": kinds, "worth": [1.0] * len(kinds)}))
        relation = exp.select("*").from_("cells")
        reports = inspect_columns(
            engine, relation, ["kind", "worth"], native={"kind": "VARCHAR", "worth": "DOUBLE"}
        )
        evidence = RelationEvidence(engine, relation, reports, rows=10**9)
        assert evidence.unsigned(["kind"], CREDITS, "worth") == {"kind": ("Avoir", "Gutschrift", "refund")}
