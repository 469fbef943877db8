"""The hypotheses and the searches for micro-segments of a run."""

from __future__ import annotations

from vitrail.engine import Engine
from vitrail.findings import Finding
from vitrail.plan import Plan
from vitrail.segments.microsegments import MicrosegmentsResult, analyse_microsegments
from vitrail.validation.hypotheses import HypothesesResult, analyse_hypotheses
from vitrail.variables.lineage import trace_lineage
from vitrail.workspace.computing import Computed


def hold_hypotheses(
    engine: Engine, plan: Plan, computed: Computed
) -> tuple[HypothesesResult | None, tuple[Finding, ...]]:
    """Hold the plan's claims against the customers; nothing where it makes none."""
    if not plan.hypotheses:
        return None, ()
    return analyse_hypotheses(
        engine, plan.hypotheses, computed.segmentations, plan.place, units=_units(computed)
    )


def search_microsegments(
    engine: Engine, plan: Plan, computed: Computed
) -> tuple[MicrosegmentsResult | None, tuple[Finding, ...]]:
    """Make the plan's searches; nothing where it asks for none."""
    if not plan.microsegments:
        return None, ()
    made_of = {name: each.variables for each in computed.segmentations for name in (each.key, *each.scores)}
    lineage = trace_lineage(computed.variables, made_of)
    return analyse_microsegments(
        engine, plan.microsegments, computed.segmentations, lineage, plan.place, units=_units(computed)
    )


def _units(computed: Computed) -> dict[str, str]:
    return {each.name: each.unit for each in computed.variables}
