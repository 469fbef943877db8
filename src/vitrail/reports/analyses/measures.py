"""What a triangle measures: how each figure of a cell is read, written and said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vitrail.i18n import formats
from vitrail.reports.words import Words


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is read from a cell and written."""

    code: str
    key: str
    write: Callable[[float], str]
    sentence: Callable[[float], str]
    axis: str
    first: int  # the first period shown


def measure_retention(words: Words, first: int) -> Measure:
    """The share of a cohort that orders in a period."""
    return _measure_share("retention", words.text("cohorts_retention_axis"), first, words)


def measure_adoption(words: Words, thing: str) -> Measure:
    """The share that has taken something up by the end of a period."""
    return _measure_share("adoption", words.text("cohorts_adoption_axis", thing=thing), 0, words)


def _measure_share(code: str, axis: str, first: int, words: Words) -> Measure:
    """A share, in percent in a cell and with its sign in a sentence."""
    return Measure(code, code, lambda value: words.number(round(100 * value), 0), words.share, axis, first)


def measure_spending(words: Words) -> Measure:
    """What a customer of the cohort has brought since the start."""
    return Measure(
        "spending",
        "cumulative_revenue_per_customer",
        lambda value: words.number(round(value), 0),
        lambda value: words.money(value, 0),
        words.text("cohorts_spending_axis", sign=formats.currency_sign(words.currency))
        if words.currency
        else words.text("cohorts_spending_axis_bare"),
        0,
    )


def measure_ordering(words: Words) -> Measure:
    """How often a customer of the cohort has ordered since the start."""
    return Measure(
        "ordering",
        "cumulative_orders_per_customer",
        lambda value: words.number(round(value, 1), 1),
        lambda value: words.number(value, 2),
        words.text("cohorts_ordering_axis"),
        0,
    )
