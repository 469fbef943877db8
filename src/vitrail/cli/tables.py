"""Tables on the terminal: figures in the person's language, right-aligned, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from vitrail import i18n
from vitrail.cli.speaking import Speaker, echo
from vitrail.cli.values import Described, name_field, say_value
from vitrail.collection.files import explain_refusal
from vitrail.store import Run

if TYPE_CHECKING:
    from vitrail.cli.shown import Shown

_MOST_REFUSED = 5
_NARROWEST_TEXT = 16
_MOST_ROWS = 50
_FEWEST_COLUMNS = 3


def show_segments(speaker: Speaker, run: Run, segments: pa.Table) -> None:
    """A table a segmentation: segment, customers, revenue, their shares, revenue a customer.

    On a narrow terminal the last columns are left out: no name and no figure is cut.
    """
    language, currency = speaker.language, run.manifest["plan"]["currency"]
    described = {each["key"]: each for each in run.segmentations()}

    def figures(code: str, cells: list[str]) -> _Column:
        return _Column(speaker.text(f"column_{code}"), cells, whole=True, right=True)

    rows = segments.to_pylist()
    for key in dict.fromkeys(row["segmentation"] for row in rows):
        labels = {s["key"]: s["label"][language] for s in described[key]["segments"]}
        own = [row for row in rows if row["segmentation"] == key]
        columns = [
            _Column(speaker.text("column_segment"), [labels[row["segment"]] for row in own]),
            _Column(speaker.text("column_reference"), [f"{key}.{row['segment']}" for row in own], whole=True),
            figures("customers", [i18n.number(row["customers"], language) for row in own]),
            figures("customer_share", [_share(row["share"], language) for row in own]),
        ]
        if any(row["revenue"] is not None for row in rows):  # without orders nothing tells revenue
            means = [
                row["revenue"] / row["customers"] if row["customers"] and row["revenue"] is not None else None
                for row in own
            ]
            columns += [
                figures("revenue", [i18n.money(row["revenue"], currency, language, 0) for row in own]),
                figures("revenue_share", [_share(row["revenue_share"], language) for row in own]),
                figures(
                    "customer_revenue",
                    ["–" if mean is None else i18n.money(mean, currency, language, 0) for mean in means],
                ),
            ]
        console = _console()
        while len(columns) > _FEWEST_COLUMNS and not _fits(columns, console):
            columns.pop()
        _print(columns, console, f"{described[key]['label'][language]} ({key})")


def show_refused(speaker: Speaker, run: Run) -> None:
    """The first records that could not be read, with their lines and reasons; none for a run without."""
    refused = pq.ParquetFile(run.file("refused.parquet")).read()
    for row in refused.slice(0, _MOST_REFUSED).to_pylist():
        reason = explain_refusal(row["reason"], json.loads(row["detail"]), speaker.language)
        echo(f"    {row['file']}:{row['line']}: {reason}", err=True)
    if refused.num_rows > _MOST_REFUSED:
        speaker.say("refused_more", rows=refused.num_rows - _MOST_REFUSED)


def tell_set_aside(speaker: Speaker, run: Run) -> None:
    """How many lines cleaning took out, and where to see each."""
    steps = pq.ParquetFile(run.file("funnel.parquet")).read().to_pylist()
    if rows := sum(step["rows"] for step in steps if step["removed"]):
        speaker.say("set_aside", rows=rows)


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
    """The catalogue: those there with their count, those absent with what would bring them.

    A narrow terminal has no room for where each comes from.
    """
    language = speaker.language
    rows = variables.to_pylist()

    def mean(row: Mapping[str, Any]) -> str:
        unit = _known(f"unit_{row['unit']}", row["unit"], speaker)
        return f"{row['meaning']} ({unit})" if unit else str(row["meaning"])

    def count(row: Mapping[str, Any]) -> str:
        needs = [f"{name_field(name, language)} ({name})" for name in row["needs"]]
        return speaker.text("needs", columns=needs) if needs else i18n.number(row["customers"], language)

    cells = {
        "variable": [row["name"] for row in rows],
        "family": [row["family"] for row in rows],
        "meaning": [mean(row) for row in rows],
        "source": [_known(f"source_{row['source']}", row["source"], speaker) for row in rows],
        "customers": [count(row) for row in rows],
    }
    columns = [
        _Column(speaker.text(f"column_{code}"), each, whole=code == "variable", right=code == "customers")
        for code, each in cells.items()
    ]
    console = _console()
    if not _fits(columns, console):
        del columns[list(cells).index("source")]
    _print(columns, console)


def list_names(analyses: Sequence[str]) -> pa.Table:
    """The names of analyses, one a row."""
    return pa.table({"analysis": pa.array(analyses, pa.string())})


def show_rows(
    speaker: Speaker, rows: pa.Table, reasons: Sequence[str] = (), shown: Shown | None = None
) -> None:
    """Any table: its columns by name, its values as the language writes them.

    Columns without a value, or of codes for programs, are left out; where the others have no room side by
    side, each row is told a value a line. A terminal is given the first rows, and told how to have all.

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
        if rows[name].null_count < rows.num_rows
        and not _is_coded(rows[name])
        and not (shown and shown.hides(name))
    ]
    heads = {name: shown.head(name) if shown else name for name in filled}
    written = [
        {
            name: shown.tell(row, name) if shown else say_value(row[name], speaker.language, name)
            for name in filled
        }
        for row in rows.to_pylist()
    ]
    console = _console()
    columns = []
    for name in filled:
        figures = _is_figure(rows.schema.field(name).type)
        columns.append(_Column(heads[name], [row[name] for row in written], whole=figures, right=figures))
    if _fits(columns, console):
        _print(columns, console)
        return
    for row in written:
        table = _table("")
        table.add_column("", style="dim", no_wrap=True)
        table.add_column("", overflow="fold")
        for name, value in row.items():
            if value != "–":
                table.add_row(heads[name], value)
        console.print(table)


