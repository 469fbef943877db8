"""The variables that matter for the KPIs of a plan, and its segments side by side, over a run."""

from __future__ import annotations

from vitrail.engine import Engine
from vitrail.findings import Finding
from vitrail.insight.comparison import ComparisonResult, compare_segments
from vitrail.insight.drivers import DriversResult, analyse_drivers
from vitrail.plan import Plan
from vitrail.workspace.computing import Computed


def explain_kpis(
    engine: Engine, plan: Plan, computed: Computed
) -> tuple[DriversResult | None, tuple[Finding, ...]]:
    """The blocks under `drivers:`; no result where the plan has none.

    Raises:
        PlanError: a KPI, a condition or a name does not suit the data.
    """
    if not plan.drivers:
        return None, ()
    return analyse_drivers(engine, plan.drivers, computed.variables, computed.segmentations, plan.place)


def compare_run(
    engine: Engine, plan: Plan, computed: Computed
) -> tuple[ComparisonResult | None, tuple[Finding, ...]]:
    """The segments side by side; no result without segmentations.

    Raises:
        PlanError: a measure or a segmentation under `comparison:` is not there.
    """
    if not computed.segmentations:
        return None, ()
    return (
        compare_segments(engine, plan.comparison, computed.segmentations, computed.variables, plan.place),
        (),
    )
