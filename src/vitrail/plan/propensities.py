"""Step 4: how likely each customer is to do something within a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from vitrail.plan.fields import Condition, Spec, Text, Within, fault, parse_within

Target = Literal["churn", "next_purchase", "conversion", "upsell", "new_category", "product"]


class PropensitySpec(Spec):
    """How likely each customer is to do something within a time, as a column `p_<name>_90d` for 90 days.

    Learned from an earlier window, tested on the next one and compared with recency alone; where it tells no
    better, the column is not made. Variables are read over as long a time as there was to learn from; of
    those who ever ordered, only who did in that time has a probability.
    """

    method: Literal["propensity"] = Field(description="`propensity`.")
    label: Text | None = Field(
        default=None, description="Its name for people, or one a language: `{en: …, fr: …}`."
    )
    target: Target = Field(
        description="What may happen within the time: `churn` (no order, of customers who ordered within as "
        "long before), `next_purchase` (an order), `conversion` (the first order of somebody signed up), "
        "`upsell` (spends more than in as long before), `new_category` (buys from a category for the first "
        "time), `product` (buys what `product` says for the first time)."
    )
    within: Within = Field(description="How far ahead: `90 days`, `12 weeks`, `3 months`.")
    product: Condition | None = Field(
        default=None,
        description="For `product`: an SQL condition over order lines, such as `category = 'Coffee'`.",
    )
    bought: Condition | None = Field(
        default=None,
        description="For `product`: only those who bought this before, an SQL condition over order lines.",
    )
    among: Condition | None = Field(
        default=None,
        description="An SQL condition over the variables, read over that time: the customers it is asked "
        "of, such as `order_count >= 2`; all whom the target allows unless given.",
    )
    features: Annotated[list[str], Field(min_length=1)] | None = Field(
        default=None,
        description="The variables to learn from. Unless given, all the built-in ones and the plan's own; "
        "columns of the customers' file that Vitrail does not know are used only where named here, since "
        "nobody knows when they were written.",
    )
    model: Literal["auto", "logistic", "trees"] = Field(
        default="auto",
        description="`logistic` (weights, said as SQL), `trees` (gradient boosting), or `auto`: trees only "
        "where they tell clearly better on customers kept aside.",
    )

    @model_validator(mode="after")
    def _product_has_its_own_keys(self) -> Self:
        if self.target == "product" and self.product is None:
            raise fault("plan_propensity_product", at=("target",))
        if self.target != "product":
            for key in ("product", "bought"):
                if getattr(self, key) is not None:
                    raise fault("plan_propensity_no_product", at=(key,), key=key)
        return self


def name_propensity(key: str, prediction: Mapping[str, Any]) -> tuple[str, ...]:
    """The column of a propensity, from its block in the file.

    >>> name_propensity("churn", {"within": "90 days"}), name_propensity("second", {"within": "3 months"})
    (('p_churn_90d',), ('p_second_3m',))
    """
    within = prediction.get("within")
    span = parse_within(within) if isinstance(within, str) else None
    return (f"p_{key}_{span[0]}{span[1][0]}",) if span else ()
