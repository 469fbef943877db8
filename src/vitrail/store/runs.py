"""Runs on disk.

    .vitrail/
      runs/<run_id>/     a whole run
      latest             the id of the newest run
      work/<run_id>/     a run being made, with what the engine sets aside; gone when it ends

A run is made under `work/`, which its writer holds locked, and moved to `runs/` by one rename. A process
that dies leaves an unlocked folder, which the next run removes. Readers never wait: they see the last
whole run.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vitrail import __version__, i18n
from vitrail.errors import StoreError
from vitrail.findings import Finding

STATE = ".vitrail"
_PLAIN_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run on disk.

    Args:
        folder: where its files are.
        manifest: what `manifest.json` says.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def run_id(self) -> str:
        """Its name."""
        return self.folder.name

    def file(self, name: str) -> Path:
        """A file of the run, such as `profile.parquet`, as it was written.

        Raises:
            StoreError: it is damaged, or no longer there.
        """
        file, written = self.folder / name, self.manifest["files"].get(name)
        if written is not None and written != checksum(file):
            raise damaged(self.run_id, name)
        return file

    def check(self) -> None:
        """See that every file is as it was written.

        Raises:
            StoreError: one is damaged.
        """
        for name in self.manifest["files"]:
            self.file(name)
        self.segmentations()

    def segmentations(self) -> list[dict[str, Any]]:
        """What `segmentations.json` says: each segmentation with its cuts and segments."""
        return self._described("segmentations.json")

    def variables(self) -> list[dict[str, Any]]:
        """What `variables.json` says: each variable with its family, meaning and SQL."""
        return self._described("variables.json")

    def analysis(self, name: str) -> dict[str, Any] | None:
        """What `<name>.json` says: all that an analysis found; None where the run did not make it.

        Raises:
            StoreError: the file is damaged.
        """
        file = self.file(f"{name}.json")
        if not file.exists():
            return None
        found = _load_json(file, self.run_id)
        if not isinstance(found, dict):
            raise damaged(self.run_id, file.name)
        return found

    def _described(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = _load_json(self.file(name), self.run_id)
        if not (isinstance(found, list) and all(isinstance(each, dict) for each in found)):
            raise damaged(self.run_id, name)
        return found


def latest_run(workspace: Path) -> Run:
    """The newest whole run: the one that `latest` names, or where that names none, the newest there is.

    Raises:
        StoreError: there is none yet, or the newest is damaged.
    """
    for run_id in _newest_first(workspace):
        return load_run(workspace, run_id)
    raise StoreError(Finding("no_run_yet", "error", figures={"folder": str(workspace.resolve())}))


def find_latest(workspace: Path) -> tuple[Run | None, tuple[Finding, ...]]:
    """The newest run that can be read, if there is one, and a warning for each newer one that cannot."""
    return _find_readable(workspace, _newest_first(workspace))


def find_before(workspace: Path, as_of: dt.date) -> tuple[Run | None, tuple[Finding, ...]]:
    """The run that speaks of the last day before `as_of`, the newest of several, if there is one, and a
    warning for each nearer one that cannot be read.
    """
    earlier: list[tuple[str, str]] = []
    for run_id in runs(workspace):
        try:
            speaks_of = load_run(workspace, run_id).manifest["as_of"]
        except StoreError:
            speaks_of = ""  # it may be the one before: told where no other is
        earlier += [(speaks_of, run_id)] if speaks_of < as_of.isoformat() else []
    nearest = sorted(earlier, key=lambda each: each[0])[::-1]
    return _find_readable(workspace, [run_id for _, run_id in nearest])


def _find_readable(workspace: Path, wanted: Sequence[str]) -> tuple[Run | None, tuple[Finding, ...]]:
    """The first run of which every file can be read, and a warning for each one before it.

    All that a run is compared with is found here: what is damaged never stops a new one.
    """
    passed: list[Finding] = []
    for run_id in wanted:
        try:
            run = load_run(workspace, run_id)
            run.check()
            return run, tuple(passed)
        except StoreError as error:
            passed += [
                replace(each, code=_PASSED_OVER[each.code], level="warning") for each in error.findings
            ]
    return None, tuple(passed)


_PASSED_OVER = {"run_damaged": "run_passed_over", "run_of_other_version": "run_of_other_version_passed_over"}


def damaged(run_id: str, file: str = "manifest.json") -> StoreError:
    """The error that says that a file of a run is not as it was written, and which folder to delete."""
    figures = {"run": run_id, "file": file, "folder": f"{STATE}/runs/{run_id}"}
    return StoreError(Finding("run_damaged", "error", figures=figures))


def load_run(workspace: Path, run_id: str) -> Run:
    """A run by its id.

    Raises:
        StoreError: it is not there, its manifest is not whole, or another version of Vitrail made it.
    """
    return open_run(workspace / STATE / "runs" / run_id)


def open_run(folder: Path) -> Run:
    """The run in a folder, one being made too, once its manifest is written.

    Raises:
        StoreError: its manifest is not there or not whole, or another version of Vitrail made it.
    """
    run_id = folder.name
    manifest = _load_json(folder / "manifest.json", run_id)
    version = manifest.get("version") if isinstance(manifest, dict) else None
    if isinstance(version, str) and version.split(".")[:2] != __version__.split(".")[:2]:
        figures = {"run": run_id, "version": version, "own": __version__}
        raise StoreError(Finding("run_of_other_version", "error", figures=figures))
    if not _is_whole(manifest):
        raise damaged(run_id)
    return Run(folder, manifest)


def _load_json(file: Path, run_id: str) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(run_id, file.name) from error


def checksum(file: Path) -> str | None:
    """What tells a damaged file: its length and CRC-32; None where it cannot be read."""
    found = length = 0
    try:
        with file.open("rb") as stream:
            while part := stream.read(1 << 20):
                found, length = zlib.crc32(part, found), length + len(part)
    except OSError:
        return None
    return f"{length}-{found:08x}"


def seal(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with its `checksum`: the CRC-32 of all else in it, by which an edited one is told."""
    rest = {name: each for name, each in manifest.items() if name != "checksum"}
    return rest | {"checksum": f"{zlib.crc32(json.dumps(rest, sort_keys=True).encode()):08x}"}


