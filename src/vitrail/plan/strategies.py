"""Step 5: what to do for a segment."""

from __future__ import annotations

from pydantic import Field

from vitrail.plan.fields import Spec, Text


class StrategySpec(Spec):
    """What to do for a segment; its key names the segment, such as `value.at_risk`."""

    goal: Text = Field(
        description="What the strategy is for, such as `win back`, or one a language: `{en: …, fr: …}`."
    )
    actions: list[Text] = Field(
        default_factory=list,
        description="What is done, in order; each for both languages or `{en: …, fr: …}`.",
    )
    channel: str | None = Field(
        default=None, description="How customers are reached: phone, e-mail, letter …"
    )
    success: str | None = Field(default=None, description="The figure that tells whether it worked.")
