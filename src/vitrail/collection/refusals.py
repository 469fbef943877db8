"""Records that are left out because a cell that is needed cannot be read: each by file, line and reason."""

from __future__ import annotations

import json

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.mapping import MappedSource
from vitrail.engine import Engine, column, expression, sql
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.plan import Plan

REFUSED = pa.schema(
    [
        ("source", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
    ]
)
UNREADABLE = frozenset({"unreadable_value", "number_too_great"})
"""The reasons of records whose line is well formed and whose value is not."""

SUBTOTAL = "subtotal_line"
"""The reason of a total among the records; `total_line` is one at the end of its file."""

MOST_UNREADABLE = 0.5


def list_spoiled(engine: Engine, plan: Plan, source: MappedSource, read: FilesRead) -> pa.Table:
    """The records of a source with an unreadable cell in a column that is needed (see `REFUSED`).

    Raises:
        SourceError: a column can be read in fewer than half of its cells: the reading is wrong, not the data.
    """
    spoiled = {
        name: source.readings[name].spoiled(column(name)) for name in sorted(set(source.watched.values()))
    }
    great = {name: _is_too_great(source, name) for name in spoiled}
    flags, greats = ([f"{kind}_{index}" for index in range(len(spoiled))] for kind in ("flag", "great"))
    numbered = exp.select(sql("row_number() over () - 1").as_("ordinal")).select(
        *(exp.alias_(each, flag) for each, flag in zip(spoiled.values(), flags, strict=True)),
        *(exp.alias_(each, flag) for each, flag in zip(great.values(), greats, strict=True)),
    )
    found = engine.arrow(
        exp.select("*").from_(numbered.from_(read.relation.subquery("source")).subquery("n"))
        .where(exp.or_(*(column(flag) for flag in flags)))
        .order_by("ordinal")
    )  # fmt: skip
    faults = []
    for flag, name in zip(flags, spoiled, strict=True):
        count = sum(found[flag].to_pylist())
        if count > MOST_UNREADABLE * read.accepted:
            figures = {
                "column": name, "reading": source.readings[name].name, "rows": count,
                "share": count / read.accepted,
            }  # fmt: skip
            beyond = sum(found[flag.replace("flag", "great")].to_pylist())
            code = "reading_too_great" if beyond > MOST_UNREADABLE * count else "reading_wrong"
            faults.append(Finding(code, "error", plan.place(f"sources.{source.name}.read.{name}"), figures))
    if faults:
        raise SourceError(faults)
    lines = read.locate(found["ordinal"].to_pylist())
    rows = []
    cells = zip(*(found[flag].to_pylist() for flag in (*flags, *greats)), strict=True)
    for (file, line), values in zip(lines, cells, strict=True):
        bad = [index for index in range(len(flags)) if values[index]]
        columns = [list(spoiled)[index] for index in bad]
        reason, detail = "unreadable_value", {"columns": columns}
        if all(values[len(flags) + index] for index in bad):
            reason = "number_too_great"
        else:
            detail["readings"] = [source.readings[name].name for name in columns]
        rows.append((source.name, file, line, reason, json.dumps(detail, ensure_ascii=False)))
    return pa.Table.from_pylist([dict(zip(REFUSED.names, row, strict=True)) for row in rows], schema=REFUSED)


def _is_too_great(source: MappedSource, name: str) -> exp.Expr:
    """True where a cell is a number of more whole digits than are held; never NULL."""
    if source.readings[name].kind != "number":
        return exp.false()
    great = "abs(try_cast(replace(trim(cast($cell as varchar)), ',', '.') as double)) between 1e14 and 1e308"
    return expression(f"coalesce({great}, false)", cell=column(name))


def with_source(refused: pa.Table, name: str) -> pa.Table:
    """Refusals of reading, under their source's name."""
    if not refused.num_rows:
        return REFUSED.empty_table()
    names = pa.array([name] * refused.num_rows, pa.string())
    return refused.add_column(0, "source", names).cast(REFUSED)
