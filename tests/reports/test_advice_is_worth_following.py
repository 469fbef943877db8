"""What to do: most money first, what slips and the second order too, by a channel that reaches the people."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from vitrail.engine import DuckDB
from vitrail.insight.groups import choose_main
from vitrail.reports.advice import KEPT, list_goals, name_goal, tell_advice, tell_order
from vitrail.reports.run import ReportedRun, SegmentationRow, SegmentRow, load_reported
from vitrail.reports.words import Words
from vitrail.store import open_run


@pytest.fixture(scope="module")
def run(small_run: Path) -> ReportedRun:
    with DuckDB() as engine:
        return load_reported(engine, open_run(small_run))


@pytest.fixture(scope="module")
def main(run: ReportedRun) -> SegmentationRow:
    found = choose_main(run.segmentations)
    assert found is not None
    return found


def judge(reach: dict[str, float]) -> dict[str, Any]:
    """What the validation says of the segment of customers not to be lost."""
    accessible = {"reason": "validation_accessible_any", "change": "", "figures": {}}
    card = {"segmentation": "value", "segment": "critical", "customers": 3, "reach": reach}
    return {"cards": [card | {"criteria": {"accessible": accessible}}], "thresholds": {"accessible": 0.5}}


def test_the_money_at_stake_decides_and_what_is_won_already_comes_last(
    run: ReportedRun, main: SegmentationRow
) -> None:
    said = [str(each.stakes) for each in tell_advice(run, main, Words("en", "GBP"))]
    ranked = sorted(
        (each for each in main.segments if each.tone != "asleep" and each.customers),
        key=lambda each: (each.tone in KEPT, -(each.revenue or 0)),
    )
    assert len(said) > 2
    for segment, item in zip(ranked, said, strict=False):
        assert f"<strong>{segment.name('en')}</strong>" in item
    last = next(each for each in reversed(ranked) if each.tone not in KEPT)
    recent = {main.key: {last.key: Decimal(1)}}
    [first, *_] = tell_advice(run, main, Words("en", "GBP"), recent=recent)
    assert f"<strong>{last.name('en')}</strong>" in first.stakes, "what is bought today can be lost today"
    assert "last 12 months" in tell_order(run, main, Words("en", "GBP"), recent=recent)
    assert "since the data begin" in tell_order(run, main, Words("en", "GBP"))


def test_loyal_customers_who_slip_and_the_second_order_have_a_place_and_what_is_alike_says_so(
    run: ReportedRun, main: SegmentationRow
) -> None:
    def make(tone: str, revenue: int, days: float = 10.0) -> SegmentRow:
        figures = {"median_recency_days": days, "median_days_between_orders": 20.0}
        made = replace(main.segments[0], key=tone, tone=tone, label={"en": tone}, figures=figures)
        return replace(made, revenue=Decimal(revenue), customers=5)

    tones = ("potential", "at_risk", "attention", "sleepy", "critical")
    segments = [make(tone, 900 - place) for place, tone in enumerate(tones)]
    cut = replace(
        main, segments=(make("loyal", 999, 41.0), *segments, make("new", 1), make("champions", 5000))
    )
    alike = judge({})["cards"][0] | {"segmentation": cut.key, "segment": "attention"}
    alike["criteria"] = {"distinct": {"verdict": "fail"}}
    judged = {"cards": [alike], "thresholds": {}}

    def names(cut: SegmentationRow) -> list[str]:
        items = tell_advice(replace(run, segmentations=(cut,)), cut, Words("en", "GBP"), judged)
        return [re.findall("<strong>(.*?)</strong>", item.stakes)[0] for item in items]

    assert names(cut) == ["loyal", "potential", "at_risk", "attention", "critical", "new"]
    told = tell_order(replace(run, segmentations=(cut,)), cut, Words("en", "GBP"), judged)
    assert "The list stops at six; " in told and "in the table that follows: sleepy, champions." in told
    more = [make(tone, 900) for tone in (*tones[:4], "new", "promising")]
    few = replace(cut, segments=(*more, segments[4]))
    assert len(names(few)) == 6 and {"at_risk", "critical"} <= {*names(few)}
    steady = replace(cut, segments=(make("loyal", 999, 40.0), *segments[:3], make("new", 1)))
    assert names(steady) == ["potential", "at_risk", "attention", "new", "loyal"]
    [_, _, attention, *_] = tell_advice(
        replace(run, segmentations=(steady,)), steady, Words("en", "GBP"), judged
    )
    assert "Nothing else sets them apart" in attention.reach


@pytest.mark.parametrize(
    ("bought", "said"),
    [
        ("200", "of purchases (£100 each), £200 of them in the last 12 months"),
        ("500", "each), all in the last 12 months"),
        ("-3", "each), none in the last 12 months"),
        (None, "of purchases (£100 each); half"),
    ],
)
def test_the_last_year_is_told_beside_the_whole_and_a_name_hides_no_absence(
    run: ReportedRun, main: SegmentationRow, bought: str | None, said: str
) -> None:
    figures = {"median_recency_days": 1100.0, "median_days_between_orders": 20.0}
    gone = replace(main.segments[0], key="loyal", tone="loyal", label={"en": "Loyal"}, figures=figures)
    cut = replace(main, segments=(replace(gone, revenue=Decimal(500), customers=5),))
    recent = {} if bought is None else {cut.key: {"loyal": Decimal(bought)}}
    [advice] = tell_advice(replace(run, segmentations=(cut,)), cut, Words("en", "GBP"), recent=recent)
    assert said in advice.stakes and "for 3 years or more" in advice.stakes
    assert "whatever the name says" in advice.move


@pytest.mark.parametrize(
    ("cut", "orders", "days", "move"),
    [
        (2, 1.0, 10.0, "Welcome them."),
        (2, 1.0, 95.0, "Prompt a second order."),
        (2, 1.4, 10.0, "Confirm: suggest a next order."),  # ten scores: a first band of one and two orders
        (4, None, 10.0, "Confirm: suggest a next order."),
        (5, 1.0, 10.0, "Welcome them."),  # a band of up to four orders, and nobody in it has two
    ],
)
def test_neither_a_second_order_is_asked_of_those_who_have_it_nor_a_welcome_sent_to_the_long_silent(
    run: ReportedRun, main: SegmentationRow, cut: int, orders: float | None, days: float, move: str
) -> None:
    figures = {"median_recency_days": days, "mean_order_count": orders}
    new = replace(main.segments[0], key="new", tone="new", label={"en": "New"}, figures=figures)
    own = replace(main, segments=(new,), cuts={"order_count": (Decimal(cut),)})
    [advice] = tell_advice(replace(run, segmentations=(own,)), own, Words("en", "GBP"))
    assert advice.move == f"<strong>{move}</strong>"


@pytest.mark.parametrize(("kpi", "grows"), [("total_amount", True), ("amount_365d", False)])
def test_an_objective_names_its_segment_whole_and_says_where_its_figure_cannot_fall(
    run: ReportedRun, main: SegmentationRow, kpi: str, grows: bool
) -> None:
    other = replace(main, key="other", label={"en": "Other cut"})
    asked = {"statement": {"en": "More"}, "kpi": kpi, "segment": f"other.{main.segments[0].key}"}
    [goal] = list_goals(replace(run, segmentations=(main, other), objectives=[asked]), Words("en", "GBP"))
    assert f"{main.segments[0].name('en')} (Other cut)" in goal.terms[1]
    assert any("hardly fall" in term for term in goal.terms) is grows


WRITE = "Leur écrire, un par un\u202f: "


@pytest.mark.parametrize(
    ("reach", "move", "told"),
    [
        ({"email": 0.9, "phone": 0.6}, "Appeler, un par un.", "e\u2011mail 90\u202f%, téléphone 60\u202f%."),
        (
            {"email": 0.9, "phone": 0.1},
            WRITE + "un e\u2011mail signé d’une personne.",
            "e\u2011mail 90\u202f%",
        ),
        ({"post": 0.4}, WRITE + "une lettre signée d’une personne.", "courrier 40\u202f%"),
        ({"boutique": 0.4}, "Les contacter, un par un.", "Joignables\u202f: boutique 40\u202f%"),
        ({}, "Les contacter, un par un.", ""),
    ],
)
def test_nobody_is_advised_a_call_where_no_telephone_is_known(
    run: ReportedRun, main: SegmentationRow, reach: dict[str, float], move: str, told: str
) -> None:
    lost = replace(main.segments[0], key="critical", tone="critical", customers=2)
    cut = replace(main, segments=(lost,))
    [item] = tell_advice(replace(run, segmentations=(cut,)), cut, Words("fr", "GBP"), judge(reach))
    assert item.move == f"<strong>{move}</strong>"
    assert told in item.reach
    alone = replace(main, segments=(replace(lost, customers=1),))
    [one] = tell_advice(replace(run, segmentations=(alone,)), alone, Words("fr", "GBP"), judge(reach))
    assert "un par un" not in one.move


def test_data_without_any_way_to_reach_people_say_so_once(run: ReportedRun) -> None:
    words = Words("fr", "GBP")
    assert "Ni e\u2011mail, ni téléphone, ni adresse" in tell_order(run, None, words, judge({}))
    assert "Ni e\u2011mail" not in tell_order(run, None, words, judge({"email": 0.1}))


@pytest.mark.parametrize(
    ("kpi", "said"),
    [
        ("order_count > 1", "Commandes\u202f: plus de 1"),
        ("30 < recency_days", "Jours depuis la dernière commande\u202f: plus de 30"),
        (
            "not is_one_time and discount_share >= 0.1",
            "Client d’une seule commande\u202f: non · part de remise\u202f: 10\u202f% ou plus",
        ),
        (
            "usual_hour < 12 and total_amount between 50 and 99.5",
            "Heure habituelle\u202f: avant 12\u202fh · montant total\u202f: de 50\u202f€ à 99,50\u202f€",
        ),
        (
            "country in ('DE', 'Spain') and age_years is null",
            "Pays\u202f: parmi Allemagne, Espagne · âge\u202f: non renseigné",
        ),
        ("order_count > 1 or recency_days < 30", "order count > 1 or recency days < 30"),
        ("retention_rate", "taux de fidélisation"),
        ("Deux commandes sur trois", "Deux commandes sur trois"),
        ("repeat_rate", "repeat rate"),
    ],
)
def test_what_success_is_stands_in_words(kpi: str, said: str) -> None:
    assert name_goal(kpi, Words("fr", "EUR"), {}) == said
