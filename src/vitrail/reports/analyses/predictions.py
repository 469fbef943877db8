"""What customers are likely to do next: a block a prediction, told by its method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from vitrail.reports.analyses.contracts import tell_contract
from vitrail.reports.analyses.lifetime_value import tell_lifetime_value
from vitrail.reports.analyses.part import Part
from vitrail.reports.analyses.propensities import tell_propensity
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words

TellBlock = Callable[[Mapping[str, Any], ReportedRun, Words, list[Drawing]], Mapping[str, Any]]
"""Tells one prediction: what its template lays out; the charts it asks for are added to the list."""

TELLERS: Mapping[str, TellBlock] = {
    "lifetime_value": tell_lifetime_value,
    "propensity": tell_propensity,
    "contract_value": tell_contract,
}
"""By method; the template of a method is `predictions_<method>.html` and is given `block`."""


def tell_predictions(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The part on predictions; none where there is none that this version can tell."""
    drawings: list[Drawing] = []
    blocks = [
        {"method": each["method"], **TELLERS[each["method"]](each, run, words, drawings)}
        for each in content["predictions"]
        if each["method"] in TELLERS
    ]
    if not blocks:
        return None
    return Part(
        verdict=Markup(" ").join(block["said"][0] for block in blocks[:2] if block["said"]),
        title=words.text("predictions_title"),
        note=words.text("predictions_note"),
        content={"blocks": blocks},
        drawings=tuple(drawings),
    )
