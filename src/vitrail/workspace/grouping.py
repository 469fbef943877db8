"""Which files make one source of a new plan: those of one kind with the same columns; and its name."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vitrail.collection.files import BareFile, FilesRead, read_files
from vitrail.collection.files.paths import find_files, is_ours, leave_locks
from vitrail.collection.guessing.headers import fold
from vitrail.collection.guessing.kinds import name_kind
from vitrail.collection.guessing.unnamed import name_by_content
from vitrail.collection.values import inspect_columns
from vitrail.engine import Engine
from vitrail.errors import SourceError, UsageError
from vitrail.findings import Finding

_OTHERWISE = frozenset({"header_is_other", "formats_mixed"})  # the files of a folder hold different things
_DATA = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".xlsx", ".parquet", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Group:
    """A source to be: its name, its files, the sheet where their book has several, and the records."""

    name: str
    files: str | list[str]
    sheet: str | None
    read: FilesRead


@dataclass(frozen=True, slots=True)
class _Kind:
    """What makes files one source: format, book and sheet, what their name says, and their columns."""

    format: str
    sheet: tuple[str, str] | None
    said: str
    stem: str
    columns: frozenset[str]


def list_paths(folder: Path, files: Sequence[str | Path]) -> list[str]:
    """The files as the plan names them: relative to its folder where they are below it or beside it.

    The folder itself (`vitrail init .`) means the data files in it, as naming none does.

    Raises:
        UsageError: it has none.
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

    So are files of one name but for its figures (`orders_1.json`, `orders_2.json`) that share most columns. A
    folder or pattern stays one source unless its files hold different things: then each counts by itself.
    Also what is left out, for no plan can name it.

    Raises:
        SourceError: with the faults of every file that cannot be read.
    """
    groups: dict[_Kind, list[tuple[str, FilesRead]]] = {}
    faults: list[Finding] = []
    tableless: list[tuple[str, str, list[Finding]]] = []
    wanted: list[tuple[str, str | None]] = [(path, None) for path in paths]
    for number, (path, sheet) in enumerate(wanted):
        try:
            read = read_files(engine, BareFile(path, sheet=sheet), folder, scratch / str(number))
        except SourceError as error:
            if {each.code for each in error.findings} & _OTHERWISE:
                wanted += [(file.shown, None) for file in find_files(path, folder)]
                continue
            if bare := _read_unnamed(engine, path, folder, scratch / f"unnamed{number}", error):
                kind = _Kind("unnamed", None, name_kind(Path(path).name), _stem(path), frozenset())
                groups.setdefault(kind, []).append((path, bare))
                continue
            several = [each for each in error.findings if each.code == "sheet_undecided"]
            wanted += [(path, name) for each in several for name in each.figures["sheets"]]
            others = [each for each in error.findings if each not in several]
            if sheet is None:
                faults += others
            else:
                tableless.append((path, sheet, others))
            continue
        columns = frozenset(map(str.casefold, read.columns))
        place = (path, sheet) if sheet else None
        kind = _Kind(read.files[0].format, place, name_kind(sheet or Path(path).name), _stem(path), columns)
        groups.setdefault(_alike(kind, groups), []).append((path, read))
    tables = {path for members in groups.values() for path, _ in members}
    faults += [each for path, _, others in tableless if path not in tables for each in others]
    unnamed = [replace(each, level="warning") for each in faults if each.code == "file_name_not_utf8"]
    if len(faults) > len(unnamed) or not groups:
        raise SourceError(faults)
    found: list[Group] = []
    for number, (kind, members) in enumerate(groups.items()):
        files = [path for path, _ in members]
        sheet = kind.sheet[1] if kind.sheet else None
        name = _name([sheet] if sheet else files, {each.name for each in found})
        if len(files) == 1:
            found.append(Group(name, files[0], sheet, members[0][1]))
        else:
            line = 0 if kind.format == "unnamed" else None
            whole = read_files(engine, BareFile(files, header_line=line), folder, scratch / f"group{number}")
            found.append(Group(name, files, None, whole))
    notes = [
        Finding("init_left_out", "warning", path, {"file": f"{path} ({sheet})"})
        for path, sheet, _ in tableless
        if path in tables
    ]
    return found, [*unnamed, *notes]


def _read_unnamed(
    engine: Engine, path: str, folder: Path, scratch: Path, error: SourceError
) -> FilesRead | None:
    """The records of a file without a header whose columns tell by themselves what they are."""
    if {each.code for each in error.findings} != {"header_missing"}:
        return None
    try:
        read = read_files(engine, BareFile(path, header_line=0), folder, scratch)
    except SourceError:
        return None
    reports = inspect_columns(engine, read.relation, read.columns)
    return read if name_by_content(reports) else None


def _alike(kind: _Kind, groups: Collection[_Kind]) -> _Kind:
    """The kind of the group that a file belongs to: its own unless one is there that its records fit."""
    for known in groups:
        if replace(known, stem=kind.stem, columns=kind.columns) == kind and (
            known.columns == kind.columns
            or (
                known.stem == kind.stem
                and 2 * len(known.columns & kind.columns) >= max(len(known.columns), len(kind.columns))
            )
        ):
            return known
    return kind


def split_group(engine: Engine, group: Group, folder: Path, scratch: Path, taken: set[str]) -> list[Group]:
    """The files of a group by their columns: a source for those that have the same ones."""
    kinds: dict[frozenset[str], list[str]] = {}
    for part in group.read.parts:
        columns = frozenset(map(str.casefold, part.scan.columns))
        kinds.setdefault(columns, []).append(part.report.file)
    found: list[Group] = []
    for number, files in enumerate(kinds.values()):
        name = _name([group.name], {*taken, *(each.name for each in found)}) if number else group.name
        named = files[0] if len(files) == 1 else files
        read = read_files(engine, BareFile(named), folder, scratch / f"{group.name}_{number}")
        found.append(Group(name, named, None, read))
    return found


def _name(files: list[str], taken: set[str]) -> str:
    """A source's name in the plan, from its files' names: `export_2024`."""
    stem = _stem(files[0]) if len(files) > 1 else _bare(files[0])
    name = re.sub(r"[^a-z0-9]+", "_", fold(stem)).strip("_")[:40] or "orders"
    name = name if name[0].isalpha() else f"orders_{name}"
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def _bare(file: str) -> str:
    return re.sub(r"(\.(csv|tsv|txt|xlsx|parquet|jsonl?|ndjson|gz))+$", "", Path(file).name.lower())


def _stem(file: str) -> str:
    """A file's name without its ending and the figures before it: what files of several months share."""
    return re.sub(r"[\W\d_]+$", "", _bare(file))
