"""What segments are set side by side on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vitrail.plan.fields import Identifier, Spec, Text
from vitrail.plan.kpis import Kpi


class MeasureSpec(Spec):
    """A figure of each customer that segments are compared on."""

    kpi: Kpi = Field(
        description="A variable that is a number or a yes/no, or a condition such as `recency_days > 180`; "
        "of a yes/no the share is compared, of a number the mean."
    )
    label: Text | None = Field(default=None, description="Its name for people, or one a language.")


class ComparisonSpec(Spec):
    """Segments side by side; made in every run, with measures of its own unless given."""

    measures: dict[Identifier, MeasureSpec] = Field(
        default_factory=dict,
        description="What segments are compared on; unless given: the value so far, who bought again, the "
        "predictions there are, how many products they took up, who accepts marketing.",
    )
    segmentations: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list, description="The segmentations compared; all unless given."
    )
