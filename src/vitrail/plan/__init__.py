"""The YAML contract: a frozen model a block, loading with all faults at once, conditions."""

from vitrail.plan.clusters import ClustersSpec
from vitrail.plan.cohorts import CohortSpec, CohortSurvivalSpec
from vitrail.plan.columns import check_conditions
from vitrail.plan.comparison import ComparisonSpec, MeasureSpec
from vitrail.plan.contracts import ContractValueSpec
from vitrail.plan.document import Plan, plan_hash, read_currency
from vitrail.plan.drivers import DriversSpec
from vitrail.plan.fields import Spec, Text, Translated, by_language, parse_within, shift
from vitrail.plan.hypotheses import HypothesisSpec
from vitrail.plan.loading import load_plan, parse_block, parse_plan
from vitrail.plan.microsegments import MicrosegmentsSpec
from vitrail.plan.needs import check_orders_needed
from vitrail.plan.objectives import ObjectiveSpec
from vitrail.plan.pictures import Picture, PicturesSpec
from vitrail.plan.predictions import LifetimeValueSpec, PredictionSpec, prediction_columns
from vitrail.plan.propensities import PropensitySpec
from vitrail.plan.reference import plan_schema, render_reference
from vitrail.plan.segmentations import (
    AbcSpec,
    LifecycleSpec,
    RfmSegmentSpec,
    RfmSpec,
    RuleSpec,
    RulesSpec,
    SegmentationSpec,
)
from vitrail.plan.sources import CleaningSpec, SourceSpec
from vitrail.plan.strategies import StrategySpec
from vitrail.plan.validation import ValidationSpec
from vitrail.plan.variables import Family, VariableSpec

__all__ = [
    "AbcSpec",
    "CleaningSpec",
    "ClustersSpec",
    "CohortSpec",
    "CohortSurvivalSpec",
    "ComparisonSpec",
    "ContractValueSpec",
    "DriversSpec",
    "Family",
    "HypothesisSpec",
    "LifecycleSpec",
    "LifetimeValueSpec",
    "MeasureSpec",
    "MicrosegmentsSpec",
    "ObjectiveSpec",
    "Picture",
    "PicturesSpec",
    "Plan",
    "PredictionSpec",
    "PropensitySpec",
    "RfmSegmentSpec",
    "RfmSpec",
    "RuleSpec",
    "RulesSpec",
    "SegmentationSpec",
    "SourceSpec",
    "Spec",
    "StrategySpec",
    "Text",
    "Translated",
    "ValidationSpec",
    "VariableSpec",
    "by_language",
    "check_conditions",
    "check_orders_needed",
    "load_plan",
    "parse_block",
    "parse_plan",
    "parse_within",
    "plan_hash",
    "plan_schema",
    "prediction_columns",
    "read_currency",
    "render_reference",
    "shift",
]
