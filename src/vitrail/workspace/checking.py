"""`vitrail check`: everything a run would need, looked at without making one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from vitrail.collection.amounts import check_amounts
from vitrail.collection.audit import check_collection
from vitrail.collection.nobody import check_nobody
from vitrail.engine import DuckDB
from vitrail.findings import Finding
from vitrail.plan import Plan
from vitrail.store import find_latest
from vitrail.workspace.analysing import prepare_analyses
from vitrail.workspace.context import AnalysisContext
from vitrail.workspace.running import MEMORY_LIMIT, Progress, price_findings, read_sources
from vitrail.workspace.segmenting import segment_customers


def check_workspace(folder: Path, plan: Plan, progress: Progress) -> tuple[Finding, ...]:
    """The findings that a run of the plan would have; nothing is written to the workspace.

    Raises:
        VitrailError: what would stop a run, with every fault of the stage it stops at.
    """
    progress("reading")
    with (
        tempfile.TemporaryDirectory(prefix="vitrail-") as scratch,
        DuckDB(plan.memory_limit or MEMORY_LIMIT, plan.threads, Path(scratch) / "spill", progress) as engine,
    ):
        sources = read_sources(engine, plan, folder, Path(scratch))
        earlier, passed = find_latest(folder)
        segmented = segment_customers(engine, plan, sources, earlier=earlier)
        prepare_analyses(AnalysisContext(engine, plan, segmented, earlier))
        notes = check_collection(segmented.collected, sources, plan)
        notes = (*notes, *check_nobody(engine, plan, sources), *check_amounts(engine, plan))
        return price_findings((*passed, *segmented.findings, *notes), plan.currency)
