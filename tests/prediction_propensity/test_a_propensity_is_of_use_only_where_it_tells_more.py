"""From orders to probabilities: known shops, what an earlier run would have said, what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score
from sqlglot import exp

import vitrail
from vitrail.engine import DuckDB, expression
from vitrail.errors import PlanError
from vitrail.plan import PropensitySpec
from vitrail.prediction.propensity.targets import Question

AS_OF = dt.date(2024, 1, 1) + dt.timedelta(days=400)
SPAN = dt.timedelta(days=90)
Shop = Callable[..., pa.Table]


@pytest.fixture(scope="module")
def various(make_shop: Shop) -> pa.Table:
    """A shop whose customers differ in pace, so that their past tells of their future."""
    return make_shop(12, customers=900, spread=0.5)


@pytest.fixture(scope="module")
def useful(various: pa.Table) -> Any:
    return vitrail.propensity(various, "next_purchase", "90 days", AS_OF)


def buyers(shop: pa.Table, since: dt.date, until: dt.date) -> set[str]:
    rows = zip(shop["customer_id"].to_pylist(), shop["ordered_at"].to_pylist(), strict=True)
    return {customer for customer, at in rows if since <= at.date() < until}


def test_customers_with_a_pace_of_their_own_are_told_apart(useful: Any) -> None:
    assert useful.useful and useful.column == "p_next_purchase_90d"
    assert useful.content["auc"]["low"] > 0.65
    assert useful.content["gain"]["low"] > 0
    assert useful.content["calibration"]["slope_low"] < 1.1
    assert useful.content["calibration"]["slope_high"] > 0.9
    assert useful.content["drivers"][0]["variable"] == "order_count"
    low, high = useful.content["drivers"][0]["groups"]
    assert low["share"] < 0.5 < high["share"]


def test_the_trial_is_what_an_earlier_run_would_have_got(various: pa.Table, useful: Any) -> None:
    """The run of 90 days ago, without a look at what came, scored against what then happened."""
    earlier = vitrail.propensity(various, "next_purchase", "90 days", AS_OF - SPAN)
    assert earlier.useful
    came = buyers(various, AS_OF - SPAN, AS_OF)
    rows = earlier.to_arrow().to_pylist()
    happened = [row["customer_id"] in came for row in rows]
    assert len(rows) == useful.content["tested"]["customers"]
    assert sum(happened) == useful.content["tested"]["happened"]
    found = roc_auc_score(happened, [row["p_next_purchase_90d"] for row in rows])
    assert found == pytest.approx(useful.content["auc"]["value"], abs=0.002)


def test_every_window_looks_back_as_long_as_the_one_learned_from(various: pa.Table, useful: Any) -> None:
    """The trial 220 days, all there were when it learned; the probabilities of today 310."""
    first = min(various["ordered_at"].to_pylist()).date()
    learned, tested, scored = (useful.content[each] for each in ("learned", "tested", "scored"))
    assert dt.date.fromisoformat(learned["since"]) == first
    assert dt.date.fromisoformat(tested["since"]) == first + SPAN
    assert dt.date.fromisoformat(scored["since"]) == first + SPAN
    expected, happened = (useful.content["calibration"][each] for each in ("expected", "happened"))
    assert expected == pytest.approx(happened, rel=0.1)


def test_everybody_it_is_asked_of_has_a_probability(various: pa.Table, useful: Any) -> None:
    """That is, whoever ordered in the time it looks back over: it has seen nobody silent for longer."""
    since = dt.date.fromisoformat(useful.content["scored"]["since"])
    assert useful.customers["customer_id"].to_pylist() == sorted(buyers(various, since, AS_OF))
    chances = np.array(useful.customers["p_next_purchase_90d"].to_pylist())
    assert ((chances > 0) & (chances < 1)).all()
    assert useful.content["scored"]["expected"] == pytest.approx(chances.sum())


def test_the_unit_of_money_changes_nothing(various: pa.Table, useful: Any) -> None:
    cents = pa.array(np.asarray(various["amount"]) * 100)
    shop = various.set_column(various.column_names.index("amount"), "amount", cents)
    found = vitrail.propensity(shop, "next_purchase", "90 days", AS_OF)
    assert found.content["auc"]["value"] == pytest.approx(useful.content["auc"]["value"], abs=1e-3)
    both = [each.customers[each.column].to_numpy() for each in (found, useful)]
    assert np.abs(both[0] - both[1]).max() < 0.01


def test_churn_is_asked_of_those_who_ordered_in_the_span_before(various: pa.Table) -> None:
    found = vitrail.propensity(various, "churn", "90 days", AS_OF)
    assert found.useful
    assert set(found.customers["customer_id"].to_pylist()) == buyers(various, AS_OF - SPAN, AS_OF)


def test_neither_the_order_of_rows_nor_the_number_of_threads_shows(
    various: pa.Table, useful: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = various.take(np.random.default_rng(0).permutation(various.num_rows))
    monkeypatch.setattr("vitrail.library.propensity.DuckDB", lambda: DuckDB(threads=1))
    again = vitrail.propensity(mixed, "next_purchase", "90 days", AS_OF)
    assert again.customers.equals(useful.customers)
    assert again.to_dict() == useful.to_dict()


@pytest.mark.parametrize("target", ["next_purchase", "churn", "upsell", "new_category"])
def test_where_the_past_tells_nothing_it_says_that_it_is_of_no_use(target: str, make_shop: Shop) -> None:
    """Whoever spent little before will spend more than before: that is no news, and not taken for any."""
    found = vitrail.propensity(make_shop(21, customers=700), target, "90 days", AS_OF)
    assert found.status == "not_useful"
    assert found.customers.num_rows == 0
    assert found.findings[0].code in ("propensity_no_better_than_chance", "propensity_no_better_than_recency")
    assert "no use" in found._repr_html_()


def test_a_model_that_says_what_recency_says_is_of_no_use(make_shop: Shop) -> None:
    """Everybody buys at one pace until they leave: how long ago tells, and nothing else does."""
    found = vitrail.propensity(
        make_shop(3, customers=900, pace=0.05, gone=0.9), "next_purchase", "30 days", AS_OF,
        features=["recency_days"],
    )  # fmt: skip
    assert found.content["baseline"]["auc"]["low"] > 0.6
    assert [each.code for each in found.findings] == ["propensity_no_better_than_recency"]


def test_trees_can_be_asked_for_and_score_the_same_customers(various: pa.Table, useful: Any) -> None:
    found = vitrail.propensity(
        various, "next_purchase", "90 days", AS_OF, model="trees", features=["order_count", "recency_days"]
    )
    assert found.useful
    assert (found.content["model"], found.content["sql"]) == ("trees", None)
    assert found.customers["customer_id"].equals(useful.customers["customer_id"])
    both = [each[found.column].to_numpy() for each in (found.customers, useful.customers)]
    assert np.corrcoef(*both)[0, 1] > 0.8


def register_of(shop: pa.Table, **columns: Callable[[str], Any]) -> pa.Table:
    customers = sorted(set(shop["customer_id"].to_pylist()))
    made = {name: [value(customer) for customer in customers] for name, value in columns.items()}
    return pa.table({"customer_id": customers, **made})


def test_a_column_that_contains_the_answer_is_refused(various: pa.Table) -> None:
    came = buyers(various, AS_OF - SPAN - SPAN, AS_OF - SPAN)
    register = register_of(
        various, outcome=lambda each: "back" if each in came else "quiet", colour=lambda each: each[-1]
    )
    found = vitrail.propensity(
        various, "next_purchase", "90 days", AS_OF, customers=register,
        features=["order_count", "outcome", "colour"],
    )  # fmt: skip
    assert list(found.content["leaks"]) == ["outcome"]
    assert "outcome" not in found.content["features"]
    assert "propensity_leak" in [each.code for each in found.findings]


def test_columns_that_vitrail_does_not_know_are_used_where_named_or_it_says_why_not(
    various: pa.Table,
) -> None:
    register = register_of(
        various,
        status=lambda each: "x" if each[-1] in "02468" else "y",
        again=lambda each: "x" if each[-1] in "02468" else "y",
        nickname=lambda each: f"n{each}",
        since=lambda each: dt.date(2020, 1, 1),
    )
    found = vitrail.propensity(various, "next_purchase", "90 days", AS_OF, customers=register)
    assert not {"status", "nickname"} & set(found.content["features"])
    named = ["order_count", "Status", "again", "nickname", "since"]
    found = vitrail.propensity(various, "next_purchase", "90 days", AS_OF, customers=register, features=named)
    assert found.content["features"] == ["order_count", "status"]
    unused = {each.code: each.figures["names"] for each in found.findings if "unused" in each.code}
    assert unused == {
        "propensity_unused_kind": ["since"],
        "propensity_unused_values": ["nickname"],
        "propensity_unused_repeats": ["again"],
    }
    assert all(each.message(language) for each in found.findings for language in ("en", "fr"))


def test_people_who_signed_up_become_customers_at_a_rate_that_can_be_told() -> None:
    """Of those referred one in two orders within weeks, of the others one in twenty."""
    random = np.random.default_rng(7)
    people = 4000
    signed = random.uniform(0, 395, people)
    referred = random.random(people) < 0.4
    orders = random.random(people) < np.where(referred, 0.5, 0.05)
    first = signed + random.exponential(40, people)
    orders &= first < 400
    start = dt.datetime(2024, 1, 1)
    register = pa.table(
        {
            "customer_id": [f"c{each}" for each in range(people)],
            "signed_up_at": [(start + dt.timedelta(days=float(each))).date() for each in signed],
            "acquisition_channel": np.where(referred, "referral", "advert").tolist(),
        }
    )
    shop = pa.table(
        {
            "customer_id": [f"c{each}" for each in np.flatnonzero(orders)],
            "ordered_at": [start + dt.timedelta(days=float(each)) for each in first[orders]],
            "amount": [10.0] * int(orders.sum()),
        }
    )
    found = vitrail.propensity(shop, "conversion", "60 days", AS_OF, customers=register)
    assert found.useful
    assert found.content["baseline"]["variables"] == ["signup_days"]
    assert "acquisition_channel" in [each["variable"] for each in found.content["drivers"]]
    bought = set(shop["customer_id"].to_pylist())
    assert not bought & set(found.customers["customer_id"].to_pylist())


def test_a_product_is_asked_of_those_who_have_bought_another_and_not_it(make_shop: Shop) -> None:
    shop = make_shop(5, customers=1800, spread=0.6, pace=0.008)
    found = vitrail.propensity(
        shop, "product", "90 days", AS_OF, name="mugs",
        product="category = 'mugs'", bought="category in ('cups', 'tea', 'coffee')",
    )  # fmt: skip
    had: dict[str, set[str]] = {}
    for customer, category in zip(shop["customer_id"].to_pylist(), shop["category"].to_pylist(), strict=True):
        had.setdefault(category, set()).add(customer)
    assert found.column == "p_mugs_90d"
    assert found.useful
    since = dt.date.fromisoformat(found.content["scored"]["since"])
    asked = ((had["cups"] | had["tea"] | had["coffee"]) - had["mugs"]) & buyers(shop, since, AS_OF)
    assert set(found.customers["customer_id"].to_pylist()) == asked


def test_who_only_returned_a_product_has_not_bought_it() -> None:
    """Nor the one asked about: `back` returned tea alone, `late` returned a mug."""
    lines = [("had", "tea", 5.0), ("back", "tea", -5.0), ("late", "tea", 5.0), ("late", "mugs", -9.0)]
    spec = PropensitySpec(
        method="propensity", target="product", within="90 days",
        product="category = 'mugs'", bought="category = 'tea'",
    )  # fmt: skip
    question = Question(spec, expression("category = 'mugs'"), expression("category = 'tea'"), exp.true())
    with DuckDB() as engine:
        names = ["customer_id", "category", "amount"]
        columns = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
        engine.register("past_known_lines", pa.table(columns))
        bought = pa.table({"customer_id": ["had", "back", "late"], "is_purchase": [True, True, True]})
        engine.register("past_orders", bought)
        asked = engine.records(question.asked(AS_OF))
    assert {row["customer_id"] for row in asked} == {"had", "late"}


@pytest.mark.parametrize(
    ("options", "reason", "have", "need"),
    [
        ({"within": "200 days"}, "propensity_short_history", 400, 600),
        ({"within": "30 days", "among": "order_count > 12"}, "propensity_few_others", None, 50),
        ({"target": "conversion"}, "propensity_needs_register", None, None),
    ],
)
def test_what_the_data_cannot_carry_is_named_with_what_is_missing(
    options: dict[str, Any], reason: str, have: int | None, need: int | None, make_shop: Shop
) -> None:
    asked = {"target": "next_purchase", "within": "90 days", **options}
    found = vitrail.propensity(make_shop(2, customers=300, spread=0.5, pace=0.03), as_of=AS_OF, **asked)
    assert (found.status, found.content["reason"]) == ("not_estimable", reason)
    assert have is None or found.content["figures"]["have"] == have
    assert need is None or found.content["figures"]["need"] == need
    assert found.customers.num_rows == 0
    for language in ("en", "fr"):
        assert "{" not in found.findings[0].message(language)


def test_one_customer_or_no_category_is_no_accident() -> None:
    orders = pa.table(
        {"customer_id": ["ann"] * 30, "amount": [1.0] * 30,
         "ordered_at": [dt.datetime(2024, 1, 1) + dt.timedelta(days=10 * each) for each in range(30)]}
    )  # fmt: skip
    assert vitrail.propensity(orders, "churn", "30 days").content["reason"] == "propensity_few_cases"
    assert (
        vitrail.propensity(orders, "new_category", "30 days").content["reason"] == "propensity_needs_column"
    )


def test_wrong_questions_are_refused_with_what_was_meant(various: pa.Table) -> None:
    for options in (
        {"target": "churned"},
        {"target": "product"},
        {"target": "churn", "product": "category = 'tea'"},
        {"target": "product", "product": "categori = 'tea'"},
        {"target": "churn", "among": "order_coun > 3"},
        {"target": "churn", "features": ["recency"]},
        {"target": "churn", "within": "soon"},
    ):
        with pytest.raises(PlanError):
            vitrail.propensity(various, as_of=AS_OF, **{"within": "90 days", **options})
