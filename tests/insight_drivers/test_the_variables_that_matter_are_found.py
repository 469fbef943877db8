"""What is said of variables: published areas, planted drivers, nothing in noise, leaks refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vitrail
from vitrail.insight.drivers.ranking import FOLDS, estimate_separation
from vitrail.statistics.concordance import find_influence, measure_concordance


@pytest.fixture(scope="module")
def telco(shared_data: Path) -> pa.Table:
    return csv.read_csv(shared_data / "telco_churn_FICTIONAL.csv.gz")


@pytest.fixture(scope="module")
def churn(telco: pa.Table) -> Any:
    return vitrail.drivers(telco, "Churn")


def make_base(seed: int, customers: int = 3000) -> pa.Table:
    random = np.random.default_rng(seed)
    bent, one, two, noise = random.normal(size=(4, customers))
    kind = random.integers(0, 4, customers)
    signal = 1.1 * (bent**2 - 1) + 1.6 * ((one > 0) & (two > 0)) + np.array([-0.8, 0, 0, 0.8])[kind]
    return pa.table(
        {
            "customer_id": np.arange(customers),
            "bent": bent,
            "bent_again": 1000 * bent + 50 * random.normal(size=customers),
            "one": one,
            "two": two,
            "kind": kind.astype(str),
            "noise": noise,
            "flag": random.random(customers) < 0.3,
            "y": random.random(customers) < 1 / (1 + np.exp(1.2 - signal)),
            "spent": np.exp(noise + signal),
        }
    )


@pytest.fixture(scope="module")
def planted() -> Any:
    return vitrail.drivers(make_base(1), "y", leave_out=["spent"])


# --- published values


def test_the_concordance_of_a_yes_or_no_is_the_area_under_the_curve() -> None:
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(1)
    score, yes = random.integers(0, 7, 400), random.random(400) < 0.3
    table = np.bincount(score * 2 + yes, minlength=14).reshape(7, 2).astype(float)
    assert measure_concordance(table) == pytest.approx(roc_auc_score(yes, score))


def test_separation_on_telco_is_what_scikit_learn_finds_across_folds(telco: pa.Table, churn: Any) -> None:
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    yes = np.array([word == "Yes" for word in telco["Churn"].to_pylist()])
    contract = np.array(telco["Contract"].to_pylist())
    areas = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=1).split(contract, yes):
        rates = {kind: yes[train][contract[train] == kind].mean() for kind in set(contract)}
        areas.append(roc_auc_score(yes[test], [rates[kind] for kind in contract[test]]))
    found = {each.variable: each.separation for each in churn.drivers.ranked}["Contract"]
    assert found.value == pytest.approx(np.mean(areas), abs=0.003)
    assert found.low < np.mean(areas) < found.high


def test_telco_churn_is_told_by_tenure_and_contract_and_not_by_gender(churn: Any) -> None:
    ranked = {each.variable: each for each in churn.drivers.ranked}
    assert [each.variable for each in churn.drivers.ranked][:2] == ["tenure", "Contract"]
    assert ranked["gender"].verdict == "chance"
    assert ranked["TotalCharges"].group == "tenure"
    assert churn.recommended[0] == "tenure"
    assert 2 <= len(churn.recommended) <= 4
    assert [each.variable for each in churn.drivers.refused] == ["Churn"]
    assert churn.drivers.aside == {}


# --- recovery


def test_a_bend_an_interaction_and_a_category_come_before_noise(planted: Any) -> None:
    ranked = [each.variable for each in planted.drivers.ranked]
    assert set(ranked[:5]) == {"bent", "bent_again", "one", "two", "kind"}
    verdicts = {each.variable: each.verdict for each in planted.drivers.ranked}
    assert verdicts["noise"] == verdicts["flag"] == "chance"


def test_a_double_is_told_as_one_and_only_one_of_the_two_is_recommended(planted: Any) -> None:
    groups = {each.variable: each.group for each in planted.drivers.ranked}
    assert groups["bent"] == groups["bent_again"]
    assert len({"bent", "bent_again"} & set(planted.recommended)) == 1
    assert len(planted.recommended) == 4


def test_each_recommended_variable_adds_to_those_before(planted: Any) -> None:
    steps = planted.drivers.recommended
    separations = [step.separation for step in steps]
    assert separations == sorted(separations)
    assert all(step.low > 0 for step in steps)


def test_a_number_is_explained_like_a_yes_or_no() -> None:
    found = vitrail.drivers(make_base(2), "spent", leave_out=["y"]).drivers
    assert found.kind == "mean"
    assert {each.variable for each in found.ranked[:5]} >= {"bent", "noise"}
    levels = {each.variable: each.levels for each in found.ranked}["bent"]
    assert levels[0].figure > levels[2].figure < levels[-1].figure


def test_on_noise_nothing_is_called_a_driver() -> None:
    for seed in range(3):
        random = np.random.default_rng(seed)
        names = {f"v{at}": random.normal(size=500) for at in range(8)}
        frame = pa.table({"customer_id": np.arange(500), **names, "y": random.random(500) < 0.3})
        found = vitrail.drivers(frame, "y")
        assert {each.verdict for each in found.drivers.ranked} == {"chance"}
        assert found.recommended == ()


# --- invariants


def test_neither_the_order_of_rows_nor_units_nor_other_variables_change_anything() -> None:
    base = make_base(3, 1500).drop_columns(["spent"])
    found = vitrail.drivers(base, "y").drivers
    shuffled = base.take(pa.array(np.random.default_rng(9).permutation(len(base))))
    assert vitrail.drivers(shuffled, "y").to_dict() == found.to_dict()
    cents = pa.array(np.array(base["bent"]) * 1000)
    changed = base.set_column(base.column_names.index("bent"), "bent", cents)
    fewer = base.drop_columns(["noise"])
    others = [vitrail.drivers(frame, "y").drivers for frame in (changed, fewer)]
    separations = [{e.variable: e.separation for e in each.ranked} for each in (found, *others)]
    assert separations[0] == separations[1]
    assert {k: v for k, v in separations[0].items() if k != "noise"} == separations[2]


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=6))
def test_influence_sums_to_zero_and_turned_scores_turn_the_concordance(rows: list[list[int]]) -> None:
    counts = np.array(rows, dtype=float)
    assert float((counts * find_influence(counts)).sum()) == pytest.approx(0, abs=1e-6)
    assert measure_concordance(counts[::-1]) == pytest.approx(1 - measure_concordance(counts))


def test_missing_values_are_a_level_of_their_own() -> None:
    random = np.random.default_rng(4)
    gap = random.random(2000) < 0.3
    frame = pa.table(
        {
            "customer_id": np.arange(2000),
            "age": pa.array(random.normal(size=2000), mask=gap),
            "y": random.random(2000) < np.where(gap, 0.6, 0.2),
        }
    )
    (found,) = vitrail.drivers(frame, "y").drivers.ranked
    assert found.verdict == "recommended"
    assert found.levels[-1].kind == "missing"
    assert found.levels[-1].figure == pytest.approx(0.6, abs=0.05)


def test_four_in_a_hundred_between_two_masses_are_a_level_of_their_own() -> None:
    random = np.random.default_rng(2)
    few = random.random(4000) < 0.04
    share = np.where(few, random.uniform(0.05, 0.95, 4000), random.random(4000) < 0.5)
    left = random.random(4000) < np.where(few, 0.9, 0.3)
    (found,) = vitrail.drivers(
        pa.table({"customer_id": np.arange(4000), "share": share, "left": left}), "left"
    ).drivers.ranked
    assert found.verdict == "recommended"
    between = [each for each in found.levels if 0 < each.low < 1]
    assert sum(each.customers for each in between) == few.sum()


def test_levels_hold_every_customer_once(churn: Any) -> None:
    for each in churn.drivers.ranked:
        assert sum(level.customers for level in each.levels) == 7043


# --- refusals


@pytest.fixture(scope="module")
def leaky() -> Any:
    random = np.random.default_rng(5)
    left = random.random(1500) < 0.25
    reasons = np.where(left & (random.random(1500) < 0.6), "price", None)
    frame = pa.table(
        {
            "customer_id": np.arange(1500),
            "left": left,
            "closed_on": pa.array(np.where(left, "2025-03-01", None).tolist()),
            "reason": pa.array(reasons.tolist()),
            "mirror": np.where(left, 3, 1) + 0.1 * random.random(1500),
            "honest": random.normal(size=1500) + left,
            "same": ["x"] * 1500,
            "name": [f"n{at}" for at in range(1500)],
            "tags": [[at % 3] for at in range(1500)],
        }
    )
    return vitrail.drivers(frame, "left").drivers


def test_variables_that_contain_the_answer_are_refused_with_the_reason(leaky: Any) -> None:
    assert {each.variable: each.code for each in leaky.refused} == {
        "left": "drivers_leak_kpi",
        "closed_on": "drivers_leak_missing",
        "reason": "drivers_leak_answer",
        "mirror": "drivers_leak_separation",
    }
    assert [each.variable for each in leaky.ranked] == ["honest"]


@pytest.mark.parametrize("wrong", [0.02, 0.05, 0.08])
def test_what_is_suspiciously_good_is_told_and_recommended_only_if_asked_for(wrong: float) -> None:
    random = np.random.default_rng(6)
    left = random.random(3000) < 0.3
    told = np.where(random.random(3000) < wrong, ~left, left)
    frame = pa.table({"left": left, "told": told, "honest": random.normal(size=3000) + left})
    found = vitrail.drivers(frame, "left")
    verdicts = {each.variable: (each.verdict, each.suspicious) for each in found.drivers.ranked}
    assert verdicts == {"told": ("suspicious", True), "honest": ("recommended", False)}
    assert [(each.code, each.figures["names"]) for each in found.findings] == [
        ("drivers_suspicious", ["told"])
    ]
    assert "told" in repr(found) and "once the outcome is known" in found._repr_html_()
    assert found.to_arrow()["suspicious"].to_pylist()[:2] == [True, False]
    asked = vitrail.drivers(frame, "left", variables=["told", "honest"])
    assert asked.recommended[0] == "told"
    assert asked.findings == found.findings


def test_columns_may_be_called_as_ours_are() -> None:
    random = np.random.default_rng(3)
    left = random.random(2000) < 0.4
    value = np.where(random.random(2000) < np.where(left, 0.6, 0.2), "x", "y")
    frame = pa.table({"left": left, "value": value, "code": random.choice(["a", "b", "c"], 2000)})
    assert list(vitrail.drivers(frame, "left").recommended) == ["value"]


def test_what_cannot_be_compared_is_set_aside_with_the_reason(leaky: Any) -> None:
    assert leaky.aside == {"same": "constant", "name": "identifier", "tags": "kind"}


@pytest.mark.parametrize(("yes", "code"), [(49, "drivers_few_yes"), (951, "drivers_few_no")])
def test_too_few_of_either_answer_are_told_with_what_is_needed(yes: int, code: str) -> None:
    frame = pa.table(
        {"customer_id": range(1000), "x": range(1000), "y": [number < yes for number in range(1000)]}
    )
    (gate,) = vitrail.drivers(frame, "y").findings
    assert gate.code == code
    assert dict(gate.figures) == {"have": 49, "need": 50}


def test_odd_bases_have_an_answer() -> None:
    empty = pa.table({"x": pa.array([], pa.float64()), "y": pa.array([], pa.bool_())})
    assert vitrail.drivers(empty, "y").findings[0].code == "drivers_few_yes"
    few = pa.table({"x": [1.0, float("nan"), float("inf")], "spent": [1, 2, 3]})
    assert vitrail.drivers(few, "spent").findings[0].code == "drivers_few_customers"
    flat = pa.table({"x": list(range(300)), "spent": [5.0] * 300})
    assert vitrail.drivers(flat, "spent").findings[0].code == "drivers_kpi_constant"
    alone = pa.table({"y": [True, False] * 100})
    assert vitrail.drivers(alone, "y").findings[0].code == "drivers_no_variables"


def test_a_wrong_name_is_told_with_the_near_one(telco: pa.Table) -> None:
    for options in ({"kpi": "Chrun"}, {"kpi": "Churn", "variables": ["Contrat"]}):
        with pytest.raises(vitrail.errors.VitrailError, match="did you mean"):
            vitrail.drivers(telco, **options)


def test_a_level_without_customers_in_a_fold_does_no_harm() -> None:
    counts = np.zeros((FOLDS, 3, 2), dtype=np.int64)
    counts[:, 0], counts[:, 1], counts[0, 2] = (40, 10), (10, 40), (1, 0)
    found = estimate_separation(counts, "rare")
    assert 0.7 < found.low < found.value < found.high < 0.9


def test_figures_too_great_to_be_squared_have_an_interval() -> None:
    random = np.random.default_rng(7)
    frame = pa.table(
        {
            "customer_id": np.arange(400),
            "plan": np.where(random.random(400) < 0.5, "a", "b"),
            "worth": random.normal(size=400) * 1e300,
        }
    )
    (found,) = vitrail.drivers(frame, "worth").drivers.ranked
    assert all(level.figure_low < level.figure < level.figure_high for level in found.levels)


@pytest.mark.parametrize("buyers", [0.05, 0.15, 0.6])
def test_what_few_customers_spend_is_explained_all_the_same(buyers: float) -> None:
    rng = np.random.default_rng(3)
    visits, noise = rng.integers(0, 10, 4000), rng.normal(size=4000)
    buys = rng.uniform(size=4000) < buyers * (0.4 + 0.12 * visits)
    spend = np.where(buys, np.round(np.exp(rng.normal(3, 1, 4000)), 2), 0)
    columns = {"customer_id": range(4000), "spend": spend, "noise": noise}
    for name in ("visits", "_kpi", "kpi", "draw", "y"):
        assert vitrail.drivers(pa.table({**columns, name: visits}), "spend").recommended == (name,)
