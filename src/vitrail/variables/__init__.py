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
    "own_variables",
]
