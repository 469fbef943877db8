"""Step 4: when a segment is worth acting on; every run judges its segments, this sets the thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field
from sqlglot import exp

from vitrail.plan.expressions import read_condition
from vitrail.plan.fields import Condition, Identifier, Number, Range, Spec
from vitrail.plan.kpis import Kpi, read_kpi

Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
GUIDELINES = {"small": (3, 5), "large": (6, 8)}
"""How many segments a team can care for: the fewest and the most."""


class ValidationSpec(Spec):
    """The five criteria: distinct, measurable, accessible, substantial, actionable."""

    kpis: Annotated[list[Kpi], Field(min_length=1)] | None = Field(
        default=None,
        description="What segments are compared on: columns of the profile, or conditions such as "
        "`country = 'France'`. Every number and yes/no of the profile, and its usual channels, categories "
        "and countries, unless given. What formed a segment, or says the same, is left out in any case.",
    )
    alpha: Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] = Field(
        default=0.05, description="The share of false claims allowed among all differences claimed."
    )
    least_effect: Annotated[float, Field(gt=0.5, lt=1, allow_inf_nan=False)] = Field(
        default=0.56,
        description="The least difference that matters: how often a member has more (or less) than another "
        "customer; 0.5 is no difference, 0.56 a small one, 0.64 a medium, 0.71 a large one.",
    )
    measurable: Share = Field(
        default=0.95, description="The share of members whose defining variables must be there, fresh, valid."
    )
    fresh_days: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=35, description="Data that stop more days than this before the as-of date are not fresh."
    )
    accessible: Share = Field(
        default=0.5, description="The share of members that a channel must be able to reach."
    )
    channels: dict[Identifier, Condition] = Field(
        default_factory=dict,
        description="Each channel and the condition under which it reaches a customer, such as "
        "`email: email is not null`. Unless given: the e-mail, telephone and address of the customers' file, "
        "and for e-mail its agreement to marketing.",
    )
    minimum_customers: Annotated[int, Field(ge=1)] = Field(
        default=50, description="The fewest customers that make a segment worth an action of its own."
    )
    minimum_value: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="The least revenue of a segment, in the plan's currency; any unless given."
    )
    response_rate: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = Field(
        default=0.1,
        description="The share of customers expected to respond without the action, for the size of a test.",
    )
    test_gain: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = Field(
        default=0.1,
        description="The gain in that share which an A/B test inside the segment must be able to show, with "
        "80 % power.",
    )
    team: Literal["small", "large"] = Field(
        default="small", description="The team that cares for the segments: 3 to 5 if small, 6 to 8 if large."
    )
    segments: Range | None = Field(
        default=None, description="How many segments a segmentation should have, such as `4-6`; by the team."
    )

    @property
    def guideline(self) -> tuple[int, int]:
        """The fewest and the most segments that the team can care for."""
        return self.segments or GUIDELINES[self.team]

    def names(self) -> Iterator[tuple[str, exp.Expr]]:
        """What names columns of the profile: its path in the block, and the tree."""
        for number, kpi in enumerate(self.kpis or ()):
            yield f"kpis.{number}", read_kpi(kpi)
        for key, condition in self.channels.items():
            yield f"channels.{key}", read_condition(condition)
