"""The whole plan: what `vitrail.yml` says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from vitrail.plan.cohorts import CohortSpec
from vitrail.plan.comparison import ComparisonSpec
from vitrail.plan.drivers import DriversSpec
from vitrail.plan.fields import AsOf, Identifier, Number, Spec, fault
from vitrail.plan.hypotheses import HypothesisSpec
from vitrail.plan.microsegments import MicrosegmentsSpec
from vitrail.plan.names import nearest
from vitrail.plan.objectives import ObjectiveSpec
from vitrail.plan.pictures import PicturesSpec
from vitrail.plan.predictions import PredictionSpec
from vitrail.plan.segmentations import SegmentationSpec
from vitrail.plan.sources import SourceSpec
from vitrail.plan.strategies import StrategySpec
from vitrail.plan.validation import ValidationSpec
from vitrail.plan.variables import VariableSpec

_CURRENCY_NAMES = {
    "euro": "EUR", "euros": "EUR", "€": "EUR", "dollar": "USD", "dollars": "USD", "$": "USD", "us$": "USD",
    "pound": "GBP", "pounds": "GBP", "sterling": "GBP", "livre": "GBP", "livres": "GBP", "£": "GBP",
}  # fmt: skip


def read_currency(text: str) -> str | None:
    """The ISO 4217 code that people mean; None where they mean no currency.

    >>> read_currency(" eur"), read_currency("€"), read_currency("Euros"), read_currency("ZUT")
    ('EUR', 'EUR', 'EUR', None)
    """
    from babel.core import get_global

    said = text.strip()
    code = said.upper()
    return _CURRENCY_NAMES.get(said.casefold()) or (code if code in get_global("all_currencies") else None)


def _currency(value: str) -> str:
    from babel.core import get_global

    codes = get_global("all_currencies")
    if value not in codes:
        meant = read_currency(value) or nearest(value, sorted(codes))
        raise fault("plan_currency", value=value, suggestion=meant)
    return value


def _timezone(value: str) -> str:
    from zoneinfo import available_timezones

    zones = available_timezones()
    if value not in zones:
        raise fault("plan_timezone", value=value, suggestion=nearest(value, zones))
    return value


def _version(value: Any) -> Any:
    if value not in (1, "1"):
        raise fault("plan_version", value=str(value))
    return 1


Currency = Annotated[str, AfterValidator(_currency), Field(json_schema_extra={"pattern": "^[A-Z]{3}$"})]
_MEMORY = r"\d{1,6}(\.\d+)? ?[KMGT]i?B"


class Plan(Spec):
    """A segmentation plan, as `vitrail.yml` says it."""

    version: Annotated[Literal[1], BeforeValidator(_version)] = Field(
        description="The version of this format: 1."
    )
    name: str = Field(description="The name of the base, shown on every page.")
    language: Literal["en", "fr"] = Field(default="en", description="The language of labels and reports.")
    currency: Currency | None = Field(
        default=None, description="The currency of every amount shown, such as `EUR` (ISO 4217)."
    )
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(
        default="UTC", description="The time zone whose days count, such as `Europe/Paris`."
    )
    as_of: AsOf = Field(
        default="latest",
        description="The day the figures speak of; rows from that day on do not exist. `latest` is the "
        "day after the newest row (a handful dated more than a year after all others left aside, and said).",
    )
    memory_limit: Annotated[str, Field(pattern=f"^{_MEMORY}$")] | None = Field(
        default=None,
        description="The most memory used, such as `4GB`; `1.5GB` unless given. The rest goes to disk.",
    )
    threads: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        default=None, description="Processors used at once; all unless given."
    )
    rates: dict[Currency, Annotated[Number, Field(gt=0)]] = Field(
        default_factory=dict,
        description="For each other currency, the value of one unit of it in the plan's currency.",
    )
    objectives: dict[Identifier, ObjectiveSpec] = Field(
        default_factory=dict, description="Step 1: business goals."
    )
    sources: dict[Identifier, SourceSpec] = Field(default_factory=dict, description="Step 3: the files.")
    variables: dict[Identifier, VariableSpec] = Field(
        default_factory=dict, description="Step 2: variables of one's own; the built-in ones need no mention."
    )
    predictions: dict[Identifier, PredictionSpec] = Field(
        default_factory=dict,
        description="Step 4: what customers are likely to do next, as variables that segments may use.",
    )
    segmentations: dict[Identifier, SegmentationSpec] = Field(
        default_factory=dict, description="Step 4: ways of cutting the base."
    )
    cohorts: dict[Identifier, CohortSpec] = Field(
        default_factory=dict,
        description="Step 4: groups of customers followed over time: who comes back, what they spend.",
    )
    drivers: dict[Identifier, DriversSpec] = Field(
        default_factory=dict,
        description="Step 4: KPIs whose variables that matter are looked for.",
    )
    hypotheses: dict[Identifier, HypothesisSpec] = Field(
        default_factory=dict, description="Step 4: claims about customers, held against the data."
    )
    microsegments: dict[Identifier, MicrosegmentsSpec] = Field(
        default_factory=dict, description="Step 4: searches for small groups whose KPI stands out."
    )
    validation: ValidationSpec = Field(
        default_factory=ValidationSpec,
        description="Step 4: when a segment is worth acting on; every run judges its segments.",
    )
    pictures: PicturesSpec = Field(
        default_factory=PicturesSpec,
        description="Step 4: who buys what, journeys, seasons, ages and regions, by segment.",
    )
    comparison: ComparisonSpec = Field(
        default_factory=ComparisonSpec,
        description="Step 4: what segments are set side by side on; made in every run.",
    )
    strategies: dict[str, StrategySpec] = Field(
        default_factory=dict, description="Step 5: what to do for a segment, such as `value.at_risk`."
    )

    _file: str = PrivateAttr("vitrail.yml")
    _lines: dict[str, int] = PrivateAttr(default_factory=dict)
    _tell: Callable[[str], str] | None = PrivateAttr(None)

    def tell_places(self, tell: Callable[[str], str]) -> None:
        """From now on a path is told by `tell`: what a plan that no file says is called by its author."""
        self._tell = tell

    def place(self, path: str) -> str:
        """Where the plan says `path`, as `vitrail.yml:12`; the nearest part around it where it says nothing.

        >>> Plan(version=1, name="Shop").place("segmentations.value")
        'vitrail.yml'
        """
        if self._tell is not None:
            return self._tell(path)
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            line = self._lines.get(".".join(parts[:length]))
            if line:
                return f"{self._file}:{line}"
        return self._file


_ORDERED = ("segments", "shares")


def plan_hash(plan: Plan) -> str:
    """A SHA-256 of what the plan says: comments, order of keys and spelled-out defaults do not change it.

    The order of `segments` and `shares` does, since it decides who is where.

    >>> plan_hash(Plan(version=1, name="A")) == plan_hash(Plan(version=1, name="A", language="en"))
    True
    """
    content = _canonical(plan.model_dump(exclude_none=True))
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any, ordered: bool = False) -> Any:
    if isinstance(value, dict):
        inner = {key: _canonical(item, key in _ORDERED) for key, item in value.items()}
        return list(inner.items()) if ordered else inner
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value
