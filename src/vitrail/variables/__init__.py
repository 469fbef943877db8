"""Step 2: the catalogue of variables, and its compilation to SQL."""

from vitrail.variables.catalogue import (
    AGEING,
    BUILT_IN,
    KNOWN,
    OF_ORDERS,
    PERSONAL,
    Variable,
    Words,
    built_in_variables,
    own_variables,
)
from vitrail.variables.custom import custom_variables
from vitrail.variables.names import made_names, predicted_names

__all__ = [
    "AGEING",
    "BUILT_IN",
    "KNOWN",
    "OF_ORDERS",
    "PERSONAL",
    "Variable",
    "Words",
    "built_in_variables",
    "custom_variables",
    "made_names",
    "own_variables",
    "predicted_names",
]
