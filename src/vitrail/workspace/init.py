"""`vitrail init`: looks at files, guesses what they hold, asks what it is unsure of, writes the plan."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from vitrail import i18n
from vitrail.collection.files import BareFile, FilesRead, explain_refusal, read_files
from vitrail.collection.files.paths import is_ours, leave_locks
from vitrail.collection.guessing import Question, RelationEvidence, SourceGuess, guess_source
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.customers import halves_of_names
from vitrail.collection.guessing.habits import prefer_habits
from vitrail.collection.guessing.headers import fold
from vitrail.collection.guessing.kinds import name_kind, takes_nothing_back
from vitrail.collection.guessing.missing import explain_missing
from vitrail.collection.joined import join_columns
from vitrail.collection.model import TABLES
from vitrail.collection.values import inspect_columns
from vitrail.engine import DuckDB, Engine
from vitrail.errors import SourceError, UsageError
from vitrail.findings import Finding
from vitrail.plan import parse_plan
from vitrail.plan.names import PLAN_FILE
from vitrail.store import storage_faults, whole_file
from vitrail.workspace.drafting import DraftedSource, draft_plan
from vitrail.workspace.keys import align_keys
from vitrail.workspace.outlining import outline_source
from vitrail.workspace.registers import draft_cuts

_DATA = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".xlsx", ".parquet", ".json", ".jsonl", ".ndjson")
_COUNTED_WHOLE = 1_000_000
_FEWEST_COLUMNS = 3  # orders have a customer, a date and an amount

Answers = Callable[[Question], str | None]


@dataclass(frozen=True, slots=True)
class InitResult:
    """What `init_workspace` did.

    Args:
        plan: the file written.
        guesses: one a source, in the plan's order.
        questions: what nobody answered; the plan has the default, and says so in a comment.
        findings: what else is worth knowing, among it each file left out and why.
        backup: the plan that was there before, under its new name.
    """

    plan: Path
    guesses: tuple[SourceGuess, ...]
    questions: tuple[Question, ...]
    findings: tuple[Finding, ...]
    backup: Path | None = None


def init_workspace(
    folder: Path,
    files: Sequence[str | Path] = (),
    answers: Answers | None = None,
    language: i18n.Language | None = None,
    force: bool = False,
) -> InitResult:
    """Write `vitrail.yml` into `folder` for these files.

    Args:
        folder: the workspace to be; made if it is not there.
        files: paths (relative to the current folder), globs or folders; every data file in `folder` if none.
        answers: asked each question; None from it, or no `answers` at all, takes the default.
        language: of the plan and its comments; the environment's unless given.
        force: replace a plan that is there, keeping it as `vitrail.yml.bak`.

    Raises:
        UsageError: a plan is there and `force` is not given, or there is no file to look at.
        SourceError: a file cannot be read, or its columns cannot be recognised; an outline of the plan is
            then left for a person to complete, unless a plan is there.
    """
    language = language or i18n.environment_language()
    plan_file = folder / PLAN_FILE
    if plan_file.exists() and not force:
        raise UsageError(Finding("init_plan_exists", "error", figures={"file": str(plan_file)}))
    with (
        _made(folder),
        tempfile.TemporaryDirectory(prefix="vitrail-") as scratch,
        DuckDB() as engine,
    ):
        return _init(engine, folder, _paths(folder, files), answers, language, Path(scratch))


def _init(
    engine: Engine,
    folder: Path,
    paths: list[str],
    answers: Answers | None,
    language: i18n.Language,
    scratch: Path,
) -> InitResult:
    groups, unnamed = _group(engine, paths, folder, scratch)
    sources, faults, left_out = _guess_all(engine, groups)
    faults = _what_stops(sources, faults)
    if faults:
        outline = _write_outline(folder, groups, sources, faults, language)
        raise SourceError([*faults, *outline])
    sources, key_findings = align_keys(engine, sources)
    questions: list[Question] = []
    asked: list[DraftedSource] = []
    for source in sources:
        guess = source.guess
        for question in guess.unsure:
            answer = answers(question) if answers else None
            if answer is None:
                questions.append(question)
            else:
                guess = guess.answered(question, answer)
        asked.append(replace(source, guess=guess))
    key_findings += _say_whose_money(asked)
    currency = _currency([source.guess for source in asked], answers)
    if currency is None:
        key_findings.append(Finding("init_no_currency", "info"))
    registers = all(source.guess.table == "customers" for source in asked)
    dated = any("signed_up_at" in source.guess.columns for source in asked)
    day = None if dated or not registers else dt.date.today()
    if day:
        key_findings.append(Finding("init_dated_today", "info", figures={"day": day}))
    cuts = draft_cuts(engine, asked[0], language) if registers else ()
    text = draft_plan(_title(folder), asked, currency, language, left_out, as_of=day, cuts=cuts)
    plan_file = folder / PLAN_FILE
    parse_plan(text.encode(), PLAN_FILE)
    with storage_faults(folder):
        backup = _keep_aside(plan_file)
        with whole_file(plan_file) as stream:
            stream.write(text.encode())
    notes = [note for source in asked for file in source.read.files for note in file.notes]
    said = [finding for source in asked for finding in source.guess.findings]
    return InitResult(
        plan_file,
        tuple(source.guess for source in asked),
        tuple(questions),
        (*notes, *said, *key_findings, *left_out, *unnamed),
        backup,
    )


def _paths(folder: Path, files: Sequence[str | Path]) -> list[str]:
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


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder that is not there yet, since paths lead through it; without a plan it goes again."""
    absent = [each for each in (folder, *folder.parents) if not each.exists()]
    with storage_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for each in absent:
            with suppress(OSError):
                each.rmdir()
        raise


@dataclass(frozen=True, slots=True)
class _Group:
    """A source to be: its name, its files, the sheet where their book has several, and the records."""

    name: str
    files: str | list[str]
    sheet: str | None
    read: FilesRead


def _group(
    engine: Engine, paths: list[str], folder: Path, scratch: Path
) -> tuple[list[_Group], list[Finding]]:
    """Name, files and records of each source; files with the same columns are one source.

    Also what is left out, for no plan can name it.

    Raises:
        SourceError: with the faults of every file that cannot be read.
    """
    groups: dict[tuple[object, ...], list[tuple[str, FilesRead]]] = {}
    faults: list[Finding] = []
    wanted: list[tuple[str, str | None]] = [(path, None) for path in paths]
    for number, (path, sheet) in enumerate(wanted):
        try:
            read = read_files(engine, BareFile(path, sheet=sheet), folder, scratch / str(number))
        except SourceError as error:
            several = [each for each in error.findings if each.code == "sheet_undecided"]
            wanted += [(path, name) for each in several for name in each.figures["sheets"]]
            faults += [each for each in error.findings if each not in several]
            continue
        kind = name_kind(sheet or Path(path).name)
        columns = frozenset(map(str.casefold, read.columns))
        key = (read.files[0].format, sheet and (path, sheet), kind, columns)
        groups.setdefault(key, []).append((path, read))
    unnamed = [replace(each, level="warning") for each in faults if each.code == "file_name_not_utf8"]
    if len(faults) > len(unnamed) or not groups:
        raise SourceError(faults)
    found: list[_Group] = []
    names: set[str] = set()
    for number, ((_, place, _, _), members) in enumerate(groups.items()):
        files = [path for path, _ in members]
        sheet = place[1] if isinstance(place, tuple) else None
        name = _name([sheet] if sheet else files, names)
        names.add(name)
        if len(files) == 1:
            found.append(_Group(name, files[0], sheet, members[0][1]))
        else:
            whole = read_files(engine, BareFile(files), folder, scratch / f"group{number}")
            found.append(_Group(name, files, None, whole))
    return found, unnamed


def _guess_all(
    engine: Engine, groups: list[_Group]
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


def _guess_named(engine: Engine, group: _Group, several: bool) -> DraftedSource:
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


def _guess(engine: Engine, group: _Group, several: bool) -> DraftedSource:
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


def _what_stops(sources: list[DraftedSource], faults: list[Finding]) -> list[Finding]:
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


def _write_outline(
    folder: Path,
    groups: list[_Group],
    sources: list[DraftedSource],
    faults: list[Finding],
    language: i18n.Language,
) -> list[Finding]:
    """Write a plan to be completed by hand, if a file could hold orders and no plan is there; says where."""
    unknown = {finding.place: finding for finding in faults if finding.code == "guess_by_hand"}
    plan_file = folder / PLAN_FILE
    if not unknown or plan_file.exists():
        return []
    known = [source for source in sources if source.guess.name not in unknown]
    outlines = [
        outline_source(group.name, group.files, group.sheet, group.read, unknown[group.name], language)
        for group in groups
        if group.name in unknown and len(group.read.columns) >= _FEWEST_COLUMNS
    ]
    if not outlines:
        return []
    text = draft_plan(
        _title(folder), known, _currency([s.guess for s in known], None), language, (), outlines
    )
    parse_plan(text.encode(), PLAN_FILE)
    with storage_faults(folder), whole_file(plan_file) as stream:
        stream.write(text.encode())
    return [Finding("init_outline", "error", str(plan_file), {"file": str(plan_file)})]


def _say_whose_money(sources: list[DraftedSource]) -> list[Finding]:
    """Orders whose amounts do not count, for a source of their lines has its own."""
    guesses = [source.guess for source in sources]
    priced = [
        each.name
        for each in guesses
        if each.table == "order_lines"
        and ("amount" in each.columns or {"quantity", "unit_price"} <= each.columns.keys())
    ]
    return [
        Finding(
            "init_lines_before_orders",
            "info",
            each.name,
            {"column": each.columns["amount"].source, "lines": priced[0]},
        )
        for each in guesses
        if priced and each.table == "orders" and "amount" in each.columns
    ]


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


def _currency(guesses: list[SourceGuess], answers: Answers | None) -> str | None:
    """The plan's currency: the one the files tell, else the one answered."""
    told = sorted({guess.currency for guess in guesses if guess.currency})
    if len(told) == 1:
        return told[0]
    options = tuple(told) or ("EUR", "GBP", "USD", "CHF")
    question = Question("currency", "ask_currency", options, "", free=True)
    answer = (answers(question) or "").strip().upper() if answers else ""
    return answer if re.fullmatch("[A-Z]{3}", answer) else None


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


def _title(folder: Path) -> str:
    words = re.sub(r"[_\-]+", " ", folder.absolute().name).strip()
    return words[:1].upper() + words[1:] or "Vitrail"


def _keep_aside(plan_file: Path) -> Path | None:
    """Copy a plan that is there to the first free `vitrail.yml.bak`, `.bak2` …"""
    if not plan_file.exists():
        return None
    number, backup = 1, plan_file.with_name(f"{PLAN_FILE}.bak")
    while backup.exists():
        number += 1
        backup = plan_file.with_name(f"{PLAN_FILE}.bak{number}")
    with whole_file(backup) as stream:
        stream.write(plan_file.read_bytes())
    return backup
