"""Months, weekdays, hours and the rhythm: a season needs two years, and must return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from vitrail.insight.seasonality import SeasonalityResult, analyse_seasonality, quantile
from vitrail.insight.seasons import fit_season, list_months, trading_days, whole_months, whole_years
from vitrail.plan.pictures import SeasonalitySpec
from vitrail.statistics.variance import fisher_tail, recurrence_p

TRUE_INDEX = np.array([0.9, 0.8, 0.8, 0.9, 1.0, 1.0, 0.8, 0.7, 1.0, 1.1, 1.3, 1.7])


def orders(seed: int, per_day: float, years: int = 2, index: Any = None, growth: float = 1.0) -> list[Any]:
    """Orders of one customer a day, by chance around a yearly course; growth is a factor a year."""
    rng = np.random.default_rng(seed)
    first = dt.date(2023, 1, 1)
    lines = []
    for n in range((dt.date(2023 + years, 1, 1) - first).days):
        day = first + dt.timedelta(days=n)
        rate = per_day * growth ** (n / 365.25) * (1 if index is None else index[day.month - 1])
        lines += [
            (
                f"c{rng.integers(50)}",
                dt.datetime.combine(day, dt.time(int(rng.integers(8, 20)), 30)),
                5.0,
                None,
            )
            for _ in range(rng.poisson(rate))
        ]
    return lines


def look(base: Any, as_of: dt.date, **options: Any) -> SeasonalityResult:
    result, _ = analyse_seasonality(base.engine, SeasonalitySpec(**options), base.groups, as_of)
    assert result is not None
    return result


def rows(result: SeasonalityResult, part: str, segment: str | None = None) -> list[dict[str, Any]]:
    return [row for row in result.rows if row["part"] == part and row["segment"] == segment]


EVERYBODY = {f"c{n}": "a" if n % 2 else "b" for n in range(50)}


def test_the_tail_of_fishers_f_is_that_of_scipy() -> None:
    for f, one, two in ((0.3, 11, 11), (2.8, 11, 22), (40.0, 11, 11), (1.0, 3, 9)):
        assert fisher_tail(f, one, two) == pytest.approx(stats.f.sf(f, one, two), rel=1e-9)


def test_a_known_season_is_recovered_whatever_the_growth(make_tables: Callable[..., Any]) -> None:
    lines = orders(1, 20, years=3, index=TRUE_INDEX, growth=1.6)
    result = look(make_tables(lines, EVERYBODY), dt.date(2026, 1, 1))
    season = rows(result, "season")
    true = TRUE_INDEX / TRUE_INDEX.mean()
    assert [row["index"] for row in season] == pytest.approx(true, abs=0.08)
    assert sum(row["index"] for row in season) == pytest.approx(12)
    assert season[0]["growth"] == pytest.approx(0.6, abs=0.08)
    assert season[0]["p_adjusted"] < 0.001


def test_without_a_season_none_is_claimed_more_often_than_chance_allows() -> None:
    """Growing by half a year, 30 orders a working day: what 28 days or 23 of them bring is no season."""
    rng = np.random.default_rng(5)
    months = list_months(dt.date(2023, 1, 1), dt.date(2025, 12, 1))
    days = np.arange(np.datetime64("2023-01-01"), np.datetime64("2026-01-01"))
    weekday = (days.astype(int) + 3) % 7
    month = (days.astype("datetime64[M]") - np.datetime64("2023-01")).astype(int)
    rates = 30 * 1.5 ** (np.arange(len(days)) / 365) * (weekday < 5)
    claims = 0
    for _ in range(300):
        orders = rng.poisson(rates).astype(float)
        worth = trading_days(dict(enumerate(np.bincount(weekday, orders), start=1)), months)
        season = fit_season(
            dict(zip(months, np.bincount(month, orders), strict=True)), whole_years(months), worth
        )
        assert season is not None and season.p is not None
        claims += season.p < 0.05
    assert claims / 300 <= 0.08


def test_years_are_counted_back_from_the_last_whole_month() -> None:
    months = list_months(dt.date(2022, 11, 1), dt.date(2025, 2, 1))
    years = whole_years(months)
    assert [(year[0], year[-1]) for year in years] == [
        (dt.date(2023, 3, 1), dt.date(2024, 2, 1)),
        (dt.date(2024, 3, 1), dt.date(2025, 2, 1)),
    ]


@pytest.mark.parametrize(
    ("first", "last", "as_of", "expected"),
    [
        ((2025, 1, 1), (2025, 3, 31), (2025, 4, 1), [1, 2, 3]),
        ((2025, 1, 2), (2025, 3, 31), (2025, 4, 1), [1, 2, 3]),
        ((2025, 1, 9), (2025, 3, 31), (2025, 4, 1), [2, 3]),
        ((2025, 1, 1), (2025, 3, 9), (2025, 3, 10), [1, 2]),
        ((2025, 1, 1), (2025, 3, 9), (2025, 7, 1), [1, 2]),
    ],
    ids=["whole", "closed on the first", "begins late", "cut by the date", "the data stop before the date"],
)
def test_a_month_is_whole_where_the_data_cover_it(
    first: Any, last: Any, as_of: Any, expected: list[int]
) -> None:
    start, end = dt.date(*first), dt.date(*last)
    days = [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]
    assert [month.month for month in whole_months(days, dt.date(*as_of))] == expected


def test_with_less_than_two_years_months_are_shown_and_no_season_is_spoken_of(
    make_tables: Callable[..., Any],
) -> None:
    base = make_tables(orders(2, 3, years=1), EVERYBODY)
    result, findings = analyse_seasonality(base.engine, SeasonalitySpec(), base.groups, dt.date(2023, 12, 10))
    assert result is not None and not result.tells_season and rows(result, "season") == []
    assert [(each.code, each.figures["have"], each.figures["need"]) for each in findings] == [
        ("seasonality_too_short", 11, 24)
    ]
    months = rows(result, "month")
    assert [row["whole"] for row in months] == [True] * 11 + [False]
    assert months[-1]["index"] is None and months[-1]["orders"] > 0
    assert sum(row["index"] for row in months[:-1]) == pytest.approx(11)


def test_every_order_is_in_one_hour_and_one_month_of_one_segment(make_tables: Callable[..., Any]) -> None:
    lines = orders(3, 2, years=1)
    result = look(make_tables(lines, EVERYBODY), dt.date(2024, 1, 1))
    for part in ("hour", "month"):
        whole = sum(row["orders"] for row in rows(result, part))
        assert whole == len(lines)
        assert whole == sum(row["orders"] for key in "ab" for row in rows(result, part, key))
    busiest = max(rows(result, "hour"), key=lambda row: row["orders"])
    at = [each[1] for each in lines]
    assert busiest["orders"] == sum(
        (d.isoweekday(), d.hour) == (busiest["weekday"], busiest["hour"]) for d in at
    )


def test_dates_without_a_time_have_weekdays_alone(make_tables: Callable[..., Any]) -> None:
    lines = [("c1", dt.datetime(2025, 1, n), 5.0, None) for n in range(1, 29)]
    result = look(make_tables(lines, {"c1": "a"}), dt.date(2025, 2, 1))
    assert not result.has_hours
    assert [(row["weekday"], row["hour"], row["orders"]) for row in rows(result, "hour")] == [
        (n, None, 4) for n in range(1, 8)
    ]


def test_segments_with_few_orders_have_no_index(make_tables: Callable[..., Any]) -> None:
    lines = [*orders(4, 3, years=1), ("x", dt.datetime(2023, 5, 1, 9), 5.0, None)]
    result = look(make_tables(lines, {**EVERYBODY, "x": "rare"}), dt.date(2024, 1, 1))
    assert result.too_few == ("rare",)
    assert {row["index"] for row in rows(result, "month", "rare")} == {None}


def test_the_rhythm_is_the_quartiles_of_days_between_orders(make_tables: Callable[..., Any]) -> None:
    lines = orders(6, 2, years=1)
    result = look(make_tables(lines, EVERYBODY), dt.date(2024, 1, 1))
    days: dict[str, set[dt.date]] = {}
    for who, at, *_ in lines:
        days.setdefault(who, set()).add(at.date())
    gaps = [(b - a).days for own in days.values() for a, b in zip(sorted(own), sorted(own)[1:], strict=False)]
    (row,) = rows(result, "rhythm")
    expected = [float(np.quantile(gaps, part)) for part in (0.25, 0.5, 0.75)]
    assert [row["gap_days_low"], row["gap_days"], row["gap_days_high"]] == pytest.approx(expected)
    assert row["gaps"] == len(gaps)


def test_counted_quantiles_are_those_of_the_values() -> None:
    values = [1, 1, 2, 5, 5, 5, 9]
    counts = [(1, 2), (2, 1), (5, 3), (9, 1)]
    for part in (0.0, 0.1, 0.5, 0.77, 1.0):
        assert quantile(counts, part) == pytest.approx(float(np.quantile(values, part)))


def test_what_never_varies_is_no_season_and_what_returns_exactly_is_one() -> None:
    assert recurrence_p([[1.0] * 12, [1.0] * 12]) is None
    course = list(TRUE_INDEX / TRUE_INDEX.mean())
    assert recurrence_p([course, course]) == 0.0


def test_months_that_turn_into_their_contrary_return_no_oftener_than_chance_allows() -> None:
    """Half of a deviation comes back turned round: without Box's share of freedom, 9 % and more."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(400, 36))
    for at in range(1, 36):
        noise[:, at] = -0.5 * noise[:, at - 1] + np.sqrt(0.75) * noise[:, at]
    claims = [recurrence_p((1 + 0.1 * each).reshape(3, 12).tolist()) for each in noise]
    assert np.mean([p is not None and p < 0.05 for p in claims]) <= 0.085


def test_the_order_of_rows_does_not_matter(make_tables: Callable[..., Any]) -> None:
    lines = orders(8, 1, years=2, index=TRUE_INDEX)
    one, two = (look(make_tables(lines, EVERYBODY, shuffle=seed), dt.date(2025, 1, 1)) for seed in (1, 2))
    assert one.to_dict() == two.to_dict()
