"""Step 4: groups of customers followed over time."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vitrail.plan.fields import Condition, Spec, Text, fault
from vitrail.plan.kpis import Kpi

START_GROUPS = ("first_order", "signup")
"""What groups customers by the period in which they began."""


class CohortSurvivalSpec(Spec):
    """How long customers stayed before they left for good, where the customers' file knows it."""

    duration: str = Field(
        description="The variable that says how long each customer has been (or was) one, such as `tenure`."
    )
    left: Kpi = Field(
        description="An SQL condition over the variables: the customer has left for good, such as "
        "`Churn = 'Yes'`, or a yes/no variable by its name. The others are still customers after that time."
    )
    unit: Literal["days", "weeks", "months", "years"] = Field(
        default="months", description="What the duration counts: `days`, `weeks`, `months` or `years`."
    )


class CohortSpec(Spec):
    """Groups of customers followed period by period: who comes back, what they spend, what they take up."""

    by: str = Field(
        default="first_order",
        description="What makes the groups: `first_order` or `signup` (the period in which each customer "
        "began), or any variable or segmentation, such as `acquisition_channel`.",
    )
    period: Literal["auto", "week", "month", "quarter"] = Field(
        default="auto",
        description="`week`, `month` or `quarter`; `auto` takes weeks where the orders cover up to 17 weeks, "
        "months up to 24 months, quarters beyond.",
    )
    since: Literal["first_order", "signup"] = Field(
        default="first_order",
        description="From when customers are followed, where `by` is a variable or a segmentation.",
    )
    where: Condition | None = Field(
        default=None, description="An SQL condition over the variables: the customers followed; all else."
    )
    adopted: Condition | None = Field(
        default=None,
        description="An SQL condition over order lines, such as `category = 'Bikes'`: the share of customers "
        "who have bought so by each period is followed too.",
    )
    adopted_label: Text | None = Field(
        default=None, description="What `adopted` means for people, such as `a bike`, or one a language."
    )
    at: Annotated[int, Field(ge=1, le=520)] | None = Field(
        default=None,
        description="The period at which groups are compared, 1 being the first after the one they began in; "
        "unless given, 3 months (4 weeks, 2 quarters) for groups by start, twice that for others (12 weeks), "
        "or the latest period that enough customers have lived through. With `survival`, the time compared.",
    )
    survival: CohortSurvivalSpec | None = Field(
        default=None,
        description="Follow how long customers stay instead of what they order: subscriptions, contracts.",
    )
    label: Text | None = Field(
        default=None, description="Its name for people, or one a language: `{en: …, fr: …}`."
    )

    @model_validator(mode="after")
    def _survival_stands_alone(self) -> Self:
        if self.survival is None:
            return self
        for key in ("adopted", "adopted_label"):
            if getattr(self, key) is not None:
                raise fault("plan_cohort_survival", at=(key,), key=key)
        if self.by in START_GROUPS and "by" in self.model_fields_set:
            raise fault("plan_cohort_survival", at=("by",), key="by")
        return self
