"""How segments meet, as the page shows it: a heat map of shared customers, and the commonest combinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from vitrail.charts.theme import NARROW, WIDE
from vitrail.charts.upset import Meeting, MeetingSet, render_upset
from vitrail.reports.analyses.squares import Square
from vitrail.reports.run import ReportedRun, SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

MOST_MEETINGS, MOST_NARROW = 12, 8
MOST_COLUMNS = 24

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Segments against segments: the share of the row's customers who are in the column's segment too.

    `groups` says how many columns each segmentation has.
    """

    title: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[SegmentRow, ...]
    rows: tuple[tuple[SegmentRow, tuple[Square, ...]], ...]


@dataclass(frozen=True, slots=True)
class Together:
    """All that is told of how segments meet; the drawings are whole `<svg>` elements."""

    crossings: tuple[Crossing, ...]
    wide: Markup
    narrow: Markup
    rows: tuple[tuple[str, str, str], ...]


def tell_meeting(overlap: Row, run: ReportedRun, words: Words) -> Together | None:
    """The overlap of all segments; none where there is one partition only."""
    known = {each.key: each for each in run.segmentations}
    order = list(dict.fromkeys(name.partition(".")[0] for name in overlap["segments"]))
    cuts = [known[key] for key in order if key in known]
    crossings = []
    if len(cuts) > 1:
        crossings.append(_cross(overlap, cuts[0], cuts[1:], words))
    crossings += [_cross(overlap, each, [each], words) for each in cuts if not each.partition]
    if not crossings:
        return None
    title = words.text("validation_upset")
    sets, meetings, rows = _meetings(overlap, cuts, words, MOST_MEETINGS)
    few_sets, few, _ = _meetings(overlap, cuts, words, MOST_NARROW)
    return Together(
        tuple(crossings),
        Markup(render_upset(title, sets, meetings, WIDE)) if meetings else Markup(),
        Markup(render_upset(title, few_sets, few, NARROW)) if few else Markup(),
        tuple(rows),
    )


def _cross(overlap: Row, main: SegmentationRow, others: Sequence[SegmentationRow], words: Words) -> Crossing:
    places = {name: at for at, name in enumerate(overlap["segments"])}
    columns: list[tuple[SegmentationRow, SegmentRow]] = []
    for other in others:
        columns += [(other, segment) for segment in other.by_place if f"{other.key}.{segment.key}" in places]
    columns = columns[:MOST_COLUMNS]
    rows = []
    for segment in main.by_place:
        i = places.get(f"{main.key}.{segment.key}")
        if i is not None:
            cells = (_cell(overlap, i, places[f"{o.key}.{s.key}"], segment, s, words) for o, s in columns)
            rows.append((segment, tuple(cells)))
    shown = [other.key for other, _ in columns]
    groups = tuple((clean(o.name(words.language), 60), shown.count(o.key)) for o in others if o.key in shown)
    name = clean(main.name(words.language), 60)
    code = "validation_crossing_self" if list(others) == [main] else "validation_crossing"
    return Crossing(words.text(code, name=name), groups, tuple(s for _, s in columns), tuple(rows))


def _cell(overlap: Row, i: int, j: int, row: SegmentRow, other: SegmentRow, words: Words) -> Square:
    shared, whole = overlap["shared"][i][j], overlap["customers"][i]
    if not whole or i == j:
        return Square()
    share = shared / whole
    said = words.text(
        "validation_shared",
        row=clean(row.name(words.language), 60),
        column=clean(other.name(words.language), 60),
        customers=shared,
        share=share,
        jaccard=overlap["jaccard"][i][j] or 0.0,
    )
    figure = "" if not shared else "<1" if share < 0.005 else words.number(round(100 * share))
    return Square(figure, share, said)


def _meetings(
    overlap: Row, cuts: Sequence[SegmentationRow], words: Words, most: int
) -> tuple[list[MeetingSet], list[Meeting], list[tuple[str, str, str]]]:
    """The commonest combinations, and the segments they are made of, in plan order."""
    whole = sum(each["customers"] for each in overlap["intersections"]) or 1
    shown = overlap["intersections"][:most]
    named = {name for each in shown for name in each["segments"]}
    segments = [
        (f"{cut.key}.{segment.key}", segment, clean(cut.name(words.language), 60))
        for cut in cuts
        for segment in cut.by_place
        if f"{cut.key}.{segment.key}" in named
    ]
    places = {name: at for at, (name, _, _) in enumerate(segments)}
    names = {name: clean(segment.name(words.language), 60) for name, segment, _ in segments}
    sets = [MeetingSet(names[name], segment.mark, segment.tone, group) for name, segment, group in segments]
    meetings, rows = [], []
    for each in shown:
        members = tuple(places[name] for name in each["segments"] if name in places)
        together = " + ".join(names[name] for name in each["segments"] if name in names)
        together = together or words.text("validation_in_none")
        share, figure = each["customers"] / whole, words.number(each["customers"])
        said = words.text("validation_meeting", names=together, customers=each["customers"], share=share)
        meetings.append(Meeting(members, each["customers"], figure, said))
        rows.append((together, figure, words.share(share)))
    return sets, meetings, rows
