"""Step 4: ways of cutting the base into segments."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from vitrail.plan.clusters import ClustersSpec
from vitrail.plan.fields import Identifier, Number, Range, RuleCondition, Spec, Text, Truth, fault
from vitrail.plan.names import LIFECYCLE_SEGMENTS, RFM_SEGMENTS
from vitrail.plan.rfm_map import check_coverage

MOST_CUTS = 99


class _Segmentation(Spec):
    label: Text | None = Field(
        default=None, description="Its name for people, or one a language: `{en: …, fr: …}`."
    )


class RfmSegmentSpec(Spec):
    """A segment of an RFM map: the scores it takes on each axis; an axis left out takes them all."""

    r: Range | None = Field(default=None, description="Recency scores, `4` or `4-5`; 5 is the most recent.")
    f: Range | None = Field(default=None, description="Frequency scores.")
    m: Range | None = Field(default=None, description="Monetary scores.")
    otherwise: Truth = Field(
        default=False, description="`true` in the last segment: it takes the cells left."
    )
    label: Text | None = Field(default=None, description="Its name for people, or one a language.")

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if self.otherwise == any((self.r, self.f, self.m)):
            raise fault("plan_rfm_segment")
        return self


class RfmSpec(_Segmentation):
    """Recency, frequency and monetary scores, and a map from scores to segments."""

    method: Literal["rfm"] = Field(description="`rfm`.")
    scores: Annotated[int, Field(ge=3, le=10)] = Field(
        default=5, description="How many scores, 3 to 10, the best being the highest; cut at quantiles."
    )
    recency: Identifier = Field(
        default="recency_days", description="The variable scored as recency; less is better."
    )
    frequency: Identifier = Field(default="order_count", description="The variable scored as frequency.")
    monetary: Identifier = Field(default="total_amount", description="The variable scored as monetary.")
    thresholds: dict[str, Annotated[list[Number], Field(min_length=1, max_length=MOST_CUTS)]] | None = Field(
        default=None,
        description="For a variable, its own increasing cuts instead of quantiles: n cuts give n + 1 scores, "
        "and a value equal to a cut belongs to the higher interval.",
    )
    first_match: Truth = Field(
        default=False, description="`true` lets segments overlap: a customer is in the first that fits."
    )
    segments: Annotated[dict[Identifier, RfmSegmentSpec], Field(min_length=1)] | None = Field(
        default=None,
        description="The map of names; every cell exactly once. Ten segments over R and F unless given.",
    )

    @property
    def axes(self) -> Mapping[str, str]:
        """The variable of each axis."""
        return {"r": self.recency, "f": self.frequency, "m": self.monetary}

    @property
    def levels(self) -> Mapping[str, int]:
        """The number of scores of each axis."""
        cuts = self.thresholds or {}
        return {
            axis: len(cuts[name]) + 1 if name in cuts else self.scores for axis, name in self.axes.items()
        }

    @model_validator(mode="after")
    def _three_variables(self) -> Self:
        if len(set(self.axes.values())) < 3:
            raise fault("plan_rfm_variables")
        return self

    @model_validator(mode="after")
    def _cuts_increase(self) -> Self:
        for variable, cuts in (self.thresholds or {}).items():
            if variable not in self.axes.values():
                options = list(self.axes.values())
                raise fault(
                    "plan_threshold_variable", at=("thresholds", variable), name=variable, options=options
                )
            if any(low >= high for low, high in pairwise(cuts)):
                raise fault("plan_thresholds_order", at=("thresholds", variable), name=variable)
        return self

    @model_validator(mode="after")
    def _map_covers(self) -> Self:
        if self.segments is None:
            return self
        levels, blocks = self.levels, []
        for key, segment in self.segments.items():
            if segment.otherwise:
                if key != list(self.segments)[-1]:
                    raise fault("plan_otherwise_last", at=("segments", key), name=key)
                continue
            spans = {"r": segment.r, "f": segment.f, "m": segment.m}
            for axis, span in spans.items():
                if span and span[1] > levels[axis]:
                    raise fault("plan_score_beyond", at=("segments", key, axis), most=levels[axis])
            blocks.append(spans)
        found = check_coverage(levels, blocks)
        rest = any(segment.otherwise for segment in self.segments.values())
        faults = []
        if found.missing and not rest:
            faults.append(("plan_rfm_missing", {"cells": found.missing, "count": found.missing_count}))
        if found.doubled and not self.first_match:
            faults.append(("plan_rfm_doubled", {"cells": found.doubled, "count": found.doubled_count}))
        if faults:
            raise fault("", at=("segments",), several=faults)
        return self


class AbcSpec(_Segmentation):
    """Classes by cumulative share of a value variable, the greatest customers first."""

    method: Literal["abc"] = Field(description="`abc`.")
    variable: Identifier = Field(
        default="total_amount", description="The value whose cumulative share is cut."
    )
    shares: Annotated[
        dict[Identifier, Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]], Field(min_length=1)
    ] = Field(
        default_factory=lambda: {"a": 0.6, "b": 0.3, "c": 0.1},
        description="Each class and its share of the total, in order; fractions that sum to 1.",
    )

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        total = sum((Decimal(str(share)) for share in self.shares.values()), Decimal(0))
        if abs(total - 1) > Decimal("0.000001"):
            raise fault("plan_shares", at=("shares",), total=str(total))
        return self


class RuleSpec(Spec):
    """A segment by a condition, or the one that takes everybody left."""

    when: RuleCondition | None = Field(
        default=None, description="An SQL condition over variables and `segment('value.champions')`."
    )
    otherwise: Truth = Field(
        default=False, description="`true` in the last segment: it takes everybody left."
    )
    label: Text | None = Field(default=None, description="Its name for people, or one a language.")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.otherwise == (self.when is not None):
            raise fault("plan_rule_shape")
        return self


class RulesSpec(_Segmentation):
    """Segments by conditions: in order, each customer in the first that fits, or overlapping."""

    method: Literal["rules"] = Field(description="`rules`.")
    segments: Annotated[dict[Identifier, RuleSpec], Field(min_length=1)] = Field(
        description="Each segment and its condition; unless they overlap, the last is `{otherwise: true}`."
    )
    overlapping: Truth = Field(
        default=False,
        description="`true` puts a customer in every segment that fits; then there is no `otherwise`.",
    )

    @model_validator(mode="after")
    def _otherwise_last(self) -> Self:
        rest = [key for key, rule in self.segments.items() if rule.otherwise]
        if self.overlapping and rest:
            raise fault("plan_otherwise_overlapping", at=("segments", rest[0]), name=rest[0])
        if not self.overlapping and not rest:
            raise fault("plan_otherwise_missing", at=("segments",))
        if not self.overlapping and rest[0] != list(self.segments)[-1]:
            raise fault("plan_otherwise_last", at=("segments", rest[0]), name=rest[0])
        return self


Days = Annotated[int, Field(ge=1, le=100_000)]


class LifecycleSpec(_Segmentation):
    """New, active, loyal, at risk, dormant, lost, won back; from the base's own rhythm unless given."""

    method: Literal["lifecycle"] = Field(description="`lifecycle`.")
    new_days: Days | None = Field(
        default=None, description="A customer is new until this many days after the first order."
    )
    at_risk_days: Days | None = Field(
        default=None, description="At risk from this many days without an order."
    )
    dormant_days: Days | None = Field(
        default=None, description="Dormant from this many days without an order."
    )
    lost_days: Days | None = Field(default=None, description="Lost from this many days without an order.")
    loyal_orders: Annotated[int, Field(ge=2, le=100_000)] | None = Field(
        default=None, description="An active customer with this many orders or more is loyal."
    )

    @model_validator(mode="after")
    def _days_increase(self) -> Self:
        names = ("new_days", "at_risk_days", "dormant_days", "lost_days")
        given = [(name, getattr(self, name)) for name in names if getattr(self, name) is not None]
        for (before, low), (name, high) in pairwise(given):
            if low >= high:
                raise fault("plan_days_order", at=(name,), name=name, before=before, days=low)
        return self


SegmentationSpec = Annotated[
    RfmSpec | AbcSpec | RulesSpec | LifecycleSpec | ClustersSpec, Field(discriminator="method")
]


def segment_names(segmentation: Any) -> tuple[str, ...] | None:
    """The segments a segmentation will have, from its block in the file; None where that cannot be known:
    the block is spoiled, or its segments are found in the data.

    >>> segment_names({"method": "abc"})
    ('a', 'b', 'c')
    """
    method = segmentation.get("method") if isinstance(segmentation, dict) else None
    if not isinstance(method, str) or method not in _OWN_SEGMENTS:
        return None
    key, defaults = _OWN_SEGMENTS[method]
    given = segmentation.get(key)
    if given is None:
        return defaults
    return tuple(given) if isinstance(given, dict) else None


_OWN_SEGMENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rfm": ("segments", RFM_SEGMENTS),
    "abc": ("shares", ("a", "b", "c")),
    "rules": ("segments", ()),
    "lifecycle": ("segments", LIFECYCLE_SEGMENTS),
}
"""By method, the key under which a plan names its segments, and the segments there are unless it does."""
