"""A figure told in tiny or in huge units is the same figure: nothing is rounded away, nothing overflows."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.engine import DuckDB, choose_whole, column, sql
from vitrail.insight.comparison import prepare_comparison
from vitrail.insight.description import describe_segments
from vitrail.plan import ComparisonSpec, MeasureSpec, RulesSpec
from vitrail.segments import apply_segmentations, compile_segmentations

SCALES = (1e-40, 1e-5, 1e12, 1e25)
SIZE = 1200
GROUP = np.where(np.arange(SIZE) % 10 == 0, 2, np.arange(SIZE) % 2)
KPI = GROUP + np.abs(np.random.default_rng(2).normal(2, 1, SIZE))
RULES = RulesSpec.model_validate(
    {"method": "rules", "segments": {"first": {"when": "kind = 'a'"}, "others": {"otherwise": True}}}
)


def frame_of(scale: float) -> pa.Table:
    return pa.table(
        {
            "customer_id": [f"c{i}" for i in range(SIZE)],
            "kind": np.array(list("abc"))[GROUP],
            "total_amount": KPI * scale,
            "order_count": np.ones(SIZE, dtype=int),
        }
    )


@pytest.mark.parametrize("values", [[3e-5, 1e-5, -2e-5], [7e25, 1e25], [0.0, 0.0], [12.34, 0.1]])
def test_sums_of_whole_numbers_are_those_of_the_values(values):
    whole = choose_whole(min(values), max(values), len(values))
    with DuckDB() as engine:
        engine.register("given", pa.table({"x": pa.array([*values, None], pa.float64())}))
        found = engine.records(
            sql("select sum($x) as s, sum($x::hugeint * $x) as q from given", x=whole.compile(column("x")))
        )[0]
    assert float(whole.read_sum(found["s"])) == pytest.approx(math.fsum(values), rel=1e-12, abs=1e-310)
    exact = sum(Fraction(value) ** 2 for value in values)
    assert whole.read_squares(found["q"]) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("scale", SCALES)
def test_drivers_show_each_level_in_its_unit(scale):
    levels = vitrail.drivers(frame_of(scale), "total_amount", variables=["kind"]).drivers.ranked[0].levels
    for level in levels:
        mean = KPI["abc".index(level.value) == GROUP].mean()
        assert level.figure == pytest.approx(mean * scale, rel=1e-9)
        assert level.figure_low < level.figure < level.figure_high


@pytest.mark.parametrize("scale", SCALES)
def test_hypotheses_and_microsegments_find_the_same(scale):
    claim, plain = (
        vitrail.hypothesis(frame_of(each), who="kind = 'c'", kpi="total_amount").to_dict()
        for each in (scale, 1.0)
    )
    assert [each["verdict"] for each in claim] == [each["verdict"] for each in plain]
    found, same = (vitrail.microsegments(frame_of(each), "total_amount").to_dict() for each in (scale, 1.0))
    assert found["value"] == pytest.approx(same["value"] * scale, rel=1e-9)
    assert len(found["groups"]) == len(same["groups"]) > 0


@pytest.mark.parametrize("scale", SCALES)
def test_segments_are_described_and_compared_in_any_unit(scale):
    with DuckDB() as engine:
        engine.register("given", frame_of(scale))
        engine.create("profile", sql("select * from given"))
        cuts, _ = compile_segmentations(engine, {"kinds": RULES})
        engine.create("segmented", apply_segmentations(cuts, sql("select * from profile")))
        described = describe_segments(engine, cuts, dt.date(2024, 1, 1), "segmented").to_pylist()[0]
        spec = ComparisonSpec(measures={"spent": MeasureSpec(kpi="total_amount")})
        compared = prepare_comparison(engine, spec, cuts, ())().compared[0].segments[0]
    mean = KPI[GROUP == 0].mean() * scale
    assert described["mean_total_amount"] == pytest.approx(mean, rel=1e-9)
    assert described["difference_total_amount_low"] < described["difference_total_amount"] < 0
    assert compared.value == pytest.approx(mean, rel=1e-9)
    assert compared.low < compared.value < compared.high
