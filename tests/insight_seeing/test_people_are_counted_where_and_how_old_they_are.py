"""Ages, genders and places: nobody is lost, what cannot be believed is left out and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from vitrail.engine import DuckDB, sql
from vitrail.insight.ages import AgesResult, analyse_ages
from vitrail.insight.departments import DEPARTMENTS
from vitrail.insight.regions import RegionsResult, analyse_regions, department
from vitrail.plan.pictures import AgesSpec, RegionsSpec

NOON = dt.datetime(2025, 3, 1, 12)


def ages_of(base: Any, **options: Any) -> AgesResult:
    result, _ = analyse_ages(base.engine, AgesSpec(**options), base.groups)
    assert result is not None
    return result


def people(make_tables: Callable[..., Any], parts: list[Any], **profile: list[Any]) -> Any:
    return make_tables([("c0", NOON, 5.0, None)], {f"c{n}": part for n, part in enumerate(parts)}, **profile)


def test_everyone_is_in_one_band_or_counted_out(make_tables: Callable[..., Any]) -> None:
    base = people(
        make_tables,
        ["a", "a", "a", "b", "b", "b", "b"],
        age_years=[34, 39, 40, 5, 115, None, None],
        birth_date=[dt.date(1990, 1, 1)] * 5 + [dt.date(1850, 1, 1), None],
        gender=["Mme", "M.", "F", "female", "h", None, "x"],
    )
    result = ages_of(base)
    whole = result.totals[0]
    assert {name: whole[name] for name in ("customers", "known", "missing", "left_out", "median")} == {
        "customers": 7, "known": 3, "missing": 1, "left_out": 3, "median": 39.0,
    }  # fmt: skip
    bands = {
        (row["band"], row["gender"]): row["customers"]
        for row in result.rows
        if row["segment"] is None and row["customers"]
    }
    assert bands == {
        ("30-39", "woman"): 1, ("30-39", "man"): 1, ("40-49", "woman"): 1,
        (None, "woman"): 1, (None, "man"): 1, (None, "unknown"): 1, (None, "other"): 1,
    }  # fmt: skip
    for segment in (None, "a", "b"):
        rows = sum(row["customers"] for row in result.rows if row["segment"] == segment)
        assert rows == next(each["customers"] for each in result.totals if each["segment"] == segment)


def test_mistakes_and_default_dates_are_said(make_tables: Callable[..., Any]) -> None:
    base = people(
        make_tables, ["a"] * 30, age_years=[55] * 25 + [30, 31, 32, 33, 2],
        birth_date=[dt.date(1970, 1, 1)] * 25 + [dt.date(1995, 5, day) for day in range(1, 6)],
    )  # fmt: skip
    _, findings = analyse_ages(base.engine, AgesSpec(), base.groups)
    assert [(each.code, each.figures["customers"]) for each in findings] == [
        ("ages_left_out", 1), ("ages_repeated", 25),
    ]  # fmt: skip


def test_bands_that_the_data_write_keep_their_order(make_tables: Callable[..., Any]) -> None:
    base = people(make_tables, ["a"] * 5, age=["65+", "25-34", "5-9", "unknown", None])
    result = ages_of(base)
    assert [row["band"] for row in result.rows if row["segment"] is None] == [
        "5-9",
        "25-34",
        "65+",
        "unknown",
        None,
    ]
    assert (result.totals[0]["known"], result.totals[0]["median"]) == (4, None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mme", "woman"), (" F ", "woman"), ("Mlle", "woman"), ("Mr.", "man"), ("HOMME", "man"), ("M", "man"),
        ("non-binary", "other"), ("", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_genders_and_titles_are_read(make_tables: Callable[..., Any], written: Any, expected: str) -> None:
    base = people(make_tables, ["a", "a"], age_years=[30, 30], gender=["F", written])
    counted = {row["gender"]: row["customers"] for row in ages_of(base).rows if row["segment"] is None}
    assert counted[expected] == (2 if expected == "woman" else 1)


def test_no_age_no_picture(make_tables: Callable[..., Any]) -> None:
    base = people(make_tables, ["a"], age_years=[None])
    assert analyse_ages(base.engine, AgesSpec(), base.groups) == (None, ())


@pytest.mark.parametrize(
    ("code", "country", "expected"),
    [
        ("75011", "France", "75"), ("1000", "FR", "01"), ("01000", "fr", "01"), ("33000", None, "33"),
        ("20000", "France", "2A"), ("20137", "France", "2A"), ("20200", "France", "2B"),
        ("20600", "France", "2B"), ("97400", "France", "974"), ("98800", "France", "988"),
        ("75 011", "France", "75"), ("F-69003", "France", "69"), ("69003", "Belgium", None),
        ("96000", "France", None), ("00100", "France", None), ("97999", "France", None),
        ("ABC", "France", None), (None, "France", None),
    ],
)  # fmt: skip
def test_french_postal_codes_give_the_department(code: Any, country: Any, expected: Any) -> None:
    with DuckDB() as engine:
        row = sql(
            "select $code::varchar as postal_code, $country::varchar as country", code=code, country=country
        )
        engine.create("people", row)
        has = {"postal_code": "VARCHAR", "country": "VARCHAR"}
        (found,) = engine.records(sql("select $d as d from people", d=department(has, "FR")))
    assert found["d"] == expected
    assert expected is None or expected in DEPARTMENTS


def test_there_are_a_hundred_and_one_departments_and_the_territories() -> None:
    assert len([code for code in DEPARTMENTS if not code.startswith(("975", "977", "978", "98"))]) == 101


def places_of(base: Any, **options: Any) -> RegionsResult:
    result, _ = analyse_regions(base.engine, RegionsSpec(**options), base.groups)
    assert result is not None
    return result


def test_places_add_up_and_abroad_is_a_place_of_its_own(make_tables: Callable[..., Any]) -> None:
    base = people(
        make_tables,
        ["a", "a", "a", "b", "b", "b"],
        postal_code=["75001", "75002", "69001", "69002", None, "1000"],
        country=["France", "France", "France", "FR", "France", "Belgium"],
        total_amount=[10, 20, 30, 40, 50, 60],
    )
    result = places_of(base)
    assert result.of == "department" and (result.customers, result.known, result.places) == (6, 5, 3)
    whole = {row["place"]: row for row in result.rows if row["segment"] is None}
    assert {place: row["customers"] for place, row in whole.items()} == {
        "69": 2,
        "75": 2,
        "Belgium": 1,
        None: 1,
    }
    assert whole["75"]["name"] == "Paris" and float(whole["75"]["revenue"]) == 30
    assert sum(row["share"] for row in whole.values() if row["share"] is not None) == pytest.approx(1)
    for place in ("69", "75", "Belgium", None):
        parts = [row["customers"] for row in result.rows if row["segment"] and row["place"] == place]
        assert sum(parts) == whole[place]["customers"]


def test_smaller_places_go_together_but_never_one_alone(make_tables: Callable[..., Any]) -> None:
    base = people(make_tables, ["a"] * 6, region=["x", "x", "y", "y", "z", "other"])
    whole = [
        (row["kind"], row["place"], row["customers"])
        for row in places_of(base, most=2).rows
        if row["segment"] is None
    ]
    assert whole == [("place", "x", 2), ("place", "y", 2), ("other", None, 2)]
    kinds = [row["kind"] for row in places_of(base, most=3).rows if row["segment"] is None]
    assert kinds == ["place"] * 4


def test_one_place_is_no_picture(make_tables: Callable[..., Any]) -> None:
    base = people(make_tables, ["a", "b"], country=["France", None])
    assert analyse_regions(base.engine, RegionsSpec(), base.groups) == (None, ())
