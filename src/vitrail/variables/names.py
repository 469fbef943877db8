"""The names of the columns that a run makes: no column of a register takes the place of one."""

from __future__ import annotations

from vitrail.plan import Plan, prediction_columns
from vitrail.variables.catalogue import BUILT_IN


def made_names(plan: Plan) -> frozenset[str]:
    """The columns of a profile that a run makes.

    The built-in variables, the plan's own, what it predicts, and its segmentations with their scores.
    """
    scores = {f"{key}_{axis}" for key in plan.segmentations for axis in "rfm"}
    built_in = {each.name for each in BUILT_IN}
    return frozenset({*built_in, *plan.variables, *predicted_names(plan), *plan.segmentations, *scores})


def predicted_names(plan: Plan) -> frozenset[str]:
    """The columns that the plan's predictions add to the profile."""
    named = (prediction_columns(key, dict(each)) for key, each in plan.predictions.items())
    return frozenset(name for names in named for name in names)
