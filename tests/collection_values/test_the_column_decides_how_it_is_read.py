"""How a column is read is decided on the whole column, else by a neighbour, else left open and said."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from importlib import resources

import pyarrow as pa
import pytest

from vitrail import i18n
from vitrail.collection.values import load_reading


def only(report):
    return report.reading.name, report.certain, report.reason.code


def test_what_can_be_read_two_ways_is_left_open_with_both_answers(inspect):
    found = inspect({"day": ["03/04/2025", "05/06/2025"], "weight": ["1.234", "5.678"]})
    assert only(found["day"]) == ("dd/mm/yyyy", False, "reading_open")
    assert [other.name for other in found["day"].alternatives] == ["mm/dd/yyyy"]
    marks = {found["weight"].reading.style.mark, found["weight"].alternatives[0].style.mark}
    assert not found["weight"].certain and marks == {".", ","}


def test_the_whole_column_decides_where_its_first_rows_do_not(inspect):
    many = 60
    found = inspect(
        {
            "european": ["03/04/2025"] * many + ["13/04/2025"],
            "american": ["03/04/2025"] * many + ["04/13/2025"],
        },
        sample_rows=50,
    )
    assert only(found["european"]) == ("dd/mm/yyyy", True, "reading_settled")
    assert only(found["american"]) == ("mm/dd/yyyy", True, "reading_settled")
    found = inspect({"a": ["1.234"] * many + ["1.2"]}, sample_rows=50)
    assert only(found["a"]) == ("1234.56", True, "reading_settled")
    found = inspect({"a": ["1.234"] * many + ["1.234,5"]}, sample_rows=50)
    assert only(found["a"]) == ("1.234,56", True, "reading_settled")


def test_days_written_in_two_ways_are_read_where_each_can_mean_one_day(inspect):
    days = ["2025-01-03", "2025-01-04", "2025-01-05"]
    found = inspect(
        {
            "settled": [*days, "13/04/2025"],
            "timed": ["2025-01-03 10:15", *days[1:], "13/04/2025"],
        }
    )
    assert only(found["settled"]) == ("dd/mm/yyyy", True, "reading_settled") and not found["settled"].spoiled
    assert found["timed"].reading.name == "dd/mm/yyyy hh:mm" and not found["timed"].spoiled
    assert only(inspect({"a": [*days, "03/04/2025"]})["a"]) == ("dd/mm/yyyy", False, "reading_open")
    many = [f"2025-{month:02}-{day:02}" for month in range(1, 9) for day in range(1, 28)]
    slip = inspect({"a": [*many, "13/04/2025"]})["a"]
    assert slip.reading.name == "yyyy-mm-dd" and slip.spoiled == 1


def test_a_column_whose_first_rows_are_empty_is_looked_at_whole(inspect):
    found = inspect({"a": [""] * 60 + ["12,5", "7,25"]}, sample_rows=50)["a"]
    assert only(found) == ("1234,56", True, "reading_settled") and found.whole and found.filled == 2


def test_a_neighbour_decides_what_a_column_cannot(inspect):
    found = inspect(
        {
            "ordered": ["03/04/2025", "05/06/2025"],
            "shipped": ["13/04/2025", "01/06/2025"],
            "weight": ["1.234", "5.678"],
            "price": ["12,50", "1,99"],
        }
    )
    assert only(found["ordered"]) == ("dd/mm/yyyy", True, "reading_neighbour")
    assert found["ordered"].reason.figures["neighbour"] == "shipped"
    assert only(found["weight"]) == ("1.234,56", True, "reading_neighbour")
    assert found["weight"].maximum == 5678


def test_neighbours_that_disagree_decide_nothing(inspect):
    found = inspect({"a": ["03/04/2025"], "b": ["13/04/2025"], "c": ["04/13/2025"]})
    assert not found["a"].certain


def test_the_plan_decides_for_a_column_and_its_neighbours(inspect):
    columns = {"a": ["03/04/2025"], "b": ["05/06/2025"]}
    found = inspect(columns, given={"a": load_reading("mm/dd/yyyy")})
    assert only(found["a"]) == ("mm/dd/yyyy", True, "reading_given")
    assert only(found["b"]) == ("mm/dd/yyyy", True, "reading_neighbour")
    found = inspect({"b": ["05/06/2025"]}, given={"not inspected": load_reading("mm/dd/yyyy")})
    assert list(found) == ["b"] and only(found["b"]) == ("mm/dd/yyyy", True, "reading_neighbour")


def test_a_day_and_month_that_are_equal_leave_nothing_to_ask(inspect):
    assert inspect({"a": ["03/03/2025", "12/12/2024"]})["a"].certain


def test_a_column_that_mixes_both_orders_is_not_certain(inspect):
    report = inspect({"a": ["13/04/2025", "04/13/2025", "04/14/2025"]})["a"]
    assert only(report) == ("mm/dd/yyyy", False, "reading_contradicted") and report.spoiled == 1


def test_mostly_numbers_is_a_number_with_its_spoiled_cells_counted(inspect):
    report = inspect({"a": ["1.5", "2.25", "3", "4", "5", "6", "7", "8", "9", "oops"]})["a"]
    assert (report.reading.kind, report.filled, report.spoiled) == ("number", 10, 1)
    assert [note.code for note in report.notes] == ["values_spoiled"]
    rare = inspect({"a": ["0"] * 500 + ["see note", "gift", "?", "call"]})["a"]
    assert (rare.reading.kind, rare.spoiled) == ("number", 4)


def test_half_numbers_is_text_and_said(inspect):
    report = inspect({"a": ["1.5", "2.25", "3", "x", "y"]})["a"]
    assert only(report) == ("text", False, "reading_doubtful")
    assert report.alternatives[0].kind == "number"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["01000", "75001", "13002"], "reading_leading_zeros"),
        (["4006381333931123456", "1"], "reading_long_digits"),
        (["536365", "C536379", "536381"], "reading_codes"),
        (["85123A", "71053", "22752"], "reading_codes"),
        ([str(12346 + n) for n in range(30)], "reading_codes"),
        (["+33612345678", "+33711223344"], "reading_codes"),
        (["NO", "FR", "SE"], "reading_text"),
        (["NO", "NO"], "reading_text"),
        (["1E5", "2E3", "A1"], "reading_text"),
    ],
)
def test_identifiers_stay_text(inspect, cells, reason):
    assert only(inspect({"a": cells})["a"]) == ("text", True, reason)


@pytest.mark.parametrize(
    ("name", "cells", "reading"),
    [
        ("a", ["12,50 €", "1\u202f200,00 €"], "1 234,56 €"),
        ("a", ["$1,234.50", "$5.25"], "$1,234.56"),
        ("a", ["12 %", "5,5 %"], "1234,56 %"),
        ("a", ["Oui", "non"], "oui/non"),
        ("a", ["2024-01-05 10:11:12 +0100"], "yyyy-mm-dd hh:mm:ss +hh:mm"),
        ("a", ["2024-01-05T10:11:12.123Z"], "yyyy-mm-ddThh:mm:ss.fffZ"),
        ("a", ["3 févr. 2025", "12 mars 2025"], "dd mmmm yyyy"),
        ("a", ["05-MAR-24", "17-DEC-23"], "dd-mmm-yy"),
        ("a", ["Mar-05-24", "Dec-17-23"], "mmm-dd-yy"),
        ("a", ["1/13/2024, 1:05:00 PM"], "mm/dd/yyyy hh:mm:ss am"),
        ("a", ["12/25/10 8:26", "1/2/11 10:00"], "mm/dd/yy hh:mm"),
        ("order_date", ["20250304", "20250401"], "yyyymmdd"),
        ("created_at", ["1700000000", "1710000000"], "unix seconds"),
        ("Date", ["45000.5", "45001.25"], "excel days"),
        ("a", ["5", "12", "7"], "1234.56"),
    ],
)
def test_usual_columns_are_recognised(inspect, name, cells, reading):
    report = inspect({name: cells})[name]
    assert (report.reading.name, report.certain, report.spoiled) == (reading, True, 0)


def test_a_caller_who_knows_the_meaning_gets_that_kind(inspect):
    cells = {
        "id": ["12", "13"],
        "price": ["12", "oops"],
        "on": ["1700000000", "1700000001"],
        "ok": ["1", "0"],
    }
    found = inspect(cells, wanted={"id": "text", "price": "number", "on": "moment", "ok": "boolean"})
    assert [found[name].reading.name for name in cells] == ["text", "1234.56", "unix seconds", "1/0"]
    assert found["price"].spoiled == 1


def test_what_the_numbers_and_days_are_like_is_reported(inspect):
    found = inspect(
        {
            "n": ["1.5", "2.00005", "3.25"],
            "q": ["1", "2", "2"],
            "d": ["1893-01-02", "2199-12-31", "2024-01-01"],
            "m": ["$5", "7 €", "3"],
            "e": ["ada@example.org", "bob@example.com", "carl@example.net"],
            "c": ["France", "Royaume-Uni", "EIRE"],
            "p": ["75001", "01000", "13002"],
        }
    )
    assert (found["n"].rounded, found["n"].minimum, found["n"].maximum) == (
        1,
        Decimal("1.5"),
        Decimal("3.25"),
    )
    assert found["q"].is_integer and not found["q"].unique and found["q"].distinct == 2
    assert (found["d"].minimum, found["d"].maximum) == (dt.date(1893, 1, 2), dt.date(2199, 12, 31))
    assert [note.code for note in found["d"].notes] == ["values_far_days"]
    assert found["m"].currencies == ("EUR", "USD")
    assert found["e"].email_share == 1 and found["e"].unique and found["e"].minimum is None
    assert found["c"].shares["country"] == 1 and found["p"].shares["postal_code_fr"] == 1


def test_native_types_pass_through(inspect, read):
    found = inspect(
        {
            "id": pa.array([12346.0, None, 12347.0]),
            "price": pa.array([1.1, float("nan"), 2.5]),
            "at": pa.array([dt.datetime(2024, 1, 5, 10)] * 3),
            "zoned": pa.array([dt.datetime(2024, 1, 5, 10)] * 3, pa.timestamp("ns", "Europe/Paris")),
            "day": pa.array([20240105, 20240106, 20240107]),
        },
        given={"id": load_reading("text")},
        wanted={"day": "day"},
    )
    assert found["id"].filled == 2 and found["price"].filled == 2 and found["price"].spoiled == 0
    assert read(found["id"].reading, [12346.0, None, 1e5, 1.5], type_=pa.float64()) == [
        ("12346", False),
        (None, False),
        ("100000", False),
        ("1.5", False),
    ]
    assert read(found["price"].reading, [1.1, None, float("inf")], type_=pa.float64()) == [
        (Decimal("1.1"), False),
        (None, False),
        (None, True),
    ]
    assert found["at"].reading.kind == "moment" and found["at"].maximum == dt.datetime(2024, 1, 5, 10)
    assert found["zoned"].maximum == dt.datetime(2024, 1, 5, 10)
    assert found["day"].reading.name == "yyyymmdd" and found["day"].minimum == dt.date(2024, 1, 5)


def test_the_order_of_the_rows_changes_nothing(inspect):
    cells = ["1.234", "x", "12", "3.5", "1,5", "", "NA", "7.25", "8.125", "9"] * 3
    assert inspect({"a": cells})["a"] == inspect({"a": cells[::-1]})["a"]


def test_no_rows_and_empty_columns_are_answered(inspect):
    report = inspect({"a": pa.array([], pa.string())})["a"]
    assert only(report) == ("text", True, "reading_empty") and report.rows == 0
    assert inspect({"a": ["", None, "N/A"]}, wanted={"a": "number"})["a"].filled == 0


def test_every_reason_is_said_in_both_languages():
    figures = dict.fromkeys(("column", "reading", "other", "type", "neighbour"), "x")
    figures |= dict.fromkeys(("cells", "filled", "other_cells", "spoiled"), 2)
    figures |= {"name": "dd/mm", "close": "dd/mm/yyyy", "examples": ["text"]}
    figures |= {"label": {"en": "day", "fr": "jour"}, "rows": 2, "share": 1.0, "options": ["day"]}
    days = {"first": dt.date(1893, 1, 2), "last": dt.date(2024, 1, 5), "names": ["EUR", "USD"]}
    area = resources.files("vitrail.i18n").joinpath("sentences/values.toml").read_text("utf-8")
    for code in tomllib.loads(area):
        for language in ("en", "fr"):
            assert i18n.text(code, language, **figures, **days)


def test_many_columns_are_read_as_few(inspect, monkeypatch):
    columns = {"a": ["x", "y"], "b": ["1,5", "2,5"], "c": ["2024-01-31", ""], "d": ["", ""]}
    columns |= {"e": ["1.234", "2.5"], "f": ["1.234", "7.891"], "g": ["03/04/2025", "13/04/2025"]}
    none = {name: pa.array([], pa.float64()) for name in "ab"}
    together, nothing = inspect(columns), inspect(none)
    monkeypatch.setattr("vitrail.collection.values.survey.MOST_AT_ONCE", 1)
    assert inspect(columns) == together
    assert inspect(none) == nothing
