"""Step 4: what subscribers are worth, from how long they stay and what they pay a period."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from vitrail.plan.fields import Number, Spec, Text
from vitrail.plan.kpis import Kpi


class ContractValueSpec(Spec):
    """What a subscriber is worth: how long they stay, what they pay a period, what is left of it.

    The column `<name>_remaining` holds the margin still to come of each subscriber, discounted to today.
    """

    method: Literal["contract_value"] = Field(description="`contract_value`.")
    label: Text | None = Field(
        default=None, description="Its name for people, or one a language: `{en: …, fr: …}`."
    )
    duration: str = Field(
        description="The variable that says how many whole periods each customer has been (or was) one, such "
        "as `tenure`."
    )
    left: Kpi = Field(
        description="Who has left for good: an SQL condition over the variables, such as `Churn = 'Yes'`, "
        "or a yes/no variable by its name."
    )
    amount: str | None = Field(
        default=None,
        description="The variable that says what a customer pays a period, such as `MonthlyCharges`; "
        "without it there are lifetimes and no values.",
    )
    margin: Annotated[Number, Field(gt=0, le=1)] = Field(
        default=Decimal(1), description="The share of what they pay that is left: `0.7`; all unless given."
    )
    period: Literal["day", "week", "month", "quarter", "year"] = Field(
        default="month", description="What the duration counts and the amount is paid for."
    )
    discount: Annotated[Number, Field(gt=0, le=1)] = Field(
        default=Decimal("0.1"),
        description="By how much a year makes money less worth, for the values that look ahead: `0.1`.",
    )
