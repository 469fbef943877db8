"""The parts of the report that tell analyses: one module each, and the order they stand in on the page.

A part is told from what the run stored as `<name>.json`, and laid out by `templates/analyses/<name>.html`,
which is given `part`. An analysis that the run does not have, or that has nothing to show, has no part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vitrail.reports.analyses.clusters import tell_clusters
from vitrail.reports.analyses.cohorts import tell_cohorts
from vitrail.reports.analyses.comparison import tell_comparison
from vitrail.reports.analyses.drivers import tell_drivers
from vitrail.reports.analyses.hypotheses import tell_hypotheses
from vitrail.reports.analyses.journeys import tell_journeys
from vitrail.reports.analyses.microsegments import tell_microsegments
from vitrail.reports.analyses.migrations import tell_migrations
from vitrail.reports.analyses.part import Part
from vitrail.reports.analyses.people import tell_ages, tell_regions
from vitrail.reports.analyses.portfolio import tell_portfolio
from vitrail.reports.analyses.predictions import tell_predictions
from vitrail.reports.analyses.seasonality import tell_seasonality
from vitrail.reports.analyses.validation import tell_validation
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words
from vitrail.store import Run

Tell = Callable[[Mapping[str, Any], ReportedRun, Words], Part | None]

PARTS: Mapping[str, Tell] = {
    "migrations": tell_migrations,
    "validation": tell_validation,
    "clusters": tell_clusters,
    "cohorts": tell_cohorts,
    "hypotheses": tell_hypotheses,
    "microsegments": tell_microsegments,
    "comparison": tell_comparison,
    "drivers": tell_drivers,
    "predictions": tell_predictions,
    "portfolio": tell_portfolio,
    "journeys": tell_journeys,
    "seasonality": tell_seasonality,
    "ages": tell_ages,
    "regions": tell_regions,
}
"""By the name of the analysis, in the order of the page."""


def tell_analyses(stored: Run, run: ReportedRun, words: Words) -> dict[str, Part]:
    """The parts of a run's analyses, in the order of the page.

    Args:
        stored: the run on disk.

    Raises:
        StoreError: a stored analysis cannot be read.
    """
    parts = {}
    for name, tell in PARTS.items():
        content = stored.analysis(name)
        part = tell(content, run, words) if content is not None else None
        if part is not None:
            parts[name] = part
    return parts
