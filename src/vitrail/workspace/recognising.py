"""What each group of files holds, as it is guessed; which are no source, and why there can be no plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from vitrail import i18n
from vitrail.collection.files import FilesRead, explain_refusal
from vitrail.collection.guessing import RelationEvidence, SourceGuess, guess_source
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.customers import halves_of_names
from vitrail.collection.guessing.habits import prefer_habits
from vitrail.collection.guessing.kinds import name_kind, takes_nothing_back
from vitrail.collection.guessing.missing import explain_missing
from vitrail.collection.joined import join_columns
from vitrail.collection.model import TABLES
from vitrail.collection.values import inspect_columns
from vitrail.engine import Engine
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.workspace.drafting import DraftedSource
from vitrail.workspace.grouping import Group

_COUNTED_WHOLE = 1_000_000


def guess_groups(
    engine: Engine, groups: list[Group]
) -> tuple[list[DraftedSource], list[Finding], list[Finding]]:
    """The guess of each source; what is wrong with each file that is none; and that it is left out."""
    sources: list[DraftedSource] = []
    faults: list[Finding] = []
    left_out: list[Finding] = []
    kinds = {group.name: name_kind(group.sheet or _first(group.files)) for group in groups}
    for group in sorted(groups, key=lambda each: kinds[each.name] == "credits"):
        name, read = group.name, group.read
        files = f"{group.files} ({group.sheet})" if group.sheet else group.files
        if kinds[name] == "quotes" and set(kinds.values()) != {"quotes"}:
            left_out.append(Finding("init_quotes_left_out", "warning", name, {"file": files}))
            continue
        if read.accepted == 0:
            faults.append(_no_records(read))
            left_out.append(Finding("init_left_out", "warning", name, {"file": files}))
            continue
        try:
            source = _guess_named(engine, group, len(groups) > 1)
        except SourceError as error:
            faults.extend(error.findings)
            left_out.append(Finding("init_left_out", "warning", name, {"file": files}))
            continue
        if kinds[name] == "credits":
            source = replace(source, guess=_as_credits(source.guess, files, source.reports, sources))
        sources.append(source)
    return sources, faults, left_out


def list_stops(sources: list[DraftedSource], faults: list[Finding]) -> list[Finding]:
    """Why there can be no plan: no file can be used, or orders and lines together lack something.

    A register of customers alone will do, unless another file that was given could be its orders.
    """
    sales = [source for source in sources if source.guess.table != "customers"]
    if not sales:
        return faults
    halves = {column for source in sales for column in source.guess.columns}
    lacking: list[Finding] = []
    for source in sales:
        if TABLES[source.guess.table].missing(halves | source.guess.columns.keys()):
            try:
                explain_missing(source.guess.table, source.guess.columns, source.reports, source.guess.name)
            except SourceError as error:
                lacking.extend(error.findings)
    return lacking


def _guess_named(engine: Engine, group: Group, several: bool) -> DraftedSource:
    """The guess of a source, with first and last names put together where nothing else tells people apart.

    Raises:
        SourceError: its columns cannot be recognised.
    """
    halves = halves_of_names(group.read.columns)
    try:
        plain = _guess(engine, group, several)
    except SourceError:
        if not halves:
            raise
    else:
        customer = plain.guess.columns.get("customer_id")
        if not halves or customer is None or customer.reason.code != "guess_customer_is_last_name":
            return plain
    read = join_columns(group.read, halves)
    return replace(_guess(engine, replace(group, read=read), several), joined=halves)


def _guess(engine: Engine, group: Group, several: bool) -> DraftedSource:
    read = group.read
    reports = inspect_columns(engine, read.relation, read.columns, whole=read.accepted <= _COUNTED_WHOLE)
    reports = prefer_habits(reports, read.files[0].delimiter)
    evidence = RelationEvidence(engine, read.relation, reports, read.accepted)
    guess = guess_source(group.name, reports, evidence, joined=several)
    return DraftedSource(guess, group.files, read, reports, group.sheet)


def _as_credits(
    guess: SourceGuess, files: str | list[str], reports: Reports, sources: list[DraftedSource]
) -> SourceGuess:
    """The guess of a file that its name calls credit notes; with the columns of one of sales, read alike."""
    twins = (each.guess for each in sources if each.reports.keys() == reports.keys())
    twin = next((each for each in twins if each.table != "customers"), None)
    if twin is not None:
        guess = replace(twin, name=guess.name, unsure=(), findings=())
    if guess.table == "customers" or guess.credits or not takes_nothing_back(guess.columns, reports):
        return guess
    said = Finding("init_credits_file", "warning", guess.name, {"file": files})
    return replace(guess, credits="true", findings=(*guess.findings, said))


def _first(files: str | list[str]) -> str:
    return Path(files if isinstance(files, str) else files[0]).name


def _no_records(read: FilesRead) -> Finding:
    """Why files give no record at all: a header only, or every record refused."""
    refused = read.refused
    if refused.num_rows == 0:
        return Finding("file_header_only", "error", read.files[0].file)
    first = refused.slice(0, 1).to_pylist()[0]
    detail = json.loads(first["detail"])
    reason = {each: explain_refusal(first["reason"], detail, each) for each in i18n.LANGUAGES}
    figures = {"rows": refused.num_rows, "line": first["line"], "reason": reason}
    return Finding("file_all_refused", "error", first["file"], figures)
