"""Records that are left out because a cell that is needed cannot be read: each by file, line and reason."""

from __future__ import annotations

import json

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.mapping import MappedSource
from vitrail.engine import Engine, column, sql
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
MOST_UNREADABLE = 0.5


def list_spoiled(engine: Engine, plan: Plan, source: MappedSource, read: FilesRead) -> pa.Table:
    """The records of a source with an unreadable cell in a column that is needed (see `REFUSED`).

    Raises:
        SourceError: a column can be read in fewer than half of its cells: the reading is wrong, not the data.
    """
    spoiled = {
        name: source.readings[name].spoiled(column(name)) for name in sorted(set(source.watched.values()))
    }
    numbered = exp.select(sql("row_number() over () - 1").as_("ordinal")).select(
        *(exp.alias_(flag, f"flag_{index}") for index, flag in enumerate(spoiled.values()))
    )
    flags = [f"flag_{index}" for index in range(len(spoiled))]
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
            great = _count_too_great(engine, source, read, name)
            code = "reading_too_great" if great > MOST_UNREADABLE * count else "reading_wrong"
            faults.append(Finding(code, "error", plan.place(f"sources.{source.name}.read.{name}"), figures))
    if faults:
        raise SourceError(faults)
    lines = read.locate(found["ordinal"].to_pylist())
    rows = []
    for (file, line), *values in zip(lines, *(found[flag].to_pylist() for flag in flags), strict=True):
        columns = [name for name, bad in zip(spoiled, values, strict=True) if bad]
        readings = [source.readings[name].name for name in columns]
        detail = json.dumps({"columns": columns, "readings": readings}, ensure_ascii=False)
        rows.append((source.name, file, line, "unreadable_value", detail))
    return pa.Table.from_pylist([dict(zip(REFUSED.names, row, strict=True)) for row in rows], schema=REFUSED)


def _count_too_great(engine: Engine, source: MappedSource, read: FilesRead, name: str) -> int:
    """The cells of a column of numbers that have more whole digits than are held."""
    if source.readings[name].kind != "number":
        return 0
    great = sql(
        "count_if(abs(try_cast(replace(trim(cast($cell as varchar)), ',', '.') as double)) >= 1e14)",
        cell=column(name),
    )
    query = exp.select(great.as_("great")).from_(read.relation.subquery("source"))
    return int(engine.records(query)[0]["great"])


def with_source(refused: pa.Table, name: str) -> pa.Table:
    """Refusals of reading, under their source's name."""
    names = pa.array([name] * refused.num_rows, pa.string())
    return refused.add_column(0, "source", names).cast(REFUSED)
