"""What collection found out, which the audit tells and a run records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pyarrow as pa

from vitrail.collection.accounts import Accounts
from vitrail.collection.codes import Codes, Doubled
from vitrail.collection.mapping import Doubtful
from vitrail.collection.newest import Ahead, Undated
from vitrail.collection.pairing import Unpaired
from vitrail.collection.repeats import Numbered, Repeat
from vitrail.collection.statuses import Unknown


@dataclass(frozen=True, slots=True)
class Collected:
    """What collection found out; the rows themselves are in the engine.

    Args:
        as_of: the as-of date in force.
        data_until: the moment of the newest line that exists at `as_of`.
        line_columns: the columns of `order_lines`; empty where no source feeds orders.
        customer_columns: the columns of `customers`; empty where no source feeds it.
        has_refunds: whether any line that exists at `as_of` takes something back.
        has_hours: whether orders have a time of day.
        funnel: one row a source and step (see `funnel.FUNNEL`).
        refused: one row a refused record (see `refusals.REFUSED`).
        unpaired: what was left out where orders are paired with their lines.
        numbered: the sources that number their orders.
        repeats: orders that count more than once.
        unknown: kept lines whose status no list knows.
        ahead: lines dated too far after all others to tell the as-of date.
        undated: lines on the day that software writes for no date.
        unsigned: sources with amounts that lack the minus of their quantity, and the rows.
        filled: sources with cells that stand further up in the file, and the rows they are blank in.
        doubtful: sources with rows that may be totals and are kept.
        marked: sources and columns where programs wrote `NULL` or its like for nothing, and the cells.
        strangers: sources of which the register knows hardly any customer.
        accounts: what is to be told of accounts, where a register says whose they are.
        codes: what became of customers' codes that are read alike.
        doubled: customers with several rows in the registers.
        settled: columns to check (source, column) whose cells decide how they are read.
    """

    as_of: dt.date
    data_until: dt.datetime | None
    line_columns: tuple[str, ...]
    customer_columns: tuple[str, ...]
    has_refunds: bool
    has_hours: bool
    funnel: pa.Table
    refused: pa.Table
    unpaired: Unpaired
    numbered: Numbered = field(default_factory=Numbered)
    repeats: tuple[Repeat, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    ahead: Ahead | None = None
    undated: Undated | None = None
    settled: frozenset[tuple[str, str]] = frozenset()
    strangers: tuple[str, ...] = ()
    accounts: Accounts | None = None
    codes: Codes | None = None
    doubled: Doubled | None = None
    filled: tuple[tuple[str, int], ...] = ()
    unsigned: tuple[tuple[str, int], ...] = ()
    doubtful: tuple[tuple[str, Doubtful], ...] = ()
    marked: tuple[tuple[str, str, int], ...] = ()

    @property
    def has_orders(self) -> bool:
        """Whether any source feeds orders; where none does, customers are known by their register alone."""
        return bool(self.line_columns)

    @property
    def available(self) -> tuple[str, ...]:
        """What variables can be computed from: the columns of order lines, and `hour`."""
        return (*self.line_columns, "hour") if self.has_hours else self.line_columns
