"""Dataframes as sources: anything that speaks Arrow is read, its columns recognised as a file's would be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from sqlglot import exp

from vitrail.collection.files import FilesRead
from vitrail.collection.files.names import is_row_index
from vitrail.collection.files.results import FileRead, ParquetScan, Part
from vitrail.collection.guessing import RelationEvidence, guess_source
from vitrail.collection.model import TABLES
from vitrail.collection.values import inspect_columns
from vitrail.engine import DuckDB, Engine, column, sql
from vitrail.errors import ConditionError, DataError, SourceError, UsageError
from vitrail.findings import Finding
from vitrail.i18n import LANGUAGES
from vitrail.library.kinds import settle_kinds
from vitrail.plan import SourceSpec, parse_block
from vitrail.plan.expressions import read_value
from vitrail.plan.faults import choose

_OF_COLUMN = re.compile(r"column (.+) with type")


def read_frame(engine: DuckDB, name: str, frame: Any) -> FilesRead:
    """A dataframe as a source: its records are its rows.

    Raises:
        UsageError: it is no dataframe, or its columns cannot be told apart.
        DataError: it has no rows.
    """
    table = to_arrow(frame)
    if not table.num_rows:
        raise DataError(Finding("no_rows", "error", name))
    engine.register(f"frame_{name}", table)
    columns = tuple(table.column_names)
    report = FileRead(
        file=name,
        format="parquet",
        encoding=None,
        delimiter=None,
        header_line=None,
        records=table.num_rows,
        accepted=table.num_rows,
        refused=0,
        fingerprint="",
    )
    part = Part(report, ParquetScan(name, columns), (), lambda ordinals: [each + 1 for each in ordinals])
    relation = exp.select(*(column(each) for each in columns)).from_(f"frame_{name}")
    return FilesRead(relation, columns, False, (part,))


def to_arrow(frame: Any) -> pa.Table:
    """Anything that speaks Arrow as a table, whose columns have each a name of their own.

    The row numbers that pandas gives along (an index without a name) are no column.

    Raises:
        UsageError: it does not, has no columns, or has two whose names differ by capitals at most (SQL
            would take one for the other), or one without a name.
    """
    table = frame if isinstance(frame, pa.Table) else None
    try:
        if table is None and hasattr(frame, "__arrow_c_stream__"):
            _check_names(frame, [str(each) for each in getattr(frame, "columns", ())] or None)
            table = pa.table(frame)
        elif table is None and hasattr(frame, "to_arrow_table"):
            table = frame.to_arrow_table()
    except (pa.ArrowException, TypeError) as error:  # its text would quote cells
        column = next((found[1] for found in map(_OF_COLUMN.search, map(str, error.args)) if found), None)
        column = column or _find_unreadable(frame)
        if column is not None:
            raise UsageError(Finding("frame_mixed_column", "error", figures={"name": column})) from None
    if table is None:
        raise UsageError(Finding("not_a_dataframe", "error", figures={"type": type(frame).__name__}))
    _check_names(table, table.column_names)
    data = [name for name in table.column_names if not is_row_index(name)]
    return settle_kinds(_check_names(table.select(data), data))


def _find_unreadable(frame: Any) -> str | None:
    """The first column of a dataframe that Arrow has no kind for."""
    for name in getattr(frame, "columns", ()):
        try:
            pa.table(frame[[name]])
        except (pa.ArrowException, TypeError):
            return str(name)
    return None


def _check_names(frame: Any, names: Sequence[str] | None) -> Any:
    """The dataframe itself, unless its columns cannot be told apart; None: the names are not known yet."""
    if names is not None:
        if not names:
            raise UsageError(Finding("frame_no_columns", "error"))
        times = Counter(each.casefold() for each in names)
        doubled = [each for each in names if times[each.casefold()] > 1]
        if doubled:
            raise UsageError(Finding("frame_doubled_columns", "error", figures={"names": doubled}))
        unnamed = [place for place, each in enumerate(names, 1) if not each.strip() or "\0" in each]
        if unnamed:
            raise UsageError(Finding("frame_unnamed_columns", "error", figures={"places": unnamed}))
    return frame


def check_language(language: str) -> None:
    """Refuse a language that Vitrail does not speak, before any work is done.

    Raises:
        UsageError: it is none of `en` and `fr`.
    """
    if language not in LANGUAGES:
        figures = {"key": "language", "value": str(language), "options": list(LANGUAGES)}
        raise UsageError(choose("plan_not_an_option", "", figures))


def check_mapping(argument: str, given: Any) -> Mapping[str, Any]:
    """An argument that maps names, empty where it is None.

    Raises:
        UsageError: it is no mapping.
    """
    if given is not None and not isinstance(given, Mapping):
        raise UsageError(Finding("argument_no_mapping", "error", argument, {"name": argument}))
    return given or {}


def check_text(argument: str, given: Any) -> str:
    """An argument that is a text.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(given, str):
        raise UsageError(Finding("argument_no_text", "error", argument, {"name": argument}))
    return given


def list_names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """An argument that names columns: several, one by itself, or none."""
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


