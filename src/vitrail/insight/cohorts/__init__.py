"""Step 4, insight: customers who began together or have something in common, followed over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from vitrail.engine import Engine
from vitrail.errors import ConditionError
from vitrail.findings import Finding
from vitrail.insight.cohorts.calendar import Period, choose_period, load_observed
from vitrail.insight.cohorts.following import follow_cohorts
from vitrail.insight.cohorts.members import Base, check_block, name_block
from vitrail.insight.cohorts.results import Cohort, CohortsResult, CohortTable, SurvivalTable
from vitrail.insight.cohorts.rhythm import load_rhythm
from vitrail.insight.cohorts.staying import follow_stays
from vitrail.plan.cohorts import CohortSpec

__all__ = ["Base", "Cohort", "CohortTable", "CohortsResult", "SurvivalTable", "prepare_cohorts"]


def prepare_cohorts(
    engine: Engine, specs: Mapping[str, CohortSpec], base: Base, place: Callable[[str], str]
) -> Callable[[], tuple[CohortsResult, tuple[Finding, ...]]]:
    """Make ready to follow the cohorts of a plan; what it gives follows them.

    The engine holds `orders`, `order_lines`, `profile` and `segmented`.

    Args:
        place: where the plan says a path.

    Raises:
        ConditionError: a condition of the plan is refused; all of them at once.
    """
    faults = [fault for name, spec in specs.items() for fault in check_block(engine, name, spec, base, place)]
    if faults:
        raise ConditionError(faults)
    return partial(_follow, engine, specs, base, place)


def _follow(
    engine: Engine, specs: Mapping[str, CohortSpec], base: Base, place: Callable[[str], str]
) -> tuple[CohortsResult, tuple[Finding, ...]]:
    observed = load_observed(engine, base.as_of)
    findings: list[Finding] = []
    tables, survivals = [], []
    if observed is not None and observed.stops:
        last = observed.until - dt.timedelta(days=1)
        figures = {"last": last, "as_of": base.as_of}
        findings.append(Finding("cohorts_data_stop", "warning", "", figures))
    for name, spec in specs.items():
        at = place(f"cohorts.{name}")
        period: Period | None = None
        if spec.survival is not None:
            stays, found = follow_stays(engine, name, spec, base, at)
            survivals += [stays] if stays else []
        elif observed is not None:
            period = choose_period(observed) if spec.period == "auto" else spec.period
            table, found = follow_cohorts(engine, name, spec, base, observed, period, at)
            tables += [table] if table else []
        else:
            continue
        label = dict(name_block(base, name, spec, period))
        findings += [replace(each, figures={"name": label, **each.figures}) for each in found]
    rhythm = load_rhythm(engine, base.as_of, observed.until) if observed is not None else None
    return CohortsResult(tuple(tables), tuple(survivals), rhythm), tuple(findings)
