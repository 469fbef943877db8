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
import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrail.errors import StoreError
from vitrail.findings import Finding

STATE = ".vitrail"


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
        found: list[dict[str, Any]] = json.loads(self.file("segmentations.json").read_text(encoding="utf-8"))
        return found


class RunWriter:
    """A run being made: a locked folder of its own, published whole by `publish`.

    Use it as a context: what is not published is removed.

    Args:
        workspace: the folder that holds the plan.
        stem: the readable first part of the run's id, such as its as-of date.

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
        with storage_faults(self.state):
            (self.state / "runs").mkdir(parents=True, exist_ok=True)
            (self.state / "work").mkdir(exist_ok=True)
            with _locked(self.state / "lock"):  # a moment: two that start at once do not tidy up each other
                _remove_abandoned(self.state / "work")
                self.work.mkdir()
                self._lock = _open_locked(self.work / "lock", wait=False)
            self.folder.mkdir()
            self.scratch.mkdir()
        return self

    def publish(self) -> Run:
        """Make the run the newest one; from here on readers see it."""
        with storage_faults(self.state):
            manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
            for file in self.folder.iterdir():
                _flush(file)
            target = self.state / "runs" / self.run_id
            self.folder.rename(target)
            pointer = self.work / "latest"
            pointer.write_text(self.run_id + "\n", encoding="utf-8")
            _flush(pointer)
            pointer.replace(self.state / "latest")
        return Run(target, manifest)

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)


def latest_run(workspace: Path) -> Run:
    """The newest whole run.

    Raises:
        StoreError: there is none yet.
    """
    pointer = workspace / STATE / "latest"
    try:
        return load_run(workspace, pointer.read_text(encoding="utf-8").strip())
    except (FileNotFoundError, NotADirectoryError) as error:
        found = runs(workspace)
        if found:
            return load_run(workspace, found[-1])
        raise StoreError(Finding("no_run_yet", "error", figures={"folder": str(workspace)})) from error


def load_run(workspace: Path, run_id: str) -> Run:
    """A run by its id.

    Raises:
        StoreError: it is not there, or its manifest is not whole.
    """
    folder = workspace / STATE / "runs" / run_id
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(Finding("run_damaged", "error", figures={"run": run_id})) from error
    return Run(folder, manifest)


def runs(workspace: Path) -> list[str]:
    """The ids of all whole runs, oldest first."""
    folder = workspace / STATE / "runs"
    if not folder.is_dir():
        return []
    found = [each for each in folder.iterdir() if (each / "manifest.json").is_file()]
    return [each.name for each in sorted(found, key=lambda each: (each.stat().st_mtime_ns, each.name))]


@contextmanager
def storage_faults(folder: Path) -> Iterator[None]:
    """A full disk, a read-only folder: one sentence, and the last run is still there."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        code = "disk_full" if full else "workspace_not_writable"
        detail = error.strerror or str(error)
        raise StoreError(Finding(code, "error", str(folder), {"detail": detail})) from error


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
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR)
    try:
        import fcntl
    except ImportError:  # Windows: a folder with an open file in it cannot be removed, which serves the same end
        return descriptor
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_abandoned(work: Path) -> None:
    """Remove what processes that died have left; a folder whose lock is held is another run's."""
    for folder in work.iterdir():
        with contextlib.suppress(BlockingIOError):
            os.close(_open_locked(folder / "lock", wait=False))
            shutil.rmtree(folder, ignore_errors=True)
