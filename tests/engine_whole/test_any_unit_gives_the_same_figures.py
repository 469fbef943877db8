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
from vitrail.statistics.means import mean_interval
from vitrail.statistics.welch import Moments, estimate_difference

FAR = (1e-150, 1e-5, 1e25, 1e155)
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


@pytest.mark.parametrize("scale", FAR)
def test_drivers_rank_the_same_and_show_each_level_in_its_unit(scale):
    found, plain = (vitrail.drivers(frame_of(each), "total_amount").drivers for each in (scale, 1.0))
    assert [(each.variable, each.separation) for each in found.ranked] == [
        (each.variable, each.separation) for each in plain.ranked
    ]
    for level, same in zip(found.ranked[0].levels, plain.ranked[0].levels, strict=True):
        told = (level.figure, level.figure_low, level.figure_high)
        assert told == pytest.approx(
            tuple(scale * figure for figure in (same.figure, same.figure_low, same.figure_high)), rel=1e-9
        )
        mean = KPI["abc".index(level.value) == GROUP].mean()
        assert level.figure == pytest.approx(mean * scale, rel=1e-9)


@pytest.mark.parametrize("scale", FAR)
@pytest.mark.parametrize("adjust_for", [[], ["paid"]])
def test_a_hypothesis_has_the_same_verdict_in_any_unit(scale, adjust_for):
    def ask(scale):
        frame = frame_of(scale).append_column("paid", pa.array(np.sqrt(KPI) * scale))
        return vitrail.hypothesis(frame, who="kind = 'c'", kpi="total_amount", adjust_for=adjust_for)

    (found,), (plain,) = ask(scale).to_dict(), ask(1.0).to_dict()
    for name in ("verdict", "customers_who", "left_out", "strata", "needed"):
        assert found[name] == plain[name]
    for name in ("p", "p_adjusted", "ratio", "ratio_low", "ratio_high"):
        assert found[name] == pytest.approx(plain[name], rel=1e-6)
    for name in ("value_who", "value_rest", "difference", "low", "high", "smallest"):
        assert found[name] == pytest.approx(plain[name] * scale, rel=1e-9)


@pytest.mark.parametrize("scale", FAR)
def test_differences_and_means_have_their_intervals_in_any_unit(scale):
    def sums(values):
        exact = [Fraction(float(value)) for value in values]
        return Moments(len(exact), sum(exact), sum(value * value for value in exact))

    sides = [sums(KPI[group == GROUP][:40] * each) for each in (scale, 1.0) for group in (0, 1)]
    found, plain = estimate_difference(*sides[:2]), estimate_difference(*sides[2:])
    assert found.p == pytest.approx(plain.p, rel=1e-9)
    for name in ("value", "low", "high"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name) * scale, rel=1e-9)
    figures = tuple(figure * scale for figure in mean_interval(sides[2]))
    assert mean_interval(sides[0]) == pytest.approx(figures, rel=1e-9)


@pytest.mark.parametrize("scale", FAR)
def test_microsegments_find_the_same(scale):
    found, same = (vitrail.microsegments(frame_of(each), "total_amount").to_dict() for each in (scale, 1.0))
    assert found["value"] == pytest.approx(same["value"] * scale, rel=1e-9)
    assert len(found["groups"]) == len(same["groups"]) > 0
    for one, other in zip(found["groups"], same["groups"], strict=True):
        assert one["p_adjusted"] == pytest.approx(other["p_adjusted"], rel=1e-6)
        assert one["difference"] == pytest.approx(other["difference"] * scale, rel=1e-9)
        assert (one["revenue"] is None) == (scale > 1e24)  # no sum of money


@pytest.mark.parametrize("scale", FAR)
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
    assert (described["revenue"] is None) == (scale > 1e34)  # no sum of money
    assert compared.value == pytest.approx(mean, rel=1e-9)
    assert compared.low < compared.value < compared.high
