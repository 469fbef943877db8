"""The demo shop is a real-looking export whose truth is known."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from vitrail.demo import DemoShop, make_shop
from vitrail.errors import StoreError, UsageError
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.plan import load_plan
from vitrail.store import whole_file

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, DemoShop]:
    folder = tmp_path_factory.mktemp("shops")
    return {language: make_shop(folder / language, language=language) for language in ("en", "fr")}


@pytest.fixture(scope="module")
def orders(shops: dict[Language, DemoShop]) -> Rows:
    return read(shops["en"].files[0])


@pytest.fixture(scope="module")
def customers(shops: dict[Language, DemoShop]) -> Rows:
    return read(shops["en"].files[1])


@pytest.fixture(scope="module")
def truth(shops: dict[Language, DemoShop]) -> Rows:
    return read(shops["en"].truth)


def read(file: Path) -> Rows:
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))


def orders_by_customer(orders: Rows) -> dict[str, set[str]]:
    found = defaultdict(set)
    for row in orders:
        if row["Customer number"] and row["Status"] == "paid" and row["Order number"] != "TEST-1":
            found[row["Customer number"]].add(row["Order number"])
    return found


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    first, again = (make_shop(tmp_path / name, customers=300) for name in ("first", "again"))
    other = make_shop(tmp_path / "other", customers=300, seed=7)
    for mine, same, different in zip(first.files, again.files, other.files, strict=True):
        assert mine.read_bytes() == same.read_bytes()
        assert mine.read_bytes() != different.read_bytes()


def test_there_are_three_years_of_orders_in_order_of_time(orders: Rows) -> None:
    times = [row["Order date"] for row in orders]
    assert times == sorted(times)
    assert dt.datetime.fromisoformat(times[0]).date() >= dt.date(2023, 11, 1)
    assert dt.datetime.fromisoformat(times[-1]).date() == dt.date(2026, 10, 31)


def test_a_line_total_is_units_times_price_less_the_discount(orders: Rows) -> None:
    for row in orders:
        expected = Decimal(row["Quantity"]) * Decimal(row["Unit price"]) - Decimal(row["Discount"])
        assert Decimal(row["Line total"]) == expected


def test_a_little_less_than_half_of_the_buyers_bought_once(orders: Rows) -> None:
    counts = [len(numbers) for numbers in orders_by_customer(orders).values()]
    assert 0.42 < sum(count == 1 for count in counts) / len(counts) < 0.50


def test_december_sells_more_than_any_other_month(orders: Rows) -> None:
    lines = Counter(row["Order date"][:7] for row in orders)
    assert max(lines, key=lambda month: lines[month]) == "2025-12"


def test_the_export_has_what_real_exports_have_wrong(orders: Rows, customers: Rows) -> None:
    by_status = Counter(row["Status"] for row in orders)
    assert by_status["cancelled"] > 300 and by_status["returned"] > 500
    assert all(Decimal(row["Quantity"]) < 0 for row in orders if row["Status"] == "returned")
    assert sum(not row["Customer number"] for row in orders) > 500
    assert sum(Decimal(row["Unit price"]) == 0 for row in orders) > 100
    assert sum(count - 1 for count in Counter(tuple(row.values()) for row in orders).values()) > 50
    assert sum(row["Order number"].startswith("TEST") for row in orders) == 1
    assert any("🦋" in row["First name"] for row in customers)


def test_every_return_gives_back_something_sold_before(orders: Rows) -> None:
    sold = {(r["Order number"], r["Product code"]): r for r in orders if r["Status"] == "paid"}
    for row in orders:
        if row["Status"] == "returned":
            original = sold[row["Order number"].removeprefix("R"), row["Product code"]]
            assert -int(row["Quantity"]) <= int(original["Quantity"])
            assert row["Order date"] > original["Order date"]
            assert row["Unit price"] == original["Unit price"]


def test_customers_have_postal_codes_with_leading_zeros_and_invented_addresses(customers: Rows) -> None:
    assert len(customers) == 6000
    assert sum(row["Postal code"].startswith("0") for row in customers) > 300
    assert all(row["E-mail"].rpartition("@")[2].startswith("example.") for row in customers)
    assert len({row["E-mail"] for row in customers}) == len(customers)
    born = [row["Date of birth"] for row in customers if row["Date of birth"]]
    assert 0.8 < len(born) / len(customers) < 0.95
    assert {int(day[:4]) for day in born} <= set(range(1930, 2009))


def test_nobody_orders_before_signing_up_or_without_being_in_the_customer_file(
    orders: Rows, customers: Rows
) -> None:
    signed_up = {row["Customer number"]: row["Sign-up date"] for row in customers}
    for row in orders:
        if row["Customer number"] and row["Order number"] != "TEST-1":
            assert signed_up[row["Customer number"]] <= row["Order date"]


def test_the_truth_tells_types_apart_by_what_they_do(orders: Rows, truth: Rows) -> None:
    counts = orders_by_customer(orders)
    by_type = defaultdict(list)
    for row in truth:
        by_type[row["type"]].append(len(counts.get(row["customer_id"], ())))
    mean = {type_: sum(found) / len(found) for type_, found in by_type.items()}
    assert mean["registered_only"] == 0
    assert mean["passing"] < 1.2 < mean["gift_givers"] < mean["regulars"] < mean["enthusiasts"]


def test_those_who_stopped_do_not_order_again(orders: Rows, truth: Rows) -> None:
    stopped = {row["customer_id"]: row["stopped_on"] for row in truth if row["stopped_on"]}
    for row in orders:
        if row["Status"] == "paid" and row["Customer number"] in stopped:
            assert row["Order date"][:10] <= stopped[row["Customer number"]]


def test_the_french_files_are_written_as_excel_writes_them_there(shops: dict[Language, DemoShop]) -> None:
    orders, customers = (file.read_bytes() for file in shops["fr"].files)
    lines = orders.decode("cp1252").split("\r\n")
    assert lines[0].startswith("Export des commandes") and lines[1] == ""
    assert lines[2].startswith("N° commande;Date de commande;N° client;")
    assert '"01/11/2023' in lines[3] and '"17,10"' in lines[3]
    assert b"\n" not in orders.replace(b"\r\n", b"")
    assert "Zoé ?" in customers.decode("cp1252")


def test_both_languages_tell_of_the_same_people_and_money(shops: dict[Language, DemoShop]) -> None:
    assert shops["en"].truth.read_bytes() == shops["fr"].truth.read_bytes()
    french = shops["fr"].files[0].read_bytes().decode("cp1252").split("\r\n", 2)[2]
    rows = list(csv.DictReader(io.StringIO(french, newline=""), delimiter=";"))
    english = read(shops["en"].files[0])
    assert [row["Montant"].replace(",", ".") for row in rows] == [row["Line total"] for row in english]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_plan_names_every_column_of_the_files(
    shops: dict[Language, DemoShop], language: Language
) -> None:
    shop = shops[language]
    plan = load_plan(shop.plan)
    assert plan.language == language
    encoding = "cp1252" if language == "fr" else "utf-8"
    for source, file in zip(plan.sources.values(), shop.files, strict=True):
        assert source.file == file.name
        header = file.read_text(encoding=encoding).splitlines()[(source.header_line or 1) - 1]
        assert header.split(";" if language == "fr" else ",") == list(source.columns.values())


def test_both_plans_say_the_same(shops: dict[Language, DemoShop]) -> None:
    english, french = (load_plan(shops[language].plan) for language in ("en", "fr"))
    assert english.variables == french.variables
    assert english.segmentations == french.segmentations
    assert english.strategies.keys() == french.strategies.keys()
    for mine, theirs in zip(english.sources.values(), french.sources.values(), strict=True):
        assert mine.columns.keys() == theirs.columns.keys()


def test_making_it_twice_in_one_folder_is_fine(tmp_path: Path) -> None:
    assert make_shop(tmp_path, customers=50) == make_shop(tmp_path, customers=50)


def test_what_a_person_wrote_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "vitrail.yml").write_text("name: mine", encoding="utf-8")
    with pytest.raises(StoreError, match=r"vitrail\.yml"):
        make_shop(tmp_path, customers=50)
    assert [file.name for file in tmp_path.iterdir()] == ["vitrail.yml"]


def test_a_shop_that_finds_no_room_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(target: Path) -> Any:
        if target.name == "vitrail.yml":
            raise StoreError(Finding("disk_full", "error"))
        return whole_file(target)

    monkeypatch.setattr("vitrail.demo.shop.whole_file", fill)
    for folder in ("new/deep", "new"):
        with pytest.raises(StoreError, match="full"):
            make_shop(tmp_path / folder, customers=1)
    assert list(tmp_path.iterdir()) == []


def test_one_customer_is_a_shop_too(tmp_path: Path) -> None:
    assert len(read(make_shop(tmp_path, customers=1).files[1])) == 1


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"customers": 100_000}, {"seed": -1}])
def test_a_shop_that_cannot_be_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        make_shop(tmp_path / "shop", **wrong)
    assert not (tmp_path / "shop").exists()
