"""The plan as `vitrail init` writes it: YAML that a person is glad to edit, every guess with its reason.

Comments stand in one column a block. What wants a look begins with `to check:` (`à vérifier :`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import resources

from vitrail import i18n
from vitrail.collection.files import FilesRead
from vitrail.collection.guessing import ColumnGuess, ComputedGuess, SourceGuess
from vitrail.collection.guessing.choosing import SURE
from vitrail.collection.guessing.computed import name_in_plan
from vitrail.collection.guessing.unnamed import is_unnamed
from vitrail.collection.model import TABLES
from vitrail.collection.values import ColumnReport
from vitrail.collection.values.number_styles import CentsStyle
from vitrail.findings import Finding
from vitrail.i18n.scalars import scalar as scalar  # for those who write lines of a plan

_WIDEST = 64

Line = tuple[str, str]
"""YAML, and the comment after it; empty where there is none."""


@dataclass(frozen=True, slots=True)
class DraftedSource:
    """A source on its way into the plan: what was guessed of it, its files and its records."""

    guess: SourceGuess
    files: str | list[str]
    read: FilesRead
    reports: Mapping[str, ColumnReport]
    sheet: str | None = None
    joined: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fill_down: tuple[str, ...] = ()


def draft_plan(
    title: str,
    sources: Sequence[DraftedSource],
    currency: str | None,
    language: i18n.Language,
    left_out: Sequence[Finding] = (),
    outlines: Sequence[str] = (),
    as_of: dt.date | None = None,
    cuts: Sequence[str] = (),
) -> str:
    """The text of `vitrail.yml`.

    Args:
        title: the plan's name.
        sources: in the order to write them.
        currency: ISO 4217; None leaves a comment that asks for it.
        language: of the comments, and of the plan.
        left_out: a finding for each file that is no source.
        outlines: the blocks of sources that a person has to complete.
        as_of: a day to write down, where the data tell none.
        cuts: the blocks of segmentations; unless given, those that orders allow.
    """
    say = partial(i18n.text, language=language)
    check = say("draft_check")
    money: Line = (f"currency: {currency}", say("draft_currency"))
    if currency is None:
        money = ("# currency: EUR", f"{check} {say('draft_no_currency')}")
    blocks = [
        aligned([("# " + say("draft_title"), ""), ("# " + say("draft_next"), "")]),
        aligned(
            [
                ("version: 1", ""),
                (f"name: {scalar(title)}", ""),
                (f"language: {language}", say("draft_language")),
                money,
                *([("# rates: {USD: 0.92}", say("draft_rates"))] if _many_currencies(sources) else []),
                (f"as_of: {as_of}", say("draft_as_of_day"))
                if as_of
                else ("as_of: latest", say("draft_as_of")),
            ]
        ),
        "\n".join(
            [
                f"sources:  # {say('draft_sources')}",
                *(_draft_source(source, language) for source in sources),
                *outlines,
                *(f"  # {finding.message(language)}" for finding in left_out),
            ]
        ),
        *(cuts or _draft_orders(language)),
    ]
    return "\n\n".join(blocks) + "\n"


def _draft_orders(language: i18n.Language) -> list[str]:
    """What every file of orders allows: segmentations, cohorts, and examples of one's own as a comment."""
    say = partial(i18n.text, language=language)
    return [
        aligned(
            [
                ("segmentations:", say("draft_segmentations")),
                ("  value: {method: rfm}", say("draft_rfm")),
                ("  revenue: {method: abc, shares: {a: 0.6, b: 0.3, c: 0.1}}", say("draft_abc")),
                ("  lifecycle: {method: lifecycle}", say("draft_lifecycle")),
            ]
        ),
        aligned(
            [
                ("cohorts:", say("draft_cohorts")),
                ("  first_order: {by: first_order, period: auto}", say("draft_cohorts_period")),
            ]
        ),
        "\n".join(line if line.startswith("#") else f"# {line}" for line in examples(language).splitlines()),
    ]


