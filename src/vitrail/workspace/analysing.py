"""The analyses of a run: all looked at, then made, and the result of each written beside it.

A result is stored as `<name>.parquet` (a figure a row) and `<name>.json` (all that a report tells).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from vitrail.errors import PlanError
from vitrail.findings import Finding
from vitrail.workspace.analyses import ANALYSES, PICTURES
from vitrail.workspace.context import AnalysisContext, Making, Result
from vitrail.workspace.exporting import plain


def prepare_analyses(context: AnalysisContext, pictures: bool = True) -> dict[str, Making]:
    """What makes each analysis that the plan asks for, in order.

    Args:
        pictures: whether to make what only a report shows.

    Raises:
        PlanError: the data do not suit what is asked; the faults of all analyses at once.
    """
    ready: dict[str, Making] = {}
    faults: list[Finding] = []
    for name, analysis in {**ANALYSES, **(PICTURES if pictures else {})}.items():
        try:
            making = analysis(context)
        except PlanError as error:
            faults += error.findings
        else:
            ready |= {name: making} if making else {}
    if faults:
        raise PlanError(faults)
    return ready


def analyse(
    context: AnalysisContext, pictures: bool = True, progress: Callable[[str], None] = lambda step: None
) -> tuple[dict[str, Result], tuple[Finding, ...]]:
    """Make every analysis.

    Args:
        pictures: whether to make what only a report shows.
        progress: told the name of each analysis as it begins.

    Returns:
        the results by name, and what a person should know.

    Raises:
        PlanError: the data do not suit what is asked; the faults of all analyses at once.
    """
    results: dict[str, Result] = {}
    findings: list[Finding] = []
    for name, make in prepare_analyses(context, pictures).items():
        progress(name)
        result, found = make()
        findings += found
        if result is not None:
            results[name] = result
    return results, tuple(findings)


def write_analyses(results: Mapping[str, Result], folder: Path) -> None:
    """Write each result into a run's folder."""
    for name, result in results.items():
        pq.write_table(result.to_arrow(), folder / f"{name}.parquet", compression="zstd")
        text = json.dumps(result.to_dict(), ensure_ascii=False, default=plain, allow_nan=False)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
