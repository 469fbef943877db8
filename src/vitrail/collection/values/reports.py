"""What is known of a column: how it is read, how sure that is, and what its cells look like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from vitrail.collection.values.moment_styles import MomentStyle
from vitrail.collection.values.readings import Reading
from vitrail.collection.values.survey import Measure
from vitrail.findings import Finding


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """One column, as `inspect_columns` found it. Holds no cell of it but the extremes of numbers and days.

    Args:
        column: its name in the file.
        reading: how it is read.
        certain: nobody need be asked. If not, `alternatives` are the other answers.
        alternatives: other readings of its cells, likeliest first; also of another kind (`20250304` is a
            number and perhaps a day), so that a caller who knows what the column means can choose.
        reason: why it is read so, with figures; `notes` are what else to know.
        whole: the counts below are of the whole column, not of its first rows.
        rows, filled, spoiled: rows looked at, cells not blank, cells not blank that cannot be read.
        rounded: numbers with more than four decimals.
        distinct: different cells, approximate when `whole`.
        unique: no two filled cells are equal.
        minimum, maximum: of numbers, days and moments; None for other kinds.
        is_integer: every number is whole.
        currencies: what stands beside the numbers, as ISO 4217 codes where beyond doubt.
        shares: kind of content → its share of the different cells looked at: see `contents`.
    """

    column: str
    reading: Reading
    certain: bool
    alternatives: tuple[Reading, ...]
    reason: Finding
    notes: tuple[Finding, ...] = ()
    whole: bool = False
    rows: int = 0
    filled: int = 0
    spoiled: int = 0
    rounded: int = 0
    distinct: int = 0
    unique: bool = False
    minimum: Decimal | dt.date | dt.datetime | None = None
    maximum: Decimal | dt.date | dt.datetime | None = None
    is_integer: bool = False
    currencies: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def email_share(self) -> float:
        """Share of the different cells that are e-mail addresses."""
        return self.shares.get("email", 0.0)


EARLIEST, LATEST = 1900, 2100
"""Days before and from these years on are read, and pointed out."""


def note_column(
    name: str, reading: Reading, found: Measure, currencies: tuple[str, ...]
) -> tuple[Finding, ...]:
    """What else to know of a column: spoiled or rounded cells, several currencies, far-off days."""
    notes = []
    if spoiled := found.filled - found.read:
        figures = {"column": name, "reading": reading.name, "spoiled": spoiled, "filled": found.filled}
        notes.append(Finding("values_spoiled", "warning", "", figures))
    if found.rounded:
        notes.append(Finding("values_rounded", "info", "", {"column": name, "cells": found.rounded}))
    if len(currencies) > 1:
        notes.append(Finding("values_currencies", "warning", "", {"column": name, "names": list(currencies)}))
    if isinstance(reading.style, MomentStyle) and reading.style.short_year:
        notes.append(Finding("values_short_year", "info", "", {"column": name}))
    if reading.kind in ("day", "moment") and found.read:
        first, last = found.minimum, found.maximum
        if first.year < EARLIEST or last.year >= LATEST:
            figures = {"column": name, "first": _day(first), "last": _day(last)}
            notes.append(Finding("values_far_days", "warning", "", figures))
    return tuple(notes)


def _day(moment: dt.date | dt.datetime) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment
