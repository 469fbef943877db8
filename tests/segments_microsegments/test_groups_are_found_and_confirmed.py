"""Micro-segments: planted groups found, nothing found in noise, invariants, refusals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.engine import DuckDB, sql
from vitrail.engine.conditions import parse_condition
from vitrail.errors import PlanError, UsageError
from vitrail.plan import MicrosegmentsSpec
from vitrail.segments.microsegments import prepare_microsegments
from vitrail.segments.microsegments.coding import choose_cuts
from vitrail.variables.lineage import ORDERS, PURCHASES


def customers(count=8000, seed=0, noise=6):
    chance = np.random.default_rng(seed)
    table = {
        "customer_id": np.arange(count).astype(str),
        "country": chance.choice(
            ["Germany", "France", "UK", "Spain", "Italy"], count, p=[0.2, 0.3, 0.3, 0.1, 0.1]
        ),
        "orders": chance.geometric(0.25, count),
        "plan": chance.choice(["basic", "pro", "gold"], count, p=[0.6, 0.3, 0.1]),
    }
    for i in range(noise):
        table[f"v{i}"] = chance.lognormal(3, 1, count) if i % 2 else chance.integers(0, 50, count)
    return table, chance


def planted(count=8000, seed=0):
    """30 points more in Germany from five orders on, 15 points more on the gold plan."""
    table, chance = customers(count, seed)
    table["in_group"] = (table["country"] == "Germany") & (table["orders"] >= 5)
    share = 0.1 + 0.3 * table["in_group"] + 0.15 * (table["plan"] == "gold")
    table["left"] = chance.random(count) < share
    return table


def test_planted_groups_are_found_with_their_very_conditions():
    table = planted()
    truth = table.pop("in_group")
    found = vitrail.microsegments(pa.table(table), "left", look_for="higher")
    assert [group.when for group in found.groups] == ["country = 'Germany' and orders >= 5", "plan = 'gold'"]
    first = found.groups[0]
    assert first.customers == truth.sum()
    assert first.effect.low < 0.3 < first.effect.high
    assert first.share == truth.mean()


def test_a_group_of_three_conditions_is_found():
    table, chance = customers(12_000)
    group = (table["country"] == "France") & (table["plan"] == "pro") & (table["v0"] >= 25)
    table["spend"] = chance.normal(100, 30, 12_000) + 25 * group
    found = vitrail.microsegments(pa.table(table), "spend", most_conditions=3)
    assert set(found.groups[0].when.split(" and ")) == {"country = 'France'", "plan = 'pro'", "v0 >= 25"}
    assert found.groups[0].effect.value == pytest.approx(25, abs=4)


def test_four_in_a_hundred_are_seen_above_beside_and_between_common_values():
    """Where deciles fall on 0 and on 1 alone; and in none of it where the KPI is shuffled."""
    chance = np.random.default_rng(2)
    few = chance.random(4000) < 0.04
    flag = (chance.random(4000) < 0.5) * 1.0
    left = chance.random(4000) < np.where(few, 0.9, 0.3)
    between = np.where(few, chance.uniform(0.05, 0.95, 4000), flag)
    for values, when in ((np.where(few, 2.0, flag), "x >= 2"), (between, "x >= 0.05 and x < 1")):
        table = pa.table({"customer_id": np.arange(4000), "x": values, "left": left})
        assert [each.when for each in vitrail.microsegments(table, "left").groups] == [when]
        shuffled = table.set_column(2, "left", pa.array(chance.permutation(left)))
        assert not vitrail.microsegments(shuffled, "left").groups


def test_the_effect_told_is_not_flattered_by_having_been_chosen():
    """Over samples in which the group is confirmed, its interval holds the truth as often as it says."""
    held = told = 0
    for seed in range(12):
        table = planted(6000, seed)
        table.pop("in_group")
        for group in vitrail.microsegments(pa.table(table), "left", variables=["country", "orders"]).groups:
            if group.when == "country = 'Germany' and orders >= 5":
                told += 1
                held += group.effect.low < 0.3 < group.effect.high
    assert told >= 8 and held >= told - 2


@pytest.mark.parametrize("kind", ["share", "heavy"])
def test_in_noise_nothing_is_found(kind):
    """15 sets; 200 of each kind are in tests/science."""
    reported = 0
    for seed in range(15):
        table, chance = customers(1500, seed)
        table["kpi"] = chance.random(1500) < 0.1 if kind == "share" else chance.lognormal(0, 2, 1500)
        reported += bool(vitrail.microsegments(pa.table(table), "kpi", seed=seed).groups)
    assert reported <= 2


def test_the_order_of_rows_does_not_matter():
    table = pa.table(planted()).drop(["in_group"])
    found = vitrail.microsegments(table, "left").to_dict()
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    assert vitrail.microsegments(shuffled, "left").to_dict() == found
    assert vitrail.microsegments(table, "left", seed=2).to_dict() != found


def test_the_condition_told_is_one_that_a_rule_of_the_plan_takes():
    table = pa.table(planted()).drop(["in_group"])
    with DuckDB() as engine:
        engine.register("customers", table)
        for group in vitrail.microsegments(table, "left").groups:
            condition = parse_condition(group.when, table.column_names, "")
            query = sql("select count(*) as n from customers where $met", met=condition)
            assert engine.records(query) == [{"n": group.customers}]


def test_a_variable_that_holds_the_answer_is_left_out_and_said():
    table = planted()
    table["reason"] = np.where(table["left"], "too dear", None)
    table["left_copy"] = table["left"].astype(int)
    found = vitrail.microsegments(pa.table(table), "left", leave_out=["in_group"])
    reasons = {each.figures["name"]: each.code for each in found.search.left_out}
    assert reasons == {
        "left": "microsegment_is_kpi",
        "reason": "microsegment_tells",
        "left_copy": "microsegment_tells",
    }
    assert all("reason" not in group.when and "copy" not in group.when for group in found.groups)


def test_a_number_that_cuts_off_the_answer_is_left_out():
    """Nobody left before the 25th day, nearly all after: no variable of behaviour does that."""
    table, chance = customers(4000, seed=3)
    table["days"] = chance.integers(0, 36, 4000)
    table["left"] = (table["days"] >= 25) & (chance.random(4000) < 0.97)
    found = vitrail.microsegments(pa.table(table), "left")
    assert {each.figures["name"]: each.code for each in found.search.left_out} == {
        "left": "microsegment_is_kpi",
        "days": "microsegment_tells",
    }
    assert found.groups == ()


def test_the_majority_is_no_small_group():
    table, chance = customers(4000, seed=4)
    table["big"] = chance.random(4000) < 0.45
    table["left"] = chance.random(4000) < np.where(table["big"], 0.5, 0.2)
    assert vitrail.microsegments(pa.table(table), "left", most_conditions=1).groups == ()
    wider = vitrail.microsegments(pa.table(table), "left", most_conditions=1, greatest_share=0.5)
    assert [group.when for group in wider.groups] == ["big = true"]


def test_of_whom_the_condition_is_not_known_is_not_elsewhere():
    """A fifth has no way of paying and never comes back; among the others it makes no difference."""
    table, chance = customers(4000, seed=5)
    buyer = chance.random(4000) < 0.8
    paid = chance.choice(["card", "transfer", "cash", "gift", "cheque"], 4000)
    table["paid"] = np.where(buyer, paid, None)
    table["again"] = buyer & (chance.random(4000) < 0.5)
    found = vitrail.microsegments(pa.table(table), "again", variables=["paid"], look_for="higher")
    assert found.groups == ()


def test_what_is_made_of_the_same_as_the_kpi_is_left_out():
    table, chance = customers(2000)
    table["recency_days"] = chance.integers(0, 400, 2000)
    table["first_order_days"] = table["recency_days"] + chance.integers(0, 400, 2000)
    found = vitrail.microsegments(pa.table(table), "recency_days > 180")
    assert {each.figures["name"] for each in found.search.left_out} == {"recency_days", "first_order_days"}
    assert not any("first_order_days" in group.when for group in found.groups)


def test_a_share_over_orders_does_not_tell_what_was_spent():
    """Evenings fall by chance; but only from two orders on, which cost more, can they be a half."""
    chance = np.random.default_rng(3)
    orders = 1 + chance.poisson(0.9, 4000)
    table = pa.table(
        {
            "customer_id": [f"c{i}" for i in range(4000)],
            "order_count": orders,
            "evening_share": chance.binomial(orders, 0.4) / orders,
            "country": chance.choice(["FR", "BE", "CH"], 4000),
            "total_amount": chance.gamma(4, 10 * orders),
        }
    )
    made = {name: frozenset({ORDERS, name}) for name in ("order_count", "evening_share", "total_amount")}
    lineage = {**made, **{name: made[name] | {PURCHASES} for name in ("order_count", "total_amount")}}
    spent = {"evening_share": "microsegment_of_orders", "order_count": "microsegment_related"}
    shared = {"evening_share": "microsegment_is_kpi", "order_count": "microsegment_of_orders"}
    for kpi, expected in {
        "total_amount": spent,
        "total_amount > 60": spent,
        "evening_share between 0.2 and 0.7": shared,
    }.items():
        with DuckDB() as engine:
            engine.register("segmented", table)
            specs = {"spent": MicrosegmentsSpec(kpi=kpi)}
            (search,) = prepare_microsegments(engine, specs, lineage=lineage)()[0].searches
        reasons = {each.figures["name"]: each.code for each in search.left_out}
        assert {name: reasons[name] for name in expected} == expected, kpi
        if expected is spent:
            assert search.groups == ()


def test_missing_values_and_odd_columns_are_no_error():
    table, chance = customers(3000)
    table["gaps"] = np.where(chance.random(3000) < 0.4, np.nan, chance.normal(size=3000))
    table["when"] = np.array(["2024-01-01"] * 3000, dtype="datetime64[D]")
    table["odd name"] = np.where(chance.random(3000) < 0.2, "it's", 'a "b"')
    table["left"] = chance.random(3000) < np.where(table["odd name"] == "it's", 0.4, 0.1)
    arrow = pa.table({name: pa.array(values, from_pandas=True) for name, values in table.items()})
    found = vitrail.microsegments(arrow, "left", look_for="higher")
    assert found.groups[0].when == "\"odd name\" = 'it''s'"
    assert {each.figures["name"] for each in found.search.left_out} == {"left", "when"}
    assert found._repr_html_() and repr(found)


def test_missing_values_can_make_a_group():
    table, chance = customers(4000)
    known = chance.random(4000) < 0.8
    table["score"] = np.where(known, chance.normal(size=4000), np.nan)
    table["left"] = chance.random(4000) < np.where(known, 0.1, 0.3)
    arrow = pa.table({name: pa.array(values, from_pandas=True) for name, values in table.items()})
    assert [group.when for group in vitrail.microsegments(arrow, "left").groups] == ["score is null"]


@pytest.mark.parametrize(
    ("change", "code", "figures"),
    [
        (
            lambda t: {k: v[:150] for k, v in t.items()},
            "microsegment_few_customers",
            {"have": 150, "need": 200},
        ),
        (lambda t: {**t, "left": np.zeros(1000, bool)}, "microsegment_constant", {"customers": 1000}),
        (lambda t: {**t, "left": np.arange(1000) < 7}, "microsegment_few_yes", {"have": 7, "need": 20}),
        (lambda t: {k: t[k] for k in ("customer_id", "left")}, "microsegment_no_variables", {}),
    ],
)
def test_what_the_data_cannot_carry_says_what_is_missing(change, code, figures):
    table, chance = customers(1000)
    table["left"] = chance.random(1000) < 0.3
    found = vitrail.microsegments(pa.table(change(table)), "left")
    assert not found.groups
    assert [(note.code, dict(note.figures)) for note in found.findings] == [(code, figures)]


def test_unknown_names_are_told_with_what_was_meant():
    table, _ = customers(300)
    with pytest.raises(PlanError, match="did you mean `country`"):
        vitrail.microsegments(pa.table(table), "v0", variables=["contry"])
    with pytest.raises(UsageError, match="no column `id`"):
        vitrail.microsegments(pa.table(table), "v0", key="id")


@pytest.mark.parametrize(
    ("quantiles", "least", "whole", "cuts"),
    [
        ([1, 1, 1, 1], 1, True, []),
        ([0, 0, 3], 0, True, [3]),
        ([0.013, 0.027, 0.048], 0.0, False, ["0.01", "0.03", "0.05"]),
        ([-12.2, 0.4, 11.7], -30.0, False, [-10, 0, 10]),
        ([98_765, 198_765], 5, True, [100_000, 200_000]),
    ],
)
def test_cuts_are_round_numbers_between_which_the_values_still_differ(quantiles, least, whole, cuts):
    assert [float(cut) for cut in choose_cuts(quantiles, least, whole)] == [float(cut) for cut in cuts]
