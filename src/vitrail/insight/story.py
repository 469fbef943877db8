"""Who the customers are, in five sentences, each made of figures.

A sentence is a finding: its words are in `sentences/report.toml`, where `**` marks what a reader should see
first. A sentence that the data cannot carry is not told; another one takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from vitrail.findings import Finding
from vitrail.i18n import Language, text
from vitrail.i18n.formats import country
from vitrail.insight.base import BaseFigures, Country

QUIET_TONES = ("critical", "at_risk")
ASLEEP_TONES = ("asleep", "sleepy", "dormant", "lost")
SENTENCES = 5
FAR_LESS = 0.75  # a share of revenue so far below the share of customers is "only" that


class StorySegment(Protocol):
    """What the story needs to know of a segment."""

    @property
    def tone(self) -> str: ...
    @property
    def customers(self) -> int: ...
    @property
    def share(self) -> float | None: ...
    @property
    def revenue(self) -> Decimal | None: ...
    @property
    def revenue_share(self) -> float | None: ...
    def name(self, language: Language) -> str: ...


def tell_story(
    base: BaseFigures,
    segments: Sequence[StorySegment],
    language: Language,
    currency: str | None = None,
    shortest_silence: int | None = None,
    top_fifth: float | None = None,
    countries: Sequence[Country] = (),
    regular: bool = True,
) -> tuple[Finding, ...]:
    """The five sentences that say most, in reading order; fewer where the data says less.

    Args:
        segments: those of one partition; empty where there is none.
        shortest_silence: the fewest days since an order among the segments about to be lost.
        top_fifth: the share of revenue that the best 20 % of buyers bring.
        regular: whether those about to be lost are so by having bought often, as in an RFM.
    """
    told: list[Finding] = []

    def tell(code: str, **figures: Any) -> None:
        told.append(Finding(code, "info", figures={**figures, "currency": currency}))

    if not base.customers:
        return ()
    if not base.has_orders:
        tell("story_register_alone", customers=base.customers)
        return tuple(told)
    if base.revenue <= 0:
        code = "story_no_revenue" if not base.revenue else "story_negative_revenue"
        tell(code, customers=base.customers, revenue=base.revenue)
    _tell_segments(tell, base, segments, language, shortest_silence, regular)
    if base.buyers == 1 and base.median_recency_days is not None:
        tell("story_one_buyer", amount=base.revenue, days=round(base.median_recency_days))
        return tuple(told)
    if base.buyers > 1:
        _tell_repeats(tell, base)
    if top_fifth is not None and base.buyers >= 10 and base.revenue > 0:
        tell("story_top_fifth", share=top_fifth)
    if len(countries) > 1 and countries[0].name and base.revenue > 0 and countries[0].revenue > 0:
        tell(
            "story_country",
            name=country(countries[0].name, language),
            share=countries[0].revenue / base.revenue,
        )
    if base.buyers and base.revenue > 0:
        tell("story_average", amount=base.revenue / base.buyers, buyers=base.buyers)
    if base.median_recency_days is not None:
        tell("story_recency", days=round(base.median_recency_days), buyers=base.buyers)
    if base.customers > base.buyers:
        tell("story_no_order", customers=base.customers - base.buyers)
    return tuple(told[:SENTENCES])


def _tell_segments(
    tell: Callable[..., None],
    base: BaseFigures,
    segments: Sequence[StorySegment],
    language: Language,
    shortest_silence: int | None,
    regular: bool,
) -> None:
    """Of those that bring more than their size the one that brings most, of the others the emptiest; then
    those about to be lost."""
    filled = [
        segment for segment in segments if segment.customers and segment.share and (segment.revenue or 0) > 0
    ]
    if len(filled) < 2 or base.revenue <= 0:
        return
    richer = [segment for segment in filled if (segment.revenue_share or 0) > (segment.share or 0)]
    poorer = [segment for segment in filled if (segment.revenue_share or 0) < (segment.share or 0)]
    best = max(richer, key=lambda segment: segment.revenue or 0, default=None)
    if best is not None:
        words = _words(best, language)
        tell("story_best_one_in" if _is_one_in(best.share or 0) else "story_best", **words)
    asleep = [segment for segment in poorer if segment.tone in ASLEEP_TONES]
    weak = max(asleep, key=lambda segment: segment.customers) if asleep else _weakest(poorer)
    if weak is not None:
        little = (weak.revenue_share or 0) < FAR_LESS * (weak.share or 0)
        hibernating = weak.name(language) == text("segment_hibernating", language) and weak.customers > 1
        tell("story_weak_hibernating" if hibernating and little else "story_weak", **_words(weak, language))
    quiet = [segment for segment in filled if segment.tone in QUIET_TONES and segment not in (best, weak)]
    if quiet:
        known = "story_quiet" if regular else "story_silent"
        tell(
            known if shortest_silence else f"{known}_undated",
            customers=sum(segment.customers for segment in quiet),
            names=[segment.name(language) for segment in quiet],
            revenue=sum((segment.revenue or Decimal(0) for segment in quiet), Decimal(0)),
            days=shortest_silence,
        )


def _tell_repeats(tell: Callable[..., None], base: BaseFigures) -> None:
    if base.one_time == base.buyers:
        tell("story_all_one_time", buyers=base.buyers)
    elif not base.one_time:
        tell("story_all_again", buyers=base.buyers)
    else:
        share = base.one_time / base.buyers
        tell("story_one_time", one_time=base.one_time, share=share, buyers=base.buyers)


def _weakest(segments: Sequence[StorySegment]) -> StorySegment | None:
    """The segment whose revenue falls furthest short of its size."""
    return max(segments, key=lambda each: (each.share or 0.0) - (each.revenue_share or 0.0), default=None)


def _is_one_in(share: float) -> bool:
    """Whether "one in n" says a share well: from one in two to one in twelve, and within a twentieth."""
    return 0.08 <= share <= 0.51 and abs(1 / share - one_in(share)) <= 0.05 / share


def _words(segment: StorySegment, language: Language) -> Mapping[str, Any]:
    return {
        "name": segment.name(language),
        "customers": segment.customers,
        "share": segment.share,
        "revenue_share": segment.revenue_share or 0.0,
        "part": one_in(segment.share or 0.0),
    }


def one_in(share: float) -> int:
    """The n of "one in n" that a share comes closest to; 1 for a half and more.

    >>> one_in(0.139), one_in(0.5), one_in(0.9)
    (7, 2, 1)
    """
    return max(1, round(1 / share)) if share > 0 else 1
