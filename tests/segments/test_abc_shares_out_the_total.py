"""ABC classes: published sizes, the definition by brute force, ties, zeros and negatives."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrail.plan import AbcSpec


def base(amounts):
    return {"recency_days": [1] * len(amounts), "order_count": [1] * len(amounts), "total_amount": amounts}


@pytest.mark.usefixtures("online_retail")
def test_the_published_classes_of_online_retail(segment):
    found = segment({"revenue": AbcSpec(method="abc", shares={"a": 0.8, "b": 0.15, "c": 0.05})})
    assert Counter(found.column("revenue")) == {"a": 1132, "b": 1469, "c": 1737}


def by_definition(amounts, shares):
    """Each amount's class, from the words of the issue."""
    total = sum(amount for amount in amounts if amount > 0)
    bounds = [sum(map(Decimal, list(shares.values())[: i + 1])) for i in range(len(shares) - 1)]
    classes = []
    for amount in amounts:
        cumulative = sum(other for other in amounts if other > 0 and other >= amount)
        inside = [name for name, bound in zip(shares, bounds, strict=False) if cumulative <= bound * total]
        if amount <= 0:
            classes.append(list(shares)[-1])
        elif amount == max(amounts):
            classes.append(next(iter(shares)))
        else:
            classes.append(inside[0] if inside else list(shares)[-1])
    return classes


cents = st.decimals("-50", "5000", places=2) | st.sampled_from([Decimal(0), Decimal(10), Decimal(30)])
SHARES = ({"a": "0.6", "b": "0.3", "c": "0.1"}, {"a": "0.7", "b": "0.1", "c": "0.1", "d": "0.1"}, {"a": "1"})


@settings(max_examples=50)
@given(amounts=st.lists(cents, min_size=1, max_size=40), shares=st.sampled_from(SHARES))
def test_classes_are_those_of_the_definition(segment, amounts, shares):
    spec = AbcSpec(method="abc", shares={name: float(share) for name, share in shares.items()})
    assert segment({"x": spec}, base(amounts)).column("x") == by_definition(amounts, shares)


def test_a_share_that_lands_on_the_bound_is_inside_whatever_binary_fractions_say(segment):
    amounts = [Decimal(7), Decimal(1), Decimal("0.9"), Decimal("0.6"), Decimal("0.5")]
    spec = AbcSpec(method="abc", shares={"a": 0.7, "b": 0.1, "c": 0.2})
    assert segment({"x": spec}, base(amounts)).column("x") == ["a", "b", "c", "c", "c"]
    beyond = [Decimal(4), Decimal("2.0001"), Decimal(2), Decimal(2)]  # 6.0001 of a bound of 6.00006
    assert segment({"x": AbcSpec(method="abc")}, base(beyond)).column("x") == ["a", "b", "c", "c"]


def test_one_customer_who_is_almost_everything_is_class_a(segment):
    assert segment({"x": AbcSpec(method="abc")}, base([Decimal(99), Decimal(1)])).column("x") == ["a", "c"]


def test_what_adds_nothing_is_in_the_last_class_and_said_with_figures(segment):
    found = segment({"x": AbcSpec(method="abc")}, base([Decimal(10), Decimal(0), Decimal(-4), None]))
    assert found.column("x") == ["a", "c", "c", "c"]
    assert found.codes == ["abc_not_positive_revenue", "abc_missing"]
    told, missing = found.findings
    figures = ("customers", "zero", "negative", "total")
    assert [told.figures[name] for name in figures] == [2, 1, 1, Decimal(-4)]
    assert missing.figures["customers"] == 1


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ((0, -4), "2 clients n’apportent aucun chiffre d’affaires (1 à zéro, 1 en négatif : −4 en tout)"),
        ((0,), "1 client n’apporte aucun chiffre d’affaires (montant à zéro) : classe C"),
        ((-4, -2), "2 clients ont été remboursés au-delà de leurs achats (−6 en tout) : classe C"),
    ],
)
def test_only_what_there_is_gets_told_and_in_words(segment, amounts, said):
    found = segment({"x": AbcSpec(method="abc")}, base([Decimal(10), *map(Decimal, amounts)]))
    assert said in found.findings[0].message("fr").replace("\u202f", " ")


def test_another_variable_is_told_by_its_name(segment):
    spec = AbcSpec(method="abc", variable="item_count")
    amounts = base([Decimal(10), Decimal(20)]) | {"item_count": [0, 3]}
    said = segment({"x": spec}, amounts).findings[0].message("fr")
    assert "item_count" not in said and "articles" in said


def test_a_class_that_equal_values_keep_from_its_share_is_told(segment):
    spec, equal = AbcSpec(method="abc"), [Decimal(50)] * 12 + [Decimal(30)] * 12
    (told,) = segment({"x": spec}, base(equal)).findings
    assert (told.code, told.figures) == ("abc_uneven", {"name": "B", "share": 0.625, "asked": 0.6 + 0.3})
    (few,) = segment({"x": spec}, base([Decimal(50)] * 8)).findings  # all at the top, of a class of 60 %
    assert (few.code, few.figures) == ("abc_uneven", {"name": "A", "share": 1.0, "asked": 0.6})
    for few_or_apart in (equal[3:22], [Decimal(90), Decimal(10)], [Decimal(i) for i in range(100, 124)]):
        assert segment({"x": spec}, base(few_or_apart)).codes == []


def test_nothing_above_zero_puts_everyone_in_the_last_class_and_says_so(segment):
    found = segment({"x": AbcSpec(method="abc")}, base([Decimal(0), Decimal(0), Decimal(-1)]))
    assert found.column("x") == ["c", "c", "c"]
    assert found.codes == ["abc_nothing_to_share"]


def test_amounts_near_the_end_of_what_money_can_be_do_not_overflow(segment):
    amounts = [Decimal(10) ** 13 - i for i in range(50)]
    assert Counter(segment({"x": AbcSpec(method="abc")}, base(amounts)).column("x"))["a"] == 29


def test_a_variable_in_binary_is_shared_out_too(segment):
    profile = base([Decimal(1)] * 4) | {"days_between_orders": [0.6, 0.3, 0.1, float("nan")]}
    found = segment({"x": AbcSpec(method="abc", variable="days_between_orders")}, profile)
    assert found.column("x") == ["a", "b", "c", "c"]


def test_classes_say_what_they_hold_in_both_languages(segment):
    found = segment({"x": AbcSpec(method="abc", variable="order_count")}, base([Decimal(1)]))
    first = found.segmentations[0].segments[0]
    assert first.label == {"en": "Class A", "fr": "Classe A"}
    assert "60" in first.meaning["en"]
    assert "60" in first.meaning["fr"]

    for shares, tones in (
        ((0.6, 0.4), ["champions", "asleep"]),
        ((0.6, 0.3, 0.1), ["champions", "potential", "asleep"]),
    ):
        spec = AbcSpec(method="abc", shares=dict(zip("abc", shares, strict=False)))
        classes = segment({"x": spec}, base([5, 3, 1])).segmentations[0].segments
        assert [each.tone for each in classes] == tones
        assert classes[-1].meaning["en"].startswith("The last")
        assert all(each.meaning["en"].startswith("The next") for each in classes[1:-1])
