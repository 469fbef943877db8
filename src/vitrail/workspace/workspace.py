"""A workspace: a folder with a plan and the state folder beside it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from vitrail import i18n
from vitrail.errors import SourceError, StoreError, UsageError, VitrailError
from vitrail.findings import Finding
from vitrail.insight import lookup
from vitrail.plan import Plan, load_plan, plan_hash
from vitrail.plan.names import PLAN_FILE
from vitrail.store import STATE, Run, latest_run, whole_file
from vitrail.workspace.running import Progress, RunResult, run_workspace

if TYPE_CHECKING:
    from vitrail.insight.explanation import Explanation


class Workspace:
    """A folder with `vitrail.yml` and, after a first run, `.vitrail/`.

    Use `Workspace.open(folder)` (or `vitrail.open`), then `run()`; the other methods speak of the newest run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path | str = ".") -> Workspace:
        """The workspace in `folder`, whose plan must be there.

        Raises:
            StoreError: there is no plan in it.
            UsageError: no folder can be called so.
        """
        if "\0" in str(folder):
            raise UsageError(Finding("no_such_folder_name", "error"))
        workspace = cls(Path(folder))
        if not workspace.plan_file.is_file():
            raise StoreError(Finding("no_plan", "error", figures={"folder": str(workspace.folder.resolve())}))
        return workspace

    @classmethod
    def find(cls, folder: Path | str = ".") -> Workspace:
        """The workspace in `folder`, for questions about its newest run; the plan itself is not needed.

        Raises:
            StoreError: there is neither a plan nor a run in it.
        """
        workspace = cls(Path(folder))
        return workspace if (workspace.folder / ".vitrail").is_dir() else cls.open(folder)

    @property
    def plan_file(self) -> Path:
        """Where the plan is."""
        return self.folder / PLAN_FILE

    @cached_property
    def plan(self) -> Plan:
        """The plan as it stands.

        Raises:
            PlanError: with every fault of it.
        """
        return load_plan(self.plan_file)

    def check(self, progress: Progress = lambda step: None) -> tuple[Finding, ...]:
        """The plan and the data looked at whole, without a run; findings of level `error` come as errors.

        Raises:
            VitrailError: what would stop a run.
        """
        from vitrail.workspace.checking import check_workspace

        return check_workspace(self.folder, self.plan, progress)

    def run(
        self,
        as_of: dt.date | str | None = None,
        report: bool = True,
        progress: Progress = lambda step: None,
    ) -> RunResult:
        """Run the plan: read, clean, compute, write, publish.

        Args:
            as_of: the day the figures speak of; the plan's unless given.
            report: make the reports too, in both languages, the plan's first.
            progress: told each step as it begins.

        Raises:
            VitrailError: the plan, the data or the disk do not allow it; the last run is then untouched.
        """
        if isinstance(as_of, str):
            as_of = dt.date.fromisoformat(as_of)
        first = self.plan.language
        languages = (first, *(each for each in i18n.LANGUAGES if each != first)) if report else ()
        return run_workspace(self.folder, self.plan, as_of, languages, progress)

    def unread(self, files: Sequence[Path]) -> list[Path]:
        """Those of `files` (paths, globs, folders, as seen from here) that the plan does not read.

        Raises:
            SourceError: a file is not there.
            PlanError: the plan has faults.
        """
        from vitrail.collection.files.paths import find_files, leave_locks

        def lie(wanted: str | list[str], root: Path) -> set[Path]:
            return {found.path.resolve() for found in find_files(wanted, root)}

        there = [(file, lie(str(file.absolute()), self.folder)) for file in leave_locks(files)]
        read: set[Path] = set()
        for source in self.plan.sources.values():
            with suppress(SourceError):
                read |= lie(source.file, self.folder)
        return [file for file, found in there if not found <= read]

    def latest(self) -> Run:
        """The newest run.

        Raises:
            StoreError: there is none yet.
        """
        return latest_run(self.folder)

    def check_newest(self) -> tuple[Finding, ...]:
        """What to know before reading the newest run: a warning where the plan no longer says what it ran.

        Raises:
            StoreError: there is no run yet.
        """
        run = self.latest()
        if not self.plan_file.is_file():
            return ()
        try:
            same = plan_hash(self.plan) == run.manifest["plan"]["hash"]
        except VitrailError:
            return (Finding("run_before_faults", "warning"),)
        return () if same else (Finding("run_before_changes", "warning"),)

    def check_standing(self) -> tuple[Finding, ...]:
        """After a run that was refused: which one is still the newest; nothing where there is none."""
        try:
            as_of = dt.date.fromisoformat(self.latest().manifest["as_of"])
        except StoreError:
            return ()
        return (Finding("run_stands", "info", figures={"as_of": as_of}),)

    def segments(self, segmentation: str | None = None) -> pa.Table:
        """The segments with their figures."""
        return lookup.segments(self.latest(), segmentation)

    def members(self, reference: str) -> pa.Table:
        """Who is in a segment such as `value.champions`."""
        return lookup.members(self.latest(), reference)

    def check_action(self, reference: str) -> tuple[Finding, ...]:
        """What to know before acting on a segment: a warning for each criterion that it fails.

        Raises:
            StoreError: what the newest run says of its segments cannot be read.
        """
        from vitrail.validation import check_action

        return check_action(self.latest().analysis("validation") or {}, reference)

    def profile(self, customer: str | None = None) -> pa.Table:
        """The unified profiles, or one."""
        return lookup.profile(self.latest(), customer)

    def variables(self, language: i18n.Language = "en") -> pa.Table:
        """The catalogue of variables, with how many customers have each and what an absent one needs."""
        from vitrail.workspace.cataloguing import list_variables

        return list_variables(self.latest(), language)

    def records(self, name: str, language: i18n.Language = "en") -> pa.Table:
        """What became of the files' records, a row a record or, in the funnel, a row a step of the cleaning.

        Args:
            name: `funnel`; `refused`, what could not be read; `set_aside`, what cleaning took out, which is
                read from the files again.
            language: of the reasons.

        Raises:
            UsageError: the plan or a file is no longer what the newest run read; no source has orders.
        """
        from vitrail.workspace.tracing import list_records

        return list_records(self.folder, lambda: self.plan, self.latest(), name, language)

    def explain(self, customer: str) -> Explanation:
        """Why a customer is in each of its segments, since when, and what would move it."""
        from vitrail.insight.explanation import explain_customer

        return explain_customer(self.latest(), customer)

    def sql(self, reference: str) -> str:
        """The SQL behind a variable, a segmentation or a segment.

        Raises:
            UsageError: there is no such thing in the plan or the newest run.
        """
        from vitrail.workspace.showing import show_sql

        return show_sql(self.latest(), reference)

    def check_output(self, file: Path) -> None:
        """See that a file to write to is neither the plan, nor a file it reads, nor one of Vitrail's own.

        Raises:
            StoreError: it is one of these.
        """
        from vitrail.collection.files.paths import find_files

        target, state = Path(os.path.realpath(file)), Path(os.path.realpath(self.folder / STATE))
        sources: set[Path] = set()
        with suppress(VitrailError):
            for stated in self.latest().manifest.get("sources") or ():
                sources |= {self.folder / each["file"] for each in stated["files"]}
        with suppress(VitrailError):
            for source in self.plan.sources.values():
                sources |= {each.path for each in find_files(source.file, self.folder)}
        code = ""
        if target == Path(os.path.realpath(self.plan_file)):
            code = "output_is_plan"
        elif target.is_relative_to(state):
            code = "output_is_state"
        elif target in {Path(os.path.realpath(each)) for each in sources}:
            code = "output_is_source"
        if code:
            raise StoreError(Finding(code, "error", str(file)))

    def report(self, language: i18n.Language, file: Path | None = None) -> Path:
        """Make the report of the newest run anew; returns where it is.

        Args:
            file: where to write it; into the workspace's folder as `report.<language>.html` unless given.

        Raises:
            StoreError: a file of the run is damaged, or the report cannot be written.
        """
        from vitrail.reports import render_report

        target = file if file is not None else self.folder / f"report.{language}.html"
        self.check_output(target)
        run = self.latest()
        run.check()
        page = render_report(run.folder, language)
        with whole_file(target) as stream:
            stream.write(page)
        return target
