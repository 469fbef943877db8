"""The RFM map: which scores make which segment.

The default map names the 25 cells of recency × frequency. On another grid each score is placed on the scale
of five by its position, `1 + round((score - 1) * 4 / (scores - 1))` with halves upwards, so that 1 stays 1
and the best stays 5; a cell of the grid is in the segment of the one cell it lands on. A segment that no
cell lands on does not exist on that grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from vitrail.engine import column, sql

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cells:
    """The scores of a segment: lowest and highest by axis (`r`, `f`, `m`); an axis left out takes all.

    `Cells({})` takes everybody.
    """

    spans: Mapping[str, Span]

    def condition(self, scores: Mapping[str, exp.Expr], levels: Mapping[str, int]) -> exp.Expr:
        """The spans as a condition over score columns; what every score meets is left out."""
        parts = []
        for axis, (low, high) in self.spans.items():
            score = scores[axis]
            if low == high:
                parts.append(sql("$score = $low", score=score, low=low))
            elif low == 1 and high < levels[axis]:
                parts.append(sql("$score <= $high", score=score, high=high))
            elif high == levels[axis] and low > 1:
                parts.append(sql("$score >= $low", score=score, low=low))
            elif low > 1:
                parts.append(sql("$score between $low and $high", score=score, low=low, high=high))
        return exp.and_(*parts) if parts else exp.true()

    def written(self) -> str:
        """The spans as people write them, such as `R 4–5, F 2–3`."""
        return ", ".join(
            f"{axis.upper()} {low}" if low == high else f"{axis.upper()} {low}–{high}"
            for axis, (low, high) in self.spans.items()
        )


def _cells(recency: Span, frequency: Span) -> Cells:
    return Cells({"r": recency, "f": frequency})


DEFAULT_MAP: Mapping[str, Cells] = MappingProxyType(
    {
        "champions": _cells((5, 5), (4, 5)),
        "loyal": _cells((3, 4), (4, 5)),
        "potential_loyalists": _cells((4, 5), (2, 3)),
        "new": _cells((5, 5), (1, 1)),
        "promising": _cells((4, 4), (1, 1)),
        "need_attention": _cells((3, 3), (3, 3)),
        "about_to_sleep": _cells((3, 3), (1, 2)),
        "at_risk": _cells((1, 2), (3, 4)),
        "cant_lose": _cells((1, 2), (5, 5)),
        "hibernating": _cells((1, 2), (1, 2)),
    }
)


def scale_map(levels: Mapping[str, int]) -> dict[str, Cells]:
    """The default map on a grid of `levels` recency and frequency scores.

    >>> scale_map({"r": 2, "f": 2})["champions"].written()
    'R 2, F 2'
    """
    scaled = {
        key: {axis: _scale_span(span, levels[axis]) for axis, span in cells.spans.items()}
        for key, cells in DEFAULT_MAP.items()
    }
    return {
        key: Cells({axis: span for axis, span in spans.items() if span})
        for key, spans in scaled.items()
        if all(spans.values())
    }


def place_score(score: int, levels: int) -> int:
    """Where a score of a scale of `levels` (2 or more) stands on the scale of five.

    >>> [place_score(score, 3) for score in (1, 2, 3)], [place_score(score, 10) for score in (2, 9, 10)]
    ([1, 3, 5], [1, 5, 5])
    """
    return 1 + (8 * (score - 1) + levels - 1) // (2 * (levels - 1))


def _scale_span(span: Span, levels: int) -> Span | None:
    inside = [score for score in range(1, levels + 1) if span[0] <= place_score(score, levels) <= span[1]]
    return (inside[0], inside[-1]) if inside else None


def map_expression(
    case: exp.Case, cells: Mapping[str, Cells], scores: Mapping[str, str], levels: Mapping[str, int]
) -> exp.Case:
    """The segment's key by score columns: the first that takes the customer, the last one takes the rest.

    Args:
        case: what goes before the map: those without scores.
        cells: segment key → its scores; together they cover the grid.
        scores: axis → score column.
        levels: axis → number of scores.
    """
    columns: dict[str, exp.Expr] = {axis: column(name) for axis, name in scores.items()}
    *first, last = cells
    for key in first:
        case = case.when(cells[key].condition(columns, levels), exp.Literal.string(key), copy=False)
    return case.else_(exp.Literal.string(last), copy=False)
