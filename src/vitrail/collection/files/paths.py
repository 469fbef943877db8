"""Which files a source means: one path, a list, a glob or a folder, always in the order of their names."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vitrail.collection.files.formats import extension
from vitrail.errors import SourceError
from vitrail.findings import Finding

_LOCK = "~$"
_Name = TypeVar("_Name", str, Path, str | Path)


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and its path as people are shown it: relative to the workspace where it lies in it."""

    path: Path
    shown: str


def find_files(wanted: str | Sequence[str], root: Path) -> list[Found]:
    """The files that `wanted` names, each once, sorted by path.

    A folder means the files in it whose extension is known; those below it where it only holds folders
    (`year=2024/month=1`). Hidden files, and those Excel keeps while a
    workbook is open, are left out of folders and globs.

    Raises:
        SourceError: with a finding for each name that leads to no readable file.
    """
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    found: dict[Path, Found] = {}
    faults: list[Finding] = []
    for name in names:
        try:
            paths = list(_paths(name, root))
            absent = None if paths else _absent(name, root)
        except PermissionError:
            faults.append(Finding("file_forbidden", "error", name, {"file": name}))
            continue
        except (OSError, ValueError, RuntimeError):  # no name a file can have
            faults.append(Finding("file_not_found", "error", _short(name), {"file": _short(name)}))
            continue
        if absent:
            faults.append(absent)
        for path in paths:
            shown = _shown(path, root)
            if (written := _in_utf8(shown)) != shown:
                faults.append(Finding("file_name_not_utf8", "error", written, {"file": written}))
            elif not path.is_file():
                faults.append(Finding("file_is_stream", "error", shown, {"file": shown}))
            elif os.access(path, os.R_OK):
                found[path] = Found(path, shown)
            else:
                faults.append(Finding("file_forbidden", "error", shown, {"file": shown}))
    if not names:
        faults.append(Finding("no_file_named", "error"))
    if faults:
        raise SourceError(faults)
    return [found[path] for path in sorted(found, key=lambda path: (path.as_posix().casefold(), path))]


def _paths(name: str, root: Path) -> Iterator[Path]:
    path = root / Path(name).expanduser()
    if path.is_dir():
        files = [f for f in path.iterdir() if f.is_file()] or path.rglob("*")
        yield from (f for f in files if extension(f) and f.is_file() and is_ours(f))
    elif path.exists():
        yield path
    elif any(mark in name for mark in "*?["):
        base, pattern = (
            (Path(path.anchor), str(path.relative_to(path.anchor))) if path.anchor else (root, name)
        )
        yield from (f for f in base.glob(pattern) if f.is_file() and is_ours(f))


def is_ours(file: Path) -> bool:
    """Whether a file is neither hidden nor one that Excel keeps while a workbook is open.

    >>> is_ours(Path("sales/till.xlsx")), is_ours(Path("sales/~$till.xlsx"))
    (True, False)
    """
    return not file.name.startswith((".", _LOCK))


def leave_locks(files: Sequence[_Name]) -> list[_Name]:
    """The files that a shell listed (`*.xlsx`), without those Excel keeps; all where nothing else is left."""
    return [file for file in files if not Path(file).name.startswith(_LOCK)] or list(files)


def _shown(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError):
        return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _in_utf8(name: str) -> str:
    """The name, with a mark for each byte that is no UTF-8, which Python keeps and nothing can write."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:77]}…"


def _absent(name: str, root: Path) -> Finding:
    path = root / Path(name).expanduser()
    if path.is_dir():
        return Finding("folder_empty", "error", name, {"folder": name})
    if any(mark in name for mark in "*?["):
        return Finding("pattern_empty", "error", name, {"pattern": name})
    if path.is_symlink():
        return Finding("file_link_broken", "error", name, {"file": name})
    neighbours = [f.name for f in path.parent.iterdir() if f.is_file()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, neighbours, n=1, cutoff=0.6)
    if close:
        suggestion = _shown(path.with_name(close[0]), root)
        return Finding("file_not_found_near", "error", name, {"file": name, "near": suggestion})
    return Finding("file_not_found", "error", name, {"file": name})
