"""Step 4: what customers are likely to do next, as columns of the profile that segments may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from vitrail.plan.contracts import ContractValueSpec
from vitrail.plan.fields import Spec, Text
from vitrail.plan.propensities import PropensitySpec, name_propensity

LONGEST_DAYS = 3650
HORIZON_DAYS = 365


class LifetimeValueSpec(Spec):
    """Orders and spend to come of customers who leave without saying so, by a model of repeat buying."""

    method: Literal["lifetime_value"] = Field(description="`lifetime_value`.")
    label: Text | None = Field(
        default=None, description="Its name for people, or one a language: `{en: …, fr: …}`."
    )
    model: Literal["auto", "bg_nbd", "mbg_nbd", "pareto_nbd", "nbd"] = Field(
        default="auto",
        description="The model of repeat buying: `bg_nbd` (a customer may leave after any repeat order; of "
        "those without one it cannot tell), `mbg_nbd` (after any order), `pareto_nbd` (at any moment) or "
        "`nbd` (nobody leaves); `auto` fits the first three and keeps the likeliest.",
    )
    horizon_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = Field(
        default=HORIZON_DAYS,
        description="How far ahead, in days; the columns are `p_alive`, `expected_orders_365d` and "
        "`expected_amount_365d` for 365.",
    )
    holdout_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] | None = Field(
        default=None,
        description="The last days that the check keeps aside: the model is fitted without them and compared "
        "with what happened in them. A third of the days observed unless given.",
    )


PredictionSpec = Annotated[
    LifetimeValueSpec | PropensitySpec | ContractValueSpec, Field(discriminator="method")
]


def prediction_columns(key: str, prediction: Any) -> tuple[str, ...]:
    """The columns a prediction adds to the profile, from its block in the file; none where that is spoiled.

    >>> prediction_columns("value", {"method": "lifetime_value", "horizon_days": "90"})
    ('p_alive', 'expected_orders_90d', 'expected_amount_90d')
    """
    method = prediction.get("method") if isinstance(prediction, Mapping) else None
    named = _COLUMNS.get(method) if isinstance(method, str) else None
    return named(key, prediction) if named else ()


def _name_lifetime_value(key: str, prediction: Mapping[str, Any]) -> tuple[str, ...]:
    days = prediction.get("horizon_days", HORIZON_DAYS)
    return ("p_alive", f"expected_orders_{days}d", f"expected_amount_{days}d")


_COLUMNS: Mapping[str, Callable[[str, Mapping[str, Any]], tuple[str, ...]]] = {
    "lifetime_value": _name_lifetime_value,
    "propensity": name_propensity,
    "contract_value": lambda key, prediction: (f"{key}_remaining",),
}
"""By method, the columns of a prediction from its key and block."""
