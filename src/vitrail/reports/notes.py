"""What to know before using the figures: the findings of a run, in the order of what they change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from vitrail.reports.run import Run
from vitrail.reports.words import Words, clean

LEVELS = ("error", "warning", "info")
_TECHNICAL = {"since_not_told_overlapping"}
_CLAUSE = re.compile(r"(?<!&amp)(?<!&#\d\d)(?<!&lt)(?<!&gt)(?:;|\u202f;) +|(?<=[^\d\s])\. +")


@dataclass(frozen=True, slots=True)
class Note:
    """A finding as the page tells it: where, what, and (small) what the plan can do about it."""

    level: str
    place: str
    said: Markup
    plan: Markup


def list_notes(run: Run, words: Words) -> tuple[list[Note], list[Note]]:
    """The notes that a reader of figures needs, warnings first, and those about reading the files."""
    files = {str(file.get("file")) for source in run.sources for file in source.get("files") or ()}
    told: tuple[list[Note], list[Note]] = ([], [])
    for finding in sorted(run.findings, key=lambda each: LEVELS.index(_level(each))):
        technical = finding["code"] in _TECHNICAL or finding.get("place") in files
        told[technical and _level(finding) == "info"].append(_note(run, finding, words))
    return told


def _note(run: Run, finding: Mapping[str, Any], words: Words) -> Note:
    said, plan = split_note(words.stored(finding))
    return Note(_level(finding), name_place(run, str(finding.get("place") or ""), words), said, plan)


def _level(finding: Mapping[str, Any]) -> str:
    return finding["level"] if finding["level"] in LEVELS else "info"


def split_note(said: Markup) -> tuple[Markup, Markup]:
    """What a note says to everyone, and the clauses that quote the plan or a command; each a whole sentence.

    >>> split_note(Markup("2 rows are dated later; <code>as_of:</code> in the plan counts them"))
    (Markup('2 rows are dated later.'), Markup('<code>as_of:</code> in the plan counts them.'))
    >>> split_note(Markup("use <code>a</code>. Or not"))
    (Markup('Or not.'), Markup('use <code>a</code>.'))
    """
    text = str(said)
    ends = [match.span() for match in _CLAUSE.finditer(text)]
    bounds = [0, *(end for _, end in ends)], [*(start for start, _ in ends), len(text)]
    clauses = [text[start:end] for start, end in zip(*bounds, strict=True)]
    joints = [text[start:end] for start, end in ends]
    lay = [at for at, clause in enumerate(clauses) if "<code>" not in clause]
    if not lay or len(lay) == len(clauses):
        return _stop(text), Markup("")
    kept = clauses[lay[0]] + "".join(
        (joints[at - 1] if at - 1 in lay else ". ") + clauses[at] for at in lay[1:]
    )
    plan = ". ".join(clause for at, clause in enumerate(clauses) if at not in lay)
    return _stop(kept), _stop(plan)


def _stop(text: str) -> Markup:
    return Markup(text if not text or text.rstrip()[-1:] in ".!?…" else text.rstrip() + ".")


def name_place(run: Run, place: str, words: Words) -> str:
    """Where a note belongs, in words: the name of a segmentation, the files of a source, a file."""
    for segmentation in run.segmentations:
        if place == segmentation.key:
            return clean(segmentation.name(words.language))
    for source in run.sources:
        if place == f"sources.{source.get('name')}":
            return ", ".join(clean(file.get("file", ""), 60) for file in (source.get("files") or ())[:3])
    return clean(place)