def examples(language: i18n.Language) -> str:
    """Variables and segmentations of one's own, as a part of a plan."""
    file = resources.files("vitrail.workspace").joinpath(f"examples.{language}.yml")
    return file.read_text(encoding="utf-8")


def _draft_source(source: DraftedSource, language: i18n.Language) -> str:
    say = partial(i18n.text, language=language)
    guess = _with_names_joined(source)
    names = [source.files] if isinstance(source.files, str) else source.files
    files = scalar(names[0]) if len(names) == 1 else f"[{', '.join(map(scalar, names))}]"
    table = say("draft_table", row=TABLES[guess.table].label[language])
    told = say("draft_preset", preset=guess.preset) + ", " if guess.preset else ""
    blocks = [
        f"  {guess.name}:",
        aligned(
            [
                (f"    file: {files}", ""),
                *([(f"    sheet: {scalar(source.sheet)}", "")] if source.sheet else []),
                *([("    header_line: 0", say("draft_unnamed"))] if is_unnamed(source.read.files[0]) else []),
                (f"    table: {guess.table}", told + table),
            ]
        ),
        "    columns:",
        aligned([_draft_column(source, model, column, language) for model, column in guess.columns.items()]),
    ]
    readings = [_draft_reading(guess, name, language) for name in guess.readings if not _plain(source, name)]
    if readings:
        blocks += ["    read:", aligned(readings)]
    if guess.computed:
        made = [_draft_computed(guess, model, each, language) for model, each in guess.computed.items()]
        blocks += ["    computed:", aligned(made)]
    settings: list[Line] = []
    if guess.table != "customers":
        if source.fill_down:
            settings.append(
                (f"    fill_down: [{', '.join(map(scalar, source.fill_down))}]", say("draft_fill_down"))
            )
        if guess.order_fields != "every_row":
            settings.append((f"    order_fields: {guess.order_fields}", say("draft_order_fields")))
        if guess.once_an_order:
            once = ", ".join(guess.once_an_order)
            settings.append((f"    once_an_order: [{once}]", say("draft_once_an_order")))
        settings.append((f"    refunds: {guess.refunds}", say("draft_refunds")))
        if guess.credits:
            settings.append((f"    credits: {scalar(guess.credits)}", say("draft_credits")))
        if guess.keep:
            settings.append((f"    keep: {scalar(guess.keep)}", say("draft_keep")))
        clean: list[Line] = []
        if guess.nobody:
            clean.append((f"nobody: [{', '.join(map(scalar, guess.nobody))}]", say("draft_nobody")))
        if guess.cancelled:
            clean.append((f"cancelled: {scalar(guess.cancelled)}", say("draft_cancelled")))
        if guess.tests:
            clean.append((f"test_orders: {scalar(guess.tests)}", say("draft_tests")))
        settings += [("    clean:", "")] * bool(clean) + [(f"      {text}", why) for text, why in clean]
    if doubts := _doubts(guess):
        settings.append((f"    to_check: [{', '.join(map(scalar, doubts))}]", say("draft_to_check")))
    if settings:
        blocks.append(aligned(settings))
    taken = {*(column.source for column in guess.columns.values()), *guess.parts}
    own = [name for name in source.read.columns if name not in taken]
    if own:
        blocks.append(f"    # {say('draft_own', names=own)}")
    blocks += [f"    # {finding.message(language)}" for finding in guess.findings]
    return "\n".join(blocks)


def _with_names_joined(source: DraftedSource) -> SourceGuess:
    """The guess with what it takes two columns for, put together, as the plan computes it of both."""
    guess = source.guess
    computed = dict(guess.computed)
    for model, column in guess.columns.items():
        if parts := source.joined.get(column.source):
            names = ", ".join(name_in_plan(guess, part) for part in parts)
            doubted = tuple(parts) if _is_unsure(model, column) else ()
            computed[model] = ComputedGuess(f"concat_ws(' ', {names})", column.reason, doubted)
    columns = {model: each for model, each in guess.columns.items() if each.source not in source.joined}
    readings = {name: each for name, each in guess.readings.items() if name not in source.joined}
    parts = (*guess.parts, *(part for each in source.joined.values() for part in each))
    return replace(guess, columns=columns, computed=computed, readings=readings, parts=parts)


