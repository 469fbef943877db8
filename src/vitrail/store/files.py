"""Writing files: whole or not at all, and a sentence where a disk does not allow it."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from vitrail.errors import StoreError
from vitrail.findings import Finding

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM)


@contextmanager
def storage_faults(folder: Path) -> Iterator[None]:
    """Faults of the disk under a workspace as sentences; the last run is still there.

    Args:
        folder: what is written to; a fault of a file elsewhere is told as that file's.

    Raises:
        StoreError: the disk is full, or something cannot be written or read.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(_workspace_fault(error, folder)) from error


@contextmanager
def whole_file(target: Path) -> Iterator[IO[bytes]]:
    """A stream whose content becomes the file `target` when all of it is written.

    It goes to a neighbour that then takes the target's place, so that a reader, or a kill, never meets half
    a file. A pipe or a device is written to as it stands.

    Raises:
        StoreError: the target is a folder, its folder is not there, or it cannot be written.
    """
    try:
        if target.is_dir():
            raise StoreError(Finding("output_is_folder", "error", str(target)))
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                yield stream
            return
        target = Path(os.path.realpath(target))
        draft = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with draft.open("wb") as stream:
                yield stream
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(_output_fault(error, target)) from error


def _workspace_fault(error: OSError, folder: Path) -> Finding:
    if error.errno in _FULL:
        return Finding("disk_full", "error")
    detail = error.strerror or str(error)
    if error.filename is not None and not _lies_in(Path(str(error.filename)), folder):
        return Finding("file_fault", "error", str(error.filename), {"detail": detail})
    if error.errno in _FORBIDDEN:
        return Finding("workspace_forbidden", "error", str(folder))
    if error.errno == errno.EROFS:
        return Finding("workspace_read_only", "error", str(folder))
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return Finding("workspace_not_folder", "error", str(folder))
    return Finding("workspace_not_writable", "error", str(folder), {"detail": detail})


def _output_fault(error: OSError, target: Path) -> Finding:
    if error.errno in _FULL:
        return Finding("output_full", "error", str(target))
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Finding("output_no_folder", "error", str(target), {"folder": str(target.parent)})
    if error.errno in (*_FORBIDDEN, errno.EROFS):
        return Finding("output_forbidden", "error", str(target))
    return Finding("output_not_writable", "error", str(target), {"detail": error.strerror or str(error)})


def _lies_in(file: Path, folder: Path) -> bool:
    """Whether a file is the folder, in it, or one of the folders above it."""
    file, folder = file.absolute(), folder.absolute()
    return file.is_relative_to(folder) or folder.is_relative_to(file)
