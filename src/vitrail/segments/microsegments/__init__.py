"""Micro-segments: small groups, told by conditions people can read, whose KPI stands out."""

from vitrail.segments.microsegments.analysis import prepare_microsegments
from vitrail.segments.microsegments.coding import Condition
from vitrail.segments.microsegments.result import Microsegment, MicrosegmentSearch, MicrosegmentsResult

__all__ = [
    "Condition",
    "Microsegment",
    "MicrosegmentSearch",
    "MicrosegmentsResult",
    "prepare_microsegments",
]
