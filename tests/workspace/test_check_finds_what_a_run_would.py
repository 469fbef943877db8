"""`vitrail check` finds what would stop a run, in every analysis, and both say all of it at once."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import PlanError, VitrailError

PLAN = """sources:
  orders: {file: orders.parquet, table: orders, columns: {customer_id: c, ordered_at: d, amount: a}}
  people: {file: people.parquet, table: customers, columns: {customer_id: c}}
segmentations: {value: {method: abc}}
"""
FAULTS = """drivers: {d: {kpi: plan}}
hypotheses: {h: {statement: More, who: plan = 'x1', kpi: plan}}
microsegments: {m: {kpi: plan}}
comparison: {measures: {plan: {kpi: plan}}}
cohorts: {k: {by: plan, where: abs(plan) > 1, adopted: ordered_at > 7}}
"""


@pytest.fixture(scope="module")
def base(make_base: Any) -> Any:
    count = 60
    who = [f"c{each:03d}" for each in range(count)]
    people = pa.table({"c": who, "plan": [f"x{each % 5}" for each in range(count)]})
    days = [f"2024-{1 + each % 12:02d}-{1 + each % 28:02d}" for each in range(count)]
    orders = pa.table({"c": who, "d": days, "a": [10.0 + each for each in range(count)]})
    return make_base(PLAN + FAULTS, {"orders.parquet": orders, "people.parquet": people})


@pytest.mark.parametrize("command", ["check", "run"])
def test_every_analysis_is_looked_at_before_any_is_made(base: Any, command: str) -> None:
    with pytest.raises(PlanError) as caught:
        getattr(vitrail.open(base.folder), command)()
    lines = {finding.place for finding in caught.value.findings}
    first = 2 + PLAN.count("\n")
    assert lines == {f"vitrail.yml:{first + each}" for each in range(1, 6)}, caught.value.message()
    codes = [finding.code for finding in caught.value.findings]
    assert codes.count("kpi_not_a_number") == 4


def test_a_variable_that_the_data_do_not_carry_is_told_with_the_column_that_would(make_base: Any) -> None:
    plan = PLAN + "hypotheses: {h: {statement: More, who: usual_channel = 'shop', kpi: emial is null}}\n"
    orders = pa.table({"c": ["a", "b"], "d": ["2024-01-02", "2024-03-04"], "a": [1.0, 2.0]})
    base = make_base(plan, {"orders.parquet": orders, "people.parquet": orders.select(["c"])})
    with pytest.raises(PlanError) as caught:
        vitrail.open(base.folder).check()
    absent, slip = caught.value.findings
    assert (absent.code, absent.figures["columns"]) == ("expression_absent", ["channel"])
    assert slip.code.startswith("expression_unknown_column")


@pytest.mark.parametrize(
    "block",
    [
        "variables: {big: {family: needs, of: orders, value: sum(amount * amount * amount)}}\n",
        "segmentations: {cut: {method: rules, segments: {a: {when: cube > 3}, b: {otherwise: true}}}}\n",
    ],
)
def test_a_number_too_great_to_be_held_is_told_at_its_line(make_base: Any, block: str) -> None:
    plan = PLAN.replace("segmentations: {value: {method: abc}}\n", "")
    block = block.replace("cube", "total_amount * total_amount * total_amount")
    orders = pa.table({"c": ["a", "b"], "d": ["2024-01-02", "2024-03-04"], "a": ["40000000000000", "1"]})
    base = make_base(plan + block, {"orders.parquet": orders, "people.parquet": orders.select(["c"])})
    with pytest.raises(VitrailError) as caught:
        vitrail.open(base.folder).check()
    [finding] = caught.value.findings
    assert (finding.code, finding.place) == ("value_too_great", f"vitrail.yml:{3 + plan.count(chr(10))}")


def test_check_tells_money_in_the_currency_of_the_plan_and_empty_rules_as_a_run_does(make_base: Any) -> None:
    plan = (
        "currency: EUR\nsources:\n  orders: {file: orders.parquet, table: orders,"
        " columns: {customer_id: c, ordered_at: d, amount: a}, refunds: net}\n"
        "segmentations:\n  value: {method: abc}\n"
        "  own: {method: rules, segments: {late: {when: recency_days > 999}, rest: {otherwise: true}}}\n"
    )
    days = ["2024-01-02", "2024-03-04", "2024-01-02", "2024-02-01"]
    orders = pa.table({"c": ["a", "b", "b", "c"], "d": days, "a": [10.0, 5.0, -76.46, 70.0]})
    base = vitrail.open(make_base(plan, {"orders.parquet": orders}).folder)
    told = {finding.code: finding for finding in base.check()}
    assert told["abc_negative_revenue"].figures["currency"] == "EUR"
    assert told["rule_holds_nobody"].place == "vitrail.yml:8"
    assert {finding.message("fr") for finding in told.values()} <= {
        finding.message("fr") for finding in base.run().findings
    }
