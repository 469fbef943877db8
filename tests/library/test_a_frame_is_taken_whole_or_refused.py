"""A frame whose columns cannot be told apart, or that holds nothing, is refused at the door, by name."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

import vitrail
from vitrail.collection.files.parquet import read_parquet
from vitrail.errors import DataError, UsageError

X, Y = [1.0, 2.0] * 100, [5.0, 9.0] * 100
DOUBLED = {
    "two cases": pa.table({"X": X, "x": Y, "left": [True, False] * 100}),
    "the same name": pa.Table.from_arrays([pa.array(X), pa.array(Y)], names=["x", "x"]),
    "in pandas": pd.DataFrame([[1.0, 2.0]], columns=["x", "x"]),
}
CALLS = {
    "drivers": lambda frame: vitrail.drivers(frame, "x > 1"),
    "hypothesis": lambda frame: vitrail.hypothesis(frame, who="x > 1", kpi="x"),
    "microsegments": lambda frame: vitrail.microsegments(frame, "x"),
    "survival": lambda frame: vitrail.survival(frame, "x", "left"),
    "contract_value": lambda frame: vitrail.contract_value(frame, "x", "left"),
    "validate": lambda frame: vitrail.validate(frame, "x"),
    "clusters": lambda frame: vitrail.clusters(frame, ["x"], count=2),
    "rfm": vitrail.rfm,
    "cohorts": vitrail.cohorts,
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("frame", DOUBLED)
def test_two_columns_of_one_name_are_never_mixed_up(call, frame):
    with pytest.raises(UsageError) as said:
        CALLS[call](DOUBLED[frame])
    assert said.value.findings[0].code == "frame_doubled_columns"
    assert {"x", "X"} & set(said.value.findings[0].figures["names"])


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("frame", [pa.table({}), pd.DataFrame()], ids=["arrow", "pandas"])
def test_a_frame_without_columns_is_told(call, frame):
    with pytest.raises(UsageError) as said:
        CALLS[call](frame)
    assert [each.code for each in said.value.findings] == ["frame_no_columns"]


@pytest.mark.parametrize(
    "call", ["rfm", "abc", "lifecycle", "profiles", "cohorts", "seasonality", "portfolio"]
)
def test_a_frame_of_orders_without_rows_is_told(call):
    empty = pa.table({"customer_id": ["a"], "ordered_at": [dt.date(2024, 1, 1)], "amount": [1.0]}).slice(0, 0)
    with pytest.raises(DataError) as said:
        getattr(vitrail, call)(empty)
    assert [each.code for each in said.value.findings] == ["no_rows"]


@pytest.mark.parametrize(
    "call", ["drivers", "hypothesis", "microsegments", "survival", "contract_value", "validate"]
)
def test_a_customer_who_comes_twice_is_refused(call):
    """Else one customer, four hundred times, would support a claim; without a name, a row is a customer."""
    left = {"left": [True, False, True, True] * 50}
    frame = pa.table({"x": X, **left, "customer_id": ["c1"] * 200})
    with pytest.raises(UsageError) as said:
        CALLS[call](frame)
    [told] = said.value.findings
    assert told.code == "frame_repeated_customers" and told.figures["keys"] == 1
    if call != "microsegments":
        CALLS[call](frame.drop_columns(["customer_id"]))


@pytest.mark.parametrize(
    "call", ["drivers", "hypothesis", "microsegments", "survival", "contract_value", "validate"]
)
def test_a_language_that_is_none_is_refused_before_any_work(call):
    given = {
        "drivers": ("x > 1",),
        "hypothesis": (),
        "microsegments": ("x",),
        "survival": ("x", "left"),
        "contract_value": ("x", "left"),
        "validate": ("x",),
    }[call]
    named = {"who": "x > 1", "kpi": "x"} if call == "hypothesis" else {}
    with pytest.raises(UsageError) as said:
        getattr(vitrail, call)(pa.table({"x": X}), *given, language="xx", **named)
    assert "`language` cannot be `xx`" in str(said.value)


@pytest.mark.parametrize("wrong", [{"unit": "eons"}, {"at": float("nan")}, {"at": -1}, {"at": float("inf")}])
def test_survival_takes_the_units_and_times_of_a_plan(wrong):
    with pytest.raises(UsageError) as said:
        vitrail.survival(pa.table({"x": X, "left": [True, False] * 100}), "x", "left", **wrong)
    assert f"`{next(iter(wrong))}`" in str(said.value)


def test_a_name_that_no_folder_can_have_is_refused():
    with pytest.raises(UsageError):
        vitrail.open("a\0b")


def test_mixtures_that_cannot_be_imported_are_told_as_absent(monkeypatch):
    from vitrail.segments.clusters import mixtures

    def broken(name):
        raise ImportError("a library below is broken")

    monkeypatch.setattr(mixtures, "import_module", broken)
    with pytest.raises(UsageError) as said:
        mixtures.load_mixtures()
    assert said.value.findings[0].code == "clusters_no_mixtures"


def test_amounts_that_are_words_are_refused_by_name():
    frame = pa.table({"x": X, "left": [True, False] * 100, "fee": ["basic"] * 200})
    with pytest.raises(DataError) as said:
        vitrail.contract_value(frame, "x", "left", "fee")
    assert "`fee`" in str(said.value)


@pytest.mark.parametrize("name", ["", " ", "a\0b"])
def test_a_column_without_a_name_is_refused(name: str) -> None:
    table = pa.table({"customer_id": [1, 2], name: [1, 0]})
    for call in (lambda: vitrail.rfm(table), lambda: vitrail.drivers(table, "customer_id")):
        with pytest.raises(UsageError) as said:
            call()
        assert [each.code for each in said.value.findings] == ["frame_unnamed_columns"]


def test_a_kpi_that_is_no_text_is_refused_by_its_name() -> None:
    with pytest.raises(UsageError) as said:
        vitrail.drivers(pa.table({"customer_id": [1, 2]}), 5)
    assert [(each.code, each.place) for each in said.value.findings] == [("argument_no_text", "kpi")]


def test_kinds_that_the_engine_does_not_read_are_read_all_the_same() -> None:
    """Nanoseconds in a time zone, which pandas 2 makes; wide decimals, half floats, bands of `pandas.cut`."""
    days = pa.array([dt.datetime(2024, 1, day, 23, 30) for day in range(1, 21)])
    plain = pa.table({"customer_id": list("abcde") * 4, "ordered_at": days, "amount": [1.5, 2.5] * 10})
    odd = pa.table(
        {
            "customer_id": plain["customer_id"],
            "ordered_at": days.cast(pa.timestamp("ns")).cast(pa.timestamp("ns", "Europe/Paris")),
            "amount": plain["amount"].cast(pa.float16()),
            "cost": pa.array([1] * 20, pa.decimal256(60, 2)),
        }
    )
    found, same = (vitrail.profiles(each, "2024-02-01").to_arrow() for each in (odd, plain))
    assert found.select(same.column_names).equals(same)
    bands = pd.DataFrame({"months": range(1, 61), "left": [True, False] * 30, "band": pd.cut(range(60), 2)})
    assert set(vitrail.survival(bands, "months", "left", "band").curves) == {"(-0.059, 29.5]", "(29.5, 59]"}


def test_the_row_numbers_of_pandas_are_no_variable(tmp_path) -> None:
    """Of a frame that was filtered or shuffled: with them, the order of the rows would explain customers."""
    frame = pd.DataFrame({"x": X, "y": Y, "left": [True, False] * 100}).sample(frac=1, random_state=1)
    arrow = pa.Table.from_pandas(frame)
    assert "__index_level_0__" in arrow.column_names
    for given in (frame, arrow):
        found = vitrail.drivers(given, "left").to_dict()
        assert found == vitrail.drivers(frame.reset_index(drop=True), "left").to_dict()
    frame.to_parquet(tmp_path / "people.parquet")
    assert read_parquet(tmp_path / "people.parquet", "people.parquet").scan.columns == ("x", "y", "left")


def test_cohorts_of_batches_that_come_once() -> None:
    orders = pa.table({"customer_id": ["a"], "ordered_at": [dt.date(2024, 1, 1)], "amount": [1.0]})
    assert vitrail.cohorts(orders.to_reader(), "2024-02-01").table.cohorts[0].customers == 1


@pytest.mark.parametrize(
    ("name", "frame", "code"),
    [
        ("gaps", pd.DataFrame({"gaps": pd.arrays.SparseArray([0.0, 1.0])}), "frame_mixed_column"),
        ("at", pa.table({"at": pa.array([2**62], pa.timestamp("s"))}), "frame_column_out_of_range"),
    ],
)
def test_a_column_that_cannot_be_read_is_named(name, frame, code) -> None:
    with pytest.raises(UsageError) as said:
        vitrail.rfm(frame)
    assert [(each.code, each.figures["name"]) for each in said.value.findings] == [(code, name)]


def test_the_way_out_that_a_refusal_names_is_one_that_the_function_takes():
    at = [dt.datetime(2025, 1, day) for day in (1, 2)]
    free = pa.table({"customer_id": ["ann", "bob"], "ordered_at": at, "amount": [0.0, 0.0]})
    for segment in (vitrail.abc, vitrail.rfm, vitrail.lifecycle):
        with pytest.raises(DataError) as said:
            segment(free, as_of="2025-02-01")
        assert "clean: {zero_price: keep}" in str(said.value.findings[0])
        assert segment(free, as_of="2025-02-01", clean={"zero_price": "keep"}).customers.num_rows == 2
