"""Excel workbooks: each cell becomes the text a person sees as its value.

`1000` is `1000` and not `1000.0`; a number has the 15 digits Excel shows; a day is `2025-03-01`; text stays
text, so leading zeros stay. A column in which any day has a time shows the time everywhere. Where a column
also has days or amounts typed as text, its true ones are written as those are: `02/03/2025`, `12,5`. A text
or day in a cell merged downwards stands on each of its rows.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from vitrail.collection.files.dialect import MOST_COLUMNS, Line, settle_header
from vitrail.collection.files.encodings import check_swelling
from vitrail.collection.files.formulas import count_unkept
from vitrail.collection.files.names import name_columns
from vitrail.collection.files.records import LONGEST_RECORD_BYTES
from vitrail.collection.files.results import FileRead, FilesSpec, Part, Refusal, name_place
from vitrail.collection.files.rows import RowFile
from vitrail.collection.files.scanning import is_note, is_total, names_total
from vitrail.errors import SourceError
from vitrail.findings import Finding

_SAMPLED = 2000
_DAY_AS_TEXT = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2[0-9]{4}(?![0-9])")
_COMMA_AS_TEXT = re.compile(r"[^0-9]*[0-9][0-9 .\u00a0\u202f'’]*,[0-9]{1,2}[^0-9.,]*")
_POINT_AS_TEXT = re.compile(r"[^0-9]*[0-9][0-9 ,\u00a0\u202f'’]*\.[0-9]{1,2}[^0-9.,]*")
_DETAILS = {"record_too_long": {"most": LONGEST_RECORD_BYTES // 1024}}


def read_excel(file: Path, shown: str, spec: FilesSpec, scratch: Path, notes: Sequence[Finding] = ()) -> Part:
    """One sheet of a workbook: `spec.sheet`, or the only one that holds a table.

    Raises:
        SourceError: it is locked or damaged, has no such sheet or several that could be meant, is empty, or
            its header cannot be decided on.
    """
    name, sheet, hidden = _sheet(file, shown, spec.sheet)
    place = name_place(shown, name)
    survey = _survey(sheet)
    sample = list(islice(_lines(sheet, survey), _SAMPLED))
    if not sample:
        raise SourceError(Finding("file_empty", "error", place))
    written, header, titles = settle_header(sample, place, spec.header_line)
    kept = [index for index, title in enumerate(written) if title or index in survey.filled]
    if len(kept) > MOST_COLUMNS:
        figures = {"columns": len(kept), "most": MOST_COLUMNS}
        raise SourceError(Finding("too_many_columns", "error", place, figures))
    names, renamed = name_columns([written[index] for index in kept], place)
    refusals: list[Refusal] = []
    accepted: list[int] = []
    last = first = header.line if header else sample[0].line - 1
    with RowFile(scratch) as sink:
        for line in _lines(sheet, survey):
            if line.line <= first:
                continue
            last = line.line
            reason = survey.below.get(line.line) or sink.write([line.fields[i] for i in kept])
            if reason:
                refusals.append(Refusal(line.line, reason, _DETAILS.get(reason, {})))
            else:
                accepted.append(line.line)
    doubt = [Finding("total_line_kept", "warning", f"{place}:{survey.doubtful}")] if survey.doubtful else []
    scan = sink.scan(names)
    records = len(accepted) + len(refusals)
    report = FileRead(
        file=shown,
        format="excel",
        encoding=None,
        delimiter=None,
        header_line=header.line if header else None,
        records=records,
        accepted=len(accepted),
        refused=len(refusals),
        notes=(
            *notes,
            *hidden,
            *_notes(place, titles, header, last - first - records, len(names)),
            *doubt,
            *_tell_unkept(file, shown, name, written),
            *renamed,
        ),
        sheet=name,
    )
    return Part(report, scan, tuple(refusals), lambda ordinals: [accepted[o] for o in ordinals])


def _sheet(file: Path, shown: str, wanted: str | None) -> tuple[str, Any, list[Finding]]:
    """A sheet by its name, or the only table; and, at the first that is seen, which hidden ones are not."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                unpacked_bytes = sum(part.file_size for part in packed.infolist())
            check_swelling(file.stat().st_size, unpacked_bytes, shown)
        book = CalamineWorkbook.from_path(str(file))
        seen = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
        unseen = [name for name in book.sheet_names if name not in (*seen, wanted)]
        unseen = [name for name in unseen if book.get_sheet_by_name(name).height > 1]
        hidden = [Finding("sheet_hidden", "info", shown, {"sheets": unseen})] if unseen else []
        if wanted is not None:
            if wanted not in book.sheet_names:
                figures = {"sheet": wanted, "sheets": book.sheet_names}
                raise SourceError(Finding("sheet_not_there", "error", shown, figures))
            return wanted, book.get_sheet_by_name(wanted), hidden if [wanted] == seen[:1] else []
        sheets = {name: book.get_sheet_by_name(name) for name in seen}
    except PasswordError as error:
        raise SourceError(Finding("file_locked", "error", shown)) from error
    except (CalamineError, zipfile.BadZipFile) as error:
        raise SourceError(Finding("file_damaged", "error", shown, {"format": "Excel"})) from error
    filled = {name: sheet for name, sheet in sheets.items() if sheet.height}
    tables = {name: sheet for name, sheet in filled.items() if sheet.height > 1 and sheet.width > 1} or filled
    if not tables:
        raise SourceError(Finding("file_empty", "error", shown))
    if len(tables) > 1:
        raise SourceError(Finding("sheet_undecided", "error", shown, {"sheets": list(tables)}))
    return (*next(iter(tables.items())), hidden)


