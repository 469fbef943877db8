"""Step 4: segments that the customers themselves suggest."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from vitrail.plan.fields import Identifier, Range, Spec, Text, fault
from vitrail.plan.names import NO_ORDER, UNPLACED

FEWEST_CLUSTERS, MOST_CLUSTERS = 2, 12
_RUN = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


def _follow(value: Any) -> Any:
    if isinstance(value, str) and not _RUN.fullmatch(value):
        raise fault("plan_follow", value=value)
    return value


class ClusterSpec(Spec):
    """Words for a cluster that a run has found."""

    label: Text = Field(description="Its name for people, or one a language.")


class ClustersSpec(Spec):
    """Segments found in the data: their number by stability, and whether they are there at all."""

    method: Literal["clusters"] = Field(description="`clusters`.")
    label: Text | None = Field(
        default=None, description="Its name for people, or one a language: `{en: …, fr: …}`."
    )
    variables: Annotated[list[Identifier], Field(min_length=1, max_length=50)] = Field(
        description="The variables that tell the clusters apart: numbers and yes/no; two to eight serve best."
    )
    count: Range = Field(
        default=(FEWEST_CLUSTERS, MOST_CLUSTERS),
        description="How many clusters: a number of one's own, such as `4`, or the range that the data "
        "choose from, `2-12` unless given.",
    )
    model: Literal["kmeans", "mixtures"] = Field(
        default="kmeans",
        description="`kmeans` (the nearest centre) or `mixtures` (the most probable population, for numbers "
        "and yes/no answers together; needs `pip install vitrail[mixtures]`).",
    )
    scales: dict[Identifier, Literal["auto", "log", "linear"]] = Field(
        default_factory=dict,
        description="For a variable, the scale it is compared on: `log` (ratios count), `linear` "
        "(differences count) or `auto`, log where values lean far to the right.",
    )
    clip: Annotated[float, Field(ge=0, le=0.2, allow_inf_nan=False)] = Field(
        default=0.01, description="The share of values at each end of a variable that count as outliers."
    )
    missing: Literal["apart", "median"] = Field(
        default="apart",
        description="A customer with a missing value: `apart`, in a segment that says so, or `median`, "
        "placed as if the value were the middle one.",
    )
    unlinked: Literal["aside", "keep"] = Field(
        default="aside",
        description="Variables that go with no other: `aside` leaves them out where natural groups show "
        "without them, `keep` uses them all the same.",
    )
    sample: Annotated[int, Field(ge=500, le=200_000)] = Field(
        default=10_000, description="The most customers the clusters are fitted on; all are then placed."
    )
    seed: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=1, description="The number that chooses the sample and every draw; the same gives the same."
    )
    follow: Annotated[str, BeforeValidator(_follow)] = Field(
        default="latest",
        description="The run whose names are kept where its clusters are found again: `latest`, `none`, or "
        "the id of a run.",
    )
    segments: dict[Identifier, ClusterSpec] = Field(
        default_factory=dict, description="Names of one's own for clusters, by the key a run gave them."
    )

    @property
    def counts(self) -> range:
        """The numbers of clusters to look at."""
        return range(self.count[0], self.count[1] + 1)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not FEWEST_CLUSTERS <= self.count[0] <= self.count[1] <= MOST_CLUSTERS:
            raise fault("plan_cluster_count", at=("count",), low=FEWEST_CLUSTERS, high=MOST_CLUSTERS)
        doubled = sorted({name for name in self.variables if self.variables.count(name) > 1})
        if doubled:
            raise fault("plan_cluster_variable_twice", at=("variables",), name=doubled[0])
        for name in self.scales:
            if name not in self.variables:
                raise fault(
                    "plan_cluster_scale", at=("scales", name), name=name, options=list(self.variables)
                )
        for name in self.segments:
            if name in (NO_ORDER, UNPLACED):
                raise fault("plan_cluster_name", at=("segments", name), name=name)
        return self