def _is_whole(manifest: Any) -> bool:
    """Whether a manifest is as it was written, and says what every reader of a run asks of it."""
    if not (isinstance(manifest, dict) and manifest.get("checksum") == seal(manifest)["checksum"]):
        return False
    plan, sources = manifest.get("plan"), manifest.get("sources", [])
    return (
        _is_day(manifest.get("as_of"))
        and type(manifest.get("customers")) is int
        and isinstance(plan, dict)
        and isinstance(plan.get("name"), str)
        and isinstance(plan.get("currency", 0), str | None)
        and plan.get("language") in i18n.LANGUAGES
        and isinstance(sources, list)
        and all(isinstance(each, dict) for each in sources)
        and _are_files(manifest.get("files"))
    )


def _is_day(stated: Any) -> bool:
    try:
        return bool(dt.date.fromisoformat(stated))
    except (TypeError, ValueError):
        return False


def _are_files(stated: Any) -> bool:
    """Whether these are files of a run's own folder, each with its checksum."""
    return isinstance(stated, dict) and all(
        _PLAIN_NAME.fullmatch(name) and isinstance(written, str) for name, written in stated.items()
    )


def runs(workspace: Path) -> list[str]:
    """The ids of all whole runs, oldest first."""
    folder = workspace / STATE / "runs"
    if not folder.is_dir():
        return []
    found = [each for each in folder.iterdir() if (each / "manifest.json").is_file()]
    return [each.name for each in sorted(found, key=lambda each: (each.stat().st_mtime_ns, each.name))]


def _newest_first(workspace: Path) -> list[str]:
    """The ids of all whole runs; the one that `latest` names is the newest, whatever a clock says."""
    found = runs(workspace)[::-1]
    with contextlib.suppress(OSError, ValueError):
        named = (workspace / STATE / "latest").read_text(encoding="utf-8").strip()
        found.sort(key=lambda each: each != named)
    return found
