"""What is written once for the rows below is taken from above, where the blanks of a file say that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from vitrail.plan import load_plan
from vitrail.workspace.init import init_workspace

_HEAD = (
    "Order Reference,Order Date,Customer,Customer/Email,Total,Lines/Product,Lines/Quantity,Lines/Subtotal\n"
)
_DAYS = range(1, 13)
_ORDERS = "".join(
    f"S{n:03d},2024-01-{n:02d} 10:00:00,Ann {n % 4},{'' if n % 5 == 0 else f'a{n % 4}@x.example'},9,Cup,1,4\n"
    ",,,,,Pen,2,5\n"
    for n in _DAYS
)
_DAILY = "".join(f"{n:02d}/01/2024,Ann,Cup,{n}.50\n,Bob,Pen,{n}.25\n" for n in _DAYS)
_NESTED = "".join(f"{n:02d}/01/2024,Ann,Cup,{n}.50\n,,Pen,{n}.25\n,Bob,Pen,2.25\n" for n in _DAYS)
_PEOPLE = "".join(f"Ann {n},2024-01-{n:02d},{n}.50\n,2024-02-{n:02d},{n}.25\n" for n in _DAYS)
_UNPAID = "".join(f"F{n},Ann {n % 4},{'' if n % 2 else f'2024-02-{n:02d}'},{n}.50\n" for n in _DAYS)
_MONTHS = "".join(
    f"F{n},{n:02d}/01/2024,C1,Vente,{n}.50\nG{n},{n:02d}/01/2024,C2,Vente,{n}.00\n,,,{{}} {n},{2 * n}.50\n"
    for n in _DAYS
)
_TICKETS = "".join(f"{n},2024-01-{n:02d},{'' if n % 2 else f'Ann {n}'},{n}.50\n" for n in _DAYS)


@pytest.mark.parametrize(
    ("text", "filled", "said"),
    [
        pytest.param(
            _HEAD + _ORDERS,
            ["Order Reference", "Order Date", "Customer", "Total", "Customer/Email"],
            "guess_grouped",
            id="orders over their lines",
        ),
        pytest.param("Date,Client,Article,Montant\n" + _DAILY, ["Date"], "guess_maybe_grouped", id="a day"),
        pytest.param(
            "Date,Client,Article,Montant\n" + _NESTED,
            ["Date", "Client"],
            "guess_grouped",
            id="days and people",
        ),
        pytest.param("Client,Date,Montant\n" + _PEOPLE, [], "guess_groups_left", id="people, each row dated"),
        pytest.param(
            "Pièce,Date,Client,Libellé,TTC\n" + _MONTHS.format(*["Total"] * 12), [], None, id="totals"
        ),
        pytest.param("Pièce,Date,Client,Libellé,TTC\n" + _MONTHS.format(*["Mois"] * 12), [], None, id="sums"),
        pytest.param("Facture,Client,Date,Montant\n" + _UNPAID, [], None, id="days that are not known"),
        pytest.param("Ticket,Date,Client,Montant\n" + _TICKETS, [], None, id="customers who are not known"),
    ],
)
def test_groups(tmp_path: Path, text: str, filled: list[str], said: str | None) -> None:
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    result = init_workspace(tmp_path, [tmp_path / "sales.csv"])
    (source,) = load_plan(result.plan).sources.values()
    assert source.fill_down == filled
    assert {each.code for each in result.findings if "group" in each.code} == ({said} if said else set())
