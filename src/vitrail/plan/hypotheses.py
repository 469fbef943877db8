"""What a plan claims of its customers, to be held against the data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vitrail.plan.fields import Number, RuleCondition, Spec, Text
from vitrail.plan.kpis import Kpi


class HypothesisSpec(Spec):
    """A claim: certain customers differ from others in a KPI."""

    statement: Text = Field(description="The claim in one sentence, or one a language.")
    who: RuleCondition = Field(
        description="The customers it is about: an SQL condition over variables and "
        "`segment('value.champions')`."
    )
    compared_with: RuleCondition | None = Field(
        default=None, description="Those they are compared with: a condition; everybody else unless given."
    )
    kpi: Kpi = Field(
        description="What is compared: a variable that is a number or a yes/no, or a condition such as "
        "`recency_days > 90`."
    )
    expect: Literal["lower", "higher", "different"] = Field(
        default="different", description="What the claim expects of the KPI: `lower`, `higher`, `different`."
    )
    adjust_for: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list,
        description="Variables or segmentations that could explain the difference by themselves: customers "
        "are compared only with others alike in them.",
    )
    matters_from: Annotated[Number, Field(gt=0)] | None = Field(
        default=None,
        description="The smallest difference worth acting on, in the KPI's unit; of a yes/no a share, such "
        "as `0.05` for five points.",
    )
