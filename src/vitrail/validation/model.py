"""What a validation says of one segment: a verdict a criterion, its figure, its threshold, its reason.

A reason and a change are codes of sentences, filled with the same `figures` when someone reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Verdict = Literal["pass", "weak", "fail", "not_estimable"]
Criterion = Literal["distinct", "measurable", "accessible", "substantial", "actionable"]
CRITERIA: tuple[Criterion, ...] = ("distinct", "measurable", "accessible", "substantial", "actionable")

NEAR = 0.8
"""A figure that misses its threshold but reaches this share of it makes the verdict weak, not a failure."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One criterion of one segment.

    Args:
        verdict: pass, weak, fail or not estimable.
        reason: the code of the sentence that says why.
        change: the code of the sentence that says what would change the verdict.
        figure: what was measured; None where nothing could be.
        threshold: what the figure is held against.
        figures: what both sentences quote.
    """

    verdict: Verdict
    reason: str
    change: str
    figure: float | None = None
    threshold: float | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """A segment with its five judgements.

    Args:
        segmentation, segment: `value` and `champions` of `value.champions`.
        label: its name for people, by language.
        customers: its members; `share`: of all customers.
        value: the revenue they brought; None where revenue is not known.
        judgements: by criterion, all five.
        reach: the share of members that each channel reaches.
        levers: the measures in which its members differ and that an action can follow.
        smallest_gain: the smallest gain in the response rate that an A/B test among them could show.
    """

    segmentation: str
    segment: str
    label: Mapping[str, str]
    customers: int
    share: float
    value: Decimal | None
    judgements: Mapping[Criterion, Judgement]
    reach: Mapping[str, float]
    levers: tuple[str, ...]
    smallest_gain: float | None

    @property
    def reference(self) -> str:
        """`value.champions`."""
        return f"{self.segmentation}.{self.segment}"

    @property
    def failed(self) -> tuple[Criterion, ...]:
        """The criteria it fails, in their order."""
        return tuple(name for name, each in self.judgements.items() if each.verdict == "fail")


def grade(figure: float, threshold: float) -> Verdict:
    """Pass from the threshold on, weak from four fifths of it, else fail.

    >>> grade(0.95, 0.95), grade(0.8, 0.95), grade(0.5, 0.95)
    ('pass', 'weak', 'fail')
    """
    if figure >= threshold:
        return "pass"
    return "weak" if figure >= NEAR * threshold else "fail"


def nobody() -> Judgement:
    """The judgement of a segment without members."""
    return Judgement("not_estimable", "validation_nobody", "validation_nobody_change", figures={})