@dataclass(slots=True)
class _Survey:
    """What must be known of a whole sheet before its first row is written.

    Args:
        timed: columns in which some day has a time.
        filled: columns with a value.
        habits: of columns where text is mixed with days or numbers, how to write these as the text does: a
            `strftime` pattern for days, a comma for numbers.
        below: rows of totals and notes at the very end, each with why it is no record.
        doubtful: a last row that may be one and is kept; 0 where there is none.
    """

    timed: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    habits: dict[int, str] = field(default_factory=dict)
    below: dict[int, str] = field(default_factory=dict)
    doubtful: int = 0


def _survey(sheet: Any) -> _Survey:
    survey = _Survey()
    tail: list[tuple[int, list[str]]] = []
    counts: Counter[int] = Counter()
    texts: Counter[int] = Counter()
    typed: set[int] = set()
    rows = 0
    for number, row in _rows(sheet):
        filled = [index for index, value in enumerate(row) if value != ""]
        if not filled:
            continue
        survey.filled.update(filled)
        survey.timed.update(index for index in filled if isinstance(row[index], dt.datetime))
        texts.update(index for index in filled if type(row[index]) is str)
        typed.update(index for index in filled if isinstance(row[index], (dt.date, float)))
        fields = [str(value) for value in row]
        if is_total(fields) or names_total(fields) or len(filled) == 1:
            tail.append((number, fields))
        else:
            tail.clear()
            rows += 1
            counts.update(filled)
    always = {index for index, count in counts.items() if rows and count >= rows}
    survey.below = {number: "note_line" for number, fields in tail if is_note(fields, always)}
    survey.below |= {number: "total_line" for number, fields in tail if is_total(fields, always)}
    last = [number for number, fields in tail[-1:] if names_total(fields)]
    survey.doubtful = next((number for number in last if number not in survey.below), 0)
    mixed = [index for index in sorted(typed) if texts[index] > 1]  # one is the header
    survey.habits = _habits(sheet, mixed) if mixed else {}
    return survey


def _habits(sheet: Any, columns: Sequence[int]) -> dict[int, str]:
    """How the text cells of `columns` write days and decimals, where they leave no doubt."""
    days: dict[int, list[re.Match[str]]] = {index: [] for index in columns}
    marks: dict[int, set[str]] = {index: set() for index in columns}
    for _, row in _rows(sheet):
        for index in columns:
            if type(row[index]) is not str:
                continue
            text = row[index].strip()
            if day := _DAY_AS_TEXT.match(text):
                days[index].append(day)
            elif _COMMA_AS_TEXT.fullmatch(text):
                marks[index].add(",")
            elif _POINT_AS_TEXT.fullmatch(text):
                marks[index].add(".")
    found = {index: "," for index in columns if marks[index] == {","} and not days[index]}
    for index in columns:
        first, second = (max((int(day[n]) for day in days[index]), default=0) for n in (1, 3))
        if (first > 12) != (second > 12):
            separator = Counter(day[2] for day in days[index]).most_common(1)[0][0]
            found[index] = separator.join(("%d", "%m") if first > 12 else ("%m", "%d")) + f"{separator}%Y"
    return found


def _lines(sheet: Any, survey: _Survey) -> Iterator[Line]:
    """The rows that have a value, as lines of text; the line is the number Excel shows."""
    for number, row in _rows(sheet):
        fields = tuple(
            value if type(value) is str else _text(value, index in survey.timed, survey.habits.get(index))
            for index, value in enumerate(row)
        )
        if any(fields):
            yield Line(fields, number, 0, 0, False)


def _rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """The rows by their number, with what a cell merged downwards says on each of its rows.

    Not its amount, which would count again, nor on a row that is blank but for it.
    """
    spans: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top:
            spans.setdefault(top, []).append((left, bottom))
    held: dict[int, tuple[int, Any]] = {}
    for index, row in enumerate(sheet.iter_rows()):
        for left, bottom in spans.get(index, ()):
            if row[left] != "" and isinstance(row[left], (str, dt.date)):
                held[left] = bottom, row[left]
        held = {left: cell for left, cell in held.items() if cell[0] >= index} if held else held
        if held and any(value != "" for value in row):
            row = [held[at][1] if at in held and value == "" else value for at, value in enumerate(row)]
        yield index + 1, row


def _text(value: Any, timed: bool, habit: str | None = None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        text = format(Decimal(format(value, ".15g")), "f")
        return text.replace(".", ",") if habit == "," else text
    if isinstance(value, dt.date) and habit and habit != ",":
        clock = value.time() if isinstance(value, dt.datetime) else dt.time()
        return f"{value:{habit}} {clock.isoformat('seconds')}" if timed else f"{value:{habit}}"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "auto" if value.microsecond else "seconds")
    if isinstance(value, dt.date):
        return f"{value.isoformat()} 00:00:00" if timed else value.isoformat()
    return str(value)


def _tell_unkept(file: Path, shown: str, sheet: str, written: Sequence[str]) -> Iterator[Finding]:
    """That cells are read as blank whose formulas have no result in the file."""
    if found := count_unkept(file, sheet):
        names = [written[index] or str(index + 1) for index in found if index < len(written)]
        yield Finding("formulas_unkept", "warning", shown, {"cells": sum(found.values()), "names": names})


def _notes(shown: str, titles: int, header: Line | None, blank: int, width: int) -> Iterator[Finding]:
    if header is None:
        yield Finding("header_absent", "info", shown, {"columns": width})
    elif titles:
        yield Finding("title_lines_skipped", "info", shown, {"lines": titles, "header": header.line})
    if blank:
        yield Finding("blank_lines_skipped", "info", shown, {"lines": blank})
