"""What the pictures of groups share: whom they compare, a picture for both widths, the figures behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from vitrail.charts.heatmap import HeatLabel
from vitrail.charts.theme import NARROW, WIDE
from vitrail.reports.run import ReportedRun, SegmentationRow
from vitrail.reports.words import Words, clean

MOST_COMPARED = 12  # segments drawn side by side; the smaller ones are in the figures only

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Compared:
    """Everyone (key None), or one segment with its mark and tone on the page."""

    key: str | None
    name: str
    mark: str = ""
    tone: str | None = None

    @property
    def label(self) -> HeatLabel:
        """Its name in a picture, drawn as its pane."""
        return HeatLabel(self.name, self.mark, self.tone, strong=self.key is None)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn for a wide page and for a phone."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True)
class Table:
    """The figures behind a picture: a title, the heads of its columns, and rows whose first cell names them.

    Args:
        words: how many of the first columns are words, and no figures.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


def list_compared(content: Mapping[str, Any], run: ReportedRun, words: Words) -> list[Compared]:
    """Everyone, then the segments that hold somebody, in the order of the page."""
    own = find_segmentation(content, run)
    everyone = Compared(None, words.text("pictures_everyone"))
    segments = [each for each in own.segments if each.customers] if own else []
    return [
        everyone,
        *(
            Compared(each.key, clean(each.name(words.language), 60), each.mark, each.tone)
            for each in segments
        ),
    ]


def find_segmentation(content: Mapping[str, Any], run: ReportedRun) -> SegmentationRow | None:
    """The segmentation that a picture compares."""
    return next((each for each in run.segmentations if each.key == content["segmentation"]), None)


def draw_both(draw: Callable[[int], str]) -> Picture:
    """A picture for both widths; `draw` takes a width in pixels."""
    return Picture(Markup(draw(WIDE)), Markup(draw(NARROW)))


def by_key(rows: Rows) -> dict[str | None, list[Mapping[str, Any]]]:
    """Rows by their segment."""
    found: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["segment"], []).append(row)
    return found


def tell_interval(low: float | None, high: float | None, words: Words) -> str:
    """An interval of shares, in words."""
    if low is None or high is None:
        return "–"
    return words.text("pictures_interval", low=words.share(low), high=words.share(high))
