"""Measurable, accessible, substantial, actionable: figure, threshold, what would change the verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import vitrail
from vitrail.errors import UsageError, VitrailError
from vitrail.i18n import sentences, text
from vitrail.validation import CRITERIA
from vitrail.validation.accessible import find_channel

SIZE = 400


def table(**columns: Any) -> pa.Table:
    base: dict[str, Any] = {"segment": ["a", "b"] * (SIZE // 2), "visits": list(range(SIZE))}
    return pa.table(base | columns)


def judged(customers: pa.Table, criterion: Any, **options: Any) -> Any:
    found = vitrail.validate(customers, "segment", **{"formed_by": ["visits"], **options})
    return found.card("segment.a").judgements[criterion]


def test_measurable_is_the_share_of_members_with_all_that_defines_them() -> None:
    holes = [None if i % 2 == 0 and i < 80 else i for i in range(SIZE)]  # 40 of the 200 members of `a`
    each = judged(table(visits=holes), "measurable")
    assert (each.verdict, each.figure, each.figures["missing"]) == ("weak", 0.8, 40)
    assert judged(table(), "measurable").verdict == "pass"


def test_a_value_that_cannot_be_is_not_measured() -> None:
    ages = [-5] * (SIZE // 2) + [40] * (SIZE // 2)
    each = judged(table(age_years=ages), "measurable", formed_by=["visits", "age_years"])
    assert (each.verdict, each.figure) == ("pass", 1.0)  # a column Vitrail does not know has no bounds
    negative = [-1] * 100 + [5] * (SIZE - 100)
    each = judged(table(recency_days=negative), "measurable", formed_by=["recency_days"])
    assert (each.verdict, each.figure) == ("fail", 0.75)


@pytest.mark.parametrize(
    ("columns", "figure", "verdict"),
    [
        ({"email": ["a@b.c", "a@b.c", None, None] * 100}, 0.5, "pass"),
        ({"email": ["a@b.c"] * SIZE, "accepts_marketing": [True, True, False, False] * 100}, 0.5, "pass"),
        ({"email": ["not an address"] * SIZE}, 0.0, "fail"),
        ({"phone": ["", "1", " ", "1"] * 100, "email": [None] * 390 + ["a@b.c"] * 10}, 0.025, "fail"),
        ({}, None, "not_estimable"),
    ],
)
def test_accessible_is_the_share_that_a_channel_reaches(
    columns: dict[str, Any], figure: float | None, verdict: str
) -> None:
    each = judged(table(**{name: pa.array(values) for name, values in columns.items()}), "accessible")
    assert (each.figure, each.verdict) == (figure, verdict)


def test_an_address_and_the_agreement_to_use_it_are_told_apart() -> None:
    agreed = table(email=["a@b.c"] * SIZE, accepts_marketing=[True, True, False, False] * 100)
    each = judged(agreed, "accessible")
    assert (each.figure, each.reason) == (0.5, "validation_accessible_one_agreed")
    assert (each.figures["share"], each.figures["address"]) == (0.5, 1.0)
    almost = [False, *[True, False, False, True] * (SIZE // 4)][:SIZE]
    nearly = table(email=["a@b.c"] * SIZE, accepts_marketing=almost)
    each = judged(nearly, "accessible")
    assert (each.verdict, each.figures["missing"]) == ("weak", 1)
    assert text(each.reason, "en", **each.figures).startswith("49.5% of")
    each = judged(table(email=["a@b.c"] * SIZE), "accessible")
    assert each.reason == "validation_accessible_one" and "address" not in each.figures


def test_channels_can_be_conditions_of_ones_own() -> None:
    each = judged(table(), "accessible", channels={"letter": "visits < 100"})
    assert (each.figure, each.verdict) == (0.25, "fail")


def test_a_strategy_is_held_to_its_own_channel() -> None:
    reached = {"email": ["a@b.c"] * SIZE, "phone": ["1", "1", "", ""] * 100}
    plan = {"segment.a": {"goal": "keep", "channel": "Un appel téléphonique", "success": "rate"}}
    each = judged(table(**reached), "accessible", strategies=plan)
    assert (each.figure, each.reason) == (0.5, "validation_accessible_strategy")
    each = judged(table(email=["a@b.c"] * SIZE), "accessible", strategies=plan)
    assert (each.verdict, each.reason) == ("not_estimable", "validation_accessible_no_channel")


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ("Newsletter du mardi", "email"),
        ("un rappel par e-mail", "email"),
        ("Lettre manuscrite", "post"),
        ("SMS, puis appels", "phone"),
        ("three posts a week", None),
        ("physically, in the shop", None),
        ("in_app message", "in_app"),
    ],
)
def test_a_channel_is_named_by_whole_words(said: str, channel: str | None) -> None:
    assert find_channel(said, ["post", "phone", "in_app"]) == channel


def test_a_newsletter_is_not_judged_by_who_has_a_postal_address() -> None:
    plan = {"segment.a": {"goal": "keep", "channel": "newsletter", "success": "rate"}}
    each = judged(table(address=["1 rue Haute"] * SIZE), "accessible", strategies=plan)
    assert (each.verdict, each.reason) == ("not_estimable", "validation_accessible_no_channel")


def test_substantial_asks_for_customers_for_value_and_for_room_for_a_test() -> None:
    assert judged(table(), "substantial", minimum_customers=201).verdict == "weak"
    assert judged(table(), "substantial", minimum_customers=300).verdict == "fail"
    assert judged(table(), "substantial", test_gain=0.05).reason == "validation_substantial_test"
    spend = {"spend": [1.0] * SIZE}
    each = judged(table(**spend), "substantial", value="spend", minimum_value=1000)
    assert (each.verdict, each.figure, each.threshold) == ("fail", 200.0, 1000.0)
    card = vitrail.validate(table(), "segment", formed_by=[]).card("segment.a")
    # two arms of 100 around 10 %: (1.96 + 0.84) √(2 × 0.1 × 0.9 / 100)
    assert card.smallest_gain == pytest.approx(0.1189, abs=0.0002)


def test_actionable_asks_for_a_whole_strategy_and_a_lever() -> None:
    apart = table(visits=[9, 1] * (SIZE // 2))
    whole = {"goal": "keep", "channel": "e-mail", "success": "rate"}
    found = {
        "none": judged(apart, "actionable"),
        "part": judged(apart, "actionable", strategies={"segment.a": {"goal": "keep"}}),
        "whole": judged(apart, "actionable", strategies={"segment.a": whole}),
        "no lever": judged(table(), "actionable", strategies={"segment.a": whole}),
        "neither": judged(table(), "actionable"),
    }
    assert {name: (each.verdict, each.figure) for name, each in found.items()} == {
        "none": ("weak", 1.0),
        "part": ("weak", 2.0),
        "whole": ("pass", 4.0),
        "no lever": ("weak", 3.0),
        "neither": ("fail", 0.0),
    }
    assert found["part"].figures["absent"] == ["validation_part_channel", "validation_part_success"]


def test_every_verdict_says_its_reason_and_what_would_change_it_in_both_languages() -> None:
    cases = [
        vitrail.validate(table(), "segment"),
        vitrail.validate(table(email=["a@b.c"] * SIZE), "segment", formed_by=[], minimum_customers=300),
        vitrail.validate(table(), "segment", formed_by=["visits"], language="fr"),
    ]
    for found in cases:
        for card in found.result.cards:
            assert tuple(card.judgements) == CRITERIA
            for each in card.judgements.values():
                for code in (each.reason, each.change):
                    assert code in sentences()
                    assert text(code, "fr", **each.figures) and text(code, "en", **each.figures)
        rows = found.to_arrow().to_pylist()
        assert len(rows) == 5 * len(found.result.cards) and all(
            row["reason"] and row["change"] for row in rows
        )
    assert "✗ non" in cases[2]._repr_html_() or "? on ne sait pas" in cases[2]._repr_html_()


def test_a_gate_stops_what_fails_and_lets_pass_what_does_not() -> None:
    found = vitrail.validate(table(email=[None, "a@b.c"] * 200), "segment", formed_by=[])
    stopped = [each.code for each in found.check_action("segment.a")]
    assert "validation_accessible_one" in stopped
    assert "validation_accessible_one" not in [each.code for each in found.check_action("segment.b")]
    assert found.check_action("segment.unknown") == ()


def test_nobody_is_judged_where_nobody_is() -> None:
    empty = vitrail.validate(table().slice(0, 0), "segment", formed_by=[])
    assert empty.result.cards == () and empty.to_arrow().num_rows == 0
    assert empty.to_dict()["coverage"][-1]["customers"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"segment": "segmant"}, "segment"),
        ({"segment": None}, "segment="),
        ({"formed_by": ["visit"]}, "visits"),
        ({"kpis": ["visit > 3"]}, "visits"),
        ({"value": "worth"}, "worth"),
        ({"strategies": {"segment.c": {"goal": "x"}}}, "segment.c"),
        ({"teem": "small"}, "team"),
        ({"kpis": ["born"]}, "validation.kpis.0"),
        ({"channels": {"post": "born > 3"}}, "validation.channels.post"),
    ],
)
def test_what_is_not_known_is_refused_with_what_may_have_been_meant(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(VitrailError) as refused:
        born = pa.array([None] * SIZE, pa.date32())
        vitrail.validate(table(born=born), **{"segment": "segment", **options})
    assert said in str(refused.value)


def test_a_result_of_vitrails_own_knows_what_formed_it() -> None:
    random = np.random.default_rng(1)
    orders = pa.table(
        {
            "customer_id": [f"c{i}" for i in random.integers(0, 200, 1500)],
            "ordered_at": pa.array(np.datetime64("2025-01-01") + random.integers(0, 360, 1500)),
            "amount": random.lognormal(3, 1, 1500).round(2),
        }
    )
    found = vitrail.validate(vitrail.rfm(orders, as_of="2026-01-01"))
    roles = {row["measure"]: row["role"] for row in found.compared().to_pylist()}
    assert roles["recency_days"] == "defining" and roles["mean_order_amount"] == "related"
    with pytest.raises(UsageError):
        vitrail.validate(vitrail.profiles(orders, as_of="2026-01-01"))


def test_kpis_are_the_plans_own_if_it_names_some() -> None:
    customers = table(town=["x", "y", "y", "z"] * 100, spend=[float(i % 7) for i in range(SIZE)])
    found = vitrail.validate(customers, "segment", formed_by=["visits"], kpis=["Town", "spend > 3"])
    roles = {row["measure"]: row["role"] for row in found.compared().to_pylist()}
    kpi = {"town = x", "town = y", "town = z", "spend > 3"}
    assert roles == {**dict.fromkeys(kpi, "kpi"), "visits": "defining"}


def test_values_that_are_infinite_or_no_numbers_are_counted_and_spoil_nothing() -> None:
    odd = [float("inf")] * 30 + [float("nan")] * 10 + [float(i % 9 + 3 * (i % 2)) for i in range(40, SIZE)]
    whole = table(visits=odd, spend=odd, worth=odd)
    found = vitrail.validate(whole, "segment", formed_by=["visits"], value="worth", minimum_value=5)
    card = found.card("segment.a")
    each = card.judgements["measurable"]
    assert (each.figure, each.figures["missing"], each.figures["infinite"]) == (0.9, 20, 20)
    assert {
        f.place: f.figures["values"] for f in found.findings if f.code == "validation_infinite"
    } == dict.fromkeys(("visits", "spend", "worth"), 40)
    kept = table(
        **{name: [v if i >= 40 else None for i, v in enumerate(odd)] for name in ("visits", "spend")}
    )
    without = vitrail.validate(kept, "segment", formed_by=["visits"], kpis=["spend"])
    same = vitrail.validate(whole, "segment", formed_by=["visits"], kpis=["spend"])
    assert same.compared() == without.compared()
    assert card.value == sum(v for v in odd[40::2])
