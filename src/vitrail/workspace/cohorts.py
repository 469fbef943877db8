"""The cohorts of a plan, followed over what a run computed."""

from __future__ import annotations

from sqlglot import exp

from vitrail.engine import Engine
from vitrail.findings import Finding
from vitrail.insight.cohorts import Base, CohortsResult, analyse_cohorts
from vitrail.plan import Plan
from vitrail.workspace.computing import Computed


def follow_cohorts(
    engine: Engine, plan: Plan, computed: Computed
) -> tuple[CohortsResult | None, tuple[Finding, ...]]:
    """The blocks under `cohorts:`; no result where the plan has none.

    Raises:
        ConditionError: a condition of the plan is refused.
    """
    if not plan.cohorts:
        return None, ()
    base = Base(
        columns=engine.columns(exp.select("*").from_("segmented")),
        line_columns=computed.collected.line_columns,
        variables=computed.variables,
        segmentations=computed.segmentations,
        as_of=computed.collected.as_of,
    )
    return analyse_cohorts(engine, plan.cohorts, base, plan.place)
