"""The vitrail of a report: by revenue and by customers, for a wide page and for a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from vitrail.charts import Pane, Vitrail, render_vitrail
from vitrail.charts.vitrail import MOST_PANES
from vitrail.reports.run import SegmentationRow, SegmentRow
from vitrail.reports.words import Words, clean

FRAMES = {"wide": (760, 530), "narrow": (360, 440)}


@dataclass(frozen=True, slots=True)
class Window:
    """The vitrail by one measure, for a wide and a narrow page; None where nothing has an area."""

    measure: str
    wide: Vitrail
    narrow: Vitrail


def draw_windows(segmentation: SegmentationRow, words: Words) -> tuple[Window, ...]:
    """The vitrail by revenue and by customers; a measure that is zero throughout is left out."""
    windows = []
    for measure in ("revenue", "customers"):
        panes = [_pane(segmentation, segment, measure, words) for segment in segmentation.segments]
        if any(pane.value > 0 for pane in panes):
            title = words.text(f"report_vitrail_by_{measure}")
            rest = _rest(panes, words)
            drawn = {
                name: render_vitrail(panes, title, width, height, rest)
                for name, (width, height) in FRAMES.items()
            }
            windows.append(Window(measure, **drawn))
    return tuple(windows)


def _pane(segmentation: SegmentationRow, segment: SegmentRow, measure: str, words: Words) -> Pane:
    name = clean(segment.name(words.language), 60)
    if measure == "revenue":
        value, share = float(segment.revenue or 0), segment.revenue_share
        said = words.text(
            "report_pane_revenue",
            name=name,
            revenue=segment.revenue or Decimal(0),
            customers=segment.customers,
        )
    else:
        value, share = float(segment.customers), segment.share
        said = words.text("report_pane_customers", name=name, customers=segment.customers)
    figure = words.text("report_pane_share", share=share) if share is not None else ""
    return Pane(
        name,
        segment.mark,
        segment.tone,
        value,
        figure,
        f"{said} {figure}".strip(),
        row_id(segmentation, segment),
    )


def _rest(panes: Sequence[Pane], words: Words) -> Pane:
    small = sorted((pane for pane in panes if pane.value > 0), key=lambda pane: -pane.value)[MOST_PANES - 1 :]
    name = words.text("report_pane_rest", count=len(small))
    return Pane(name, "…", "rest", sum(pane.value for pane in small) or 1.0, "", name)


def row_id(segmentation: SegmentationRow, segment: SegmentRow) -> str:
    """The identifier of a segment's row in the page; made of marks, so that no data is in it."""
    return f"s{segmentation_id(segmentation.key)}-{segment.mark}"


def segmentation_id(key: str) -> str:
    """A segmentation's key as an identifier of the page."""
    return "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in key)
