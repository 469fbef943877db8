"""Seasonality: the months, the weekdays and the hours of orders, and the rhythm from one order to the next.

Model: with two whole years, a season a segment (`vitrail.insight.seasons`), its p-values adjusted over the
    segments by Benjamini and Hochberg; with less, the months as they were, per day, each a multiple of the
    segment's mean month. Months that the data do not cover whole are shown and left out of every mean.
    Weekdays and hours are counts of orders. The rhythm is the quartiles of the days between two order days of
    a customer.
Assumes: segments are those of today. Where they are made by when people ordered, their months tell that too,
    and `tells_dates` says so.
Source: see `vitrail.insight.seasons`; Hyndman & Fan, "Sample quantiles in statistical packages", American
    Statistician 50, 1996 (type 7) for the quartiles.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql
from vitrail.findings import Finding
from vitrail.insight.groups import Groups, by_segment
from vitrail.insight.seasons import (
    LEAST_YEARS,
    MONTHS,
    Season,
    fit_months,
    fit_season,
    list_months,
    trading_days,
    whole_months,
    whole_years,
)
from vitrail.plan.pictures import SeasonalitySpec
from vitrail.statistics.multiplicity import adjust_benjamini_hochberg

SCHEMA = pa.schema(
    [
        ("part", pa.string()),  # month, season, hour or rhythm
        ("segmentation", pa.string()),
        ("segment", pa.string()),  # null: everyone
        ("month", pa.date32()),  # of part month
        ("month_of_year", pa.int64()),  # of part season, 1 to 12
        ("weekday", pa.int64()),  # of part hour, 1 (Monday) to 7
        ("hour", pa.int64()),  # of part hour, 0 to 23; null where orders have no time
        ("orders", pa.int64()),
        ("revenue", pa.decimal128(38, 4)),
        ("whole", pa.bool_()),  # of part month: the data cover it
        ("index", pa.float64()),  # a multiple of the mean month, per day
        ("growth", pa.float64()),  # of part season: a year
        ("p_adjusted", pa.float64()),  # of part season
        ("gap_days_low", pa.float64()),  # of part rhythm: quartiles of days between orders
        ("gap_days", pa.float64()),
        ("gap_days_high", pa.float64()),
        ("gaps", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class SeasonalityResult:
    """When people order.

    Args:
        measure: what the indices count, `orders` or `revenue`.
        whole: the months that the data cover.
        years: whole years among them; a season needs two.
        has_hours: whether orders have a time of day.
        too_few: segments with fewer orders a year than the plan asks for; they have no index.
        rows: as in `SCHEMA`.
    """

    measure: str
    whole: tuple[dt.date, ...]
    years: int
    has_hours: bool
    groups: Groups
    too_few: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    @property
    def tells_season(self) -> bool:
        """Whether there are years enough to speak of a season."""
        return self.years >= LEAST_YEARS

    def to_arrow(self) -> pa.Table:
        """One row a figure; `part` says which."""
        return pa.Table.from_pylist(list(self.rows), schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        head = {"measure": self.measure, "whole": list(self.whole), "years": self.years}
        head |= {"has_hours": self.has_hours, "too_few": list(self.too_few), "least_years": LEAST_YEARS}
        return {**head, "tells_season": self.tells_season, **self.groups.to_dict(), "rows": list(self.rows)}


def analyse_seasonality(
    engine: Engine, spec: SeasonalitySpec, groups: Groups, as_of: dt.date
) -> tuple[SeasonalityResult | None, tuple[Finding, ...]]:
    """When people order, from `orders`; None where nobody did."""
    days = [
        row["day"]
        for row in engine.records(sql("select distinct day from orders where is_purchase order by 1"))
    ]
    if not days:
        return None, ()
    whole = whole_months(days, as_of)
    months = by_segment(engine.records(_compile_months(groups)))
    years = whole_years(whole)
    values, too_few = _series(spec, groups, months, whole)
    days_of = _days_by_segment(engine, spec, groups, whole)
    rows = _month_rows(
        groups, months, values, days_of, whole, list_months(days[0], as_of - dt.timedelta(days=1))
    )
    if len(years) >= LEAST_YEARS:
        seasons = {segment: fit_season(each, years, days_of[segment]) for segment, each in values.items()}
        rows += _season_rows(seasons)
    hours = by_segment(engine.records(_compile_hours(groups)))
    has_hours = any(row["timed"] for row in hours[None])
    rows += _hour_rows(groups, hours, has_hours) + _rhythm_rows(engine, groups)
    key = groups.segmentation.key if groups.segmentation else None
    result = SeasonalityResult(
        spec.measure,
        tuple(whole),
        len(years),
        has_hours,
        groups,
        too_few,
        tuple({"segmentation": key, **row} for row in rows),
    )
    findings = [] if result.tells_season else [_too_short(whole)]
    return result, tuple(findings)


def _too_short(whole: Sequence[dt.date]) -> Finding:
    figures = {"have": len(whole), "need": LEAST_YEARS * MONTHS, "years": LEAST_YEARS}
    return Finding("seasonality_too_short", "info", "", figures)


def _joined(query: exp.Select, groups: Groups) -> exp.Select:
    own = sql("orders.customer_id = $id", id=column("customer_id", groups.table))
    return query.from_("orders").join(groups.table, on=own)


def _compile_months(groups: Groups) -> Query:
    query = exp.select(
        groups.key.as_("_key"),
        sql("cast(date_trunc('month', orders.day) as date)").as_("month"),
        sql("count(*) filter (where orders.is_purchase)").as_("orders"),
        sql("sum(orders.amount)").as_("revenue"),
    )
    return groups.roll_up(_joined(query, groups).group_by("all"), ["month"], ["orders", "revenue"])


def _compile_hours(groups: Groups) -> Query:
    at = column("ordered_at", "orders")
    query = exp.select(
        groups.key.as_("_key"),
        sql("isodow($at)", at=at).as_("weekday"),
        sql("hour($at)", at=at).as_("hour"),
        sql("count(*)").as_("orders"),
        sql("count(*) filter (where hour($at) > 0 or minute($at) > 0)", at=at).as_("timed"),
    )
    query = _joined(query, groups).where("orders.is_purchase").group_by("all")
    return groups.roll_up(query, ["weekday", "hour"], ["orders", "timed"])


def _series(
    spec: SeasonalitySpec,
    groups: Groups,
    months: Mapping[str | None, Sequence[Mapping[str, Any]]],
    whole: Sequence[dt.date],
) -> tuple[dict[str | None, dict[dt.date, float]], tuple[str, ...]]:
    """The series by segment, of those with orders enough in whole months; and the others."""
    values: dict[str | None, dict[dt.date, float]] = {}
    too_few: list[str] = []
    for segment in (None, *groups.segments):
        own = months.get(segment, ())
        orders = sum(int(row["orders"]) for row in own if row["month"] in set(whole))
        if whole and orders * MONTHS >= spec.least_orders * len(whole):
            values[segment] = {row["month"]: float(row[spec.measure]) for row in own}
        elif segment is not None and own:
            too_few.append(segment)
    return values, tuple(too_few)


def _days_by_segment(
    engine: Engine, spec: SeasonalitySpec, groups: Groups, whole: Sequence[dt.date]
) -> dict[str | None, dict[dt.date, float]]:
    """What each whole month is worth in days, by what weekdays bring to each segment in these months."""
    if not whole:
        return {}
    end = whole[-1] + dt.timedelta(days=monthrange(whole[-1].year, whole[-1].month)[1])
    query = exp.select(
        groups.key.as_("_key"),
        sql("isodow(orders.day)").as_("weekday"),
        sql("count(*) filter (where orders.is_purchase)").as_("orders"),
        sql("sum(orders.amount)").as_("revenue"),
    )
    inside = sql("orders.day >= $first and orders.day < $end", first=whole[0], end=end)
    query = _joined(query, groups).where(inside).group_by("all")
    rows = by_segment(engine.records(groups.roll_up(query, ["weekday"], ["orders", "revenue"])))
    return {
        segment: trading_days(
            {int(row["weekday"]): float(row[spec.measure]) for row in rows.get(segment, ())}, whole
        )
        for segment in (None, *groups.segments)
    }


def _month_rows(
    groups: Groups,
    months: Mapping[str | None, Sequence[Mapping[str, Any]]],
    values: Mapping[str | None, Mapping[dt.date, float]],
    days_of: Mapping[str | None, Mapping[dt.date, float]],
    whole: Sequence[dt.date],
    every: Sequence[dt.date],
) -> list[dict[str, Any]]:
    rows = []
    for segment in (None, *groups.segments):
        own = {row["month"]: row for row in months.get(segment, ())}
        index = fit_months(values[segment], whole, days_of[segment]) or {} if segment in values else {}
        for month in every if own else ():
            found = own.get(month)
            figures = {
                "orders": int(found["orders"]) if found else 0,
                "revenue": found["revenue"] if found else 0,
            }
            row = {"part": "month", "segment": segment, "month": month, **figures}
            rows.append({**row, "whole": month in whole, "index": index.get(month)})
    return rows


def _season_rows(seasons: Mapping[str | None, Season | None]) -> list[dict[str, Any]]:
    told = [each.p for each in seasons.values() if each is not None and each.p is not None]
    adjusted = iter(adjust_benjamini_hochberg(told))
    rows = []
    for segment, season in seasons.items():
        if season is None:
            continue
        p = next(adjusted) if season.p is not None else None
        for month, index in enumerate(season.index, start=1):
            row = {"part": "season", "segment": segment, "month_of_year": month, "index": index}
            rows.append({**row, "growth": season.growth, "p_adjusted": p})
    return rows


def _hour_rows(
    groups: Groups, hours: Mapping[str | None, Sequence[Mapping[str, Any]]], has_hours: bool
) -> list[dict[str, Any]]:
    rows = []
    for segment in (None, *groups.segments):
        own = sorted(hours.get(segment, ()), key=lambda row: (int(row["weekday"]), int(row["hour"])))
        for row in own:
            hour = int(row["hour"]) if has_hours else None
            figures = {"weekday": int(row["weekday"]), "hour": hour, "orders": int(row["orders"])}
            rows.append({"part": "hour", "segment": segment, **figures})
    return rows


def _rhythm_rows(engine: Engine, groups: Groups) -> list[dict[str, Any]]:
    """Quartiles from the counts of each number of days, so that no list of gaps is held."""
    query = exp.select(
        groups.key.as_("_key"), sql("orders.gap_days").as_("days"), sql("count(*)").as_("gaps")
    )
    query = _joined(query, groups).where("orders.gap_days is not null").group_by("all")
    rows = by_segment(engine.records(groups.roll_up(query, ["days"], ["gaps"])))
    found = []
    for segment in (None, *groups.segments):
        counts = sorted((int(row["days"]), int(row["gaps"])) for row in rows.get(segment, ()))
        if counts:
            low, middle, high = (quantile(counts, part) for part in (0.25, 0.5, 0.75))
            figures = {"gap_days_low": low, "gap_days": middle, "gap_days_high": high}
            gaps = sum(times for _, times in counts)
            found.append({"part": "rhythm", "segment": segment, **figures, "gaps": gaps})
    return found


def quantile(counts: Sequence[tuple[int, int]], part: float) -> float:
    """A quantile of values given with how often each occurs, ascending (type 7).

    >>> quantile([(1, 2), (10, 1), (20, 1)], 0.5)
    5.5
    """
    place = part * (sum(times for _, times in counts) - 1)
    low = _at(counts, int(place))
    return low + (place - int(place)) * (_at(counts, int(place) + 1) - low)


def _at(counts: Sequence[tuple[int, int]], place: int) -> int:
    """The value at a place, from 0, of the sorted values; the last beyond them."""
    for value, times in counts:
        if place < times:
            return value
        place -= times
    return counts[-1][0]
