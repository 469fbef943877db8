"""Which files make one source of a new plan: those of one kind with the same columns; and its name."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vitrail.collection.files import BareFile, FilesRead, read_files
from vitrail.collection.files.paths import is_ours, leave_locks
from vitrail.collection.guessing.headers import fold
from vitrail.collection.guessing.kinds import name_kind
from vitrail.engine import Engine
from vitrail.errors import SourceError, UsageError
from vitrail.findings import Finding

_DATA = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".xlsx", ".parquet", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Group:
    """A source to be: its name, its files, the sheet where their book has several, and the records."""

    name: str
    files: str | list[str]
    sheet: str | None
    read: FilesRead


def list_paths(folder: Path, files: Sequence[str | Path]) -> list[str]:
    """The files as the plan names them: relative to its folder where they are below it or beside it.

    The folder itself (`vitrail init .`) means the data files in it, as naming none does.
    """
    if all(os.path.realpath(file) == os.path.realpath(folder) for file in files):
        found = (
            sorted(p.name for p in folder.glob("*") if p.name.lower().endswith(_DATA) and is_ours(p))
            if folder.is_dir()
            else []
        )
        if not found:
            raise UsageError(Finding("init_no_files", "error", figures={"folder": str(folder.resolve())}))
        return found
    absolute = [Path(file).parent.resolve() / Path(file).name for file in leave_locks(files)]
    return [Path(os.path.relpath(file, folder.resolve())).as_posix() for file in absolute]


def group_files(
    engine: Engine, paths: list[str], folder: Path, scratch: Path
) -> tuple[list[Group], list[Finding]]:
    """Name, files and records of each source; files with the same columns are one source.

    Also what is left out, for no plan can name it.

    Raises:
        SourceError: with the faults of every file that cannot be read.
    """
    groups: dict[tuple[object, ...], list[tuple[str, FilesRead]]] = {}
    faults: list[Finding] = []
    tableless: list[tuple[str, str, list[Finding]]] = []
    wanted: list[tuple[str, str | None]] = [(path, None) for path in paths]
    for number, (path, sheet) in enumerate(wanted):
        try:
            read = read_files(engine, BareFile(path, sheet=sheet), folder, scratch / str(number))
        except SourceError as error:
            several = [each for each in error.findings if each.code == "sheet_undecided"]
            wanted += [(path, name) for each in several for name in each.figures["sheets"]]
            others = [each for each in error.findings if each not in several]
            if sheet is None:
                faults += others
            else:
                tableless.append((path, sheet, others))
            continue
        kind = name_kind(sheet or Path(path).name)
        columns = frozenset(map(str.casefold, read.columns))
        key = (read.files[0].format, sheet and (path, sheet), kind, columns)
        groups.setdefault(key, []).append((path, read))
    tables = {path for members in groups.values() for path, _ in members}
    faults += [each for path, _, others in tableless if path not in tables for each in others]
    unnamed = [replace(each, level="warning") for each in faults if each.code == "file_name_not_utf8"]
    if len(faults) > len(unnamed) or not groups:
        raise SourceError(faults)
    found: list[Group] = []
    names: set[str] = set()
    for number, ((_, place, _, _), members) in enumerate(groups.items()):
        files = [path for path, _ in members]
        sheet = place[1] if isinstance(place, tuple) else None
        name = _name([sheet] if sheet else files, names)
        names.add(name)
        if len(files) == 1:
            found.append(Group(name, files[0], sheet, members[0][1]))
        else:
            whole = read_files(engine, BareFile(files), folder, scratch / f"group{number}")
            found.append(Group(name, files, None, whole))
    notes = [
        Finding("init_left_out", "warning", path, {"file": f"{path} ({sheet})"})
        for path, sheet, _ in tableless
        if path in tables
    ]
    return found, [*unnamed, *notes]


def _name(files: list[str], taken: set[str]) -> str:
    """A source's name in the plan, from its files' names: `export_2024`."""
    file = Path(files[0]).name.lower()
    stem = re.sub(r"(\.(csv|tsv|txt|xlsx|parquet|jsonl?|ndjson|gz))+$", "", file)
    stem = re.sub(r"[\W\d_]+$", "", stem) if len(files) > 1 else stem
    name = re.sub(r"[^a-z0-9]+", "_", fold(stem)).strip("_")[:40] or "orders"
    name = name if name[0].isalpha() else f"orders_{name}"
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique
