"""`vitrail init`: looks at files, guesses what they hold, asks what it is unsure of, writes the plan."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vitrail import i18n
from vitrail.collection.guessing import Question, SourceGuess
from vitrail.engine import DuckDB, Engine
from vitrail.errors import SourceError, UsageError
from vitrail.findings import Finding
from vitrail.plan import parse_plan
from vitrail.plan.names import PLAN_FILE
from vitrail.store import storage_faults, whole_file
from vitrail.workspace.asking import Answers, ask_currency, ask_questions, find_priced_lines
from vitrail.workspace.drafting import DraftedSource, draft_plan
from vitrail.workspace.grouping import Group, group_files, list_paths
from vitrail.workspace.keys import align_keys
from vitrail.workspace.numbering import split_numbers
from vitrail.workspace.outlining import outline_source
from vitrail.workspace.recognising import guess_groups, list_stops
from vitrail.workspace.registers import draft_cuts

_FEWEST_COLUMNS = 3  # orders have a customer, a date and an amount


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
        return _init(engine, folder, list_paths(folder, files), answers, language, Path(scratch))


def _init(
    engine: Engine,
    folder: Path,
    paths: list[str],
    answers: Answers | None,
    language: i18n.Language,
    scratch: Path,
) -> InitResult:
    groups, unnamed = group_files(engine, paths, folder, scratch)
    sources, faults, left_out = guess_groups(engine, groups, folder, scratch)
    faults = list_stops(sources, faults)
    if faults:
        outline = _write_outline(folder, groups, sources, faults, language)
        raise SourceError([*faults, *outline])
    sources, key_findings = align_keys(engine, sources)
    sources = split_numbers(engine, sources)
    asked, questions = ask_questions(engine, sources, answers)
    key_findings += _say_whose_money(asked)
    currency = ask_currency([source.guess for source in asked], answers)
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


def _write_outline(
    folder: Path,
    groups: list[Group],
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
        _title(folder), known, ask_currency([s.guess for s in known], None), language, (), outlines
    )
    parse_plan(text.encode(), PLAN_FILE)
    with storage_faults(folder), whole_file(plan_file) as stream:
        stream.write(text.encode())
    return [Finding("init_outline", "error", str(plan_file), {"file": str(plan_file)})]


def _say_whose_money(sources: list[DraftedSource]) -> list[Finding]:
    """Orders whose amounts do not count, for a source of their lines has its own."""
    guesses = [source.guess for source in sources]
    lines = find_priced_lines(guesses)
    return [
        Finding(
            "init_lines_before_orders",
            "info",
            each.name,
            {"column": each.columns["amount"].source, "lines": lines},
        )
        for each in guesses
        if lines and each.table == "orders" and "amount" in each.columns
    ]


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
