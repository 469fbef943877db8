"""Do customers come back: triangles as heat maps, curves, who stays, the purchase rhythm, comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vitrail.reports.analyses.part import Part
from vitrail.reports.analyses.stays import tell_rhythm, tell_stays
from vitrail.reports.analyses.triangles import tell_triangle
from vitrail.reports.drawings import Drawing
from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words


def tell_cohorts(content: Mapping[str, Any], run: ReportedRun, words: Words) -> Part | None:
    """The part on cohorts; none where no block has a customer to show."""
    drawings: list[Drawing] = []
    triangles = [
        tell_triangle(table, place, words, drawings)
        for place, table in enumerate(content["cohorts"])
        if any(cohort["cells"] for cohort in table["cohorts"])
    ]
    stays = [tell_stays(table, place, words, drawings) for place, table in enumerate(content["survivals"])]
    rhythm = tell_rhythm(content["rhythm"], words, drawings) if content["rhythm"] else None
    if not triangles and not stays and rhythm is None:
        return None
    said = [*(each.said for each in triangles), *(each.said for each in stays)]
    said += [rhythm.said] if rhythm else []
    return Part(
        verdict=next((sentences[0] for sentences in said if sentences), ""),
        title=words.text("cohorts_title" if triangles or not stays else "cohorts_title_stays"),
        note=words.text("cohorts_note" if triangles and not stays else "cohorts_note_short"),
        content={"triangles": triangles, "stays": stays, "rhythm": rhythm},
        drawings=tuple(drawings),
    )
