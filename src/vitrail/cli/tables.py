"""Tables on the terminal: figures in the person's language, right-aligned, nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from vitrail import i18n
from vitrail.cli.speaking import Speaker, echo
from vitrail.cli.values import Described, Shown, say_value
from vitrail.collection.files import explain_refusal
from vitrail.store import Run

_MOST_REFUSED = 5
_MOST_COLUMNS = 15
_MOST_ROWS = 50


def show_segments(speaker: Speaker, run: Run, segments: pa.Table) -> None:
    """A table a segmentation: segment, customers, revenue, their shares, revenue a customer."""
    language, currency = speaker.language, run.manifest["plan"]["currency"]
    described = {each["key"]: each for each in run.segmentations()}
    rows = segments.to_pylist()
    for key in dict.fromkeys(row["segmentation"] for row in rows):
        labels = {s["key"]: s["label"][language] for s in described[key]["segments"]}
        table = _table(f"{described[key]['label'][language]} ({key})")
        table.add_column(speaker.text("column_segment"), overflow="fold")
        table.add_column(speaker.text("column_reference"), no_wrap=True, min_width=_longest(key, labels))
        money = any(row["revenue"] is not None for row in rows)  # without orders nothing tells revenue
        codes = (
            "customers",
            "customer_share",
            *(("revenue", "revenue_share", "mean_revenue") if money else ()),
        )
        for code in codes:
            table.add_column(speaker.text(f"column_{code}"), justify="right")
        for row in rows:
            if row["segmentation"] == key:
                mean = row.get("mean_total_amount")
                cells = [
                    labels[row["segment"]],
                    f"{key}.{row['segment']}",
                    i18n.number(row["customers"], language),
                    _share(row["share"], language),
                ]
                if money:
                    cells += [
                        i18n.money(row["revenue"], currency, language, 0),
                        _share(row["revenue_share"], language),
                        "–" if mean is None else i18n.money(mean, currency, language, 0),
                    ]
                table.add_row(*cells)
        _console().print(table)


def _longest(segmentation: str, segments: Iterable[str]) -> int:
    """The width of the longest reference, which is never cut: it is what other commands ask for."""
    return max((len(f"{segmentation}.{segment}") for segment in segments), default=0)


def show_refused(speaker: Speaker, run: Run) -> None:
    """The first records that could not be read, with their lines and reasons; none for a run without."""
    refused = pq.ParquetFile(run.file("refused.parquet")).read()
    for row in refused.slice(0, _MOST_REFUSED).to_pylist():
        reason = explain_refusal(row["reason"], json.loads(row["detail"]), speaker.language)
        echo(f"    {row['file']}:{row['line']}: {reason}", err=True)
    if refused.num_rows > _MOST_REFUSED:
        speaker.say(
            "refused_more", rows=refused.num_rows - _MOST_REFUSED, file=str(run.file("refused.parquet"))
        )


def show_profile(speaker: Speaker, run: Run, profile: pa.Table) -> None:
    """One customer, a variable a line: its name, its value with its unit, its column."""
    described = Described(run, speaker.language)
    table = _table("")
    table.add_column(speaker.text("column_variable"))
    table.add_column(speaker.text("column_value"), justify="right")
    table.add_column(speaker.text("column_column"), style="dim")
    for name, value in profile.to_pylist()[0].items():
        table.add_row(described.label(name), described.write(name, value), name)
    _console().print(table)


def show_variables(speaker: Speaker, variables: pa.Table) -> None:
    """The catalogue: those there with their count, those absent with what would bring them."""
    table = _table("")
    for code in ("column_variable", "column_family", "column_meaning", "column_source"):
        table.add_column(speaker.text(code))
    table.add_column(speaker.text("column_customers"), justify="right")
    for row in variables.to_pylist():
        count = (
            speaker.text("needs", columns=row["needs"])
            if row["needs"]
            else i18n.number(row["customers"], speaker.language)
        )
        unit = _known(f"unit_{row['unit']}", row["unit"], speaker)
        source = _known(f"source_{row['source']}", row["source"], speaker)
        meaning = f"{row['meaning']} ({unit})" if unit else row["meaning"]
        table.add_row(row["name"], row["family"], meaning, source, count)
    _console().print(table)


def show_rows(
    speaker: Speaker, rows: pa.Table, reasons: Sequence[str] = (), shown: Shown | None = None
) -> None:
    """Any table: its columns by name, its values as the language writes them.

    Columns without a value, or of codes for programs, are left out; where there are many, each row is told a
    value a line. A terminal is given the first rows, and told how to have all.

    Args:
        reasons: why there is nothing to show, said where that is so.
        shown: how an analysis names its columns and codes; by their own names unless given.
    """
    if not rows.num_rows:
        speaker.say("show_nothing_because" if reasons else "show_nothing")
        for each in reasons:
            echo(f"· {each}", err=True)
        return
    left = rows.num_rows - _MOST_ROWS
    _print_rows(speaker, rows.slice(0, _MOST_ROWS), shown)
    if left > 0:
        speaker.say("show_more", rows=left)


def _print_rows(speaker: Speaker, rows: pa.Table, shown: Shown | None) -> None:
    filled = [
        name
        for name in rows.column_names
        if rows[name].null_count < rows.num_rows and not _is_coded(rows[name])
    ]
    heads = {name: shown.head(name) if shown else name for name in filled}
    written = [
        {
            name: shown.tell(row, name) if shown else say_value(row[name], speaker.language, name)
            for name in filled
        }
        for row in rows.to_pylist()
    ]
    if len(filled) > _MOST_COLUMNS:
        for row in written:
            table = _table("")
            table.add_column("", style="dim", no_wrap=True)
            table.add_column("", overflow="fold")
            for name, value in row.items():
                if value != "–":
                    table.add_row(heads[name], value)
            _console().print(table)
        return
    table = _table("")
    for field in (rows.schema.field(name) for name in filled):
        figures = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        right = figures or pa.types.is_decimal(field.type)
        table.add_column(heads[field.name], justify="right" if right else "left", overflow="fold")
    for row in written:
        table.add_row(*row.values())
    _console().print(table)


def _is_coded(column: pa.ChunkedArray) -> bool:
    """Whether a column holds codes of sentences, which only programs read."""
    values = set(column.to_pylist()) - {None}
    return bool(values) and all(isinstance(each, str) and each in i18n.sentences() for each in values)


def _known(code: str, otherwise: str, speaker: Speaker) -> str:
    return i18n.text(code, speaker.language) if code in i18n.sentences() else otherwise


def _share(share: float | None, language: i18n.Language) -> str:
    return "–" if share is None else i18n.percent(share, language)


class _PlainTable(Table):
    """A table whose cells tell a terminal nothing."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        super().add_row(*(i18n.plain(str(cell)) for cell in cells), **options)

    def add_column(self, header: Any = "", *parts: Any, **options: Any) -> None:
        super().add_column(i18n.plain(str(header)), *parts, **options)


def _table(title: str) -> Table:
    return _PlainTable(
        title=i18n.plain(title) or None, title_justify="left", box=None, pad_edge=False, header_style="dim"
    )


def _console() -> Console:
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 200
    return console
