"""Records that are left out because a cell that is needed cannot be read: each by file, line and reason."""

from __future__ import annotations

import json

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.mapping import MappedSource
from vitrail.collection.model import TABLES
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
            beyond = sum(found[flag.replace("flag", "great")].to_pylist())
            great_ones = beyond > MOST_UNREADABLE * count
            faults.append(_wrong(engine, plan, source, read, name, count, great_ones))
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


def _wrong(
    engine: Engine, plan: Plan, source: MappedSource, read: FilesRead, name: str, count: int, great: bool
) -> Finding:
    """Why a column is not read, at its line: its reading is wrong, or the column is not what is wanted."""
    spec, path = plan.sources[source.name], f"sources.{source.name}"
    figures = {"column": name, "reading": source.readings[name].name, "rows": count}
    figures["share"] = count / read.accepted
    model = next((each for each, taken in spec.columns.items() if taken == name), None)
    from vitrail.collection.guessing.content import content_fit
    from vitrail.collection.values import inspect_columns

    free = [each for each in read.columns if each == name or each not in spec.columns.values()]
    written = great or model is None or (name in spec.read and count < read.accepted)
    native = engine.columns(read.relation)
    reports = {} if written else inspect_columns(engine, read.relation, free, native=native)
    fitting = [each for each, report in reports.items() if content_fit(str(model), report)]
    if model is None or written or name in fitting:
        code = "reading_too_great" if great else "reading_wrong"
        return Finding(code, "error", plan.place(f"{path}.read.{name}"), figures)
    figures |= {"label": dict(TABLES[spec.table].columns[model].label), "options": fitting}
    code = "column_wrong_near" if fitting else "column_wrong"
    return Finding(code, "error", plan.place(f"{path}.columns.{model}"), figures)


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
