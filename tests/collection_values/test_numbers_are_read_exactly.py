"""A number is read exactly as it is written, or it is spoiled."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.collection.values import load_reading

SPACES = {"ordinary": " ", "no-break": "\u00a0", "narrow no-break": "\u202f"}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_french_numbers_are_read_with_all_three_spaces(read, space):
    cells = [f"1{space}234,56", f"1{space}234{space}567,8", f"-1{space}234,56{space}€", f"12,5{space}EUR"]
    expected = [Decimal("1234.56"), Decimal("1234567.8"), Decimal("-1234.56"), Decimal("12.5")]
    for name in ("1 234,56", "1 234,56 €", "1234,56", "1.234,56"):
        assert read(name, cells) == [(value, False) for value in expected], name


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("1234.56", "1,234.56", "1234.56"),
        ("1234.56", "1'234.56", "1234.56"),
        ("1234.56", ".5", "0.5"),
        ("1234.56", "1.5E+3", "1500"),
        ("1,234.56", "$1,234,567.8", "1234567.8"),
        ("1,234.56", "CHF 12.50", "12.5"),
        ("1.234,56", "1.234,56", "1234.56"),
        ("1.234,56", "1.234", "1234"),
        ("1234.56", "1.234", "1.234"),
        ("1234,56", "(12,50)", "-12.5"),
        ("1234,56", "(12,50 €)", "-12.5"),
        ("1234.56", "12.50-", "-12.5"),
        ("$1,234.56", "$ (1,012.50)", "-1012.5"),
        ("cents", "123450", "1234.5"),
        ("cents", "-5", "-0.05"),
        ("1,234.56", "1,234.50 CR", "-1234.5"),
        ("1,234.56", "$1,234.50cr", "-1234.5"),
        ("1,234.56", "1,234.50 DR", "1234.5"),
        ("1234.56", "−3", "-3"),
        ("1234.56", "-$5", "-5"),
        ("1234.56", "$-5", "-5"),
        ("1234.56", "+5", "5"),
        ("12,5 %", "12,5 %", "0.125"),
        ("12.5 %", "100%", "1"),
        ("1234.56", "1.00005", "1.0001"),
        ("1234.56", "-1.00005", "-1.0001"),
        ("1234,56", "-1,00005", "-1.0001"),
        ("1234.56", "99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_a_number_is_what_it_says(read, name, cell, value):
    assert read(name, [cell, f"  {cell} "]) == [(Decimal(value), False)] * 2


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("1,234.56", "12,5"),
        ("1,234.56", "1,23"),
        ("1,234.56", "0,123"),
        ("1,234.56", "1234,567"),
        ("1,234.56", "1,234,56"),
        ("1 234,56", "1 23"),
        ("1 234,56", "12.5"),
        ("1 234,56 €", "12 $"),
        ("1234.56", "1_000"),
        ("1234.56", "0x10"),
        ("1234.56", "inf"),
        ("1234.56", "--5"),
        ("1234.56", "12 %"),
        ("12.5 %", "12.5"),
        ("1234.56", "12abc"),
        ("1234.56", "100000000000000"),
        ("1234.56", "1e30"),
        ("cents", "12.50"),
    ],
)
def test_what_is_not_well_formed_is_spoiled_and_never_guessed(read, name, cell):
    assert read(name, [cell]) == [(None, True)]


def test_missing_marks_are_blank_and_not_spoiled(read):
    marks = ["", "  ", "\u00a0", "NULL", "null", "N/A", "NA", "n/d", "-", "\\N", "nan", "NaN", "None", None]
    assert read("1234.56", marks) == [(None, False)] * len(marks)
    assert read("1 234,56 €", marks) == [(None, False)] * len(marks)


NOTATIONS = {
    "1234.56": ("", "."),
    "1234,56": ("", ","),
    "1,234.56": (",", "."),
    "1.234,56": (".", ","),
    "1 234,56": ("\u202f", ","),
    "1'234.56": ("'", "."),
    "1 234,56 €": ("\u00a0", ","),
    "$1,234.56": (",", "."),
}
money = st.decimals("-99999999999999", "99999999999999", places=4)


@settings(max_examples=40)
@given(st.lists(money, min_size=1, max_size=60), st.sampled_from(sorted(NOTATIONS)))
def test_a_number_written_in_a_notation_is_read_back_exactly(read, values, name):
    group, mark = NOTATIONS[name]
    style = load_reading(name).style
    cells = []
    for value in values:
        digits = f"{abs(value):,.4f}".replace(",", "g").replace(".", mark).replace("g", group)
        digits = f"{style.currency}{digits}" if style.before else digits
        digits = f"{digits} {style.currency}" if style.currency and not style.before else digits
        cells.append(f"-{digits}" if value < 0 else digits)
    assert read(name, cells) == [(value, False) for value in values]
