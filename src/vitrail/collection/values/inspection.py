"""How each column of a file is read: proposed from its cells, decided on the whole column if that decides it.

1. The first rows (`SAMPLE_ROWS`) give each column's different cells, and these propose readings.
2. Where two readings are rivals (`.` or `,`; day or month first), cells that only one of them can read
   settle it. If the first rows have none, the whole column is asked, all such columns in one scan.
3. Where the column does not decide, another column of the same file does: a file has one decimal mark and
   one order of day and month.
4. Where nothing decides, the report says so, with both readings: a person must be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from vitrail.collection.values.contents import measure_contents
from vitrail.collection.values.decisions import Decision, explain, settle, settle_by_neighbours
from vitrail.collection.values.moment_styles import MomentStyle
from vitrail.collection.values.number_styles import NumberStyle
from vitrail.collection.values.proposals import Proposal, propose
from vitrail.collection.values.readings import (
    BooleanStyle,
    Kind,
    Reading,
    Style,
    TextStyle,
    native_kind,
)
from vitrail.collection.values.reports import ColumnReport, note_column
from vitrail.collection.values.survey import Glance, Measure, contest, glance, measure
from vitrail.engine import Engine, Query, column, sql
from vitrail.findings import Finding

SAMPLE_ROWS = 10_000
TYPED_SHARE = 0.9
"""A column is a number (a day, a boolean) if this share of its filled cells is; the rest is spoiled."""
DOUBTFUL_SHARE = 0.5
"""From this share up to `TYPED_SHARE` it is text, and a person is told that it could be more."""

_SAMPLE = "inspected_rows"


def inspect_columns(
    engine: Engine,
    relation: Query,
    columns: Sequence[str],
    given: Mapping[str, Reading] | None = None,
    *,
    native: Mapping[str, str] | None = None,
    wanted: Mapping[str, Kind] | None = None,
    timezone: str = "UTC",
    whole: bool = False,
    sample_rows: int = SAMPLE_ROWS,
) -> dict[str, ColumnReport]:
    """How to read each of `columns` of `relation`, with the evidence.

    Args:
        relation: the rows; cells are text, or of a native type.
        given: readings that the plan has settled; they also decide for their neighbours, whether or not
            they are among `columns`.
        native: SQL type by column; asked of the engine if absent.
        wanted: the kind a column must have, where its meaning is known; for a moment a day may come out,
            and the other way round.
        timezone: of the plan.
        whole: count over all rows and not the first `sample_rows`. The choice between two rival readings is
            always made on all rows when the first do not make it.
    """
    if not columns:
        return {}
    given, wanted, native = given or {}, wanted or {}, native or engine.columns(relation)
    texts = {name: Reading(TextStyle(), timezone, native[name].upper()) for name in columns}
    first = exp.select(*map(column, columns)).from_(relation.subquery("rows_")).limit(sample_rows)
    engine.create(_SAMPLE, first)
    sample: Query = sql(f"select * from {_SAMPLE}")
    try:
        seen = glance(engine, sample, texts)
        unseen: set[str] = set()
        if seen[columns[0]].rows < sample_rows:
            relation, whole = sample, True
        else:
            unseen = {name for name in columns if not seen[name].filled}
            seen |= glance(engine, relation, {name: texts[name] for name in unseen})
        proposals = {
            name: _propose(name, texts[name].native, seen[name], given.get(name), wanted.get(name))
            for name in columns
        }
        decisions = _decide(engine, sample, relation, proposals, texts, given)
        everywhere = {name for name in columns if whole or name in unseen}
        loose = {name for name in columns if name not in given and name not in wanted}
        ways = {
            name: (reading, texts[name])
            if name in loose and (reading := decisions[name].reading).kind != "text"
            else (decisions[name].reading,)
            for name in columns
        }
        exact = {name for name in columns if relation is sample or seen[name].distinct == seen[name].filled}
        wide = {n: w for n, w in ways.items() if n in everywhere and relation is not sample}
        counts = measure(engine, relation, wide, exact)
        counts |= _measure_sample(engine, sample, {n: w for n, w in ways.items() if n not in wide}, seen)
    finally:
        engine.drop(_SAMPLE)
    return {
        name: _report(
            name, decisions[name], ways[name], counts[name], proposals[name], seen[name], name in everywhere
        )
        for name in columns
    }


def _measure_sample(
    engine: Engine, sample: Query, ways: Mapping[str, Sequence[Reading]], seen: Mapping[str, Glance]
) -> dict[str, tuple[Measure, ...]]:
    """What the first rows hold in each way of reading them; as text it has been seen already."""
    typed = {name: tuple(each for each in readings if each.kind != "text") for name, readings in ways.items()}
    typed = {name: readings for name, readings in typed.items() if readings}
    counts = measure(engine, sample, typed, typed)
    found = {}
    for name, readings in ways.items():
        glimpse = seen[name]
        text = Measure(glimpse.rows, glimpse.filled, glimpse.filled, glimpse.distinct)
        found[name] = (*counts.get(name, ()), *[text] * (readings[-1].kind == "text"))
    return found


def _propose(name: str, native: str, seen: Glance, given: Reading | None, wanted: Kind | None) -> Proposal:
    """Readings by the plan, by the column's native type, or by its cells."""
    if given:
        style, beside = given.style, propose(name, seen.cells, given.kind)
        if isinstance(style, NumberStyle) and not style.currency and len(beside.currencies) == 1:
            written = beside.rivals[0]
            assert isinstance(written, NumberStyle)
            style = replace(style, currency=written.currency, before=written.before)
        return Proposal((style,), currencies=beside.currencies)
    natural = native_kind(native, wanted)
    if native == "VARCHAR" or wanted not in (None, natural):
        return propose(name, seen.cells, wanted)
    return Proposal((_NATIVE_STYLES[natural],))


