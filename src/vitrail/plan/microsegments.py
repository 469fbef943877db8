"""Where to look for small groups of customers that stand out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vitrail.plan.fields import RuleCondition, Spec, Text
from vitrail.plan.kpis import Kpi


class MicrosegmentsSpec(Spec):
    """A search for groups of customers, told by one to three conditions, whose KPI stands out."""

    kpi: Kpi = Field(
        description="What should stand out: a variable that is a number or a yes/no, or a condition such as "
        "`recency_days > 90`."
    )
    label: Text | None = Field(default=None, description="The KPI's name for people, or one a language.")
    look_for: Literal["higher", "lower", "different"] = Field(
        default="different", description="Groups whose KPI is `higher`, `lower`, or either (`different`)."
    )
    among: RuleCondition | None = Field(
        default=None, description="An SQL condition: the customers to look at; all unless given."
    )
    variables: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list,
        description="The variables and segmentations that conditions may be about; unless given, all "
        "variables that fit.",
    )
    leave_out: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list, description="Variables and segmentations that no condition is about."
    )
    most_conditions: Annotated[int, Field(ge=1, le=3)] = Field(
        default=2, description="How many conditions a group may have: 1, 2 or 3."
    )
    least_customers: Annotated[int, Field(ge=10, le=1_000_000_000)] | None = Field(
        default=None,
        description="The smallest group worth naming; 1 % of the customers, and 50 at least, unless given.",
    )
    greatest_share: Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] = Field(
        default=0.25,
        description="The share of the customers above which a group is no longer small: `0.25` is a quarter.",
    )
    most: Annotated[int, Field(ge=1, le=20)] = Field(default=5, description="The most groups named.")
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = Field(
        default=1, description="Decides which half of the customers is searched and which confirms."
    )
