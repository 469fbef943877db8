"""Step 4: cutting the customers into segments. A module a method; all compile to one kind of object."""

from vitrail.plan.names import NO_ORDER
from vitrail.segments.compilation import compile_segmentations
from vitrail.segments.model import Segment, Segmentation, apply_segmentations
from vitrail.segments.rules import find_empty_rules

__all__ = [
    "NO_ORDER",
    "Segment",
    "Segmentation",
    "apply_segmentations",
    "compile_segmentations",
    "find_empty_rules",
]
