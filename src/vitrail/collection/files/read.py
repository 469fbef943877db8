"""Reading the files of a source: found, recognised, counted, united into one relation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from vitrail.collection.files.formats import Sniffed, sniff_format
from vitrail.collection.files.paths import Found, find_files
from vitrail.collection.files.relation import compile_relation
from vitrail.collection.files.results import FilesRead, FilesSpec, Part
from vitrail.engine import Engine
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.plan.sources import Format

_KINDS: dict[Format, str] = {
    "csv": "delimited",
    "tsv": "delimited",
    "excel": "excel",
    "parquet": "parquet",
    "json": "json",
    "jsonl": "json",
}


def read_files(engine: Engine, spec: FilesSpec, root: Path, scratch: Path) -> FilesRead:
    """The files of a source as one relation, every record accounted for.

    Args:
        spec: what the plan says of the source; a `BareFile` where there is no plan yet.
        root: the workspace; paths are relative to it.
        scratch: a folder for what must be rewritten to be read; it must live as long as the relation.

    Raises:
        SourceError: with a finding for each file that cannot be read, or not without an answer.
    """
    found = find_files(spec.file, root)
    scratch.mkdir(parents=True, exist_ok=True)
    parts: list[Part] = []
    faults: list[Finding] = []
    kinds: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=1) as beside:
        fingerprints = [beside.submit(_fingerprint, file.path) for file in found]
        for file, fingerprint in zip(found, fingerprints, strict=True):
            try:
                sniffed = sniff_format(file.path, file.shown, spec.format)
                kinds.setdefault(_KINDS[sniffed.format], file.shown)
                if len(kinds) == 1:
                    part = _read(file, sniffed, spec, scratch)
                    report = replace(part.report, fingerprint=fingerprint.result())
                    parts.append(replace(part, report=report))
            except SourceError as error:
                faults.extend(error.findings)
    if len(kinds) > 1:
        faults.append(Finding("formats_mixed", "error", "", {"files": list(kinds.values())}))
    if faults:
        raise SourceError(faults)
    columns, parts = _unite(parts)
    relation = compile_relation([part.scan for part in parts], columns)
    return FilesRead(relation, tuple(engine.columns(relation)), "parquet" not in kinds, tuple(parts))


def _read(file: Found, sniffed: Sniffed, spec: FilesSpec, scratch: Path) -> Part:
    """Read by its format alone: a run imports no reader but its own."""
    match _KINDS[sniffed.format]:
        case "parquet":
            from vitrail.collection.files.parquet import read_parquet

            return read_parquet(file.path, file.shown, sniffed.notes)
        case "excel":
            from vitrail.collection.files.excel import read_excel

            return read_excel(file.path, file.shown, spec, scratch, sniffed.notes)
        case "json":
            from vitrail.collection.files.json_text import read_json

            return read_json(file.path, file.shown, spec, sniffed, scratch)
        case _:
            from vitrail.collection.files.delimited import read_delimited

            return read_delimited(file.path, file.shown, spec, sniffed.packed, scratch, sniffed.notes)


def _fingerprint(file: Path) -> str:
    """SHA-256 of a file's bytes; hashing leaves the processor's other core to the reading."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unite(parts: Sequence[Part]) -> tuple[tuple[str, ...], list[Part]]:
    """The columns of all parts, those of the first part first; each part told where its header differs.

    Raises:
        SourceError: a file shares less than half of its columns with the first file, or of the first's.
    """
    columns = {name.casefold(): name for name in parts[0].scan.columns}
    expected = set(columns)
    united, faults = [parts[0]], []
    for part in parts[1:]:
        own = {name.casefold(): name for name in part.scan.columns}
        shared = len(expected & set(own))
        missing = [columns[key] for key in columns if key in expected and key not in own]
        extra = [name for key, name in own.items() if key not in expected]
        figures = {
            "first": parts[0].report.place,
            "missing": missing[:10] or ["–"],
            "extra": extra[:10] or ["–"],
        }
        if 2 * shared < max(len(expected), len(own)):
            faults.append(Finding("header_is_other", "error", part.report.place, figures))
        if missing or extra:
            note = Finding("header_differs", "info", part.report.place, figures)
            part = replace(part, report=replace(part.report, notes=(*part.report.notes, note)))
        columns |= {key: name for key, name in own.items() if key not in columns}
        united.append(part)
    if faults:
        raise SourceError(faults)
    return tuple(columns.values()), united
