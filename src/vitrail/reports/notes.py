"""What to know before using the figures: the findings of a run, in the order of what they change."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from vitrail.reports.run import ReportedRun
from vitrail.reports.words import Words, clean

LEVELS = ("error", "warning", "info")
_TECHNICAL = {"since_not_told_overlapping"}
_PAIRS = (("(", ")"), ("[", "]"), ("«", "»"), ("<code>", "</code>"), ("<strong>", "</strong>"))
_CLAUSE = re.compile(r"(?<!&amp)(?<!&#\d\d)(?<!&lt)(?<!&gt)(?:;|\u202f;) +|(?<=[^\d\s])\. +")


@dataclass(frozen=True, slots=True)
class Note:
    """A finding as the page tells it: where, what, and (small) what the plan can do about it."""

    level: str
    place: str
    said: Markup
    plan: Markup


def list_notes(
    run: ReportedRun, names: Mapping[str, Mapping[str, str]], words: Words
) -> tuple[list[Note], list[Note]]:
    """The notes that a reader of figures needs, warnings first, and those about reading the files.

    Args:
        names: of predictions, as `predictions.<key>`, by language.
    """
    files = {str(file.get("file")) for source in run.sources for file in source.get("files") or ()}
    told: tuple[list[Note], list[Note]] = ([], [])
    for finding in sorted(run.findings, key=lambda each: LEVELS.index(_level(each))):
        technical = finding["code"] in _TECHNICAL or finding.get("place") in files
        told[technical and _level(finding) == "info"].append(_note(run, finding, names, words))
    return told


def _note(
    run: ReportedRun, finding: Mapping[str, Any], names: Mapping[str, Mapping[str, str]], words: Words
) -> Note:
    place = name_place(run, str(finding.get("place") or ""), names, words)
    said, plan = split_note(words.stored(_named(run, finding, words)))
    return Note(_level(finding), place, said, plan)


def _named(run: ReportedRun, finding: Mapping[str, Any], words: Words) -> Mapping[str, Any]:
    """A finding whose figures call segments and variables by their names for people."""
    named = {
        f"{cut.key}.{segment.key}": (clean(segment.name(words.language), 60), cut.name(words.language))
        for cut in run.segmentations
        for segment in cut.segments
    }
    often = Counter(segment for segment, _ in named.values())
    known = {name: words.variable(name, run.labels) for name in run.labels if "_" in name}
    known |= {
        reference: segment if often[segment] == 1 else f"{segment} ({clean(cut, 60)})"
        for reference, (segment, cut) in named.items()
    }

    def name(value: Any) -> Any:
        if isinstance(value, list):
            return [name(each) for each in value]
        return known.get(value, value) if isinstance(value, str) else value

    try:
        figures = {key: name(value) for key, value in json.loads(finding.get("figures") or "{}").items()}
    except (ValueError, AttributeError):  # then the sentence is shown as it was written
        return finding
    return {**finding, "figures": json.dumps(figures)}


def _level(finding: Mapping[str, Any]) -> str:
    return finding["level"] if finding["level"] in LEVELS else "info"


def split_note(said: Markup) -> tuple[Markup, Markup]:
    """What a note says to everyone, and its end from the first clause that quotes the plan or a command.

    A note is cut once, where one whole clause ends outside brackets and quotes, or not at all.

    >>> split_note(Markup("2 rows are dated later; <code>as_of:</code> in the plan counts them"))
    (Markup('2 rows are dated later.'), Markup('<code>as_of:</code> in the plan counts them.'))
    >>> split_note(Markup("Of 3 (one; <code>b</code>. Two), none; use <code>a</code>. Or not"))
    (Markup('Of 3 (one; <code>b</code>. Two), none; use <code>a</code>. Or not.'), Markup(''))
    """
    text = str(said)
    ends = [match.span() for match in _CLAUSE.finditer(text) if _is_whole(text[: match.start()])]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    quoting = [
        at for at, bounds in enumerate(zip(starts, stops, strict=True)) if "<code>" in text[slice(*bounds)]
    ]
    if not quoting or quoting[0] == 0:
        return _stop(text), Markup("")
    return _stop(text[: stops[quoting[0] - 1]]), _stop(text[starts[quoting[0]] :])


def _is_whole(text: str) -> bool:
    """Whether all that was opened in a text is closed in it."""
    return all(text.count(one) == text.count(other) for one, other in _PAIRS)


def _stop(text: str) -> Markup:
    """A sentence as such: with a capital and a full stop."""
    text = text.strip()
    return Markup(text[:1].upper() + text[1:] + ("" if not text or text[-1:] in ".!?…" else "."))


def name_place(run: ReportedRun, place: str, names: Mapping[str, Mapping[str, str]], words: Words) -> str:
    """Where a note belongs: the name of a segmentation or a prediction, the files of a source, a file."""
    for segmentation in run.segmentations:
        if place == segmentation.key:
            return clean(segmentation.name(words.language))
    for source in run.sources:
        if place == f"sources.{source.get('name')}":
            return ", ".join(clean(file.get("file", ""), 60) for file in (source.get("files") or ())[:3])
    return clean(names.get(place, {}).get(words.language, place))
