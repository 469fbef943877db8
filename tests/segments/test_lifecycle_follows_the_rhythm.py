"""The lifecycle: thresholds recovered from a known rhythm, each state, floors and the plan's own values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from vitrail.plan import LifecycleSpec

DAYS = {"new_days": 30, "at_risk_days": 90, "dormant_days": 180, "lost_days": 365}


def base(rows):
    """Rows of recency, days since the first order, gap before the last order, orders."""
    names = ("recency_days", "first_order_days", "last_gap_days", "order_count")
    profile = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return profile | {"total_amount": [Decimal(1)] * len(rows)}


def lifecycle(**given):
    return {"life": LifecycleSpec(method="lifecycle", **given)}


def test_thresholds_are_the_day_after_the_quantiles_of_the_last_gap(segment):
    rows = [(1, 1952, gap, 2 + gap % 5) for gap in range(1, 1001)]
    found = segment(lifecycle(), base(rows))
    assert found.codes == ["lifecycle_rhythm"]
    assert found.segmentations[0].cuts == {
        "recency_days": (751, 901, 976),
        "first_order_days": (501,),
        "last_gap_days": (901,),
        "order_count": (4,),
    }
    assert found.findings[0].message("fr").replace("\u202f", " ") == (
        "le dernier retour de chaque client, un par client, a pris moins de 501 jours pour la moitié d’entre "
        "eux, 751 pour trois sur quatre, 901 pour neuf sur dix, 976 pour 39 sur 40. "
        "Sans commande depuis 751 jours, il est dit à risque ; 901, dormant ; "
        "976, perdu"
    )
    day_less = segment(lifecycle(), base([(1, 1951, *row[2:]) for row in rows]))
    assert day_less.codes == ["lifecycle_rhythm", "lifecycle_short_record"]


STATES = {
    "new": (29, 29, None, 1),
    "active": (29, 30, 40, 2),
    "loyal": (89, 400, 179, 3),
    "at_risk": (90, 90, None, 1),
    "dormant": (180, 400, 20, 9),
    "lost": (365, 400, 20, 9),
    "won_back": (10, 400, 180, 9),
    "no_order": (None, None, None, 0),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_begins_on_its_threshold(segment, state):
    found = segment(lifecycle(**DAYS, loyal_orders=3), base([STATES[state]]))
    assert found.column("life") == [state]
    assert found.findings == ()


def test_too_few_returning_customers_get_the_usual_thresholds_and_a_finding(segment):
    found = segment(lifecycle(), base([(1, 400, 5, 2)] * 29 + [(1, 1, None, 1)] * 500))
    assert found.segmentations[0].cuts["recency_days"] == (90, 180, 365)
    assert found.segmentations[0].cuts["first_order_days"] == (30,)
    assert found.codes == ["lifecycle_few_returned"]
    assert found.findings[0].figures["returned"] == 29
    one_more = segment(lifecycle(), base([(1, 400, 5, 2)] * 30))
    assert "lifecycle_few_returned" not in one_more.codes


def test_given_thresholds_hold_and_the_others_stay_between_them(segment):
    rows = [(1, 2000, gap, 2) for gap in range(1, 1001)]
    found = segment(lifecycle(dormant_days=60), base(rows))
    assert found.segmentations[0].cuts["recency_days"] == (60, 60, 976)
    assert found.segmentations[0].cuts["first_order_days"] == (60,)


def test_what_the_plan_sets_is_not_called_the_rhythm(segment):
    rows = [(1, 2000, gap, 2 + gap % 5) for gap in range(1, 1001)]
    told = segment(lifecycle(at_risk_days=800), base(rows)).findings[0].message("fr")
    assert "751 pour trois sur quatre" in told and "depuis 800 jours" in told
    assert "Le plan fixe lui-même certains seuils" in told


def test_meanings_quote_the_thresholds(segment):
    found = segment(lifecycle(**DAYS, loyal_orders=3), base([STATES["new"]]))
    meanings = {each.key: each.meaning for each in found.segmentations[0].segments}
    assert meanings["lost"] == {
        "en": "Silent for 365 days or more",
        "fr": "Silencieux depuis 365 jours ou plus",
    }
