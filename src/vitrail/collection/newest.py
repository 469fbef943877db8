"""The newest day of the data that can be believed: `as_of: latest` is the day after it.

A handful of rows far after all others are slips of the pen (2052 for 2025) or stand for no date
(9999-12-31): one of them would make everybody a lost customer. Rows on the day from which software counts
its days (1970-01-01) have no date either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from vitrail.engine import Engine, Query, column, sql

NEVER = dt.date(9999, 1, 1)
"""From this day on a date stands for none."""

ZEROS = frozenset(
    dt.date.fromisoformat(day)
    for day in (
        "1753-01-01",
        "1899-12-30",
        "1899-12-31",
        "1900-01-01",
        "1904-01-01",
        "1969-12-31",
        "1970-01-01",
    )
)
"""Days from which software counts, and which it writes where there is none."""

FAR_DAYS = 365
TIMES_USUAL = 20
LEAST_ROWS = 50
MOST_ROWS = 3
MOST_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class Ahead:
    """Rows dated far after all others.

    Args:
        rows: how many.
        last: the last of their days.
    """

    rows: int
    last: dt.date


@dataclass(frozen=True, slots=True)
class Undated:
    """Rows on the day that stands for none, far before all others.

    Args:
        rows: how many.
        day: that day.
    """

    rows: int
    day: dt.date


def find_newest(
    engine: Engine, tables: Sequence[str], moment: str = "ordered_at"
) -> tuple[dt.date | None, Ahead | None, Undated | None]:
    """The newest day of `tables` that can be believed, and the rows beyond it; no day where none is dated.

    Last come the rows of the oldest day, where it is one of `ZEROS` and the others come after `FAR_DAYS`.

    Rows are beyond where at most `MOST_ROWS` or `MOST_SHARE` of all come later than a gap without any of more
    than `FAR_DAYS` and of more than `TIMES_USUAL` times the longest gap before it, and at least `LEAST_ROWS`
    come earlier; and from the year 9999 on, however many. A gap after one of `ZEROS`, or after as few rows at
    the beginning, is no measure where it is longer than `FAR_DAYS`.
    """
    parts: list[Query] = [exp.select(column(moment).as_("moment")).from_(table) for table in tables]
    found = engine.records(
        sql(
            """
            select least(cast(moment as date), $last) as day, count(*) as rows from $moments
            where moment is not null group by 1 order by 1
            """,
            last=NEVER.replace(month=12, day=31),
            moments=exp.union(*parts, distinct=False).subquery("moments")
            if parts[1:]
            else parts[0].subquery(),
        )
    )
    days = [(row["day"], row["rows"]) for row in found]
    dated = [each for each in days if each[0] < NEVER]
    if not dated:
        return None, None, None
    last = _last_believed(dated)
    beyond = days[last + 1 :]
    ahead = Ahead(sum(rows for _, rows in beyond), beyond[-1][0]) if beyond else None
    oldest, rows = dated[0]
    alone = oldest in ZEROS and len(dated) > 1 and (dated[1][0] - oldest).days > FAR_DAYS
    return dated[last][0], ahead, Undated(rows, oldest) if alone else None


def _last_believed(days: Sequence[tuple[dt.date, int]]) -> int:
    """The place in `days`, oldest first, of the last that is not far beyond the others."""
    before, usual = 0, 0
    whole = sum(rows for _, rows in days)
    few = max(MOST_ROWS, MOST_SHARE * whole)
    for place, ((day, rows), (following, _)) in enumerate(pairwise(days)):
        before += rows
        gap = (following - day).days
        if whole - before <= few and before >= LEAST_ROWS and gap > max(FAR_DAYS, TIMES_USUAL * usual):
            return place
        if gap <= FAR_DAYS or (before > few and day not in ZEROS):
            usual = max(usual, gap)
    return len(days) - 1
