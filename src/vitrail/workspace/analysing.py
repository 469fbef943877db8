"""The analyses of a run: each reads what was computed, and its result is written beside it.

An analysis is registered by one line in `ANALYSES`. Its result is stored as `<name>.parquet` (a figure a row)
and `<name>.json` (all that a report tells).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from vitrail.engine import Engine
from vitrail.findings import Finding
from vitrail.plan import Picture, Plan
from vitrail.prediction.base import tell_predictions
from vitrail.segments.clusters.result import describe_clusters
from vitrail.store import Run
from vitrail.workspace.claims import hold_hypotheses, search_microsegments
from vitrail.workspace.cohorts import follow_cohorts
from vitrail.workspace.computing import Computed
from vitrail.workspace.drivers import compare_run, explain_kpis
from vitrail.workspace.exporting import plain
from vitrail.workspace.pictures import take_picture
from vitrail.workspace.validating import validate_run


class Result(Protocol):
    """What an analysis gives back."""

    def to_arrow(self) -> pa.Table:
        """Its figures, a row each; the same columns whatever was found."""

    def to_dict(self) -> Mapping[str, Any]:
        """All of it as plain data."""


@dataclass(frozen=True, slots=True)
class AnalysisContext:
    """What an analysis may read.

    Args:
        engine: with the working tables of the run.
        computed: the run so far; its `collected.as_of` is the day it speaks of.
        earlier: the workspace's newest run before this one, if there is one.
    """

    engine: Engine
    plan: Plan
    computed: Computed
    earlier: Run | None = None


Analysis = Callable[[AnalysisContext], tuple[Result | None, tuple[Finding, ...]]]


def _picture(name: Picture) -> Analysis:
    return lambda context: take_picture(name, context.engine, context.plan, context.computed)


ANALYSES: Mapping[str, Analysis] = {
    "clusters": lambda context: (
        describe_clusters(context.engine, context.computed.segmentations, context.computed.collected.as_of),
        (),
    ),
    "validation": lambda context: validate_run(
        context.engine, context.plan, context.computed, context.earlier
    ),
    "predictions": lambda context: tell_predictions(context.engine, context.computed.predictions),
    "cohorts": lambda context: follow_cohorts(context.engine, context.plan, context.computed),
    "hypotheses": lambda context: hold_hypotheses(context.engine, context.plan, context.computed),
    "microsegments": lambda context: search_microsegments(context.engine, context.plan, context.computed),
    "comparison": lambda context: compare_run(context.engine, context.plan, context.computed),
    "drivers": lambda context: explain_kpis(context.engine, context.plan, context.computed),
}
"""By name, in the order they are made; an analysis that has nothing to say gives no result."""

PICTURES: Mapping[str, Analysis] = {
    "portfolio": _picture("portfolio"),
    "journeys": _picture("journeys"),
    "seasonality": _picture("seasonality"),
    "ages": _picture("ages"),
    "regions": _picture("regions"),
}
"""What only a report shows: not computed where none is asked for."""


def analyse(
    context: AnalysisContext, pictures: bool = True, progress: Callable[[str], None] = lambda step: None
) -> tuple[dict[str, Result], tuple[Finding, ...]]:
    """Make every analysis.

    Args:
        pictures: whether to make what only a report shows.
        progress: told the name of each analysis as it begins.

    Returns:
        the results by name, and what a person should know.
    """
    results: dict[str, Result] = {}
    findings: list[Finding] = []
    for name, analysis in {**ANALYSES, **(PICTURES if pictures else {})}.items():
        progress(name)
        result, found = analysis(context)
        findings += found
        if result is not None:
            results[name] = result
    return results, tuple(findings)


def write_analyses(results: Mapping[str, Result], folder: Path) -> None:
    """Write each result into a run's folder."""
    for name, result in results.items():
        pq.write_table(result.to_arrow(), folder / f"{name}.parquet", compression="zstd")
        text = json.dumps(result.to_dict(), ensure_ascii=False, indent=1, default=plain, allow_nan=False)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
