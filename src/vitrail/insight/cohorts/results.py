"""What following cohorts found: triangles, curves of who stays, the purchase rhythm, comparisons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vitrail.insight.cohorts.calendar import Period
from vitrail.insight.cohorts.cell import Cell
from vitrail.insight.cohorts.comparison import Comparison
from vitrail.insight.cohorts.members import Labels
from vitrail.insight.cohorts.rhythm import Rhythm, describe_returns
from vitrail.insight.survival import Estimate, LogRank, SurvivalCurve

_MONEY = pa.decimal128(38, 4)
SCHEMA = pa.schema(
    [
        ("cohorts", pa.string()),
        ("cohort", pa.string()),
        ("period", pa.int64()),
        ("complete", pa.bool_()),
        ("customers", pa.int64()),
        ("active", pa.int64()),
        ("retention", pa.float64()),
        ("retention_low", pa.float64()),
        ("retention_high", pa.float64()),
        ("revenue", _MONEY),
        ("revenue_per_customer", _MONEY),
        ("cumulative_revenue_per_customer", _MONEY),
        ("orders", pa.int64()),
        ("orders_per_customer", pa.float64()),
        ("cumulative_orders_per_customer", pa.float64()),
        ("adopted", pa.int64()),
        ("adoption", pa.float64()),
        ("time", pa.float64()),
        ("at_risk", pa.int64()),
        ("left", pa.int64()),
        ("survival", pa.float64()),
        ("survival_low", pa.float64()),
        ("survival_high", pa.float64()),
    ]
)
"""A row a cohort and period, or a row a cohort and time at which somebody left or was seen last."""

MOST_POINTS = 100
ROUND_STEPS = (1, 2, 3, 6, 12, 24, 30, 60, 90, 180, 365, 730, 1825, 3650)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers who began together, or have something in common.

    Args:
        key: `2010-12`, or the value they share; `*` for small groups together, empty where not known.
        start: the first day of their period, where they began together.
        customers: all of them; a cell counts those who have lived through its period.
    """

    key: str
    label: Labels
    start: dt.date | None
    customers: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CohortTable:
    """Cohorts followed period by period.

    Args:
        by: what makes them; `by_start`: whether it is the period in which they began.
        whole: all cohorts together but `not_new`, over complete cells: who counts changes with the period,
            so that totals to date chain the mean of each (see `following`).
        at: the period compared, None where none can be.
        uncompared: why there is no comparison: `circular`, `overlap`, `short`; empty where there is one.
        not_new: the first cohort, where most of it must have been customers before the data begin.
    """

    name: str
    label: Labels
    by: str
    by_label: Labels
    by_start: bool
    period: Period
    until: dt.date
    cohorts: tuple[Cohort, ...]
    whole: tuple[Cell, ...]
    comparisons: tuple[Comparison, ...]
    at: int | None
    uncompared: str = ""
    not_new: str | None = None
    adopted_label: Labels | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "name": self.name,
            "label": dict(self.label),
            "by": self.by,
            "by_label": dict(self.by_label),
            "by_start": self.by_start,
            "period": self.period,
            "until": self.until,
            "at": self.at,
            "uncompared": self.uncompared,
            "not_new": self.not_new,
            "adopted_label": None if self.adopted_label is None else dict(self.adopted_label),
            "cohorts": [
                {
                    "key": each.key,
                    "label": dict(each.label),
                    "start": each.start,
                    "customers": each.customers,
                    "cells": [cell.to_dict() for cell in each.cells],
                }
                for each in self.cohorts
            ],
            "whole": [cell.to_dict() for cell in self.whole],
            "comparisons": [each.to_dict() for each in self.comparisons],
        }


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalGroup:
    """A group of customers and how long they stay."""

    key: str
    label: Labels
    curve: SurvivalCurve


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalTable:
    """Groups compared by how long they stay.

    Args:
        unit: of time: `days`, `weeks`, `months`, `years`.
        at: the time compared, None where none can be.
        test: of all groups at once.
    """

    name: str
    label: Labels
    by: str
    by_label: Labels | None
    unit: str
    groups: tuple[SurvivalGroup, ...]
    test: LogRank
    comparisons: tuple[Comparison, ...]
    at: float | None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data; curves of very many times thinned for drawing."""
        ticks = choose_ticks([each.curve for each in self.groups])
        return {
            "name": self.name,
            "label": dict(self.label),
            "by": self.by,
            "by_label": None if self.by_label is None else dict(self.by_label),
            "unit": self.unit,
            "at": self.at,
            "ticks": ticks,
            "test": {"statistic": self.test.statistic, "freedom": self.test.freedom, "p": self.test.p},
            "groups": [
                {
                    "key": each.key,
                    "label": dict(each.label),
                    "customers": each.curve.customers,
                    "left": each.curve.departures,
                    "followed": each.curve.followed,
                    "median": _interval(each.curve.median),
                    "restricted_mean": self.at and _interval(each.curve.restricted_mean(self.at)),
                    "survival": self.at and _interval(each.curve.share_at(self.at)),
                    **draw_curve(each.curve, ticks),
                }
                for each in self.groups
            ],
            "comparisons": [each.to_dict() for each in self.comparisons],
        }


@dataclass(frozen=True, slots=True, eq=False)
class CohortsResult:
    """What a run knows of its cohorts."""

    tables: tuple[CohortTable, ...]
    survivals: tuple[SurvivalTable, ...]
    rhythm: Rhythm | None

    def to_arrow(self) -> pa.Table:
        """A row a cohort and period (or time); see `SCHEMA`."""
        rows = [*self._cells(), *(row for table in self.survivals for row in list_times(table))]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        rhythm = None
        if self.rhythm is not None:
            first, later = self.rhythm.first, self.rhythm.later
            ticks = choose_ticks([first])
            rhythm = {
                "ticks": ticks,
                "first": {**describe_returns(first), **draw_curve(first, ticks)},
                "later": None if later is None else {**describe_returns(later), **draw_curve(later, ticks)},
            }
        return {
            "cohorts": [each.to_dict() for each in self.tables],
            "survivals": [each.to_dict() for each in self.survivals],
            "rhythm": rhythm,
        }

    def _cells(self) -> Iterator[dict[str, Any]]:
        for table in self.tables:
            for cohort in table.cohorts:
                for cell in cohort.cells:
                    yield {"cohorts": table.name, "cohort": cohort.key, **cell.to_dict()}


def list_times(table: SurvivalTable) -> Iterator[dict[str, Any]]:
    """The curves of a table as rows of `SCHEMA`."""
    for group in table.groups:
        curve = group.curve
        columns = (curve.time, curve.at_risk, curve.left, curve.survival, curve.low, curve.high)
        for time, at_risk, left, survival, low, high in zip(*(c.tolist() for c in columns), strict=True):
            yield {
                "cohorts": table.name,
                "cohort": group.key,
                "customers": curve.customers,
                "time": time,
                "at_risk": at_risk,
                "left": left,
                "survival": survival,
                "survival_low": low,
                "survival_high": high,
            }


def choose_ticks(curves: Sequence[SurvivalCurve]) -> list[int]:
    """Round times from zero to where 30 customers of some curve are followed, or all of a smaller one."""
    enough = [curve.time[curve.at_risk >= min(30, curve.customers)] for curve in curves]
    most = max((float(times[-1]) for times in enough if times.size), default=0.0)
    step = next((each for each in ROUND_STEPS if most / each <= 8), ROUND_STEPS[-1])
    return [step * count for count in range(int(most // step) + 1)]


def draw_curve(curve: SurvivalCurve, ticks: Sequence[float]) -> dict[str, Any]:
    """A curve to draw: its steps, at most 100 of them, and how many are followed at each of `ticks`."""
    chosen = np.unique(np.linspace(0, curve.time.size - 1, min(curve.time.size, MOST_POINTS)).astype(int))
    columns = (curve.time, curve.at_risk, curve.survival, curve.low, curve.high)
    names = ("time", "at_risk", "survival", "low", "high")
    points = [
        dict(zip(names, point, strict=True))
        for point in zip(*(each[chosen].tolist() for each in columns), strict=True)
    ]
    return {"points": points, "at_risk": [curve.at_risk_at(tick) for tick in ticks]}


def _interval(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
