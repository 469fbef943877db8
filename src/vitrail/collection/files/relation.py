"""The query that reads files: `read_csv` with everything said, `read_parquet`, united by column name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from sqlglot import exp

from vitrail.collection.files.results import CsvScan, ParquetScan
from vitrail.engine import Query, column, sql

_READ_CSV = """
select * from read_csv($files, auto_detect = false, all_varchar = true, header = false,
    skip = $skipped, delim = $delimiter, quote = '"', escape = '"', comment = '', nullstr = '',
    strict_mode = true, null_padding = false, ignore_errors = false, allow_quoted_nulls = true,
    max_line_size = 2097152, compression = $compression, encoding = 'utf-8', parallel = $parallel,
    columns = $columns)
"""


def compile_relation(scans: Sequence[CsvScan | ParquetScan], columns: Sequence[str]) -> Query:
    """One select over all scans in their order, each giving `columns` (NULL where it has none of that name).

    Neighbours that are read alike share one scan, so that a folder of a thousand files stays one scan.
    """
    alike = groupby(scans, key=lambda scan: replace(scan, path=""))
    selects = [_select(scan, [member.path for member in members], columns) for scan, members in alike]
    query: Query = selects[0]
    for select in selects[1:]:
        query = exp.union(query, select, distinct=False, copy=False)
    return query


def _select(scan: CsvScan | ParquetScan, paths: Sequence[str], columns: Sequence[str]) -> exp.Select:
    files = exp.array(*(exp.Literal.string(_literal_path(path)) for path in paths))
    if isinstance(scan, ParquetScan):
        select = sql("select * from read_parquet($files)", files=files)
    else:
        select = sql(
            _READ_CSV,
            files=files,
            skipped=scan.skipped_lines,
            delimiter=scan.delimiter,
            compression="gzip" if scan.gzip else "none",
            parallel=scan.parallel,
            columns=exp.Struct(expressions=[_varchar(name) for name in scan.columns]),
        )
    own = {name.casefold(): name for name in scan.columns}
    chosen = [_chosen(name, own.get(name.casefold()), scan) for name in columns]
    return select.select(*chosen, append=False, copy=False)  # type: ignore[no-any-return]


def _chosen(name: str, own: str | None, scan: CsvScan | ParquetScan) -> exp.Expr:
    if own == name:
        return column(name)
    missing = exp.cast(exp.null(), "varchar") if isinstance(scan, CsvScan) else exp.null()
    value = column(own) if own else missing
    return exp.alias_(value, exp.to_identifier(name, quoted=True))


def _literal_path(path: str) -> str:
    """A path that DuckDB takes for itself and not for a pattern.

    >>> _literal_path("sales [1].csv")
    'sales [[]1].csv'
    """
    return re.sub(r"[\[*?]", lambda mark: f"[{mark[0]}]", path)


def _varchar(name: str) -> exp.PropertyEQ:
    return exp.PropertyEQ(this=exp.Literal.string(name), expression=exp.Literal.string("VARCHAR"))
