"""The variables that matter for the KPIs of a plan, over what a run computed."""

from __future__ import annotations

from vitrail.engine import Engine
from vitrail.findings import Finding
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
