"""Writing a run: in a locked folder of its own, then one rename."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vitrail.store.files import storage_faults
from vitrail.store.runs import STATE, Run, checksum, seal

_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


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

    def describe(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Write the manifest, with the checksums of all other files but the reports, and its own.

        The files it speaks of are whole by then. It may be written again, until the run is published.
        """
        stated = self.folder / "manifest.json"
        written = sorted({*self.folder.iterdir()} - {stated, *self.folder.glob("*.html")})
        sealed = seal({**manifest, "files": {file.name: checksum(file) for file in written}})
        stated.write_text(json.dumps(sealed, ensure_ascii=False, indent=1), encoding="utf-8")
        return sealed

    def publish(self, manifest: Mapping[str, Any]) -> Run:
        """State what the run is, and make it the newest one; from here on readers see it."""
        with storage_faults(self.state):
            sealed = self.describe(manifest)
            for file in self.folder.iterdir():
                _flush(file)
            pointer = self.work / "latest"
            pointer.write_text(self.run_id + "\n", encoding="utf-8")
            _flush(pointer)
            target = self.state / "runs" / self.run_id
            self.folder.rename(target)
            try:
                pointer.replace(self.state / "latest")
            except OSError:
                target.rename(self.folder)
                raise
        return Run(target, sealed)

    def __exit__(self, *_: object) -> None:
        _remove(self.work)
        if self._lock >= 0:
            os.close(self._lock)


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
