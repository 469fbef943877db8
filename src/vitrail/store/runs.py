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
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrail.errors import StoreError
from vitrail.findings import Finding
from vitrail.store.files import storage_faults

STATE = ".vitrail"
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


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
        """A file of the run, such as `profile.parquet`."""
        return self.folder / name

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
        try:
            found = json.loads(self.file(f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise damaged(self.run_id) from error
        if not isinstance(found, dict):
            raise damaged(self.run_id)
        return found

    def _described(self, name: str) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = json.loads(self.file(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise damaged(self.run_id) from error
        if not (isinstance(found, list) and all(isinstance(each, dict) for each in found)):
            raise damaged(self.run_id)
        return found


class RunWriter:
    """A run being made: a locked folder of its own, published whole by `publish`.

    Use it as a context: what is not published is removed.

    Args:
        workspace: the folder that holds the plan.
        stem: the readable first part of the run's id: when it began, as `20111210T093000Z`.

    Raises:
        StoreError: the workspace cannot be written.
    """

    def __init__(self, workspace: Path, stem: str) -> None:
        self.state = workspace / STATE
        self.run_id = f"{stem}-{secrets.token_hex(4)}"
        self.work = self.state / "work" / self.run_id
        self.folder = self.work / "run"
        self.scratch = self.work / "scratch"
        self._lock = -1

    def __enter__(self) -> RunWriter:
        try:
            with storage_faults(self.state):
                self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self) -> None:
        (self.state / "runs").mkdir(parents=True, exist_ok=True)
        (self.state / "work").mkdir(exist_ok=True)
        with _locked(self.state / "lock"):  # a moment: two that start at once do not tidy up each other
            _remove_abandoned(self.state / "work")
            self.work.mkdir()
            self._lock = _open_locked(self.work / "lock", wait=False)
        self.folder.mkdir()
        self.scratch.mkdir()

    def publish(self) -> Run:
        """Make the run the newest one; from here on readers see it."""
        with storage_faults(self.state):
            manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
            for file in self.folder.iterdir():
                _flush(file)
            pointer = self.work / "latest"
            pointer.write_text(self.run_id + "\n", encoding="utf-8")
            _flush(pointer)
            target = self.state / "runs" / self.run_id
            self.folder.rename(target)
            pointer.replace(self.state / "latest")
        return Run(target, manifest)

    def __exit__(self, *_: object) -> None:
        _remove(self.work)
        if self._lock >= 0:
            os.close(self._lock)


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
    passed: list[Finding] = []
    for run_id in _newest_first(workspace):
        try:
            run = load_run(workspace, run_id)
            run.segmentations()
            return run, tuple(passed)
        except StoreError:
            passed.append(Finding("run_passed_over", "warning", figures=_folder_of(run_id)))
    return None, tuple(passed)


def find_before(workspace: Path, as_of: dt.date) -> Run | None:
    """The run that speaks of the last day before `as_of`, the newest of several; None where there is none.

    A run that cannot be read is passed over.
    """
    earlier: list[Run] = []
    for run_id in runs(workspace):
        with contextlib.suppress(StoreError):
            run = load_run(workspace, run_id)
            earlier += [run] if run.manifest["as_of"] < as_of.isoformat() else []
    for run in sorted(earlier, key=lambda each: str(each.manifest["as_of"]))[::-1]:
        with contextlib.suppress(StoreError):
            run.segmentations()
            return run
    return None


def damaged(run_id: str) -> StoreError:
    """The error that says that a run is not whole, and which folder to delete."""
    return StoreError(Finding("run_damaged", "error", figures=_folder_of(run_id)))


def _folder_of(run_id: str) -> dict[str, Any]:
    return {"run": run_id, "folder": f"{STATE}/runs/{run_id}"}


def load_run(workspace: Path, run_id: str) -> Run:
    """A run by its id.

    Raises:
        StoreError: it is not there, or its manifest is not whole.
    """
    folder = workspace / STATE / "runs" / run_id
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if not _is_whole(manifest):
            raise damaged(run_id)
    except (OSError, ValueError) as error:
        raise damaged(run_id) from error
    return Run(folder, manifest)


def _is_whole(manifest: Any) -> bool:
    """Whether a manifest says what every reader of a run asks of it."""
    needed = {"as_of": str, "customers": int, "plan": dict}
    if not (isinstance(manifest, dict) and all(isinstance(manifest.get(k), t) for k, t in needed.items())):
        return False
    dt.date.fromisoformat(manifest["as_of"])
    return bool(manifest["plan"].keys() >= {"name", "currency", "language"})


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


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    descriptor = _open_locked(file, wait=True)
    try:
        yield
    finally:
        os.close(descriptor)


def _open_locked(file: Path, wait: bool) -> int:
    """Open a file and lock it for as long as it stays open or the process lives.

    Raises:
        BlockingIOError: another process holds it and `wait` is false.
    """
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        import fcntl
    except ImportError:
        return descriptor  # Windows, where a folder with an open file in it cannot be removed: the same end
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_abandoned(work: Path) -> None:
    """Remove what processes that died have left; a folder whose lock is held is another run's.

    Ours is a folder called as runs are, with an empty lock in it or nothing at all. What cannot be removed,
    or is being removed by the run that owns it, is left.
    """
    for folder in work.iterdir():
        if not _RUN_ID.fullmatch(folder.name) or folder.is_symlink():
            continue
        with contextlib.suppress(OSError):
            folder.rmdir()  # its writer died before it had a lock
        with contextlib.suppress(OSError):
            lock = (folder / "lock").lstat()
            if stat.S_ISREG(lock.st_mode) and not lock.st_size:
                os.close(_open_locked(folder / "lock", wait=False))
                _remove(folder)


def _remove(work: Path) -> None:
    """Remove the folder of a run being made, its lock last: one half removed is still known as ours."""
    for part in ("run", "scratch"):
        shutil.rmtree(work / part, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)