_NATIVE_STYLES: dict[Kind, Style] = {
    "text": TextStyle(),
    "number": NumberStyle(),
    "day": MomentStyle("ymd"),
    "moment": MomentStyle("ymd", time="hh:mm:ss"),
    "boolean": BooleanStyle("true/false"),
}


def _decide(
    engine: Engine,
    sample: Query,
    relation: Query,
    proposals: Mapping[str, Proposal],
    texts: Mapping[str, Reading],
    given: Mapping[str, Reading],
) -> dict[str, Decision]:
    readings = {
        name: tuple(replace(texts[name], style=style) for style in proposal.rivals)
        for name, proposal in proposals.items()
    }
    others = {
        name: tuple(replace(texts[name], style=style) for style in proposal.others)
        for name, proposal in proposals.items()
    }
    decisions: dict[str, Decision] = {}
    for name, (reading, *rivals) in readings.items():
        if name in given:
            zone = given[name].timezone if reading.timezone == "UTC" else reading.timezone
            reading = replace(reading, timezone=zone)
            decisions[name] = Decision(
                reading, True, (), explain("reading_given", name, reading), decisive=True
            )
        elif not rivals:
            decisions[name] = Decision(
                reading, True, others[name], _explain_one(name, reading, proposals[name])
            )
    doubtful = {name: (pair[0], pair[1]) for name, pair in readings.items() if name not in decisions}
    for rows in (sample,) if relation is sample else (sample, relation):
        for name, tally in contest(engine, rows, doubtful).items():
            heard = proposals[name].share >= DOUBTFUL_SHARE
            decisions[name] = settle(name, doubtful[name], others[name], tally, heard)
            if not decisions[name].open and tally.cells:
                del doubtful[name]
    witnesses = {
        name: Decision(reading, True, (), explain("reading_given", name, reading), decisive=True)
        for name, reading in given.items()
        if name not in decisions
    }
    return settle_by_neighbours({**{name: decisions[name] for name in proposals}, **witnesses})


def _explain_one(name: str, reading: Reading, proposal: Proposal) -> Finding:
    if reading.native != "VARCHAR" and reading.kind == native_kind(reading.native, reading.kind):
        return explain("reading_native", name, reading, type=reading.native)
    if proposal.why:
        return explain(f"reading_{proposal.why}", name, reading)
    return explain("reading_text" if reading.kind == "text" else "reading_seen", name, reading)


def _kept_as_text(
    name: str, decision: Decision, ways: Sequence[Reading], counts: Sequence[Measure]
) -> tuple[Decision, Measure]:
    """The decision, or text where too few cells can be read as it says; nobody asked for a kind then."""
    found = counts[0]
    share = found.read / found.filled if found.filled else 1.0
    enough = DOUBTFUL_SHARE if decision.reason.code == "reading_contradicted" else TYPED_SHARE
    if len(ways) == 1 or share >= enough:
        return decision, found
    first, text = ways
    doubtful = share >= DOUBTFUL_SHARE
    figures = {"other": first.name, "cells": found.read, "filled": found.filled} if doubtful else {}
    reason = explain("reading_doubtful" if doubtful else "reading_text", name, text, **figures)
    return Decision(text, not doubtful, (first, *decision.alternatives), reason), counts[1]


def _report(
    name: str,
    decision: Decision,
    ways: Sequence[Reading],
    counts: Sequence[Measure],
    proposal: Proposal,
    seen: Glance,
    whole: bool,
) -> ColumnReport:
    decision, found = _kept_as_text(name, decision, ways, counts)
    reading = decision.reading
    return ColumnReport(
        column=name,
        reading=reading,
        certain=decision.certain,
        alternatives=decision.alternatives,
        reason=decision.reason,
        notes=note_column(name, reading, found, proposal.currencies),
        whole=whole,
        rows=seen.rows if not whole else found.rows,
        filled=found.filled,
        spoiled=found.filled - found.read,
        rounded=found.rounded,
        distinct=found.distinct,
        unique=0 < found.read == found.distinct == found.filled,
        minimum=found.minimum,
        maximum=found.maximum,
        is_integer=0 < found.read == found.integers,
        currencies=proposal.currencies,
        shares=measure_contents(seen.cells),
    )
