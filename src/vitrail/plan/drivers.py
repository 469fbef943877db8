"""What a plan wants explained: which variables tell its customers apart by a KPI."""

from __future__ import annotations

from pydantic import Field

from vitrail.plan.questions import Column, QuestionSpec


class DriversSpec(QuestionSpec):
    """A KPI, and the variables among which to look for those that matter for it."""

    variables: list[Column] = Field(
        default_factory=list,
        description="The variables and segmentations to compare; all variables of the profile but "
        "predictions unless given. One that separates suspiciously well (in nine pairs of customers of ten) "
        "is recommended only if it is listed here.",
    )
