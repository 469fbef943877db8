"""The same column is the same yes/no wherever a question is asked of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import vitrail
from vitrail.engine import DuckDB, sql
from vitrail.errors import VitrailError
from vitrail.variables.kpis import compile_kpi, compile_yes_no, find_yes_no

GONE = [n % 3 == 0 for n in range(600)]
WRITTEN: dict[str, tuple[Any, Any]] = {
    "truths": (True, False),
    "numbers": (1, 0),
    "floats": (1.0, 0.0),
    "english": ("Yes", "no"),
    "french": (" Oui", "NON"),
    "letters": ("O", "N"),
    "letter": ("y", "n"),
    "vrai": ("vrai", "Faux"),
    "true": ("TRUE", "false"),
    "digits": ("1", "0"),
}


def frame(way: str) -> pa.Table:
    yes, no = WRITTEN[way]
    months = [n % 24 + 1 for n in range(600)]
    tier = ["gold" if n % 2 else "basic" for n in range(600)]
    gone = [yes if each else no for each in GONE]
    return pa.table(
        {"gone": gone, "months": months, "paid": [10.0 + n % 7 for n in range(600)], "tier": tier}
    )


@pytest.mark.parametrize("way", WRITTEN)
def test_every_question_reads_a_yes_no_alike(way: str) -> None:
    table = frame(way)
    assert vitrail.survival(table, duration="months", left="gone").curve.departures == 200
    assert vitrail.contract_value(table, "months", "gone", "paid").content["leavers"] == 200
    assert vitrail.drivers(table, kpi="gone").drivers.kind == "share"
    for asked in (None, ["gone"]):
        found = vitrail.validate(table, segment="tier", formed_by=[], kpis=asked)
        measures = {each.key: each for each in found.result.measures if "gone" in each.variables}
        assert {key: each.kind for key, each in measures.items()} == {"gone": "yes_no"}
        inside = next(each for each in found.result.comparisons if each.measure == "gone")
        assert inside.mean == pytest.approx(1 / 3)


def test_other_words_are_no_yes_no_and_missing_ones_are_passed_over() -> None:
    table = pa.table(
        {
            "mixed": ["yes", "no", "perhaps"],
            "blank": ["oui", " ", None],
            "empty": pa.array([None, None, None], pa.string()),
            "two": [0, 1, 2],
            "nan": [1.0, float("nan"), 0.0],
        }
    )
    with DuckDB() as engine:
        engine.register("t", table)
        rows = sql("select * from t")
        assert set(find_yes_no(engine, rows, table.column_names)) == {"blank", "nan"}
        assert compile_kpi(engine, "two", rows, "").kind == "mean"
        told = compile_yes_no(engine, "BLANK", rows, "")
        assert [row["x"] for row in engine.records(sql("select $x as x from t", x=told))] == [
            True,
            None,
            None,
        ]
        for name in ("mixed", "empty", "two"):
            with pytest.raises(VitrailError, match=f"`{name}` is no yes/no"):
                compile_yes_no(engine, name, rows, "")


def test_survival_refuses_a_column_that_does_not_say_who_left() -> None:
    table = pa.table({"months": [3, 4, 5], "gone": ["yes", "no", "unsure"]})
    with pytest.raises(VitrailError, match="`gone` is no yes/no"):
        vitrail.survival(table, duration="months", left="gone")
