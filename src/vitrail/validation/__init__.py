"""Step 4b: whether a segment is worth acting on, by five criteria, and whether the whole cut is."""

from vitrail.validation.gate import check_action
from vitrail.validation.model import CRITERIA, Card, Judgement, Verdict
from vitrail.validation.result import ValidationResult
from vitrail.validation.validating import Customers, prepare_validation

__all__ = [
    "CRITERIA",
    "Card",
    "Customers",
    "Judgement",
    "ValidationResult",
    "Verdict",
    "check_action",
    "prepare_validation",
]
