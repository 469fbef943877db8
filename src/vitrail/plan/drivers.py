"""What a plan wants explained: which variables tell its customers apart by a KPI."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vitrail.plan.fields import RuleCondition, Spec, Text
from vitrail.plan.kpis import Kpi


class DriversSpec(Spec):
    """A KPI, and the variables among which to look for those that matter for it."""

    kpi: Kpi = Field(
        description="What customers are told apart by: a variable that is a number or a yes/no, or a "
        "condition: `recency_days > 180` (gone quiet), `order_count > 1` (bought again), `total_amount` "
        "(value so far)."
    )
    label: Text | None = Field(default=None, description="The KPI's name for people, or one a language.")
    among: RuleCondition | None = Field(
        default=None, description="An SQL condition: the customers to look at; all unless given."
    )
    variables: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list,
        description="The variables and segmentations to compare; all variables of the profile but "
        "predictions unless given. One that separates suspiciously well (in nine pairs of customers of ten) "
        "is recommended only if it is listed here.",
    )
    leave_out: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list, description="Variables that are not compared."
    )
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] = Field(
        default=1, description="Decides which customers are set against which, out of sample."
    )
