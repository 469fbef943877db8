"""All that a validation found, as a table and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from vitrail import i18n
from vitrail.i18n import Language
from vitrail.validation.comparing import Comparison
from vitrail.validation.coverage import Coverage
from vitrail.validation.cuts import Cut
from vitrail.validation.measures import Measure
from vitrail.validation.merging import Crowding
from vitrail.validation.model import Card
from vitrail.validation.obsolete import Obsolete
from vitrail.validation.overlap import Overlap

JUDGED = pa.schema(
    [
        ("segmentation", pa.string()),
        ("segment", pa.string()),
        ("criterion", pa.string()),
        ("verdict", pa.string()),
        ("figure", pa.float64()),
        ("threshold", pa.float64()),
        ("customers", pa.int64()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("change", pa.string()),
    ]
)
COMPARED = pa.schema(
    [
        ("segmentation", pa.string()),
        ("segment", pa.string()),
        ("measure", pa.string()),
        ("role", pa.string()),
        ("members", pa.int64()),
        ("others", pa.int64()),
        ("mean", pa.float64()),
        ("mean_others", pa.float64()),
        ("effect", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p", pa.float64()),
        ("p_within", pa.float64()),
        ("p_adjusted", pa.float64()),
    ]
)


@dataclass(frozen=True, slots=True, repr=False)
class ValidationResult:
    """The verdicts on every segment, and on each segmentation as a whole.

    Args:
        cards: one a segment, in plan order.
        comparisons: every segment on every measure.
        measures: what was compared.
        overlap: how the segments meet.
        coverage: of each segmentation, then of all.
        crowding: too many segments, and merges.
        obsolete: what the run before said otherwise.
        cuts: what was judged.
        thresholds: what the figures were held against.
        language, currency: of the sentences in the table.
    """

    cards: tuple[Card, ...]
    comparisons: tuple[Comparison, ...]
    measures: tuple[Measure, ...]
    overlap: Overlap
    coverage: tuple[Coverage, ...]
    crowding: tuple[Crowding, ...]
    obsolete: tuple[Obsolete, ...]
    cuts: tuple[Cut, ...]
    thresholds: Mapping[str, Any]
    language: Language = "en"
    currency: str | None = None

    def card(self, reference: str) -> Card:
        """The card of a segment such as `value.champions`.

        Raises:
            KeyError: there is no such segment.
        """
        return {each.reference: each for each in self.cards}[reference]

    def to_arrow(self) -> pa.Table:
        """One row a segment and criterion, in plan order, with its reason and what would change it."""
        rows = [
            {
                "segmentation": card.segmentation,
                "segment": card.segment,
                "criterion": criterion,
                "verdict": each.verdict,
                "figure": each.figure,
                "threshold": each.threshold,
                "customers": card.customers,
                "code": each.reason,
                "reason": self._say(each.reason, each.figures),
                "change": self._say(each.change, each.figures),
            }
            for card in self.cards
            for criterion, each in card.judgements.items()
        ]
        return pa.Table.from_pylist(rows, schema=JUDGED)

    def _say(self, code: str, figures: Mapping[str, Any]) -> str:
        return i18n.text(code, self.language, **{**figures, "currency": self.currency})

    def compared(self) -> pa.Table:
        """One row a segment and measure: the effect with its interval and its p-values."""
        return pa.Table.from_pylist([_compared(each) for each in self.comparisons], schema=COMPARED)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "thresholds": _plain(self.thresholds),
            "segmentations": [
                {"key": each.key, "label": dict(each.label), "partition": each.partition}
                for each in self.cuts
            ],
            "cards": [_card(each) for each in self.cards],
            "measures": [
                {
                    "key": each.key,
                    "label": dict(each.label),
                    "kind": each.kind,
                    "unit": each.unit,
                    "variables": list(each.variables),
                }
                for each in self.measures
            ],
            "comparisons": [
                _compared(each) | {"because": list(each.part.because), "correlation": each.part.correlation}
                for each in self.comparisons
            ],
            "overlap": {
                "segments": list(self.overlap.segments),
                "customers": list(self.overlap.customers),
                "shared": [list(row) for row in self.overlap.shared],
                "jaccard": [list(row) for row in self.overlap.jaccard],
                "intersections": [
                    {"segments": list(names), "customers": customers}
                    for names, customers in self.overlap.intersections
                ],
            },
            "coverage": [
                {
                    "segmentation": each.segmentation,
                    "customers": each.customers,
                    "nowhere": each.nowhere,
                    "only_rest": each.only_rest,
                    "share": each.share,
                }
                for each in self.coverage
            ],
            "crowding": [
                {
                    "segmentation": each.segmentation,
                    "segments": each.segments,
                    "fewest": each.fewest,
                    "most": each.most,
                    "merges": [
                        {
                            "one": list(merge.one),
                            "other": list(merge.other),
                            "lost": merge.lost,
                            "lost_in_all": merge.lost_in_all,
                            "measure": merge.measure,
                            "left": merge.left,
                        }
                        for merge in each.merges
                    ],
                }
                for each in self.crowding
            ],
            "obsolete": [
                {
                    "segmentation": each.segmentation,
                    "segment": each.segment,
                    "change": each.change,
                    "figures": _plain(each.figures),
                }
                for each in self.obsolete
            ],
        }

    def __repr__(self) -> str:
        failed = sum(bool(card.failed) for card in self.cards)
        return f"{len(self.cards)} segments judged, {failed} fail a criterion"


def _card(card: Card) -> dict[str, Any]:
    return {
        "segmentation": card.segmentation,
        "segment": card.segment,
        "label": dict(card.label),
        "customers": card.customers,
        "share": card.share,
        "value": _plain(card.value),
        "criteria": {
            name: {
                "verdict": each.verdict,
                "figure": each.figure,
                "threshold": each.threshold,
                "reason": each.reason,
                "change": each.change,
                "figures": _plain(each.figures),
            }
            for name, each in card.judgements.items()
        },
        "reach": dict(card.reach),
        "levers": list(card.levers),
        "smallest_gain": card.smallest_gain,
    }


def _compared(each: Comparison) -> dict[str, Any]:
    effect = each.effect
    return {
        "segmentation": each.segmentation,
        "segment": each.segment,
        "measure": each.measure,
        "role": each.part.role,
        "members": each.members,
        "others": each.others,
        "mean": each.mean,
        "mean_others": each.mean_others,
        "effect": effect.value if effect else None,
        "low": effect.low if effect else None,
        "high": effect.high if effect else None,
        "p": effect.p if effect else None,
        "p_within": each.p_within,
        "p_adjusted": each.p_adjusted,
    }


def _plain(value: Any) -> Any:
    """A value as JSON knows it: an exact decimal as a number."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
