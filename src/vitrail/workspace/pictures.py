"""The pictures of a run: who buys what, journeys, seasons, ages, regions, as the plan's `pictures` asks."""

from __future__ import annotations

from vitrail.engine import Engine
from vitrail.findings import Finding
from vitrail.insight.ages import AgesResult, analyse_ages
from vitrail.insight.groups import choose_groups
from vitrail.insight.journeys import JourneysResult, analyse_journeys
from vitrail.insight.portfolio import PortfolioResult, analyse_portfolio
from vitrail.insight.regions import RegionsResult, analyse_regions
from vitrail.insight.seasonality import SeasonalityResult, analyse_seasonality
from vitrail.plan import Picture, Plan
from vitrail.workspace.computing import Computed

PictureResult = PortfolioResult | JourneysResult | SeasonalityResult | AgesResult | RegionsResult


def take_picture(
    name: Picture, engine: Engine, plan: Plan, computed: Computed
) -> tuple[PictureResult | None, tuple[Finding, ...]]:
    """One picture; no result where the plan leaves it out, or the data do not carry it."""
    spec, as_of = plan.pictures, computed.collected.as_of
    if name in spec.leave_out:
        return None, ()
    groups = choose_groups(computed.segmentations, spec.segmentation)
    match name:
        case "portfolio":
            return analyse_portfolio(engine, spec.portfolio, groups, as_of)
        case "journeys":
            return analyse_journeys(engine, spec.journeys, groups, as_of)
        case "seasonality":
            return analyse_seasonality(engine, spec.seasonality, groups, as_of)
        case "ages":
            return analyse_ages(engine, spec.ages, groups)
        case "regions":
            return analyse_regions(engine, spec.regions, groups)
