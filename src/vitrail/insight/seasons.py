"""Which months stand out, year after year: seasonal indices with the growth from year to year taken out.

Model: whole years are counted back from the last month that is over, so that no month counts twice and none
    is cut short. A month is taken per day, each weekday counting for what it usually brings, so that neither
    28 days nor a fifth Saturday is a season. Growth is one rate a month, from the first of these years to
    the last, and is divided out; each month is then a multiple of its year's mean month, and its index is
    the mean of these. What returns is told by an analysis of variance: months are conditions, years are
    rounds; a month that stays in part for the next leaves it fewer degrees of freedom (see
    `vitrail.statistics.variance`).
Assumes: growth is steady, without a jump; weekdays differ in the same way all year.
Source: the ratio to the year's mean, Persons, "Indices of business conditions", Review of Economics and
    Statistics 1, 1919; Young, "Estimating trading-day variation in monthly economic time series", U.S. Bureau
    of the Census, Technical Paper 12, 1965; Fisher, "Statistical methods for research workers", 1925.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vitrail.statistics.variance import recurrence_p

LEAST_YEARS = 2
MOST_SLACK_DAYS = 7
MONTHS = 12
WEEKDAYS = 7


@dataclass(frozen=True, slots=True)
class Season:
    """The months of a year of one series.

    Args:
        index: twelve multiples of the mean month, January first, of mean 1.
        growth: from one year to the next, as a share (0.1: ten percent more); None where a year is empty.
        p: of a series without a season showing so much of one; None where it cannot be told.
    """

    index: tuple[float, ...]
    growth: float | None
    p: float | None


def list_months(first: dt.date, last: dt.date) -> list[dt.date]:
    """The first day of every month from that of `first` to that of `last`.

    >>> [day.isoformat() for day in list_months(dt.date(2010, 12, 24), dt.date(2011, 2, 1))]
    ['2010-12-01', '2011-01-01', '2011-02-01']
    """
    start, end = (day.year * MONTHS + day.month - 1 for day in (first, last))
    return [dt.date(at // MONTHS, at % MONTHS + 1, 1) for at in range(start, end + 1)]


def whole_months(days: Sequence[dt.date], as_of: dt.date) -> list[dt.date]:
    """The months that the data cover from their first day to their last, in order.

    A month is covered when the days on which anything was ordered leave no more out at its edge than is usual
    between two such days, a week at most: a shop closed on 1 January still has a whole January.

    Args:
        days: every day with an order, ascending.
        as_of: nothing from that day on exists.

    >>> days = [dt.date(2025, 1, 2) + dt.timedelta(days=n) for n in range(70)]
    >>> [day.month for day in whole_months(days, dt.date(2025, 3, 13))]
    [1, 2]
    """
    if not days:
        return []
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    usual = gaps[math.ceil(0.95 * len(gaps)) - 1] if gaps else 1
    slack = dt.timedelta(days=min(usual, MOST_SLACK_DAYS))
    known_from, known_to = days[0] - slack, min(days[-1] + slack, as_of - dt.timedelta(days=1))
    return [
        month
        for month in list_months(days[0], as_of - dt.timedelta(days=1))
        if month >= known_from and _last_day(month) <= known_to
    ]


def _last_day(month: dt.date) -> dt.date:
    return list_months(month, month + dt.timedelta(days=32))[1] - dt.timedelta(days=1)


def whole_years(months: Sequence[dt.date]) -> list[list[dt.date]]:
    """Whole months in rounds of twelve, counted back from the last; the first months may be in none."""
    rounds = len(months) // MONTHS
    start = len(months) - rounds * MONTHS
    return [list(months[start + at * MONTHS : start + (at + 1) * MONTHS]) for at in range(rounds)]


def trading_days(weekdays: Mapping[int, float], months: Collection[dt.date]) -> dict[dt.date, float]:
    """What each month is worth in mean days, by how many of each weekday it has.

    Args:
        weekdays: what each brought over all these months, 1 (Monday) to 7; one without is zero. Where nothing
            was brought, every day counts for one.

    >>> february, march = dt.date(2025, 2, 1), dt.date(2025, 3, 1)
    >>> days = trading_days({6: 9.0}, [february, march])  # open on Saturdays: four, then five
    >>> days[february], days[march]
    (28.0, 35.0)
    >>> trading_days({}, [february])[february]
    28.0
    """
    counts = {month: _count_weekdays(month) for month in months}
    brought = [max(weekdays.get(at + 1, 0.0), 0.0) for at in range(WEEKDAYS)]
    rates = [value / max(sum(each[at] for each in counts.values()), 1) for at, value in enumerate(brought)]
    mean = sum(rates) / WEEKDAYS
    weights = [rate / mean for rate in rates] if mean > 0 else [1.0] * WEEKDAYS
    return {
        month: sum(weight * days for weight, days in zip(weights, each, strict=True))
        for month, each in counts.items()
    }


def _count_weekdays(month: dt.date) -> list[int]:
    """How many of each weekday a month has, Monday first."""
    first, days = calendar.monthrange(month.year, month.month)
    return [4 + ((at - first) % WEEKDAYS < days - 28) for at in range(WEEKDAYS)]


def fit_season(
    values: Mapping[dt.date, float],
    years: Sequence[Sequence[dt.date]],
    days: Mapping[dt.date, float] | None = None,
) -> Season | None:
    """The season of one series; None with fewer than two years, or where a year brought nothing.

    Args:
        values: by month; a month without one is zero.
        years: the rounds of `whole_years`.
        days: what each month is worth in days, of `trading_days`; those of the calendar where None.

    >>> months = list_months(dt.date(2022, 1, 1), dt.date(2023, 12, 1))
    >>> orders = {day: 62.0 if day.month == 12 else 1.0 * _last_day(day).day for day in months}
    >>> season = fit_season(orders, whole_years(months))  # two a day in December, else one
    >>> round(season.index[11], 3), round(season.index[1], 3), season.growth
    (1.846, 0.923, 0.0)
    """
    every = [day for year in years for day in year]
    daily = _per_day(values, every, trading_days({}, every) if days is None else days)
    totals = [sum(daily[day] for day in year) for year in years]
    if len(years) < LEAST_YEARS or min(totals) <= 0:
        return None
    monthly = (totals[-1] / totals[0]) ** (1 / (MONTHS * (len(years) - 1)))
    rounds = []
    for year in years:
        level = [daily[day] / monthly**at for at, day in enumerate(year)]
        mean = sum(level) / MONTHS
        rounds.append([value / mean for value in level])
    means = {day.month: sum(each[at] for each in rounds) / len(rounds) for at, day in enumerate(years[0])}
    index = tuple(means[month] for month in range(1, MONTHS + 1))
    return Season(index, monthly**MONTHS - 1, recurrence_p(rounds))


def fit_months(
    values: Mapping[dt.date, float], months: Collection[dt.date], days: Mapping[dt.date, float]
) -> dict[dt.date, float] | None:
    """Each whole month per day of `trading_days`, a multiple of their mean; None if that is not above 0."""
    daily = _per_day(values, months, days)
    mean = sum(daily.values()) / len(daily) if daily else 0.0
    return {day: value / mean for day, value in daily.items()} if mean > 0 else None


def _per_day(
    values: Mapping[dt.date, float], months: Collection[dt.date], days: Mapping[dt.date, float]
) -> dict[dt.date, float]:
    return {month: values.get(month, 0.0) / days[month] for month in months}
