"""What every question about a KPI says: the KPI, the customers looked at, the variables that may answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vitrail.plan.fields import RuleCondition, Spec, Text
from vitrail.plan.kpis import Kpi

Column = Annotated[str, Field(min_length=1)]


class QuestionSpec(Spec):
    """A question about a KPI, asked of the variables of the profile."""

    kpi: Kpi = Field(
        description="What customers are told apart by: a variable that is a number or a yes/no, or a "
        "condition: `recency_days > 180` (gone quiet), `order_count > 1` (bought again), `total_amount` "
        "(value so far)."
    )
    label: Text | None = Field(default=None, description="The KPI's name for people, or one a language.")
    among: RuleCondition | None = Field(
        default=None, description="An SQL condition: the customers to look at; all unless given."
    )
    variables: list[Column] = Field(
        default_factory=list,
        description="The variables and segmentations to look among; unless given, all that fit.",
    )
    leave_out: list[Column] = Field(
        default_factory=list, description="Variables and segmentations that are not looked at."
    )
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = Field(
        default=1,
        description="Decides by lot which customers the answer is found on, and which it is tried on.",
    )
