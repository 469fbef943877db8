"""Claims of a plan: published figures, recovery, invariants, refusals."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import PlanError
from vitrail.statistics.adjusted import Effect
from vitrail.validation.hypotheses.verdicts import judge

# Applications to Berkeley's six largest departments, autumn 1973: men admitted and rejected, women likewise
# (Bickel, Hammel and O'Connell, "Sex bias in graduate admissions", Science 187, 1975).
BERKELEY = {
    "A": (512, 313, 89, 19),
    "B": (353, 207, 17, 8),
    "C": (120, 205, 202, 391),
    "D": (138, 279, 131, 244),
    "E": (53, 138, 94, 299),
    "F": (22, 351, 24, 317),
}


@pytest.fixture(scope="module")
def berkeley():
    rows = []
    for department, counts in BERKELEY.items():
        outcomes = (("m", True), ("m", False), ("f", True), ("f", False))
        for (sex, admitted), count in zip(outcomes, counts, strict=True):
            rows += [(sex, department, admitted)] * count
    return pa.table(
        {
            name: list(part)
            for name, part in zip(("sex", "department", "admitted"), zip(*rows, strict=True), strict=True)
        }
    )


@pytest.fixture(scope="module")
def hillstrom(shared_data):
    with gzip.open(shared_data / "hillstrom.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["segment"] != "Mens E-Mail"]
    return pa.table(
        {
            "mailed": [row["segment"] == "Womens E-Mail" for row in rows],
            "history": [float(row["history"]) for row in rows],
            **{name: [float(row[name]) for row in rows] for name in ("visit", "conversion", "spend")},
        }
    )


def test_berkeley_women_were_admitted_less_but_not_within_departments(berkeley):
    raw = vitrail.hypothesis(berkeley, who="sex = 'f'", kpi="admitted", expect="lower")
    assert raw.verdict == "supported"
    assert raw.effect.value == pytest.approx(557 / 1835 - 1198 / 2691)
    asked = {"who": "sex = 'f'", "kpi": "admitted", "expect": "lower", "adjust_for": ["department"]}
    found = vitrail.hypothesis(berkeley, **asked)
    assert found.verdict == "undecided"
    assert found.effect.value == pytest.approx(0.0184, abs=5e-5)
    assert found.effect.p == pytest.approx(0.232, abs=5e-4)  # the exact test of Cochran, Mantel and Haenszel
    (claim,) = found.hypotheses
    assert claim.raw.value == pytest.approx(raw.effect.value) and claim.strata == 6
    assert claim.needed > 4526
    assert vitrail.hypothesis(berkeley, **asked, matters_from=0.06).verdict == "negligible"


def test_hillstrom_has_the_reference_differences(hillstrom):
    found = vitrail.hypotheses(
        hillstrom,
        {
            name: {"who": "mailed = true", "kpi": name, "expect": "higher"}
            for name in ("visit", "conversion", "spend")
        },
    )
    visit, conversion, spend = (found[name].effect for name in ("visit", "conversion", "spend"))
    assert (visit.value, visit.low, visit.high) == pytest.approx((0.04523, 0.03889, 0.05157), abs=1e-5)
    assert conversion.value == pytest.approx(0.00311, abs=5e-6)
    assert (conversion.low, conversion.high) == pytest.approx((0.00150, 0.00472), abs=3e-5)
    assert (spend.value, spend.low, spend.high) == pytest.approx((0.4244, 0.1690, 0.6799), abs=5e-5)
    assert spend.p == pytest.approx(0.00113, abs=1e-5)
    assert [each.verdict for each in found.hypotheses] == ["supported"] * 3


def confounded(customers=20_000, seed=1):
    """Older customers spend more and are rarely asked; being asked adds 20."""
    chance = np.random.default_rng(seed)
    age = chance.normal(45, 12, customers)
    asked = chance.random(customers) < 1 / (1 + np.exp((age - 45) / 6))
    spend = 100 + 10 * age + 20 * asked + chance.normal(0, 100, customers)
    return pa.table({"age": age, "asked": asked, "spend": spend})


def test_simpson_is_undone_the_raw_difference_has_the_wrong_sign_the_adjusted_one_is_right():
    found = vitrail.hypothesis(
        confounded(), who="asked = true", kpi="spend", expect="higher", adjust_for=["age"]
    )
    (claim,) = found.hypotheses
    assert claim.raw.high < -100
    assert found.verdict == "supported"
    assert found.effect.low < 20 < found.effect.high


def test_a_planted_difference_of_shares_is_recovered_in_each_direction():
    chance = np.random.default_rng(6)
    plan = chance.choice(["free", "paid"], 20_000)
    left = chance.random(20_000) < np.where(plan == "paid", 0.15, 0.25)
    table = pa.table({"plan": plan, "left": left})
    for expect, verdict in (("lower", "supported"), ("higher", "contradicted"), ("different", "supported")):
        found = vitrail.hypothesis(table, who="plan = 'paid'", kpi="left", expect=expect)
        assert found.verdict == verdict
        assert found.effect.low < -0.1 < found.effect.high


def test_over_permuted_data_few_plans_have_a_false_verdict():
    """20 plans of five claims; 1,000 plans are in tests/science."""
    chance = np.random.default_rng(5)
    false = 0
    for _ in range(20):
        false += any(verdict != "undecided" for verdict in permuted_verdicts(chance, 1000))
    assert false <= 3


def permuted_verdicts(chance, customers):
    table = pa.table(
        {
            "country": chance.choice(["DE", "FR", "ES", "IT"], customers, p=[0.5, 0.3, 0.17, 0.03]),
            "orders": chance.geometric(0.3, customers),
            "left": chance.random(customers) < 0.15,
            "spend": chance.lognormal(3, 1.5, customers),
        }
    )
    claims = {
        "a": {"who": "country = 'DE'", "kpi": "left"},
        "b": {"who": "orders >= 4", "kpi": "left", "adjust_for": ["country"]},
        "c": {"who": "orders >= 4", "kpi": "spend", "adjust_for": ["country"]},
        "d": {"who": "country = 'ES'", "kpi": "spend", "adjust_for": ["orders"]},
        "e": {"who": "country = 'FR' and orders >= 3", "compared_with": "country = 'ES'", "kpi": "left"},
    }
    return [each.verdict for each in vitrail.hypotheses(table, claims).hypotheses]


def test_the_order_of_rows_and_the_unit_do_not_matter():
    table = confounded(3000)
    asked = {"who": "asked = true", "kpi": "spend", "adjust_for": ["age"]}
    found = vitrail.hypothesis(table, **asked).to_dict()
    shuffled = table.take(np.random.default_rng(0).permutation(3000))
    assert vitrail.hypothesis(shuffled, **asked).to_dict() == found
    cents = table.set_column(2, "spend", pa.array(table["spend"].to_numpy() * 100))
    assert vitrail.hypothesis(cents, **asked).effect.value == pytest.approx(100 * found[0]["difference"])


def test_swapping_the_sides_turns_the_sign():
    table = confounded(3000)
    one = vitrail.hypothesis(table, who="asked = true", kpi="spend > 500", adjust_for=["age"]).effect
    two = vitrail.hypothesis(table, who="asked = false", kpi="spend > 500", adjust_for=["age"]).effect
    assert (two.value, two.low, two.high) == pytest.approx((-one.value, -one.high, -one.low))
    assert two.p == pytest.approx(one.p)


def test_missing_values_are_counted_and_said():
    table = pa.table(
        {
            "plan": ["free", "paid", None, "paid"] * 50,
            "country": ["DE", None, "FR", "FR"] * 50,
            "spend": [1.0, None, float("nan"), 4.0, 2.0, 3.0, 5.0, 6.0] * 25,
        }
    )
    found = vitrail.hypothesis(table, who="plan = 'paid'", kpi="spend", adjust_for=["country"])
    notes = {note.code: note.figures for note in found.hypotheses[0].notes}
    assert notes["hypothesis_kpi_missing"] == {"customers": 25}
    assert notes["hypothesis_who_missing"] == {"customers": 50, "names": ["plan"]}
    assert notes["hypothesis_confounder_missing"] == {"name": "country", "customers": 25}


def test_who_cannot_be_told_is_on_neither_side():
    """Those without an order have no way of paying: they are no customers who pay in another way."""
    table = pa.table(
        {
            "paid_by": ["card", "card", "transfer", "transfer", None, None] * 100,
            "orders": [1, 3, 1, 3, 0, 0] * 100,
        }
    )
    claim = vitrail.hypothesis(table, who="paid_by = 'card'", kpi="orders > 1").hypotheses[0]
    assert (claim.customers_who, claim.customers_rest) == (200, 200)
    assert (claim.verdict, claim.effect.value) == ("undecided", 0)
    without = {"customers": 200, "names": ["paid_by"]}
    assert {note.code: note.figures for note in claim.notes} == {"hypothesis_who_missing": without}
    known = vitrail.hypothesis(table, who="paid_by = 'card'", kpi="orders > 1", compared_with="orders = 0")
    claim = known.hypotheses[0]
    assert claim.customers_rest == 200
    assert "hypothesis_who_missing" not in {note.code for note in claim.notes}


def test_strata_with_one_side_only_are_left_out_and_said():
    table = pa.table(
        {
            "who": [True, False] * 100 + [True] * 100,
            "country": ["DE"] * 200 + ["FR"] * 100,
            "left": [True, False, False] * 100,
        }
    )
    found = vitrail.hypothesis(table, who="who = true", kpi="left", adjust_for=["country"])
    (claim,) = found.hypotheses
    assert claim.left_out == pytest.approx(1 / 3)
    assert (claim.customers_who, claim.customers_rest) == (100, 100)
    assert "hypothesis_left_out" in {finding.code for finding in found.findings}


@pytest.mark.parametrize(
    ("asked", "code", "figures"),
    [
        ({"who": "x > 95"}, "hypothesis_few_who", {"have": 4, "need": 10}),
        ({"who": "x >= 5"}, "hypothesis_few_rest", {"have": 5, "need": 10}),
        ({"who": "x >= 50", "kpi": "same"}, "hypothesis_constant", {"customers": 100}),
        ({"who": "x >= 50", "adjust_for": ["x"]}, None, None),
        ({"who": "x >= 50", "adjust_for": ["half"]}, "hypothesis_no_overlap", {"have": 0, "need": 10}),
    ],
)
def test_what_the_data_cannot_carry_says_what_is_missing(asked, code, figures):
    table = pa.table(
        {
            "x": range(100),
            "half": ["low"] * 50 + ["high"] * 50,
            "left": [True, False] * 50,
            "same": [False] * 100,
        }
    )
    found = vitrail.hypothesis(table, **{"kpi": "left", **asked})
    if code is not None:
        assert found.verdict == "not_estimable" and found.effect is None
        assert dict(found.hypotheses[0].notes[0].figures) == figures
        assert found.hypotheses[0].notes[0].code == code
    found.to_arrow()
    assert found._repr_html_()


@pytest.mark.parametrize("rows", [0, 1])
def test_a_base_of_nobody_or_of_one_is_no_error(rows):
    table = pa.table({"plan": pa.array(["a"] * rows, pa.string()), "spend": pa.array([1.0] * rows)})
    found = vitrail.hypothesis(table, who="plan = 'a'", kpi="spend", adjust_for=["plan"])
    assert found.verdict == "not_estimable"


def test_all_faults_of_a_claim_are_told_at_once_with_what_was_meant():
    table = pa.table({"plan": ["a"], "spend": [1.0], "name": ["x"]})
    with pytest.raises(PlanError) as caught:
        vitrail.hypothesis(table, who="pla = 'a'", kpi="name", adjust_for=["spent"])
    message = str(caught.value)
    assert "did you mean `plan`" in message and "did you mean `spend`" in message
    assert "neither a number nor a yes/no" in message


def test_adjusting_for_the_kpi_itself_is_refused():
    table = pa.table({"plan": ["a"], "spend": [1.0]})
    with pytest.raises(PlanError, match="which the KPI is made of"):
        vitrail.hypothesis(table, who="plan = 'a'", kpi="spend > 3", adjust_for=["spend"])


def test_no_difference_that_matters_holds_for_skewed_amounts_in_a_small_group():
    """At sigma 1.5 the interval alone calls a difference that matters none in one sample of five."""
    verdicts = []
    for seed in range(10):
        chance, (who, rest) = np.random.default_rng(seed), (60, 1000)
        spend = chance.lognormal(0, 1.5, who + rest) * np.repeat([3, 1], [who, rest])
        table = pa.table({"asked": [True] * who + [False] * rest, "spend": spend})
        asked = {"who": "asked = true", "kpi": "spend", "matters_from": round(2 * np.exp(1.125), 3)}
        verdicts.append(vitrail.hypothesis(table, **asked).verdict)
    assert "negligible" not in verdicts


def test_no_difference_that_matters_counts_the_claims():
    effect = Effect(0.1, 0.2, -0.1, -0.14, -0.06, None, None, None, 0.02, 1e-6)
    assert judge(effect, 1e-5, "lower", 0.15) == "negligible"
    assert judge(effect, 1e-5, "lower", 0.15, claims=10) == "supported"
    assert judge(effect, 1e-5, "lower", 0.15, reach=0.02) == "supported"
