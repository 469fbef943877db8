"""The verdicts as a gate: what a person should know before acting on a segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vitrail.findings import Finding
from vitrail.validation.result import ValidationResult


def check_action(validation: ValidationResult | Mapping[str, Any], reference: str) -> tuple[Finding, ...]:
    """A warning for each criterion that a segment fails; nothing where it fails none, or is not judged.

    Args:
        validation: a result, or what a run stored of it as `validation.json`.
        reference: the segment, such as `value.champions`.
    """
    content = validation.to_dict() if isinstance(validation, ValidationResult) else validation
    return tuple(
        Finding(each["reason"], "warning", reference, each["figures"])
        for card in content.get("cards") or ()
        if f"{card['segmentation']}.{card['segment']}" == reference
        for each in card["criteria"].values()
        if each["verdict"] == "fail"
    )
