"""What to say when a column that a table cannot do without is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.content import content_fit
from vitrail.collection.guessing.headers import fold
from vitrail.collection.guessing.names import name_score
from vitrail.collection.model import TABLES
from vitrail.errors import SourceError
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.guessing.choosing import Reports


def explain_missing(
    table: str,
    columns: Mapping[str, ColumnGuess],
    reports: Reports,
    name: str,
    computed: Collection[str] = (),
) -> None:
    """Raise an error that names every column that `table` needs and `columns` lacks, and the nearest seen.

    Args:
        table: the table of the customer model.
        columns: what was found of it.
        reports: the columns of the file.
        name: the source, the place of the findings.
        computed: what the plan computes of it.

    Raises:
        SourceError: something is missing; one finding a need, then how to map by hand.
    """
    lacks = TABLES[table].missing({*columns, *computed})
    if not lacks:
        return
    findings = []
    needs = []
    for needed in lacks:
        near = _nearest(needed, columns, reports)
        code = "guess_missing_near" if near else "guess_missing"
        if near and set(near) <= set(needed):  # rightly named, so what it holds spoke against it
            code = "guess_missing_unfit"
        what = " / ".join(needed)
        findings.append(Finding(code, "error", name, {"what": what, "near": near}))
        needs.append({"columns": list(needed), "near": near})
    mapped = ", ".join(f"{model}: {column.source}" for model, column in columns.items())
    example = ", ".join([mapped] * bool(mapped) + [f"{needed[0]}: …" for needed in lacks])
    figures = {
        "columns": list(reports),
        "example": f"columns: {{{example}}}",
        "table": table,
        "mapped": {model: column.source for model, column in columns.items()},
        "needs": needs,
    }
    findings.append(Finding("guess_by_hand", "error", name, figures))
    raise SourceError(findings)


def _nearest(needed: tuple[str, ...], columns: Mapping[str, ColumnGuess], reports: Reports) -> list[str]:
    """Columns left over that come nearest: by what their name says, by what they hold, or by spelling."""
    used = {column.source for column in columns.values()}
    left = [source for source in reports if source not in used]
    near = [
        source
        for model in needed
        for source in left
        if name_score(model, source) > 0.2
        or (
            content_fit(model, reports[source]) and get_close_matches(fold(source), [model.replace("_", " ")])
        )
    ]
    return list(dict.fromkeys(near))[:3]
