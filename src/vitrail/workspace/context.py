"""What an analysis of a run is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from vitrail.engine import Engine
from vitrail.findings import Finding
from vitrail.plan import Plan
from vitrail.store import Run
from vitrail.workspace.segmenting import Segmented


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
        segmented: the run so far; its `collected.as_of` is the day it speaks of.
        earlier: the workspace's newest run before this one, if there is one.
        before: its newest run that speaks of an earlier day, if there is one.
        day_asked: whether a person asked for the day, rather than the data or the plan.
    """

    engine: Engine
    plan: Plan
    segmented: Segmented
    earlier: Run | None = None
    before: Run | None = None
    day_asked: bool = False

    @property
    def units(self) -> dict[str, str]:
        """The units of the variables, by name."""
        return {each.name: each.unit for each in self.segmented.variables}


Making = Callable[[], tuple[Result | None, tuple[Finding, ...]]]
"""Makes an analysis: its result, none where the data carry none, and what a person should know."""

Analysis = Callable[[AnalysisContext], Making | None]
"""Looks at all that the plan asks of an analysis and gives what makes it; None where it asks for nothing.

It raises a `PlanError` with every fault it finds.
"""
