"""Step 2: variables of one's own, beside the built-in ones."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vitrail.plan.fields import Aggregate, Condition, Spec, Text, Within

Family = Literal[
    "firmographic",
    "demographic",
    "geographic",
    "behavioural",
    "value",
    "needs",
    "technographic",
    "psychographic",
    "account",
    "values",
]


class VariableSpec(Spec):
    """A variable computed from a customer's orders or order lines."""

    family: Family = Field(default="behavioural", description="The kind of variable it is.")
    of: Literal["orders", "order_lines"] = Field(description="The table whose rows it sums up.")
    value: Aggregate = Field(description="An SQL expression over the customer's rows, such as `avg(amount)`.")
    where: Condition | None = Field(
        default=None, description="An SQL condition: the rows that count; all unless given."
    )
    within: Within | None = Field(
        default=None,
        description="Only rows this recent at the as-of date: `365 days`, `12 months`, `2 years`.",
    )
    unit: str | None = Field(
        default=None, description="The unit of the value, shown beside it: `days`, `%`, `items`."
    )
    label: Text | None = Field(
        default=None, description="Its name for people, or one a language: `{en: …, fr: …}`."
    )
