"""What each group of files holds, as it is guessed; which are no source, and why there can be no plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlglot import exp

from vitrail import i18n
from vitrail.collection.files import FilesRead, explain_refusal
from vitrail.collection.filling import fill_down
from vitrail.collection.guessing import RelationEvidence, SourceGuess, guess_source
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.credits import name_refunds
from vitrail.collection.guessing.customers import halves_of_names
from vitrail.collection.guessing.grouped import count_groups_left, find_groups
from vitrail.collection.guessing.habits import prefer_habits
from vitrail.collection.guessing.headers import read_header
from vitrail.collection.guessing.kinds import name_kind, takes_nothing_back
from vitrail.collection.guessing.missing import explain_missing
from vitrail.collection.guessing.unnamed import is_unnamed, name_by_content
from vitrail.collection.model import TABLES
from vitrail.collection.values import inspect_columns
from vitrail.engine import Engine, column
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.workspace.copies import leave_out_copies
from vitrail.workspace.drafting import DraftedSource, scalar
from vitrail.workspace.full_names import join_columns
from vitrail.workspace.grouping import Group, split_group
from vitrail.workspace.keys import find_register, join_parts, put_sources, tell_registers
from vitrail.workspace.payments import leave_out_payments, leave_out_subscriptions

_COUNTED_WHOLE = 1_000_000
_GIVEN_BACK = frozenset(["refund", "amount", "total"])
_NEEDED = ("customer_id", "order_id", "ordered_at", "amount", "quantity", "unit_price", "status", "email")


def guess_groups(
    engine: Engine, groups: list[Group], folder: Path, scratch: Path
) -> tuple[list[DraftedSource], list[Finding], list[Finding]]:
    """The guess of each source; what is wrong with each file that is none; and that it is left out."""
    sources: list[DraftedSource] = []
    unknown: list[tuple[list[Group], Sequence[Finding]]] = []
    faults: list[Finding] = []
    left_out: list[Finding] = []
    kinds = {group.name: name_kind(group.sheet or _first(group.files)) for group in groups}
    for together in sorted(_list_alike(groups), key=lambda each: kinds[each[0].name] == "credits"):
        alike, copies = leave_out_copies(engine, together)
        left_out += copies
        name, kind = alike[0].name, kinds[alike[0].name]
        files = [f"{group.files} ({group.sheet})" if group.sheet else group.files for group in alike]
        if kind == "quotes" and set(kinds.values()) != {"quotes"}:
            left_out += [Finding("init_quotes_left_out", "warning", name, {"file": each}) for each in files]
            continue
        if kind == "called_off" and set(kinds.values()) != {"called_off"}:
            left_out += [
                Finding("init_called_off_left_out", "warning", name, {"file": each}) for each in files
            ]
            continue
        if alike[0].read.accepted == 0:
            faults.append(_no_records(alike[0].read))
            left_out.append(_left_out(name, alike[0].files, alike[0].sheet))
            continue
        try:
            source = _guess_named(engine, _pool(alike), len(groups) > 1)
        except SourceError as error:
            unknown.append((alike, error.findings))
            continue
        if kind == "credits":
            source = replace(source, guess=_as_credits(source.guess, files[0], source.reports, sources))
        if kind == "quotes":
            source = replace(source, guess=_as_quotes(source.guess, files[0]))
        if len(alike) == 1:
            sources += _by_columns(engine, alike[0], source, folder, scratch, {each.name for each in groups})
        else:
            sources += [_for_sheet(source, group) for group in alike]
    sources, paid = leave_out_payments(tell_registers(engine, sources))
    sources, begun = leave_out_subscriptions(sources)
    sources, gone = join_parts(engine, sources)
    left_out += [_apart(each) for each in gone]
    sales = [each for each in sources if each.guess.table != "customers"]
    for alike, findings in unknown:
        registers = find_register(engine, alike[0], _inspect(engine, alike[0]), sales) if sales else []
        if registers:
            sources = put_sources(sources, registers)
            continue
        faults += findings
        refunds = kinds[alike[0].name] == "credits" and bool(sales)
        left_out += [
            (refunds and _refunds_left(engine, each)) or _left_out(alike[0].name, each.files, each.sheet)
            for each in alike
        ]
    return _doubt_taxes(sources), faults, [*left_out, *paid, *begun]


def _apart(source: DraftedSource) -> Finding:
    """That a source is left out: it has to do with none of the others, which may be why."""
    said = _left_out(source.guess.name, source.files, source.sheet)
    return replace(said, code="init_apart_left_out") if "order_id" in source.guess.columns else said


def _left_out(name: str, files: str | list[str], sheet: str | None) -> Finding:
    return Finding("init_left_out", "warning", name, {"file": f"{files} ({sheet})" if sheet else files})


def _refunds_left(engine: Engine, group: Group) -> Finding | None:
    """That a file of refunds is not taken off, with what it adds up to; None where no column tells that."""
    money = [
        (name, report)
        for name, report in _inspect(engine, group).items()
        if report.reading.kind == "number" and read_header(name).concepts & _GIVEN_BACK
        if not (report.unique and report.is_integer)
    ]
    if not money:
        return None
    name, report = min(money, key=lambda each: "refund" not in read_header(each[0]).concepts)
    total = exp.func("sum", report.reading.expression(column(name))).as_("total")
    found = engine.records(exp.select(total).from_(group.read.relation.subquery("rows_")))[0]["total"]
    file = f"{group.files} ({group.sheet})" if group.sheet else group.files
    figures = {
        "file": file,
        "rows": group.read.accepted,
        "column": name,
        "amount": abs(found or 0),
        "currency": None,
    }
    return Finding("init_refunds_left_out", "warning", group.name, figures)


def _doubt_taxes(sources: list[DraftedSource]) -> list[DraftedSource]:
    """The sources, with amounts doubted that are without tax in one and with it in another."""
    said: dict[str, list[DraftedSource]] = {"net": [], "gross": []}
    for source in sources:
        amount = source.guess.columns.get("amount")
        for tax in read_header(amount.source).concepts & said.keys() if amount else ():
            said[tax].append(source)
    if not all(said.values()):
        return sources
    with_tax = said["gross"][0].guess
    figures = {"source": with_tax.name, "column": with_tax.columns["amount"].source}
    reason = Finding("guess_without_tax", "warning", "amount", figures)
    without = {each.guess.name for each in said["net"]}
    return [_doubt_amount(each, reason) if each.guess.name in without else each for each in sources]


def _doubt_amount(source: DraftedSource, reason: Finding) -> DraftedSource:
    amount = replace(source.guess.columns["amount"], score=0.5, reason=reason)
    return replace(source, guess=replace(source.guess, columns={**source.guess.columns, "amount": amount}))


def _list_alike(groups: list[Group]) -> list[list[Group]]:
    """The groups, those together that are sheets of one book with the same columns: one hand wrote them."""
    found: dict[object, list[Group]] = {}
    for group in groups:
        whole = group.sheet is None or not group.read.accepted
        key = (name_kind(group.sheet or ""), str(group.files), frozenset(group.read.columns))
        found.setdefault(group.name if whole else key, []).append(group)
    return list(found.values())


def _pool(alike: list[Group]) -> Group:
    """Sheets that are alike as one group, so that what is guessed holds for all."""
    first = alike[0]
    if len(alike) == 1:
        return first
    names = [column(name) for name in first.read.columns]
    rows = [exp.select(*names).from_(group.read.relation.subquery("rows_")) for group in alike]
    parts = tuple(part for group in alike for part in group.read.parts)
    return replace(first, read=replace(first.read, relation=exp.union(*rows, distinct=False), parts=parts))


def _for_sheet(source: DraftedSource, group: Group) -> DraftedSource:
    """What was guessed of sheets that are alike, for one of them; it is told and asked at the first."""
    if group.name == source.guess.name:
        return replace(source, read=join_columns(group.read, source.joined))
    own, first = f"sources.{group.name}.", f"sources.{source.guess.name}."
    unsure = tuple(replace(each, key=own + each.key.removeprefix(first)) for each in source.guess.unsure)
    guess = replace(source.guess, name=group.name, unsure=unsure, findings=())
    return replace(source, guess=guess, read=join_columns(group.read, source.joined), sheet=group.sheet)


def list_stops(sources: list[DraftedSource], faults: list[Finding]) -> list[Finding]:
    """Why there can be no plan: no file can be used, or orders and lines together lack something.

    A register of customers alone will do, unless another file that was given could be its orders.
    """
    sales = [source for source in sources if source.guess.table != "customers"]
    if not sales:
        return faults
    halves = {column for source in sales for column in source.guess.known}
    lacking: list[Finding] = []
    for source in sales:
        if TABLES[source.guess.table].missing(halves | source.guess.known):
            try:
                explain_missing(
                    source.guess.table,
                    source.guess.columns,
                    source.reports,
                    source.guess.name,
                    source.guess.computed,
                )
            except SourceError as error:
                lacking.extend(error.findings)
    return lacking


def _by_columns(
    engine: Engine, group: Group, whole: DraftedSource, folder: Path, scratch: Path, taken: set[str]
) -> list[DraftedSource]:
    """The source; or one a header, where its files call what matters by other names (`Montant`, `Total`)."""
    columns = whole.guess.columns
    told = {model: columns[model].source.casefold() for model in _NEEDED if model in columns}
    heads = [{name.casefold() for name in part.scan.columns} for part in group.read.parts]
    lacking = {model for model, source in told.items() if not all(source in head for head in heads)}
    if not lacking:
        return [whole]
    parted = split_group(engine, group, folder, scratch, taken)
    try:
        apart = [_guess_named(engine, each, True) for each in parted]
    except SourceError:
        return [whole]
    guesses = [each.guess for each in apart]
    alike = all(each.table == whole.guess.table and lacking <= each.columns.keys() for each in guesses)
    return apart if alike else [whole]


def _guess_named(engine: Engine, group: Group, several: bool) -> DraftedSource:
    """The guess of a source whose rows have what is written once for them all, if its blanks say so.

    Raises:
        SourceError: its columns cannot be recognised.
    """
    try:
        plain = _guess_joined(engine, group, several)
    except SourceError:
        if grouped := _guess_grouped(engine, group, several, _inspect(engine, group), {}):
            return grouped
        raise
    taken = {model: each.source for model, each in plain.guess.columns.items()}
    if grouped := _guess_grouped(engine, group, several, plain.reports, taken):
        return grouped
    left = 0 if plain.guess.keep else count_groups_left(engine, group.read, plain.reports, taken)
    if left:
        customer = taken["customer_id"]
        figures = {"rows": left, "column": customer, "written": scalar(customer)}
        said = Finding("guess_groups_left", "warning", group.name, figures)
        return replace(plain, guess=replace(plain.guess, findings=(said, *plain.guess.findings)))
    return plain


def _guess_grouped(
    engine: Engine, group: Group, several: bool, reports: Reports, taken: Mapping[str, str]
) -> DraftedSource | None:
    """The guess with the blanks filled that are told from above; None where none are, or no guess is."""
    found = find_groups(engine, group.read, reports, taken)
    if found is None:
        return None
    read, _ = fill_down(engine, group.read, found.columns, f"filled_{group.name}")
    try:
        source = _guess_joined(engine, replace(group, read=read), several)
    except SourceError:
        return None
    guess = replace(source.guess, findings=(found.tell(group.name), *source.guess.findings))
    return replace(source, guess=guess, fill_down=found.columns)


def _guess_joined(engine: Engine, group: Group, several: bool) -> DraftedSource:
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
    read, reports = group.read, _inspect(engine, group)
    evidence = RelationEvidence(engine, read.relation, reports, read.accepted)
    unnamed = is_unnamed(read.files[0])
    given = name_by_content(reports) if unnamed else {}
    if name_kind(group.sheet or _first(group.files)) == "credits":
        given = name_refunds(reports)
    guess = guess_source(group.name, reports, evidence, joined=several, given=given)
    if given:
        code, score = ("guess_unnamed", 0.6) if unnamed else ("guess_name", 0.9)
        said = {
            model: replace(each, score=score, reason=Finding(code, "warning" if unnamed else "info", model))
            for model, each in guess.columns.items()
            if unnamed or model in given
        }
        guess = replace(guess, columns={**guess.columns, **said})
    return DraftedSource(guess, group.files, read, reports, group.sheet)


def _inspect(engine: Engine, group: Group) -> Reports:
    read = group.read
    reports = inspect_columns(engine, read.relation, read.columns, whole=read.accepted <= _COUNTED_WHOLE)
    return prefer_habits(reports, read.files[0].delimiter)


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


def _as_quotes(guess: SourceGuess, files: str | list[str]) -> SourceGuess:
    """The guess of a file that its name calls quotes, and that says no more than its name if it says it."""
    said = Finding("guess_quotes", "warning", guess.name, {"told": files})
    told = guess.table == "customers" or any(each.code == said.code for each in guess.findings)
    return guess if told else replace(guess, findings=(*guess.findings, said))


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
