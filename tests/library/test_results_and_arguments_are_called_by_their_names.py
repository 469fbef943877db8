"""A result goes straight into the next function; a wrong argument is named, never a plan nobody wrote."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import vitrail

DRAW = np.random.default_rng(4)
VISITS = np.concatenate([DRAW.normal(0, 1, 60), DRAW.normal(9, 1, 60)])
PEOPLE = pa.table(
    {
        "CustomerID": [f"c{n}" for n in range(120)],
        "visits": VISITS,
        "spend": 2.0 * (VISITS > 5) + DRAW.normal(0, 1.5, 120),
    }
)
ORDERS = pd.DataFrame(
    {
        "customer_id": [f"c{n % 40}" for n in range(200)],
        "ordered_at": [dt.date(2025, 1, 1) + dt.timedelta(days=n % 150) for n in range(200)],
        "amount": [5.0 + n % 60 for n in range(200)],
    }
)


def test_clusters_are_judged_on_what_did_not_form_them() -> None:
    found = vitrail.validate(vitrail.clusters(PEOPLE, variables="visits", count=2))
    assert [card.judgements["distinct"].verdict for card in found.result.cards] == ["pass", "pass"]
    assert "spend" in {each["measure"] for each in found.compared().to_pylist()}


def test_scored_customers_are_judged_as_they_are() -> None:
    assert vitrail.validate(vitrail.rfm(ORDERS)).card("rfm.champions")
    with pytest.raises(vitrail.VitrailError, match="segment="):
        vitrail.validate(vitrail.profiles(ORDERS))


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (lambda: vitrail.rfm(ORDERS, as_of=20250101), "rfm.as_of"),
        (lambda: vitrail.rfm(ORDERS, columns=["amount"]), "columns"),
        (
            lambda: vitrail.rules(ORDERS, {"x": {"when": "sum > 1"}, "y": {"otherwise": True}}),
            "rules.segments.x.when",
        ),
        (lambda: vitrail.cohorts(ORDERS, by="channel"), "cohorts.by"),
        (lambda: vitrail.abc(ORDERS, variable="worth"), "abc.variable"),
        (lambda: vitrail.portfolio(ORDERS), "portfolio"),
        (lambda: vitrail.clusters(PEOPLE, variables=["visit"]), "variables"),
        (lambda: vitrail.survival(PEOPLE, "visit", "spend > 1"), "duration"),
        (lambda: vitrail.validate(PEOPLE, segment="tier"), "segment"),
        (lambda: vitrail.hypotheses(PEOPLE, ["spend > 1"]), "claims"),
    ],
)
def test_an_error_names_the_argument(call, place):
    with pytest.raises(vitrail.VitrailError) as refusal:
        call()
    assert {each.place for each in refusal.value.findings} == {place}


@pytest.mark.parametrize(
    "frame",
    [ORDERS.assign(amount=[1, "two"] * 100), ORDERS["amount"], {"amount": [1]}, None],
    ids=["kinds mixed in a column", "series", "dict", "none"],
)
def test_what_is_no_dataframe_of_one_kind_a_column_is_refused(frame):
    with pytest.raises(vitrail.VitrailError):
        vitrail.rfm(frame)
