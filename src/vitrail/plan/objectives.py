"""Step 1: what the business wants."""

from __future__ import annotations

from pydantic import Field

from vitrail.plan.fields import Day, Spec, Text


class ObjectiveSpec(Spec):
    """A business goal tied to a KPI, with a target and a date."""

    statement: Text = Field(description="The goal in one sentence, or one a language: `{en: …, fr: …}`.")
    kpi: str = Field(
        description="The figure that tells whether the goal is reached, such as `retention_rate`."
    )
    segment: str | None = Field(
        default=None,
        description="The segment it is about, such as `value.at_risk`; the whole base unless given.",
    )
    target: str | None = Field(
        default=None, description="What the figure should become or gain, such as `+10%`."
    )
    due: Day | None = Field(default=None, description="The day by which it should be reached.")
