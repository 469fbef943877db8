"""A triangle as the page shows it: a heat map with its figures, a curve and sentences for each measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from vitrail.charts.followed import Followed, Point, chart_followed
from vitrail.charts.theme import WIDE
from vitrail.i18n import formats
from vitrail.reports.analyses.measures import (
    Measure,
    measure_adoption,
    measure_ordering,
    measure_retention,
    measure_spending,
)
from vitrail.reports.analyses.squares import Square
from vitrail.reports.analyses.verdicts import Verdicts, tell_comparisons
from vitrail.reports.drawings import Drawing
from vitrail.reports.words import Words, clean

MOST_ROWS, MOST_COLUMNS = 24, 24
FEW = 30  # customers below which a share says little
TONES = ("other_1", "other_3", "other_5", "other_6", "other_7", "other_8")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A cohort: its name, its size, its squares."""

    name: str
    customers: str
    squares: tuple[Square, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of a triangle: its title, its heat map, its chart."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    whole: HeatRow | None
    chart: str


@dataclass(frozen=True, slots=True)
class Triangle:
    """A block of cohorts: the first measure open, the others folded."""

    title: str
    said: tuple[Markup, ...]
    notes: tuple[str, ...]
    main: Measured
    others: tuple[Measured, ...]
    verdicts: Verdicts | None


def tell_triangle(table: Row, place: int, words: Words, drawings: list[Drawing]) -> Triangle:
    """A block of cohorts as the page shows it; its charts join `drawings`."""
    since_start = table["by"] == "first_order" or not table["by_start"]
    measures = [measure_retention(words, int(since_start)), measure_spending(words), measure_ordering(words)]
    if table["adopted_label"] is not None:
        thing = clean(table["adopted_label"].get(words.language) or "", 60)
        measures.insert(1, measure_adoption(words, thing))
    laid = [_lay(table, measure, place, words, drawings) for measure in measures]
    notes = []
    if any(cell["customers"] < FEW for cohort in table["cohorts"] for cell in cohort["cells"]):
        notes.append(words.text("cohorts_few", least=FEW))
    if table["not_new"] is not None:
        notes.append(words.text("cohorts_without_first", first=name_cohort(table, table["not_new"], words)))
    if table["by_start"] and len(table["cohorts"]) > MOST_ROWS:
        notes.append(words.text("cohorts_latest", rows=MOST_ROWS))
    if any(not cell["complete"] for cohort in table["cohorts"] for cell in cohort["cells"]):
        last = dt.date.fromisoformat(table["until"]) - dt.timedelta(days=1)
        notes.append(words.text(f"cohorts_unfinished_{table['period']}", last=last))
    return Triangle(
        title=title_block(table, words),
        said=tuple(_tell_retention(table, words)) if table["by_start"] else (),
        notes=tuple(notes),
        main=laid[0],
        others=tuple(laid[1:]),
        verdicts=tell_comparisons(table, words, partial(name_cohort, table, words=words)),
    )


def title_block(table: Row, words: Words) -> str:
    """The title of a block: its label as a sentence begins."""
    title = clean(table["label"].get(words.language) or table["name"], 80)
    return title[:1].upper() + title[1:]


def name_cohort(table: Row, key: str, words: Words, short: bool = False) -> str:
    """A cohort's name: its period in words, or its label."""
    cohort = next(each for each in table["cohorts"] if each["key"] == key)
    if cohort["start"] is None:
        return clean(cohort["label"].get(words.language) or key, 40)
    start = dt.date.fromisoformat(cohort["start"])
    match table["period"]:
        case "week":
            day = formats.day(start, words.language)
            return day if short else words.text("cohorts_week_of", start=start)
        case "month":
            return formats.month(start, words.language, "short" if short else "long")
    return words.text("cohorts_quarter_of", quarter=(start.month + 2) // 3, year=str(start.year))


def _tell_retention(table: Row, words: Words) -> list[Markup]:
    """The shares of all cohorts together at the first period and at those compared or usual."""
    cells = {cell["period"]: cell for cell in table["whole"] if cell["customers"] >= FEW}
    wanted = [1, *(at for at in (3, 6, 12) if at in cells)]
    told = [
        words.text(f"cohorts_share_at_{table['period']}", at=at, share=cells[at]["retention"])
        for at in wanted
        if at in cells
    ]
    if not told:
        return [words.html("cohorts_too_young")]
    return [words.html("cohorts_come_back", shares=told)]


def _lay(asked: Row, measure: Measure, place: int, words: Words, drawings: list[Drawing]) -> Measured:
    table = end_before_few(asked, measure.key) if measure.key.startswith("cumulative") else asked
    cohorts = table["cohorts"][-MOST_ROWS:] if table["by_start"] else table["cohorts"]
    last = max((cell["period"] for cohort in cohorts for cell in cohort["cells"]), default=0)
    periods = range(measure.first, min(last, measure.first + MOST_COLUMNS - 1) + 1)
    values = [
        float(cell[measure.key])
        for cohort in cohorts
        for cell in cohort["cells"]
        if cell["complete"] and cell["period"] in periods and cell["customers"] >= FEW
    ]
    greatest = max(values, default=0.0)
    counted = sum(each["customers"] for each in table["cohorts"] if each["key"] != table["not_new"])
    whole = {"key": "", "customers": counted, "cells": table["whole"]}
    name = f"cohorts{place}-{measure.code}"
    lines = _lines(table, measure, words)
    if any(len(line.points) > 1 for line in lines):
        title = words.text(f"cohorts_axis_{table['period']}")
        most = int(max(point.x for line in lines for point in line.points))
        chart = partial(
            chart_followed,
            lines,
            x_title=title,
            y_title=measure.axis,
            ticks=range(0, most + 1, 1 + most // 13),
            y_format=".0%" if measure.key in ("retention", "adoption") else ",~f",
        )
        said = words.text(f"cohorts_{measure.code}")
        drawings.append(Drawing(name, said, WIDE, lambda width: chart(width=width)))
    else:
        name = ""
    return Measured(
        title=words.text(f"cohorts_{measure.code}") if measure.code != "adoption" else measure.axis,
        note=" ".join(
            [
                words.text(f"cohorts_{measure.code}_note_{table['period']}"),
                *([words.text("cohorts_chained")] if table is not asked and table["whole"] else []),
                *([words.text("cohorts_ends")] if table != asked else []),
            ]
        ),
        columns=tuple(words.number(period) for period in periods),
        rows=tuple(
            _heat_row(name_cohort(table, each["key"], words, True), each, measure, periods, greatest, words)
            for each in cohorts
        ),
        whole=_heat_row(words.text("cohorts_whole"), whole, measure, periods, greatest, words)
        if table["whole"]
        else None,
        chart=name,
    )


def end_before_few(table: Row, key: str) -> Row:
    """The table with each group's total since the start cut where it would speak of other customers: those
    who began lately are not followed so long. It ends before it first falls as customers leave it, or where
    fewer than half of them are left. A total that falls while all are followed falls by what was paid back,
    and goes on; so does that of cohorts by start, whose customers are followed alike.

    >>> cells = [{"customers": n, "spent": spent} for n, spent in ((9, 5), (9, 4), (8, 6), (7, 5))]
    >>> mixed = {"by_start": False, "cohorts": [{"cells": cells}, {"cells": [*cells[:3], {"customers": 4}]}]}
    >>> [[cell["spent"] for cell in each["cells"]] for each in end_before_few(mixed, "spent")["cohorts"]]
    [[5, 4, 6], [5, 4, 6]]
    """
    if table["by_start"]:
        return {**table}

    def cut(cells: Sequence[Row]) -> Sequence[Row]:
        ends = (
            place
            for place, (before, cell) in enumerate(pairwise(cells), 1)
            if 2 * cell["customers"] < cells[0]["customers"]
            or (cell["customers"] < before["customers"] and cell[key] < before[key])
        )
        return cells[: next(ends, len(cells))]

    return {**table, "cohorts": [{**each, "cells": cut(each["cells"])} for each in table["cohorts"]]}


def _heat_row(
    name: str, cohort: Row, measure: Measure, periods: range, greatest: float, words: Words
) -> HeatRow:
    cells = {cell["period"]: cell for cell in cohort["cells"]}
    squares = []
    for period in periods:
        cell = cells.get(period)
        if cell is None:
            squares.append(Square())
            continue
        value = float(cell[measure.key])
        sure = cell["complete"] and cell["customers"] >= FEW and greatest > 0
        depth = min(max(value, 0.0), greatest) / greatest if sure else 0.0
        said = words.text(
            "cohorts_cell",
            name=name,
            period=period,
            figure=measure.sentence(value),
            customers=cell["customers"],
        )
        squares.append(
            Square(measure.write(value), depth, said, not cell["complete"], cell["customers"] < FEW)
        )
    return HeatRow(name, words.number(cohort["customers"]), tuple(squares))


def _lines(table: Row, measure: Measure, words: Words) -> list[Followed]:
    """All together in ink over each cohort by start, faint; or the biggest groups, each in its colour."""

    def points(name: str, cells: Sequence[Row], least: int) -> list[Point]:
        return [
            Point(
                cell["period"],
                float(cell[measure.key]),
                words.text(
                    "cohorts_cell",
                    name=name,
                    period=cell["period"],
                    figure=measure.sentence(float(cell[measure.key])),
                    customers=cell["customers"],
                ),
            )
            for cell in cells
            if cell["complete"]
            and measure.first <= cell["period"] < measure.first + MOST_COLUMNS
            and cell["customers"] >= least
        ]

    if table["by_start"]:
        whole = words.text("cohorts_whole")
        lines = [
            Followed("", points(name_cohort(table, each["key"], words), each["cells"], FEW), faint=True)
            for each in table["cohorts"][-MOST_ROWS:]
        ]
        return [*lines, Followed(clean(whole, 20), points(whole, table["whole"], 1))]
    groups = [each for each in table["cohorts"] if each["key"] not in ("", "*")]
    biggest = sorted(groups, key=lambda each: -each["customers"])[: len(TONES)]
    lines = []
    for each in groups:
        if each in biggest:
            name = name_cohort(table, each["key"], words)
            own = points(name, each["cells"], FEW)
            lines.append(Followed(clean(name, 20), own, TONES[biggest.index(each)]))
    return [line for line in lines if line.points]
