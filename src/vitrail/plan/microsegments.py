"""Where to look for small groups of customers that stand out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vitrail.plan.questions import QuestionSpec


class MicrosegmentsSpec(QuestionSpec):
    """A search for groups of customers, told by one to three conditions, whose KPI stands out."""

    look_for: Literal["higher", "lower", "different"] = Field(
        default="different", description="Groups whose KPI is `higher`, `lower`, or either (`different`)."
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
