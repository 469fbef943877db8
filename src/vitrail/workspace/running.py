"""One run of a workspace: sources read, customers segmented, every file written, published whole."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from vitrail import __version__, i18n
from vitrail.collection.amounts import check_amounts
from vitrail.collection.audit import check_collection
from vitrail.collection.files import FilesRead, read_files
from vitrail.collection.nobody import check_nobody
from vitrail.engine import DuckDB
from vitrail.findings import Finding, Findings
from vitrail.plan import ObjectiveSpec, Plan, StrategySpec, by_language, plan_hash
from vitrail.store import Run, RunWriter, find_before, find_latest, storage_faults
from vitrail.workspace.analysing import analyse, write_analyses
from vitrail.workspace.context import AnalysisContext
from vitrail.workspace.segmenting import Segmented, segment_customers
from vitrail.workspace.writing import describe_sources, write_results, write_segments, write_tables

Progress = Callable[[str], None]

#: The memory a run's buffers take unless the plan says otherwise; what does not fit is set aside on disk,
#: which costs a little time on tens of millions of rows and leaves the machine to its owner.
MEMORY_LIMIT = "1.5GB"


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """A run that is done.

    Args:
        run: where its files are.
        segments: one row a segment, with its figures.
        findings: what a person should know.
        reports: the report of each language made.
    """

    run: Run
    segments: pa.Table
    findings: tuple[Finding, ...]
    reports: Mapping[i18n.Language, Path]

    def to_arrow(self) -> pa.Table:
        """The segments as an Arrow table."""
        return self.segments

    def to_dict(self) -> list[dict[str, Any]]:
        """The segments as a list of dicts."""
        found: list[dict[str, Any]] = self.segments.to_pylist()
        return found

    def _repr_html_(self) -> str:
        from vitrail.reports.notebook import render_segments

        plan = self.run.manifest["plan"]
        return render_segments(self.segments, plan["language"], plan["currency"])

    def __repr__(self) -> str:
        manifest = self.run.manifest
        return f"run {self.run.run_id}: {manifest['customers']} customers as of {manifest['as_of']}"


def run_workspace(
    folder: Path,
    plan: Plan,
    as_of: dt.date | None = None,
    languages: tuple[i18n.Language, ...] = ("en", "fr"),
    progress: Progress = lambda step: None,
) -> RunResult:
    """Run the plan of a workspace and publish the run.

    Args:
        as_of: overrides the plan's date.
        languages: the languages of the reports; none for no report.
        progress: told each step as it begins: `reading`, working tables by name, `report`.

    Raises:
        VitrailError: the plan, the data or the disk do not allow it; the last run is then untouched.
    """
    started = time.perf_counter()  # a clock may be set back under way
    computed_at = dt.datetime.fromtimestamp(time.time(), dt.UTC).replace(microsecond=0)
    timings: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        progress(name)
        begun = time.perf_counter()
        yield
        timings[name] = round(time.perf_counter() - begun, 3)

    with (
        RunWriter(folder, f"{computed_at:%Y%m%dT%H%M%SZ}") as writer,
        DuckDB(plan.memory_limit or MEMORY_LIMIT, plan.threads, writer.scratch / "spill", progress) as engine,
        storage_faults(writer.state),
    ):
        with step("reading"):
            sources = read_sources(engine, plan, folder, writer.scratch)
        with step("computing"):
            earlier, passed = find_latest(folder)
            segmented = segment_customers(engine, plan, sources, as_of, earlier)
            notes = check_collection(segmented.collected, sources, plan)
            notes = (*notes, *check_nobody(engine, plan, sources), *check_amounts(engine, plan))
            segmented = replace(segmented, findings=(*passed, *segmented.findings, *notes))
        tables = partial(write_tables, segmented=segmented, folder=writer.folder)
        figures = partial(write_segments, plan=plan, segmented=segmented, folder=writer.folder)
        with engine.beside(tables), engine.beside(figures) as described:
            with step("analysing"):
                before, unread = find_before(folder, segmented.collected.as_of)
                context = AnalysisContext(engine, plan, segmented, earlier, before, as_of is not None)
                results, told = analyse(context, bool(languages), progress)
                unread = tuple(each for each in unread if each not in passed)
                findings = (*unread, *segmented.findings, *told)
                segmented = replace(segmented, findings=price_findings(findings, plan.currency))
            with step("writing"):
                write_results(engine, plan, segmented, writer.folder)
                write_analyses(results, writer.folder)
        manifest = _manifest(writer.run_id, plan, segmented, computed_at, engine.dialect)
        manifest["as_of_asked"] = as_of is not None
        manifest["sources"] = describe_sources(plan, sources)
        manifest["pictures"] = bool(languages)
        manifest["timings"] = timings
        manifest["duration"] = round(time.perf_counter() - started, 3)
        if languages:
            writer.describe(manifest)
            with step("report"):
                from vitrail.reports import render_report

                for language in languages:
                    page = render_report(writer.folder, language)
                    (writer.folder / f"report.{language}.html").write_bytes(page)
        run = writer.publish(manifest)
    reports = {language: run.file(f"report.{language}.html") for language in languages}
    return RunResult(run, described.result(), Findings(segmented.findings, plan.language), reports)


def price_findings(findings: Iterable[Finding], currency: str | None) -> tuple[Finding, ...]:
    """The findings, those whose sentences have money with the currency that money is in."""
    return tuple(_priced(each, currency) for each in findings)


def _priced(finding: Finding, currency: str | None) -> Finding:
    if "currency" in finding.figures or ":money}" not in i18n.sentences()[finding.code]["en"]:
        return finding
    return replace(finding, figures={**finding.figures, "currency": currency})


def read_sources(engine: DuckDB, plan: Plan, folder: Path, scratch: Path) -> dict[str, FilesRead]:
    """Read every source of the plan."""
    found = {}
    for name, spec in plan.sources.items():
        own = scratch / name
        own.mkdir(parents=True, exist_ok=True)
        found[name] = read_files(engine, spec, folder, own)
    return found


def _manifest(
    run_id: str, plan: Plan, segmented: Segmented, computed_at: dt.datetime, engine: str
) -> dict[str, Any]:
    until = segmented.collected.data_until
    return {
        "run_id": run_id,
        "as_of": segmented.collected.as_of.isoformat(),
        "computed_at": computed_at.isoformat(),
        "data_until": until.isoformat() if until else None,
        "plan": {
            "name": plan.name,
            "currency": plan.currency,
            "language": plan.language,
            "timezone": plan.timezone,
            "hash": plan_hash(plan),
            "objectives": [_state(each) for each in plan.objectives.values()],
            "strategies": {key: _state(each) for key, each in plan.strategies.items()},
            "shares": {
                key: list(each.shares.values())
                for key, each in plan.segmentations.items()
                if each.method == "abc"
            },
        },
        "version": __version__,
        "engine": engine,
        "customers": segmented.customers,
    }


def _state(spec: ObjectiveSpec | StrategySpec) -> dict[str, Any]:
    """What the plan says, its words in each language."""
    stated = spec.model_dump(mode="json")
    if isinstance(spec, ObjectiveSpec):
        return stated | {"statement": by_language(spec.statement)}
    actions = [by_language(action) for action in spec.actions]
    return stated | {"goal": by_language(spec.goal), "actions": actions}