def _doubts(guess: SourceGuess) -> list[str]:
    """The columns of the file that a look would do good: an open question, or a guess that is not sure."""
    asked = {question.key for question in guess.unsure}
    found = [
        column.source
        for model, column in guess.columns.items()
        if _is_unsure(model, column)
        or model in guess.maybe_once
        or f"sources.{guess.name}.columns.{model}" in asked
    ]
    found += [name for name in guess.readings if f"sources.{guess.name}.read.{name}" in asked]
    found += [name for made in guess.computed.values() for name in made.doubted]
    return list(dict.fromkeys(found))


def _is_unsure(model: str, column: ColumnGuess) -> bool:
    """Whether the guess deserves a look; a family name taken for another text changes no figure."""
    return column.score < SURE and model != "last_name"


def _draft_column(source: DraftedSource, model: str, column: ColumnGuess, language: i18n.Language) -> Line:
    """A mapped column, its label and reason; what is unsure is marked."""
    say = partial(i18n.text, language=language)
    guess = source.guess
    label = TABLES[guess.table].columns[model].label[language]
    parts = [label]
    if column.reason.code != "guess_preset":  # the table's comment says it for all
        parts.append(column.reason.message(language))
    if model == "amount" and guess.preset == "Shopify":
        parts.append(say("guess_rule_shopify"))
    open_question = any(q.key == f"sources.{guess.name}.columns.{model}" for q in guess.unsure)
    if open_question:
        parts.append(say("draft_or", names=list(column.alternatives)))
        if model == "amount":
            parts.append(say("guess_rule_amount"))
    comment = ", ".join(parts)
    if open_question or _is_unsure(model, column):
        comment = f"{say('draft_check')} {comment}"
    return f"      {model}: {scalar(column.source)}", comment


def _draft_computed(guess: SourceGuess, model: str, made: ComputedGuess, language: i18n.Language) -> Line:
    """A column that is computed, its label and reason; what is unsure is marked."""
    comment = f"{TABLES[guess.table].columns[model].label[language]}, {made.reason.message(language)}"
    if made.doubted:
        comment = f"{i18n.text('draft_check', language)} {comment}"
    return f"      {model}: {scalar(made.formula)}", comment


def _draft_reading(guess: SourceGuess, name: str, language: i18n.Language) -> Line:
    line = f"      {scalar(name)}: {scalar(guess.readings[name].name)}"
    for question in guess.unsure:
        if question.key == f"sources.{guess.name}.read.{name}":
            others = [option for option in question.options if option != question.default]
            check = i18n.text("draft_check", language)
            code = "draft_or_cents" if others == [CentsStyle().name] else "draft_or"
            return line, f"{check} {i18n.text(code, language, names=others)}"
    return line, ""


def _plain(source: DraftedSource, name: str) -> bool:
    """Whether a reading need not be written: typed cells, or text that reads one way whatever comes."""
    if any(each.key == f"sources.{source.guess.name}.read.{name}" for each in source.guess.unsure):
        return False
    if not source.read.text:
        return source.reports[name].reading == source.guess.readings[name]
    reading = source.guess.readings[name].name
    return source.reports[name].certain and (reading == "1234.56" or reading.startswith("yyyy-mm-dd"))


def _many_currencies(sources: Sequence[DraftedSource]) -> bool:
    return any("currency" in source.guess.columns and source.guess.currency is None for source in sources)


def aligned(lines: Sequence[Line]) -> str:
    """Lines with their comments in one column."""
    width = max((len(text) for text, comment in lines if comment and len(text) <= _WIDEST), default=0)
    return "\n".join(f"{text:<{width}}  # {comment}" if comment else text for text, comment in lines)
