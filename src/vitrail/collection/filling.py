"""Cells left blank below the one that holds for them: an order's number written once, then its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.engine import Engine, column, sql

_TOTAL = (  # at the beginning of a cell, of which only rows with blanks to fill are asked
    "(?i)(^|\\x1f)\\s*((grand|sous|sub)?[- ]?tota(l|ux|ls|le|al)|cumul|somme|(zwischen|gesamt)?summe|gesamt|"
    "suma|soma)"
    "([^[:alpha:]]|$)"
)


def fill_down(engine: Engine, read: FilesRead, columns: Sequence[str], table: str) -> tuple[FilesRead, int]:
    """The records with the blanks of `columns` filled from above, and in how many rows.

    A blank takes the last value above it in its file. It stays blank below a row that fills a column listed
    before its own, for that begins another group; below a row that says it is a total; and on that row.

    Args:
        columns: of the file, the outermost first; which of two stands first matters only where one is blank
            and the other is not.
        table: the working table to make, of the records in their order.
    """
    starts = sorted({0, *accumulate(file.accepted for file in read.files)})
    first = sql(
        "list_contains($starts, _fill_row)", starts=exp.Array(expressions=[*map(exp.Literal.number, starts)])
    )
    numbered = exp.select("*", sql("row_number() over () - 1").as_("_fill_row"))
    rows = exp.select("*", says_total(read.columns).as_("_fill_total"))
    rows = rows.from_(numbered.from_(read.relation.subquery("records")).subquery("numbered"))
    begins: exp.Expr = exp.or_(first, column("_fill_total"))
    filled: dict[str, exp.Expr] = {}
    for name in columns:
        begins = exp.or_(begins, is_filled(name))
        filled[name] = sql(
            """
            case when $known or _fill_total then $value else list_extract(
                last_value(case when $begins then [$above] end ignore nulls) over (order by _fill_row), 1
            ) end
            """,
            above=sql("case when not _fill_total then $value end", value=column(name)),
            known=is_filled(name),
            value=column(name),
            begins=begins,
        )
    given = [sql("$value is not null and not $known", value=filled[n], known=is_filled(n)) for n in filled]
    cells = [filled[name].as_(name, quoted=True) if name in filled else column(name) for name in read.columns]
    query = exp.select(*cells, exp.or_(*given).as_("_fill_given")).from_(rows.subquery("told"))
    query = query.order_by("_fill_row")
    engine.create(table, query)
    count = engine.records(exp.select(sql("count_if(_fill_given)").as_("rows")).from_(table))[0]["rows"]
    relation = exp.select(*(column(name) for name in read.columns)).from_(table)
    return replace(read, relation=relation), int(count)


def is_filled(name: str) -> exp.Expr:
    """Whether a cell holds more than blanks."""
    told: exp.Expr = sql("nullif(trim(cast($c as varchar)), '') is not null", c=column(name))
    return told


def says_total(columns: Sequence[str]) -> exp.Expr:
    """Whether one of a row's cells begins with the word total, in one of the usual languages."""
    cells = [sql("cast($c as varchar)", c=column(name)) for name in columns]
    text = exp.Anonymous(this="concat_ws", expressions=[sql("chr(31)"), *cells])
    told: exp.Expr = sql("regexp_matches($text, $word)", text=text, word=_TOTAL)
    return told
