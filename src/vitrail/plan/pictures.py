"""What the report shows of whole groups: what they buy, journeys, seasons, who and where they are.

Every picture appears by itself where the data carry it; this block tunes them, or leaves some out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from sqlglot import exp

from vitrail.plan.fields import Identifier, Spec, Within, fault

BASKET = "basket"
"""The step of a journey that is no column: how big the order was."""

Picture = Literal["portfolio", "journeys", "seasonality", "ages", "regions"]


class PortfolioSpec(Spec):
    """Who buys what: the share of each segment that ever bought each category or product."""

    of: str | None = Field(
        default=None,
        description="The column of order lines that names what is bought: `category`, `product_id`, or one "
        "of your own such as a service. Categories if there are several, else products, unless given.",
    )
    within: Within | None = Field(
        default=None, description="Only purchases this recent, such as `365 days`; all unless given."
    )
    most: Annotated[int, Field(ge=1, le=60)] = Field(
        default=12, description="How many are shown, those with the most buyers first."
    )
    least_buyers: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=30,
        description="With fewer buyers in the segment, what a buyer spends is taken from the whole base.",
    )


class JourneysSpec(Spec):
    """What people buy first, second, third: from one order to the next."""

    of: str | None = Field(
        default=None,
        description="What tells the orders apart: `category`, `product_id`, `channel`, another column of "
        "orders, or `basket` (their size). Categories if there are several, else channels, else baskets, "
        "unless given.",
    )
    orders: Annotated[int, Field(ge=2, le=6)] = Field(
        default=4, description="How many orders of each customer are followed."
    )
    most: Annotated[int, Field(ge=1, le=12)] = Field(
        default=5, description="How many kinds of order are told apart; the others go together."
    )
    patience: Within | None = Field(
        default=None,
        description="After this long without an order one speaks of no further order yet; before, it is too "
        "recent to tell. Unless given: the time within which nine returns in ten happen.",
    )


class SeasonalitySpec(Spec):
    """Months of the year, days of the week and hours of the day."""

    measure: Literal["orders", "revenue"] = Field(default="orders", description="What is counted.")
    least_orders: Annotated[int, Field(ge=12, le=1_000_000)] = Field(
        default=60, description="Segments with fewer orders a year are not shown by month."
    )


class AgesSpec(Spec):
    """The age pyramid."""

    of: str | None = Field(
        default=None,
        description="The column of the profile with the age in years, or with age bands such as `35-44`. "
        "`age_years` unless given.",
    )
    years: Annotated[int, Field(ge=1, le=50)] = Field(default=10, description="The years in a band.")
    youngest: Annotated[int, Field(ge=0, le=120)] = Field(
        default=10, description="Ages below are taken for mistakes, left out and counted."
    )
    oldest: Annotated[int, Field(ge=0, le=120)] = Field(
        default=110, description="Ages above are taken for mistakes, left out and counted."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.youngest >= self.oldest:
            raise fault("plan_ages_order", youngest=self.youngest, oldest=self.oldest, at=("youngest",))
        return self


class RegionsSpec(Spec):
    """Where customers are."""

    of: str | None = Field(
        default=None,
        description="The column of the profile that names the place. Unless given: French départements by "
        "postal code where most customers are in France, else regions, else countries.",
    )
    country: Annotated[str, Field(min_length=2)] | None = Field(
        default=None,
        description="The country of customers whose country is not recorded, such as `FR`; it tells how "
        "postal codes are read.",
    )
    most: Annotated[int, Field(ge=1, le=120)] = Field(
        default=15, description="How many places are shown, those with the most customers first."
    )


class PicturesSpec(Spec):
    """The pictures of whole groups: all of them by default, wherever the data carry them."""

    segmentation: Identifier | None = Field(
        default=None,
        description="The segmentation whose segments are compared; unless given, the one that opens the "
        "report.",
    )
    leave_out: list[Picture] = Field(default_factory=list, description="Pictures that are not wanted.")
    portfolio: PortfolioSpec = Field(default_factory=PortfolioSpec, description="Who buys what.")
    journeys: JourneysSpec = Field(default_factory=JourneysSpec, description="From one order to the next.")
    seasonality: SeasonalitySpec = Field(default_factory=SeasonalitySpec, description="Months, days, hours.")
    ages: AgesSpec = Field(default_factory=AgesSpec, description="Ages and genders.")
    regions: RegionsSpec = Field(default_factory=RegionsSpec, description="Their places.")

    def columns(self) -> Iterator[tuple[str, exp.Expr, Literal["order_lines", "orders", "profile"]]]:
        """The columns it names: path in the block, column, and the table that must have it."""
        for name, table in _READS:
            wanted = getattr(self, name).of
            if wanted is not None and wanted != BASKET and name not in self.leave_out:
                yield f"{name}.of", exp.column(wanted), table


_READS: tuple[tuple[str, Literal["order_lines", "orders", "profile"]], ...] = (
    ("portfolio", "order_lines"),
    ("journeys", "order_lines"),
    ("ages", "profile"),
    ("regions", "profile"),
)