def find_columns(argument: str, names: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that an argument names, capitals aside, as the dataframe writes them.

    Raises:
        UsageError: it has no such column; one finding a name.
    """
    exact = {each.casefold(): each for each in columns}
    faults = [
        choose("frame_no_column", argument, {"name": str(each), "options": list(columns)})
        for each in names
        if str(each).casefold() not in exact
    ]
    if faults:
        raise UsageError(faults)
    return tuple(exact[str(each).casefold()] for each in names)


CUSTOMERS = "customers"
"""The table of the engine that `register_customers` makes."""


@dataclass(frozen=True, slots=True)
class CustomerTable:
    """A dataframe with a row a customer, in the engine as `customers`.

    Args:
        table: its rows.
        columns: its columns.
        key: the column that names customers; None where each row is one.
    """

    table: pa.Table
    columns: tuple[str, ...]
    key: str | None

    @property
    def identity(self) -> exp.Expr:
        """What tells customers apart: their name, or all that is known of them."""
        if self.key is not None:
            return column(self.key)
        texts = [sql("cast($x as varchar)", x=column(each)) for each in self.columns]
        told: exp.Expr = sql("cast($row as varchar)", row=exp.Array(expressions=texts))
        return told


def register_customers(engine: DuckDB, frame: Any, key: str | None = None) -> CustomerTable:
    """Make `customers` of a dataframe with a row a customer.

    Args:
        key: the column that names customers; unless given one called `customer_id`, `CustomerID` …, and where
            there is none each row is a customer.

    Raises:
        UsageError: it is no dataframe, the key is no column, a customer comes several times.
    """
    table = to_arrow(frame)
    columns = tuple(table.column_names)
    named = find_columns("key", [key], columns)[0] if key is not None else find_key(columns)
    engine.register(CUSTOMERS, table)
    check_one_row_each(engine, CUSTOMERS, columns, named)
    return CustomerTable(table, columns, named)


def find_key(columns: Sequence[str]) -> str | None:
    """The column that names customers, if one is called so: `customer_id`, `CustomerID` …"""
    return next((each for each in columns if each.casefold().replace("_", "") == "customerid"), None)


def check_one_row_each(engine: Engine, table: str, columns: Sequence[str], key: str | None = None) -> None:
    """Refuse customers that come several times: each would count as many.

    Without a column that names customers, each row is one; rows whose name is missing are one each.

    Args:
        table: of the engine, with a row a customer.
        key: the column that names customers; unless given, one that is called so.

    Raises:
        UsageError: a customer has several rows.
    """
    key = key or find_key(columns)
    if key is None:
        return
    counted = sql(
        "select count($key) as rows, count(distinct $key) as keys from $t",
        key=column(key),
        t=exp.to_table(table),
    )
    [figures] = engine.records(counted)
    if figures["keys"] < figures["rows"]:
        raise UsageError(Finding("frame_repeated_customers", "error", figures={"name": key, **figures}))


def recognise_frame(
    engine: DuckDB, name: str, read: FilesRead, given: Mapping[str, str] | None, refunds: str
) -> SourceSpec:
    """What a dataframe feeds: the columns given, the others as a file's would be recognised.

    Raises:
        UsageError: of `columns`, a name that the model has not, or a column that the dataframe has not.
        SourceError: a column that figures need is neither given nor recognised.
    """
    made = {name: text for name, text in (given or {}).items() if _is_formula(text, read.columns)}
    given = {name: source for name, source in (given or {}).items() if name not in made}
    _check_given({**given, **dict.fromkeys(made, read.columns[0])}, read.columns)
    reports = inspect_columns(engine, read.relation, read.columns)
    evidence = RelationEvidence(engine, read.relation, reports, read.accepted)
    try:
        guess = guess_source(name, reports, evidence, given=given, computed=made)
    except SourceError as error:
        raise SourceError([_of_a_frame(each) for each in error.findings]) from None
    to_check = [guess.columns[model].source for model in guess.maybe_once]
    to_check += [source for made in guess.computed.values() for source in made.doubted]
    plain = {source for source in to_check if reports[source].certain}  # of these, how to read is no doubt
    options = {
        "file": name,
        "table": guess.table,
        "columns": {target: each.source for target, each in guess.columns.items()},
        "read": {source: reading.name for source, reading in guess.readings.items() if source not in plain},
        "computed": {target: made.formula for target, made in guess.computed.items()},
        "order_fields": guess.order_fields,
        "once_an_order": list(guess.once_an_order),
        "refunds": refunds,
        "to_check": to_check,
    }
    return parse_block(SourceSpec, options, name)


def _is_formula(text: str, columns: Sequence[str]) -> bool:
    """Whether it is no column, and an SQL expression that is more than a name: `quantity * price`."""
    if text in columns:
        return False
    try:
        return not isinstance(read_value(text), exp.Column)
    except ConditionError as error:
        wrong = [replace(each, place="columns") for each in error.findings]
        if any(sign in text for sign in "*/+()"):
            raise ConditionError(wrong) from None
        return False


def _check_given(given: Mapping[str, str], columns: Sequence[str]) -> None:
    """Refuse names that are none, all at once, each with the nearest that is one."""
    model = list(TABLES["orders"].columns)
    faults = [
        choose("frame_unknown_name", "columns", {"name": each, "options": model})
        for each in given
        if each not in model
    ]
    faults += [
        choose("frame_no_column", "columns", {"name": each, "options": list(columns)})
        for each in given.values()
        if each not in columns
    ]
    if faults:
        raise UsageError(faults)


def _of_a_frame(finding: Finding) -> Finding:
    """A finding about a file as one about a dataframe: it is told how to be mended in Python."""
    if finding.code != "guess_by_hand":
        return finding
    mapped = {**finding.figures["mapped"], **{each["columns"][0]: "…" for each in finding.figures["needs"]}}
    figures = {"columns": finding.figures["columns"], "example": f"columns={mapped}"}
    return Finding("frame_by_hand", "error", finding.place, figures)
