"""Distinct: planted differences are found, noise is not, and what formed a segment is no evidence for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail


def draw_customers(random: np.random.Generator, customers: int) -> pa.Table:
    """Customers with two segmentations: `real` rests on a spend of heavy tails, `noise` on nothing."""
    talent = random.normal(size=customers)
    return pa.table(
        {
            "noise": random.choice(
                ["a", "b", "c", "d", "e"], customers, p=[0.4, 0.3, 0.15, 0.1, 0.05]
            ).tolist(),
            "real": np.where(talent > 0.5, "high", np.where(talent < -0.5, "low", "middle")).tolist(),
            "spend": np.exp(1.5 * (0.7 * talent + random.normal(size=customers))),
            "orders": random.poisson(np.exp(0.5 * talent)),
            "refunds": random.binomial(1, 0.05, customers) * random.random(customers),
            "visits": random.geometric(0.3, customers),
            "newsletter": (random.random(customers) < 0.4).tolist(),
            "channel": random.choice(["web", "shop", "phone"], customers, p=[0.6, 0.3, 0.1]).tolist(),
        }
    )


def verdicts(found: Any, segmentation: str) -> list[str]:
    cards = [each for each in found.result.cards if each.segmentation == segmentation]
    return [each.judgements["distinct"].verdict for each in cards]


def test_a_planted_difference_is_recovered_with_its_size() -> None:
    random = np.random.default_rng(5)
    inside = random.random(6000) < 0.2
    spend = random.lognormal(3 + 0.8 * inside, 1.6)  # heavy tails: a few customers bring most
    table = pa.table({"segment": np.where(inside, "rich", "other").tolist(), "spend": spend})
    found = vitrail.validate(table, "segment", formed_by=[])
    row = found.compared().to_pylist()[-1]
    truth = 0.638  # P(N(0.8, 1.6²) > N(0, 1.6²)) = Φ(0.8 / (1.6 √2))
    assert row["segment"] == "rich" and row["low"] < truth < row["high"]
    assert row["effect"] == pytest.approx(truth, abs=0.02)
    judged = found.card("segment.rich").judgements["distinct"]
    assert judged.verdict == "pass" and judged.figure == pytest.approx(row["low"])


def test_the_verdict_needs_a_difference_that_matters_not_only_one_that_is_sure() -> None:
    random = np.random.default_rng(6)
    inside = random.random(60_000) < 0.3
    table = pa.table({"segment": inside.tolist(), "visits": random.normal(0.08 * inside, 1)})
    assert verdicts(vitrail.validate(table, "segment", formed_by=[]), "segment") == ["weak", "weak"]


def test_random_segments_are_not_distinct_beside_real_ones() -> None:
    claims = 0
    for seed in range(8):
        table = draw_customers(np.random.default_rng(seed), customers=800)
        found = vitrail.validate(table, ["noise", "real"], formed_by={"noise": [], "real": ["spend"]})
        claims += sum(each in ("pass", "weak") for each in verdicts(found, "noise"))
        assert "pass" in verdicts(found, "real")
    assert claims <= 6  # of 40 noise segments; at 5 % more than 6 happen once in a hundred


def test_what_formed_a_segment_or_says_the_same_is_left_out() -> None:
    random = np.random.default_rng(7)
    spend = random.lognormal(3, 1, 2000)
    columns = {"segment": np.where(spend > 20, "big", "small").tolist(), "spend": spend}
    table = pa.table({**columns, "spend_in_cents": spend * 100 + random.normal(0, 1, 2000)})
    found = vitrail.validate(table, "segment", formed_by=["spend"])
    roles = {row["measure"]: row["role"] for row in found.compared().to_pylist()}
    assert roles == {"spend": "defining", "spend_in_cents": "redundant"}
    card = found.card("segment.big").judgements["distinct"]
    assert (card.verdict, card.reason) == ("not_estimable", "validation_distinct_no_kpi")
    unknown = vitrail.validate(table, "segment").card("segment.big")
    assert unknown.judgements["distinct"].verdict == "pass"
    assert unknown.judgements["measurable"].verdict == "not_estimable"


def test_p_values_are_adjusted_over_all_comparisons_of_all_segmentations() -> None:
    from scipy.stats import false_discovery_control

    table = draw_customers(np.random.default_rng(1), customers=1500)
    rows = vitrail.validate(table, ["noise", "real"], formed_by={"real": ["spend"]}).compared().to_pylist()
    kpis = [row for row in rows if row["role"] == "kpi" and row["p"] is not None]
    expected = false_discovery_control([row["p"] for row in kpis])
    assert [row["p_adjusted"] for row in kpis] == pytest.approx(expected.tolist(), abs=1e-12)
    assert all(row["p_adjusted"] is None for row in rows if row["role"] != "kpi")


def test_units_and_order_of_rows_change_nothing() -> None:
    table = draw_customers(np.random.default_rng(2), customers=900)
    shuffled = table.take(np.random.default_rng(3).permutation(table.num_rows))
    scaled = shuffled.set_column(
        shuffled.column_names.index("spend"), "spend", pa.array(shuffled["spend"].to_numpy() * 1024)
    )
    one, other = (vitrail.validate(each, "real", formed_by=["orders"]) for each in (table, scaled))
    effects = [
        [(r["effect"], r["low"], r["p"]) for r in each.compared().to_pylist()] for each in (one, other)
    ]
    assert effects[0] == effects[1]


def test_grades_lose_next_to_nothing_of_the_exact_ranks() -> None:
    from scipy.stats import mannwhitneyu

    table = draw_customers(np.random.default_rng(4), customers=4000)
    rows = vitrail.validate(table, "real", formed_by=[]).compared().to_pylist()
    spend, labels = table["spend"].to_numpy(), np.array(table["real"].to_pylist())
    for row in rows:
        if row["measure"] == "spend":
            inside, outside = spend[labels == row["segment"]], spend[labels != row["segment"]]
            exact = mannwhitneyu(inside, outside).statistic / (len(inside) * len(outside))
            assert row["effect"] == pytest.approx(exact, abs=0.003)


def test_a_share_that_most_have_at_its_ends_is_compared_as_exact_ranks_are() -> None:
    from scipy.stats import mannwhitneyu

    random = np.random.default_rng(7)
    orders = np.where(random.random(3000) < 0.04, random.integers(6, 15, 3000), 1)
    share, regular = random.binomial(orders, 0.5) / orders, orders > 1  # all have the same taste
    found = vitrail.validate(pa.table({"regular": regular, "share": share}), "regular", formed_by=[])
    exact = mannwhitneyu(share[regular], share[~regular]).statistic / regular.sum() / (~regular).sum()
    assert found.compared().to_pylist()[-1]["effect"] == pytest.approx(exact, abs=1e-12)
    assert verdicts(found, "regular") == ["fail", "fail"]


@pytest.mark.parametrize("odd", [[5.0] * 200, [None] * 200, [float("nan")] * 100 + [float("inf")] * 100])
def test_a_measure_without_variation_or_values_tells_nothing(odd: list[float | None]) -> None:
    table = pa.table({"segment": ["a", "b"] * 100, "odd": pa.array(odd, pa.float64())})
    found = vitrail.validate(table, "segment", formed_by=[])
    assert all(each in ("fail", "not_estimable") for each in verdicts(found, "segment"))


def test_too_few_members_are_said_with_how_many_are_needed() -> None:
    table = pa.table({"segment": ["few"] * 5 + ["many"] * 500, "visits": list(range(505))})
    judged = vitrail.validate(table, "segment", formed_by=[]).card("segment.few").judgements["distinct"]
    assert (judged.verdict, judged.figures["members"], judged.figures["needed"]) == ("not_estimable", 5, 16)


def test_a_segment_of_everyone_has_nobody_to_differ_from() -> None:
    table = pa.table({"segment": ["all"] * 100, "visits": list(range(100))})
    judged = vitrail.validate(table, "segment", formed_by=[]).card("segment.all").judgements["distinct"]
    assert judged.reason == "validation_distinct_everyone"
