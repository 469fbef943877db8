"""Claims of the plan held against the data: effect, interval, adjusted for confounders, verdict."""

from vitrail.validation.hypotheses.analysis import prepare_hypotheses
from vitrail.validation.hypotheses.result import HypothesesResult, Hypothesis

__all__ = ["HypothesesResult", "Hypothesis", "prepare_hypotheses"]
