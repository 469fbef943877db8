"""The language of conditions: SQL expressions in a plan, read and held against an allow-list.

An expression is parsed with SQLGlot (DuckDB's dialect); then every node of the tree must be of a kind listed
in `vocabulary`. What is not listed is refused, named in words. Nothing here knows columns or runs anything;
`vitrail.engine.conditions` makes a runnable tree of what is read.
"""

from vitrail.plan.expressions.reading import faults, read_aggregate, read_condition, read_value
from vitrail.plan.expressions.references import check_columns, list_calculated, segments_named

__all__ = [
    "check_columns",
    "faults",
    "list_calculated",
    "read_aggregate",
    "read_condition",
    "read_value",
    "segments_named",
]