def _is_figure(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_coded(column: pa.ChunkedArray) -> bool:
    """Whether a column holds codes of sentences, which only programs read."""
    values = set(column.to_pylist()) - {None}
    return bool(values) and all(isinstance(each, str) and each in i18n.sentences() for each in values)


def _known(code: str, otherwise: str, speaker: Speaker) -> str:
    return i18n.text(code, speaker.language) if code in i18n.sentences() else otherwise


def _share(share: float | None, language: i18n.Language) -> str:
    return "–" if share is None else i18n.percent(share, language)


@dataclass(frozen=True)
class _Column:
    """A column of a table.

    Args:
        whole: its cells, figures or what other commands ask for, are never broken over two lines.
    """

    head: str
    cells: list[str]
    whole: bool = False
    right: bool = False

    @property
    def least(self) -> int:
        """The width below which it is hard to read: a word is never broken."""
        longest = max((cell_len(each) for each in self.cells), default=0)
        return max(longest if self.whole else min(_NARROWEST_TEXT, longest), self.longest_word)

    @property
    def greatest(self) -> int:
        """The width from which nothing is gained."""
        return max(cell_len(text) for text in (self.head, *self.cells))

    @property
    def longest_word(self) -> int:
        return max(cell_len(word) for text in (self.head, *self.cells) for word in text.split(" "))


def _fits(columns: Sequence[_Column], console: Console) -> bool:
    return _least_width(columns) <= console.width


def _least_width(columns: Sequence[_Column]) -> int:
    return sum(each.least for each in columns) + 2 * (len(columns) - 1)


def _print(columns: Sequence[_Column], console: Console, title: str = "") -> None:
    table = _table(title)
    spare = console.width - _least_width(columns)
    for each in columns:
        more = min(each.greatest - each.least, max(spare, 0))
        spare -= more
        width = each.least + more if _fits(columns, console) else None
        least = each.least if each.whole else each.longest_word
        justify: Literal["left", "right"] = "right" if each.right else "left"
        table.add_column(each.head, justify=justify, width=width, min_width=least, overflow="fold")
    for cells in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*cells)
    console.print(table)


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
