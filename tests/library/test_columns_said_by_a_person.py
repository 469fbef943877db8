"""`columns=`: what is said wins, what is not said is recognised, what is wrong is refused by name."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import SourceError, UsageError

LINES = pa.table(
    {
        "InvoiceNo": ["1", "1", "2", "3", "3", "3"],
        "Buyer": ["ann", "ann", "bob", "ann", "ann", "ann"],
        "InvoiceDate": [dt.datetime(2025, 1, day) for day in (1, 1, 2, 5, 5, 5)],
        "Worth": [10, 20, 30, 5, 6, 7],
    }
)
SAID = {"customer_id": "Buyer", "ordered_at": "InvoiceDate", "amount": "Worth"}


def test_what_is_not_said_is_recognised() -> None:
    partly = vitrail.profiles(LINES, columns=SAID)
    wholly = vitrail.profiles(LINES, columns={**SAID, "order_id": "InvoiceNo"})
    assert partly.customers.equals(wholly.customers)
    assert partly.customers["order_count"].to_pylist() == [2, 1]
    assert partly.customers["total_amount"].to_pylist() == [48, 30]


def test_what_is_said_wins_over_what_is_recognised() -> None:
    frame = LINES.append_column("CustomerID", pa.array(["x"] * 6))
    found = vitrail.profiles(frame, columns={"customer_id": "Buyer", "amount": "Worth"})
    assert found.customers["customer_id"].to_pylist() == ["ann", "bob"]


def test_a_price_and_a_quantity_make_the_amount() -> None:
    frame = LINES.append_column("Number", pa.array([1, 1, 2, 1, 1, 1])).append_column(
        "Amount", pa.array([999.0, 998, 997, 996, 995, 994])
    )
    said = {"customer_id": "Buyer", "quantity": "Number", "unit_price": "Worth"}
    assert vitrail.profiles(frame, columns=said).customers["total_amount"].to_pylist() == [48, 60]


REDUCED = pa.table(
    {
        "Buyer": ["ann", "ann", "bob"],
        "InvoiceDate": [dt.datetime(2025, 1, day) for day in (1, 2, 3)],
        "Product": ["cup", "mug", "cup"],
        "Quantity": [2, 1, 4],
        "Unit price": [10.0, 20.0, 10.0],
        "Discount": [0.25, 0.0, 0.5],
    }
)


@pytest.mark.parametrize("said", [None, "Quantity * unit_price * (1 - discount)", "10 * quantity - 5"])
def test_an_amount_may_be_computed(said: str | None) -> None:
    columns = {"customer_id": "Buyer"} | ({"amount": said} if said else {})
    found = vitrail.profiles(REDUCED, columns=columns).customers
    assert found["total_amount"].to_pylist() == ([20, 35] if said and said[0] == "1" else [35, 20])


def test_what_cannot_be_computed_is_refused_as_an_argument() -> None:
    for wrong in ("Quantity * Prise", "read_csv('x')", "(select 1)"):
        with pytest.raises(vitrail.VitrailError) as refused:
            vitrail.profiles(REDUCED, columns={"amount": wrong})
        assert {finding.place for finding in refused.value.findings} <= {"columns", "orders"}


def test_wrong_names_are_refused_all_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        vitrail.rfm(LINES, columns={"customr_id": "Buyer", "amount": "Wirth"})
    assert refused.value.message().splitlines() == [
        "columns: `customr_id` is not a column of orders that Vitrail knows; did you mean `customer_id`?",
        "columns: the dataframe has no column `Wirth`; did you mean `Worth`?",
    ]


def test_what_lacks_is_told_as_an_argument() -> None:
    with pytest.raises(SourceError) as refused:
        vitrail.rfm(pa.table({"a": ["x", "y"], "b": ["u", "v"]}))
    assert "vitrail.yml" not in refused.value.message()
    assert "columns={'customer_id': '…'" in refused.value.message()
