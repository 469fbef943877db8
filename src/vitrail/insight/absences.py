"""Why an analysis shows nothing, and what would bring it: a block of the plan, data, more customers."""

from __future__ import annotations

from collections.abc import Mapping

from vitrail.findings import Finding, read_figures
from vitrail.i18n import Language
from vitrail.store import Run

_PREFIXES = {
    "clusters": ("clusters_",),
    "cohorts": ("cohorts_", "survival_"),
    "comparison": ("comparison_",),
    "drivers": ("drivers_",),
    "hypotheses": ("hypothesis_",),
    "microsegments": ("microsegment",),
    "migrations": ("migrations_",),
    "predictions": ("lifetime_", "propensity_", "contract_"),
    "validation": ("validation_",),
}
"""By analysis, how the codes of its findings begin."""

_PICTURES = ("portfolio", "journeys", "seasonality", "ages", "regions")

KNOWN = (*_PREFIXES, *_PICTURES)
"""The analyses that a run may hold."""


def explain_absence(run: Run, name: str) -> Finding:
    """What would bring an analysis, one of `KNOWN`, that the run does not hold."""
    if name in _PICTURES and not run.manifest.get("pictures", True):
        return Finding("analysis_absent_pictures", "error", figures={"name": name})
    return Finding(f"analysis_absent_{name}", "error")


def list_reasons(run: Run, name: str, language: Language) -> list[str]:
    """What the run found out about an analysis that has nothing to show, as sentences."""
    import pyarrow.parquet as pq  # late: most questions to a run need none of it

    begin, currency = _PREFIXES.get(name, (f"{name}_",)), run.manifest["plan"].get("currency")
    rows = pq.read_table(run.file("findings.parquet")).to_pylist()
    return [_tell(row, language, currency) for row in rows if row["code"].startswith(begin)]


def _tell(row: Mapping[str, str], language: Language, currency: str | None) -> str:
    try:
        figures = {"currency": currency, **read_figures(row["code"], row["figures"])}
        return Finding(row["code"], "info", row["place"], figures).told(language)
    except (KeyError, ValueError, TypeError, ArithmeticError):  # a sentence of another version
        return f"{row['place']}: {row['message']}" if row["place"] else row["message"]
