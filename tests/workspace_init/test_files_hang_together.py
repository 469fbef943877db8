"""Files given together are joined by the values that they share, and a folder may hold different things."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from vitrail.plan import Plan, load_plan
from vitrail.workspace.init import InitResult, init_workspace

ORDERS = "order_id;date;customer_id;total\n" + "".join(
    f"F{n};2024-01-{n:02d};000{n % 5 + 11};{n}.50\n" for n in range(1, 21)
)
LINES = "order_id;sku;qty;unit price\n" + "".join(f" f{n} ;S{n % 3};2;{n % 3 + 1}.00\n" for n in range(1, 21))
DATED = "order_id;date;customer_id\n" + "".join(f"F{n};2024-01-{n:02d};C{n % 5}\n" for n in range(1, 21))
PAYMENTS = "order_id;seq;amount\n" + "".join(f"F{n};{s};{n}.00\n" for n in range(1, 21) for s in (1, 2))
REQUESTS = DATED.replace("order_id", "Ticket ID").replace("F", "T").replace("customer_id", "Client")
PEOPLE = "customer_id;name;city\n" + "".join(f"{n + 11};Ann {n};Lyon\n" for n in range(5))
FIRMS = "Record ID;Company name;City\n" + "".join(f"000{n + 11};Firm {n};Lyon\n" for n in range(5))
CONTACTS = "Email;First Name;Company\n" + "".join(f"a{n}@x.example;Ann;000{n % 5 + 11}\n" for n in range(10))
REFUNDS = "refund_id;order_id;refunded_at;refund_amount\nR1;F3;2024-02-03;1.50\nR2;F4;2024-02-04;2.25\n"
JOINED = "customer_id;name;registered_on\n" + "".join(
    f"{n % 5 + 11};Ann;2023-05-{n + 10}\n" for n in range(8)
)
AVOIRS = "N° avoir;Date avoir;Code client;Montant avoir\nA1;02/02/2024;00011;4,50\nA2;13/02/2024;00012;3,25\n"
MONTH = "Client;Date;Facture;Montant HT\n" + "".join(f"C{n};0{n}/01/2024;F{n};10,50\n" for n in range(1, 9))
LATER = MONTH.replace("Date", "Date facture").replace("F", "G").replace("Montant HT", "Montant TTC")


def init(folder: Path, *names: str, **files: str) -> tuple[InitResult, Plan]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    result = init_workspace(folder, [folder / name for name in names or (f"{each}.csv" for each in files)])
    return result, load_plan(result.plan)


@pytest.mark.parametrize(
    ("files", "columns", "read"),
    [
        pytest.param(
            {"orders": ORDERS, "people": PEOPLE},
            {"orders": {"customer_id": "customer_id"}, "people": {"customer_id": "customer_id"}},
            {"orders": {"customer_id": "code"}, "people": {"customer_id": "code"}},
            id="zeros that one file lost",
        ),
        pytest.param(
            {"orders": DATED, "lines": LINES},
            {"orders": {"order_id": "order_id"}, "lines": {"order_id": "order_id", "product_id": "sku"}},
            {"orders": {"order_id": "code"}, "lines": {"order_id": "code"}},
            id="capitals and spaces",
        ),
        pytest.param(
            {"orders": DATED, "payments": PAYMENTS},
            {"orders": {"order_id": "order_id"}, "payments": {"order_id": "order_id", "amount": "amount"}},
            {"orders": {}, "payments": {}},
            id="money that only payments tell",
        ),
        pytest.param(
            {"orders": ORDERS, "payments": PAYMENTS},
            {"orders": {"amount": "total"}},
            {"orders": {}},
            id="payments beside the orders' money",
        ),
        pytest.param(
            {"orders": ORDERS, "requests": REQUESTS},
            {"orders": {"amount": "total"}},
            {"orders": {}},
            id="requests for help beside the orders",
        ),
        pytest.param(
            {"orders": ORDERS, "lines": LINES.replace("f", "g").replace(" g1 ", "F1").replace(" g2 ", "F2")},
            {"orders": {"amount": "total"}},
            {"orders": {}},
            id="lines of another shop, of whose numbers a few are the same",
        ),
        pytest.param(
            {"orders": ORDERS, "people": JOINED},
            {"orders": {"customer_id": "customer_id"}, "people": {"customer_id": "customer_id"}},
            {"orders": {"customer_id": "code"}, "people": {"customer_id": "code"}},
            id="a register in which customers have two rows",
        ),
        pytest.param(
            {"orders": ORDERS, "avoirs": AVOIRS},
            {
                "orders": {"amount": "total"},
                "avoirs": {
                    "customer_id": "Code client",
                    "ordered_at": "Date avoir",
                    "amount": "Montant avoir",
                },
            },
            {"orders": {}, "avoirs": {}},
            id="credit notes whose columns all say so",
        ),
        pytest.param(
            {"orders": ORDERS, "refunds": REFUNDS, "people": PEOPLE.replace(";1", ";0001")},
            {
                "orders": {"amount": "total"},
                "refunds": {"order_id": "order_id", "ordered_at": "refunded_at", "amount": "refund_amount"},
                "people": {"customer_id": "customer_id"},
            },
            {"orders": {"customer_id": "code"}, "refunds": {}, "people": {"customer_id": "code"}},
            id="refunds that name orders and nobody",
        ),
        pytest.param(
            {"orders": ORDERS, "contacts": CONTACTS, "firms": FIRMS},
            {"orders": {"customer_id": "customer_id"}, "firms": {"customer_id": "Record ID"}},
            {"orders": {}, "firms": {}},
            id="the register that the orders know",
        ),
    ],
)
def test_files_are_joined_by_what_they_share(
    tmp_path: Path,
    files: dict[str, str],
    columns: dict[str, dict[str, str]],
    read: dict[str, dict[str, str]],
) -> None:
    _, plan = init(tmp_path, **files)
    assert plan.sources.keys() == columns.keys()
    for name, expected in columns.items():
        assert expected.items() <= plan.sources[name].columns.items()
        told = {key: each for key, each in plan.sources[name].read.items() if each == "code"}
        assert told == read[name]


TILL = "ticket;date;customer_id;total;till\n" + "".join(
    f"T{n};2024-02-{n:02d};{n % 5 + 11};{n}.50;Lyon\n" for n in range(1, 21)
)
CAPITALS = ORDERS + "G1;2024-01-21;VIP;9.50\nG2;2024-01-22;vip;9.50\n"
PADDED = "customer_id;name\n" + "".join(f"{n:03};Ann {n}\n" for n in range(95, 115))
STRIPPED = "order_id;date;customer_id;total\n" + "".join(
    f"F{n};2024-01-{n - 90:02d};{n};9.50\n" for n in range(95, 115)
)
FLOATS = STRIPPED.replace(";9.50", ".0;9.50") + "G1;2024-01-21;nan;9.50\n"
TWINS = PEOPLE + "011;Eve;Lyon\n"
NUMBERED = "customer_id;name\n" + "".join(f"{n};Ann {n}\n" for n in range(11, 1511)) + "011;Eve\n"


@pytest.mark.parametrize(
    ("files", "read", "said"),
    [
        pytest.param({"orders": ORDERS, "till": TILL}, "code", set(), id="two files of sales"),
        pytest.param(
            {"orders_1": ORDERS, "orders_2": ORDERS.replace("000", "")},
            "code",
            set(),
            id="a source of two files",
        ),
        pytest.param(
            {"orders": STRIPPED, "people": PADDED}, "code", set(), id="those from 100 on join as text"
        ),
        pytest.param(
            {"orders": ORDERS.replace(";000", ";'000"), "people": PEOPLE}, "code", set(), id="an apostrophe"
        ),
        pytest.param({"orders": FLOATS}, "code", set(), id="floats, and a word for nobody"),
        pytest.param({"orders": CAPITALS}, None, {"init_codes_alike"}, id="one file has both"),
        pytest.param(
            {"orders": CAPITALS, "people": PEOPLE + "VIP;Eve;Lyon\n"},
            "code",
            set(),
            id="the register knows one",
        ),
        pytest.param(
            {"orders": ORDERS, "people": TWINS}, None, {"init_codes_collide"}, id="the register knows both"
        ),
        pytest.param(
            {"orders": ORDERS, "people": NUMBERED},
            "code",
            {"init_codes_merged"},
            id="of few the register knows both",
        ),
    ],
)
def test_codes_written_in_several_ways_are_one_where_files_tell(
    tmp_path: Path, files: dict[str, str], read: str | None, said: set[str]
) -> None:
    result, plan = init(tmp_path, **files)
    assert {source.read.get("customer_id") for source in plan.sources.values()} == {read}
    assert {each.code for each in result.findings if each.code.startswith("init_codes")} == said


def test_a_folder_of_different_things_is_several_sources(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("Do not touch.\n", encoding="utf-8")
    result, plan = init(tmp_path, "data", **{"data/orders": ORDERS, "data/people": PEOPLE})
    assert {each.table for each in plan.sources.values()} == {"orders", "customers"}
    assert [each.figures["file"] for each in result.findings if each.code == "init_left_out"] == [
        "data/notes.txt"
    ]


def test_files_that_rename_what_matters_are_a_source_each(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    result, plan = init(tmp_path, "m", **{"m/2024-01": MONTH, "m/2024-02": MONTH, "m/2024-03": LATER})
    amounts = [(each.file, each.columns["amount"]) for each in plan.sources.values()]
    assert amounts == [
        (["m/2024-01.csv", "m/2024-02.csv"], "Montant HT"),
        ("m/2024-03.csv", "Montant TTC"),
    ]
    without = next(each for each in result.guesses if each.columns["amount"].source == "Montant HT")
    assert without.columns["amount"].reason.code == "guess_without_tax"


def test_accents_are_the_same_however_they_are_encoded(tmp_path: Path) -> None:
    apart = unicodedata.normalize("NFD", "Numéro client")
    _, plan = init(tmp_path, orders=ORDERS.replace("customer_id", apart))
    assert plan.sources["orders"].columns["customer_id"] == unicodedata.normalize("NFC", apart)


def test_a_register_that_counts_purchases_is_told_by_the_orders(tmp_path: Path) -> None:
    people = "id;Email;Created;Total spent\n" + "".join(
        f"cus_{n};a{n}@x.example;2023-0{n + 1}-02;{n}0.50\n" for n in range(5)
    )
    begun = "id;Customer ID;Created;Amount;Status;Current Period Start\n" + "".join(
        f"sub_{n};cus_{n};2023-0{n + 1}-02;49.00;active;2024-01-0{n + 1}\n" for n in range(5)
    )
    invoices = DATED.replace("C", "cus_").replace("customer_id\n", "customer_id;total\n")
    invoices = "\n".join(
        line if "total" in line or not line else f"{line};9.50" for line in invoices.split("\n")
    )
    result, plan = init(tmp_path, people=people, begun=begun, invoices=invoices)
    assert {name: each.table for name, each in plan.sources.items()} == {
        "people": "customers",
        "invoices": "orders",
    }
    assert [each.place for each in result.findings if each.code == "init_subscriptions_left_out"] == ["begun"]
